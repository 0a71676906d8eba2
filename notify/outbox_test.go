package notify_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"kigen/sla/outbox"
)

// memory is an outbox that keeps to the words of notify.Outbox. Times are cut
// to milliseconds, as storage does. It records the order of what was asked.
type memory struct {
	mu   sync.Mutex
	rows []*row
	log  []string
	fail map[string]int // how often the named method still fails
}

type row struct {
	outbox.Delivery
	sentFor   outbox.Receipt
	attemptAt time.Time
}

func newMemory(deliveries ...*outbox.Delivery) *memory {
	m := &memory{fail: map[string]int{}}
	for _, d := range deliveries {
		m.add(d)
	}
	return m
}

func (m *memory) add(d *outbox.Delivery) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d.ID, d.State, d.Attempts = outbox.DeliveryID(len(m.rows)+1), outbox.DeliveryPending, 0
	m.rows = append(m.rows, &row{Delivery: *d})
}

func (m *memory) notef(format string, args ...any) {
	m.log = append(m.log, fmt.Sprintf(format, args...))
}

func (m *memory) broken(method string) error {
	if m.fail[method] > 0 {
		m.fail[method]--
		m.notef("%s failed", method)
		return fmt.Errorf("disk full")
	}
	return nil
}

func (m *memory) NextDelivery(ctx context.Context, destination string, now time.Time, kinds ...outbox.DeliveryKind) (*outbox.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.broken("NextDelivery"); err != nil {
		return nil, err
	}
	for _, r := range m.rows {
		due := !r.NextAt.After(now.Truncate(time.Millisecond))
		if r.Destination != destination || r.State != outbox.DeliveryPending || !due || !asked(r, kinds) || m.waitsForPost(r) {
			continue
		}
		r.attemptAt = now.Truncate(time.Millisecond)
		r.State = outbox.DeliverySending
		r.Attempts++
		m.notef("sending %s", r.Key)
		d := r.Delivery
		return &d, ctx.Err()
	}
	return nil, ctx.Err()
}

func asked(r *row, kinds []outbox.DeliveryKind) bool {
	return len(kinds) == 0 || slices.Contains(kinds, r.Kind)
}

// waitsForPost reports whether the row is an update of a message that is not
// out yet.
func (m *memory) waitsForPost(r *row) bool {
	if r.Kind != outbox.Update {
		return false
	}
	for _, post := range m.rows {
		if post.Kind == outbox.Post && post.Alert.Key == r.Alert.Key && post.Destination == r.Destination {
			r.Receipt = post.sentFor
			return post.State != outbox.DeliverySent
		}
	}
	return false
}

// Merge keeps every alert by itself: digests are tried on the real store.
func (m *memory) Merge(context.Context, string, time.Time, outbox.DigestForm) (int, error) {
	return 0, nil
}

// Divert diverts nothing: fallbacks are tried on the real store.
func (m *memory) FailOver(context.Context, string, string, time.Time) (int, error) { return 0, nil }

func (m *memory) find(id outbox.DeliveryID) *row { return m.rows[id-1] }

func (m *memory) Sent(_ context.Context, id outbox.DeliveryID, r outbox.Receipt, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.broken("Sent"); err != nil {
		return err
	}
	row := m.find(id)
	if row.State != outbox.DeliverySending && row.State != outbox.DeliveryUnknown {
		return fmt.Errorf("%s is %s, not sending", row.Key, row.State)
	}
	row.State, row.SentAt, row.sentFor = outbox.DeliverySent, at, r
	m.notef("sent %s", row.Key)
	return nil
}

// Partly forgets who is left: recipients are tried on the real store.
func (m *memory) Partly(ctx context.Context, id outbox.DeliveryID, r outbox.Receipt, at time.Time, _ []outbox.Undelivered) error {
	return m.Sent(ctx, id, r, at)
}

func (m *memory) Retry(_ context.Context, a outbox.Attempt, next time.Time, reason string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.broken("Retry"); err != nil {
		return err
	}
	row := m.find(a.Delivery)
	if row.State != outbox.DeliverySending {
		return fmt.Errorf("%s is %s, not sending", row.Key, row.State)
	}
	row.State, row.NextAt, row.LastError = outbox.DeliveryPending, next.Truncate(time.Millisecond), reason
	m.notef("retry %s", row.Key)
	return nil
}

func (m *memory) Interrupted(_ context.Context, destination string, searchAt time.Time) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.broken("Interrupted"); err != nil {
		return 0, err
	}
	n := 0
	for _, r := range m.rows {
		if r.Destination == destination && r.State == outbox.DeliverySending {
			r.State, r.NextAt = outbox.DeliveryUnknown, searchAt.Truncate(time.Millisecond)
			m.notef("interrupted %s", r.Key)
			n++
		}
	}
	return n, nil
}

func (m *memory) MarkUnconfirmed(_ context.Context, a outbox.Attempt, searchAt time.Time, reason string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.broken("Doubt"); err != nil {
		return err
	}
	row := m.find(a.Delivery)
	if row.State != outbox.DeliverySending && row.State != outbox.DeliveryUnknown {
		return fmt.Errorf("%s is %s, not in doubt", row.Key, row.State)
	}
	row.State, row.NextAt, row.LastError = outbox.DeliveryUnknown, searchAt.Truncate(time.Millisecond), reason
	row.Lookups++
	m.notef("doubt %s", row.Key)
	return nil
}

func (m *memory) Unconfirmed(_ context.Context, destination string) (unconfirmed []outbox.Unconfirmed, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.broken("InDoubt"); err != nil {
		return nil, err
	}
	for _, r := range m.rows {
		if r.Destination == destination && r.State == outbox.DeliveryUnknown {
			unconfirmed = append(unconfirmed, outbox.Unconfirmed{
				ID: r.ID, Key: r.Key, Kind: r.Kind, Attempts: r.Attempts, AttemptAt: r.attemptAt, SearchAt: r.NextAt, Lookups: r.Lookups,
			})
		}
	}
	return unconfirmed, nil
}

func (m *memory) Resend(_ context.Context, a outbox.Attempt, next time.Time, possibleRepeat bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.broken("Resend"); err != nil {
		return err
	}
	row := m.find(a.Delivery)
	if row.State != outbox.DeliveryUnknown {
		return fmt.Errorf("%s is %s, not in doubt", row.Key, row.State)
	}
	row.State, row.NextAt = outbox.DeliveryPending, next.Truncate(time.Millisecond)
	row.PossibleRepeat = row.PossibleRepeat || possibleRepeat
	m.notef("resend %s", row.Key)
	return nil
}

func (m *memory) MarkUnsearchable(_ context.Context, a outbox.Attempt, unsearchable bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.broken("Blind"); err != nil {
		return err
	}
	row := m.find(a.Delivery)
	if row.State != outbox.DeliverySending && row.State != outbox.DeliveryPending {
		return fmt.Errorf("%s is %s, not being sent", row.Key, row.State)
	}
	row.PossibleRepeat = unsearchable
	m.notef("unsearchable %s %t", row.Key, unsearchable)
	return nil
}

func (m *memory) NextSend(_ context.Context, destination string, kinds ...outbox.DeliveryKind) (next time.Time, ok bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.broken("NextSend"); err != nil {
		return next, false, err
	}
	for _, r := range m.rows {
		pending := r.Destination == destination && r.State == outbox.DeliveryPending && asked(r, kinds)
		if pending && (!ok || r.NextAt.Before(next)) {
			next, ok = r.NextAt, true
		}
	}
	return next, ok, nil
}

// row returns a copy of the delivery as it stands.
func (m *memory) row(id outbox.DeliveryID) outbox.Delivery {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.find(id).Delivery
}

func (m *memory) history() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.log...)
}

// Refuse hands nothing over: fallbacks are tried on the real store.
func (m *memory) Refuse(_ context.Context, id outbox.DeliveryID, _ string, _, next time.Time, reason string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	row := m.find(id)
	if row.State != outbox.DeliverySending {
		return false, fmt.Errorf("%s is %s, not sending", row.Key, row.State)
	}
	row.State, row.NextAt, row.LastError = outbox.DeliveryRefused, next.Truncate(time.Millisecond), reason
	row.Refusals++
	m.notef("refused %s", row.Key)
	return false, nil
}

func (m *memory) Reconsider(_ context.Context, _ string, ids []outbox.DeliveryID, next time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		if row := m.find(id); row.State == outbox.DeliveryRefused {
			row.State, row.NextAt = outbox.DeliveryPending, next.Truncate(time.Millisecond)
			m.notef("reconsidered %s", row.Key)
		}
	}
	return nil
}

func (m *memory) Reopen(_ context.Context, destination string, due, now time.Time) (n int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, row := range m.rows {
		if row.Destination == destination && row.State == outbox.DeliveryRefused && !row.NextAt.After(due) {
			row.State, row.NextAt = outbox.DeliveryPending, now.Truncate(time.Millisecond)
			m.notef("reopened %s", row.Key)
			n++
		}
	}
	return n, nil
}

// Displace has every update posted anew.
func (m *memory) Displace(context.Context, outbox.DeliveryID) (bool, error) { return true, nil }
