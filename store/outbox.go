package store

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
)

//go:embed query/next_send.sql
var nextSendSQL string

//go:embed query/delivery.sql
var deliverySQL string

// NextDelivery claims the oldest delivery of the destination that is due at now:
// it commits the row as sending and returns it with its alert and the incident's
// present state, nil when none is due. It tries the given kinds in order; none
// given: all. Posts of one incident go in order, and an update waits until its
// post is sent.
func (db *DB) NextDelivery(ctx context.Context, destination string, now time.Time, kinds ...outbox.DeliveryKind) (*outbox.Delivery, error) {
	var next *outbox.Delivery
	err := db.updateLeading(ctx, func(t *tx) error {
		if err := t.mergeChanges(ctx, destination, now); err != nil {
			return err
		}
		if err := t.mergePast(ctx, destination, now); err != nil {
			return err
		}
		for _, kind := range orAll(kinds) {
			var err error
			if next, err = t.claim(ctx, destination, kind, now); err != nil || next != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("next delivery to %s: %w", destination, err)
	}
	return next, nil
}

// claim claims the first delivery of a kind that may be sent, nil when none is
// due. It supersedes deliveries without content on the way.
func (t *tx) claim(ctx context.Context, destination string, kind outbox.DeliveryKind, now time.Time) (*outbox.Delivery, error) {
	for {
		id, at, err := t.firstPending(ctx, destination, kind)
		if err != nil || id == 0 || at.After(now) {
			return nil, err
		}
		const claim = `UPDATE deliveries SET state = 'sending', attempts = attempts + 1, attempt_at = $1 WHERE id = $2`
		if _, err := t.exec(ctx, claim, now.UnixMilli(), id); err != nil {
			return nil, err
		}
		d, err := t.claimed(ctx, id)
		if err != nil {
			return nil, err
		}
		empty, err := t.isEmpty(ctx, d)
		if err != nil {
			return nil, err
		}
		if !empty {
			return d, errors.Join(t.noteSaid(ctx, d), t.correctLater(ctx, d, now))
		}
		if _, err := t.exec(ctx, `UPDATE deliveries SET state = 'superseded' WHERE id = $1`, id); err != nil {
			return nil, err
		}
	}
}

// claimed reads a claimed delivery. An unreadable one must not block those behind
// it: it is returned with the readable columns and the error in Unreadable.
func (t *tx) claimed(ctx context.Context, id outbox.DeliveryID) (*outbox.Delivery, error) {
	d, err := t.delivery(ctx, id)
	if err == nil || ctx.Err() != nil || errors.Is(err, tracker.ErrUnavailable) {
		return d, err
	}
	bare := &outbox.Delivery{ID: id, Unreadable: err.Error()}
	var incident, clock, queued nullInt
	const stmt = `SELECT d.key, d.destination, d.kind, d.state, d.attempts, d.possible_repeat, d.incident_id, d.queued_at,
			COALESCE(a.id, 0), COALESCE(a.key, ''), COALESCE(a.reason, ''), a.clock_id
		FROM deliveries d LEFT JOIN alerts a ON a.id = d.alert_id WHERE d.id = $1`
	dest := []any{
		&bare.Key, &bare.Destination, &bare.Kind, &bare.State, &bare.Attempts, &bare.PossibleRepeat, &incident, &queued,
		&bare.Alert.ID, &bare.Alert.Key, &bare.Alert.Reason, &clock,
	}
	if failed := t.one(ctx, dest, err, stmt, id); failed != nil {
		return nil, failed
	}
	bare.Alert.Incident, bare.Alert.Clock = sla.IncidentID(incident.V), sla.ClockID(clock.V)
	bare.Alert.At = utc(queued)
	return bare, nil
}

// isEmpty reports whether a part of a digest has no lines left, a file's message
// was superseded, an update's post did not arrive, or an update of a message about an item
// cannot change it: a decision is no news that is worth a message of its own.
func (t *tx) isEmpty(ctx context.Context, d *outbox.Delivery) (empty bool, err error) {
	switch {
	case d.Unreadable != "":
		// The sent message is better than one with an error, and a file needs its
		// content.
		return d.Kind == outbox.Update || d.Kind == outbox.File, nil
	case d.Recipient != "":
		return false, nil // others have the message already
	case d.Digest == nil && d.Kind == outbox.File:
		return t.orphaned(ctx, d.ID)
	case d.Kind == outbox.Update && d.Decision != nil && t.db.formOf(d.Destination).Once:
		return true, nil
	case d.Digest == nil && d.Kind == outbox.Update:
		err = t.one(ctx, []any{&empty}, nil, changesNothingSQL, d.ID)
		return empty, err
	}
	return d.Digest != nil && len(d.Digest.Lines) == 0, nil
}

//go:embed query/changes_nothing.sql
var changesNothingSQL string

// orAll returns the kinds, or all for none, the most important first: a page of a
// long list must not delay a new alert.
func orAll(kinds []outbox.DeliveryKind) []outbox.DeliveryKind {
	if len(kinds) == 0 {
		return []outbox.DeliveryKind{outbox.Post, outbox.Update, outbox.Copy, outbox.File, outbox.Page}
	}
	return kinds
}

// firstPending finds the first delivery of a kind that may be sent, id 0 when
// there is none.
func (r *reader) firstPending(ctx context.Context, destination string, kind outbox.DeliveryKind) (id outbox.DeliveryID, at time.Time, err error) {
	var ms nullInt
	err = r.one(ctx, []any{&id, &ms}, nil, nextSendSQL, destination, kind)
	return id, utc(ms), err
}

func (r *reader) delivery(ctx context.Context, id outbox.DeliveryID) (*outbox.Delivery, error) {
	var (
		d                            outbox.Delivery
		next, sent, due, dueEast, at nullInt
		incident, clock, root        nullInt
		message                      int64
		copyOf                       nullInt
		part                         int
		destinations                 string
		body                         sql.Null[string]
	)
	absent := fmt.Errorf("delivery %d: %w", id, tracker.ErrNotFound)
	err := r.one(ctx, []any{
		&d.ID, &d.Key, &d.Destination, &d.Kind, &d.State, &d.Attempts, &next, &d.LastError,
		&d.Receipt.Channel, &d.Receipt.TS, &sent, &d.PossibleRepeat, &d.Lookups, &d.Refusals,
		&d.Thread.Channel, &d.Thread.TS, &d.InsteadOf, &d.InsteadState, &message, &part, &root,
		&d.Alert.ID, &d.Alert.Key, &d.Alert.Reason, &incident, &clock, &due, &dueEast, &at, &destinations, &body, &d.Alert.Premature,
		&copyOf, &d.Recipient,
	}, absent, deliverySQL, id)
	if err != nil {
		return nil, err
	}
	if copyOf.Valid {
		return r.copied(ctx, &d, outbox.DeliveryID(copyOf.V))
	}
	d.NextAt, d.SentAt = utc(next), utc(sent)
	d.Alert.Incident, d.Alert.Clock = sla.IncidentID(incident.V), sla.ClockID(clock.V)
	d.Alert.DueAt, d.Alert.At = entered(due, dueEast), utc(at)
	if body.Valid {
		d.Alert.Body = json.RawMessage(body.V)
	}
	if d.Alert.To, err = parseList(destinations); err != nil {
		d.Alert.To = []string{d.Destination} // the others have rows of their own
	}
	if d.Alert.Reason.Digest() {
		d.Digest, err = r.digest(ctx, message, part, root)
		return &d, err
	}
	if !incident.Valid {
		if d.Decision, err = r.decisionFor(ctx, &d.Alert); err != nil {
			return nil, err
		}
		d.Files, err = r.files(ctx, &d, part)
		return &d, err
	}
	if d.Incident, err = r.Incident(ctx, d.Alert.Incident); err != nil {
		return nil, err
	}
	for _, c := range d.Incident.AllClocks() {
		if c.ID == d.Alert.Clock {
			d.Clock = c
		}
	}
	return &d, nil
}

// copied returns the delivery that a copy repeats, with the copy's id, state and
// attempts.
func (r *reader) copied(ctx context.Context, c *outbox.Delivery, of outbox.DeliveryID) (*outbox.Delivery, error) {
	d, err := r.delivery(ctx, of)
	if err != nil {
		return nil, err
	}
	d.ID, d.State, d.Attempts, d.NextAt, d.LastError = c.ID, c.State, c.Attempts, c.NextAt, c.LastError
	d.PossibleRepeat, d.Lookups, d.Recipient = c.PossibleRepeat, c.Lookups, c.Recipient
	return d, nil
}

// Sent records that the destination accepted the delivery, with its receipt. It
// is idempotent and may follow a Retry, because an answer can be late. A delivery
// that was never attempted, or was sent with another receipt, is an ErrConflict.
// Sent supersedes the delivery's fallback post unless sending that has begun. The
// receipt of an update replaces that of its post.
func (db *DB) Sent(ctx context.Context, id outbox.DeliveryID, r outbox.Receipt, at time.Time) error {
	return db.update(ctx, func(t *tx) error { return t.sent(ctx, id, r, at, nil) })
}

// sent does the work of Sent; left are the recipients that did not get the
// message.
func (t *tx) sent(ctx context.Context, id outbox.DeliveryID, r outbox.Receipt, at time.Time, left []outbox.Undelivered) error {
	const stmt = `UPDATE deliveries SET state = 'sent', channel = $1, ts = $2, sent_at = $3, last_error = ''
		WHERE id = $4 AND attempts > 0 AND (state IN ('pending', 'sending', 'unknown') OR channel = $5 AND ts = $6)`
	if err := t.recordOutcome(ctx, id, "sent", stmt, r.Channel, r.TS, at.UnixMilli(), id, r.Channel, r.TS); err != nil {
		return err
	}
	if err := t.moved(ctx, id, r); err != nil {
		return err
	}
	if err := t.forgetSaid(ctx, id); err != nil {
		return err
	}
	if err := t.reached(ctx, id, left, at); err != nil {
		return err
	}
	return t.undoFailOver(ctx, id)
}

// moved stores an update's receipt with its post: the update may have been posted
// as a new message in place of one that is gone, or of a superseded one whose
// receipt was never known.
func (t *tx) moved(ctx context.Context, update outbox.DeliveryID, r outbox.Receipt) error {
	if r.TS == "" {
		return nil
	}
	const stmt = `UPDATE deliveries SET channel = $1, ts = $2, gone = 0
		WHERE id = (SELECT post_id FROM deliveries WHERE id = $3) AND state IN ('sent', 'superseded') AND (channel <> $4 OR ts <> $5)`
	_, err := t.exec(ctx, stmt, r.Channel, r.TS, update, r.Channel, r.TS)
	return err
}

// Retry makes a delivery that did not arrive pending again, due at next, with the
// reason of the failure; a moot one is superseded. It is idempotent. A delivery
// that was sent is an ErrConflict. An attempt that a later one has followed changes
// nothing.
func (db *DB) Retry(ctx context.Context, a outbox.Attempt, next time.Time, reason string) error {
	const stmt = `UPDATE deliveries SET ` + backInLineSQL + `, next_at = $1, last_error = $2
		WHERE id = $3 AND attempts = $4 AND attempts > 0 AND (state IN ('pending', 'sending') OR state = 'superseded' AND moot = 1)`
	return db.update(ctx, func(t *tx) error {
		return t.putBack(ctx, a, "to be retried", stmt, next.UnixMilli(), foreign(reason), a.Delivery, a.Number)
	})
}

const backInLineSQL = `state = CASE WHEN moot = 1 THEN 'superseded' ELSE 'pending' END`

// putBack runs a statement that makes a delivery pending again. If it is a part
// of a digest, the lines that became moot meanwhile are superseded.
//
// It is called only for a delivery that did not arrive, or that a search did not
// find, or that is marked as a possible repeat. So a pending post that is not a
// possible repeat is not at its destination. Supersede depends on that.
func (t *tx) putBack(ctx context.Context, a outbox.Attempt, as, stmt string, args ...any) error {
	last, err := t.recordAttempt(ctx, a, as, stmt, args...)
	if err != nil || !last {
		return err
	}
	_, err = t.exec(ctx, `UPDATE deliveries SET state = 'superseded' WHERE digest_page_id = $1 AND moot = 1 AND `+leavesDigestSQL, a.Delivery)
	return err
}

// recordAttempt runs a statement that records what became of an attempt. It reports
// false, and changes nothing, for an attempt that a later one has followed: it was made
// by a replica that led earlier, and the later one holds.
func (t *tx) recordAttempt(ctx context.Context, a outbox.Attempt, as, stmt string, args ...any) (last bool, err error) {
	failed := t.recordOutcome(ctx, a.Delivery, as, stmt, args...)
	if !errors.Is(failed, tracker.ErrConflict) {
		return failed == nil, failed
	}
	var followed bool
	const later = `SELECT EXISTS (SELECT 1 FROM deliveries WHERE id = $1 AND attempts > $2)`
	if err := t.one(ctx, []any{&followed}, nil, later, a.Delivery, a.Number); err != nil || followed {
		return false, err
	}
	return false, failed
}

func (db *DB) recordOutcome(ctx context.Context, id outbox.DeliveryID, as, stmt string, args ...any) error {
	return db.update(ctx, func(t *tx) error { return t.recordOutcome(ctx, id, as, stmt, args...) })
}

func (t *tx) recordOutcome(ctx context.Context, id outbox.DeliveryID, as, stmt string, args ...any) error {
	n, err := t.exec(ctx, stmt, args...)
	if err == nil && n == 0 {
		err = tracker.ErrConflict
	}
	if err != nil {
		return fmt.Errorf("record delivery %d as %s: %w", id, as, err)
	}
	return nil
}

// NextSend returns the earliest instant at which a delivery of the given kinds
// (none given: of any) may be sent to the destination, false when there is none.
// A delivery that waits for another one does not count until the outcome of that
// one is known.
func (db *DB) NextSend(ctx context.Context, destination string, kinds ...outbox.DeliveryKind) (at time.Time, pending bool, err error) {
	err = db.glance(ctx, func(r *reader) error {
		for _, kind := range orAll(kinds) {
			id, first, err := r.firstPending(ctx, destination, kind)
			if err != nil {
				return err
			}
			if id != 0 && (!pending || first.Before(at)) {
				at, pending = first, true
			}
		}
		return nil
	})
	if err != nil {
		return time.Time{}, false, fmt.Errorf("next send to %s: %w", destination, err)
	}
	return at, pending, nil
}

const oldestUnsentSQL = `SELECT MIN(queued_at) FROM deliveries WHERE state IN ('pending', 'sending', 'unknown') AND kind <> 'copy'`

// OldestUnsent returns since when the oldest unsent delivery has been waiting,
// false when all are sent. Copies do not count: other recipients have their
// messages, and Recipients lists those that did not get them.
func (db *DB) OldestUnsent(ctx context.Context) (at time.Time, waiting bool, err error) {
	err = db.view(ctx, func(r *reader) error {
		at, waiting, err = r.earliest(ctx, oldestUnsentSQL)
		return err
	})
	if err != nil {
		return time.Time{}, false, fmt.Errorf("oldest unsent delivery: %w", err)
	}
	return at, waiting, nil
}

// Waiting is a destination with the instant since when its oldest delivery has
// been waiting.
type Waiting struct {
	Destination string
	Since       time.Time
}

// WaitingSince lists the destinations for which a delivery has been waiting
// since the given instant or longer, the longest wait first.
func (db *DB) WaitingSince(ctx context.Context, at time.Time) (waiting []Waiting, err error) {
	err = db.view(ctx, func(r *reader) error {
		return r.query(ctx, func(rows *sql.Rows) error {
			var w Waiting
			var since nullInt
			err := rows.Scan(&w.Destination, &since)
			w.Since = utc(since)
			waiting = append(waiting, w)
			return err
		}, `SELECT destination, MIN(queued_at) FROM deliveries WHERE state IN ('pending', 'sending', 'unknown') AND queued_at <= $1
			GROUP BY destination ORDER BY 2`, at.UnixMilli())
	})
	if err != nil {
		return nil, fmt.Errorf("destinations with waiting deliveries: %w", err)
	}
	return waiting, nil
}
