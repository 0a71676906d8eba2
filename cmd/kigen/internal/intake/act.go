package intake

import (
	"context"
	"errors"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/phrase/localizer"
	"kigen/sla/tracker"
)

// Acceptance is what a person makes of an item.
type Acceptance struct {
	// Incident gets the item as a notice; 0: the item becomes a new incident.
	Incident sla.IncidentID
	// Of a new incident, in place of what the item says; empty: as it says.
	Vendor, Service, Title string
	Impact                 sla.Impact
	Scope                  sla.Scope
	Severity               sla.Severity
	// Times of a new incident, in place of what the item says; an unknown stamp takes the
	// item's away. A moment that is missing here is as the item says.
	Times map[sla.Moment]sla.Stamp
	// Notice is recorded in place of what the item says. Nil: as it says.
	Notice  *tracker.NoticeEntry
	Reason  string
	Version int64 // of the item that was read; 0: any
}

// Settled says that an item waits for nobody any more.
type Settled struct {
	Item  inbox.Item
	By    string
	At    time.Time
	Moved bool // it waits for the decision, in another version than the one that was read
}

// Error says what the item is by now, and what to do.
func (e *Settled) Error() string { return e.In(localizer.English) }

// In is Error in "ja" or "en".
func (e *Settled) In(lang string) string {
	switch {
	case e.Moved:
		return localizer.Messagef("item %d is at version %d by now: read it again, then repeat this", e.Item.ID, e.Item.Version).In(lang)
	case e.By == "":
		return localizer.Messagef("item %d is %s: nothing is left to do", e.Item.ID, string(e.Item.State)).In(lang)
	}
	return localizer.Messagef("item %d is %s by %s since %s: read it again; undo takes that back", e.Item.ID, string(e.Item.State), e.By, e.At.UTC().Format(time.RFC3339)).In(lang)
}

// Unwrap is tracker.ErrConflict.
func (e *Settled) Unwrap() error { return tracker.ErrConflict }

// Accept makes an item the notice of an incident, or a new incident, in one transaction with
// the item's state: it happens once, whoever asks at the same time.
func (s *Service) Accept(ctx context.Context, by tracker.Request, id int64, a Acceptance) (*inbox.Item, error) {
	if a.Incident == 0 {
		return s.act(ctx, by, id, inbox.Log, a.Version, a.Reason, func(d *deciding) error { return d.log(&a) })
	}
	return s.act(ctx, by, id, inbox.Record, a.Version, a.Reason, func(d *deciding) error { return d.notice(&a) })
}

// Link makes an item belong to an incident without being its notice: its revisions become
// events of the incident.
func (s *Service) Link(ctx context.Context, by tracker.Request, id int64, incident sla.IncidentID, reason string, version int64) (*inbox.Item, error) {
	return s.act(ctx, by, id, inbox.Link, version, reason, func(d *deciding) error {
		d.State, d.Incident, d.item.Incident = inbox.Logged, incident, incident.String()
		text := plain(strings.Join([]string{d.item.Source + ": " + oneLine(d.item.Title), "", d.item.Text, d.item.Link}, "\n"))
		_, err := d.tracker.Note(d.ctx, d.request(), incident, tracker.NoteEntry{Text: text})
		return err
	})
}

// Dismiss puts an item away: it is nothing of ours.
func (s *Service) Dismiss(ctx context.Context, by tracker.Request, id int64, reason string, version int64) (*inbox.Item, error) {
	return s.act(ctx, by, id, inbox.Dismiss, version, reason, func(d *deciding) error {
		d.State = inbox.Dismissed
		return nil
	})
}

// Undo takes the last decision about an item back: a notice is withdrawn, an incident that
// the item became is cancelled. The item waits again.
func (s *Service) Undo(ctx context.Context, by tracker.Request, id int64, reason string, version int64) (*inbox.Item, error) {
	return s.act(ctx, by, id, inbox.Undo, version, reason, (*deciding).undo)
}

// deciding is one decision inside a transaction.
type deciding struct {
	inbox.Decision
	ctx     context.Context //nolint:containedctx // lives as long as one transaction
	in      inbox.Tx
	tracker *tracker.Tracker
	item    *inbox.Item
	by      tracker.Request
}

// request is that of the person, without the key, which is bound to the decision.
func (d *deciding) request() tracker.Request {
	return tracker.Request{Actor: d.by.Actor, Origin: d.by.Origin}
}

// act decides about an item in one transaction. A replay of the request is answered with
// the item as it stands.
func (s *Service) act(ctx context.Context, by tracker.Request, id int64, action inbox.Action, version int64, reason string, decide func(*deciding) error) (*inbox.Item, error) {
	reason = strings.TrimSpace(reason)
	if problems := checkDecision(&by, action, reason); len(problems) > 0 {
		return nil, problems
	}
	var item *inbox.Item
	err := s.UpdateInbox(ctx, func(tx tracker.Tx, in inbox.Tx) (err error) {
		if item, err = in.Item(ctx, id); err != nil {
			return err
		}
		replay, err := replayed(ctx, in, &by, id, action)
		if replay || err != nil {
			return err
		}
		if err := allowed(ctx, in, item, action, version); err != nil {
			return err
		}
		d := &deciding{ctx: ctx, in: in, tracker: s.Tracker.Within(tx), item: item, by: by}
		d.Decision = inbox.Decision{At: s.now(), By: by.Actor, Origin: by.Origin, Action: action, Reason: reason, Key: by.Key}
		if err := decide(d); err != nil {
			return err
		}
		item.Notice = d.Notice
		if action == inbox.Undo {
			item.Notice = 0
		}
		return in.Decide(ctx, item, &d.Decision)
	})
	if err != nil {
		return nil, err
	}
	s.count(item.Source, string(item.State))
	return item, nil
}

// longestReason bounds a reason, in bytes.
const longestReason = 3000

func checkDecision(by *tracker.Request, action inbox.Action, reason string) (problems tracker.Invalid) {
	problems.CheckLine("by", tracker.Person(by.Actor))
	problems.CheckLine("Idempotency-Key", by.Key)
	problems.CheckLine("reason", reason)
	if reason == "" && action == inbox.Undo {
		problems.Addf("reason", "", "is required: say in a few words why")
	}
	if len(reason) > longestReason {
		problems.Addf("reason", "", "is longer than %d bytes: shorten it", longestReason)
	}
	return problems
}

// replayed reports whether the request decided before, under its key.
func replayed(ctx context.Context, in inbox.Tx, by *tracker.Request, id int64, action inbox.Action) (bool, error) {
	if by.Key == "" {
		return false, nil
	}
	d, err := in.DecisionByKey(ctx, by.Key)
	switch {
	case errors.Is(err, tracker.ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	case tracker.Person(d.By) != tracker.Person(by.Actor):
		return false, tracker.Invalidf("Idempotency-Key", by.Key, "was used by another user or token: use a new key")
	case d.Item != id || d.Action != action:
		return false, tracker.Invalidf("Idempotency-Key", by.Key, "was used for another decision, about item %d: use a new key", d.Item)
	}
	return true, nil
}

// allowed refuses what an item's state does not allow any more.
func allowed(ctx context.Context, in inbox.Tx, item *inbox.Item, action inbox.Action, version int64) error {
	if action == inbox.Undo && (item.State.Linked() || item.State == inbox.Dismissed) || action != inbox.Undo && item.State.Open() {
		if version != 0 && version != item.Version {
			return &Settled{Item: *item, Moved: true}
		}
		return nil
	}
	if action == inbox.Undo {
		return &Settled{Item: *item}
	}
	last, err := in.LastDecision(ctx, item.ID)
	if err != nil && !errors.Is(err, tracker.ErrNotFound) {
		return err
	}
	return &Settled{Item: *item, By: last.By, At: last.At}
}

// notice records the item as a notice of an incident.
func (d *deciding) notice(a *Acceptance) error {
	entry := noticeOf(d.item)
	if a.Notice != nil {
		entry = *a.Notice
	}
	inc, err := d.tracker.Notice(d.ctx, d.request(), a.Incident, entry)
	if err != nil {
		return err
	}
	d.State, d.Incident, d.Notice = inbox.Recorded, inc.ID, len(inc.Notices)
	d.item.Incident = inc.ID.String()
	if d.item.Vendor == "" {
		d.item.Vendor = inc.Vendor
	}
	return nil
}

// log makes the item a new incident.
func (d *deciding) log(a *Acceptance) error {
	e, err := newIncident(d.tracker, d.item, a)
	if err != nil {
		return err
	}
	inc, err := d.tracker.Log(d.ctx, d.request(), e)
	if err != nil {
		return err
	}
	d.State, d.Incident, d.Notice = inbox.Logged, inc.ID, len(inc.Notices)
	d.item.Incident, d.item.Vendor = inc.ID.String(), inc.Vendor
	return nil
}

// undo takes the last decision back.
func (d *deciding) undo() error {
	d.State = inbox.Candidate
	last, err := d.in.LastDecision(d.ctx, d.item.ID)
	if err != nil {
		return err
	}
	d.Incident, d.Notice = last.Incident, last.Notice
	switch last.Action {
	case inbox.Record:
		_, err = d.tracker.WithdrawNotice(d.ctx, d.request(), last.Incident, last.Notice, d.Reason)
	case inbox.Log:
		_, err = d.tracker.Cancel(d.ctx, d.request(), last.Incident, d.Reason)
		d.item.Incident = ""
	case inbox.Link:
		d.item.Incident = ""
	}
	return err
}
