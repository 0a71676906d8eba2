package intake

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/phrase"
	"kigen/sla/tracker"
)

// Batch is what one look at a source brought, or one push.
type Batch struct {
	Source  string
	Entries []Entry
	Pushed  bool // somebody sent it: the source itself was not read
	// Old: all of it was there before the source was watched.
	Old bool
	// Failed says why the source could not be read; empty: it was. It holds no secret.
	Failed string
	// Broken: the source serves something else than before, so people hear of it at once; of
	// another failure they hear after three intervals.
	Broken bool
	State  json.RawMessage            // of the reader; nil: it stays
	Parts  map[string]json.RawMessage // parts of the state that changed
}

// Entry is an item as a reader made it, with the original.
type Entry struct {
	// Item has a Revision where its reader counts them: a higher one is another wording.
	// With 0, a text that the item never had is one. Its State is the reader's where it
	// says candidate, seen, ignored or unconfirmed.
	inbox.Item
	inbox.Document
}

// Taken is what became of a batch.
type Taken struct {
	Items []inbox.Item // of the entries, in their order, as they stand now
	// Results are what became of each: new, changed, unchanged.
	Results []string
}

// The results of entries.
const (
	ResultNew       = "new"
	ResultChanged   = "changed"
	ResultUnchanged = "unchanged"
)

// Take takes a batch in, all or nothing with the state of its source: an entry that is taken
// twice is there once, in any order.
func (s *Service) Take(ctx context.Context, b Batch) (*Taken, error) {
	var taken *Taken
	update := s.UpdateInboxLeading // who lost the lead has read an old state
	if b.Pushed {
		update = s.UpdateInbox
	}
	err := update(ctx, func(tx tracker.Tx, in inbox.Tx) error {
		t := &taking{Service: s, ctx: ctx, tx: tx, in: in, tracker: s.Tracker.Within(tx), batch: &b, now: s.now()}
		taken = &t.Taken // of the attempt that is kept
		return t.take()
	})
	if err != nil {
		s.count(b.Source, "failed")
		return nil, err
	}
	if b.Failed != "" {
		s.count(b.Source, "failed")
	}
	for i, result := range taken.Results {
		if result == ResultNew {
			result = string(taken.Items[i].State)
		}
		s.count(b.Source, result)
	}
	return taken, nil
}

// taking is one batch inside a transaction.
type taking struct {
	*Service
	Taken
	ctx     context.Context //nolint:containedctx // lives as long as one transaction
	tx      tracker.Tx
	in      inbox.Tx
	tracker *tracker.Tracker
	batch   *Batch
	now     time.Time

	first bool // the source was never read before
	fresh []inbox.Item
}

func (t *taking) take() error {
	if err := t.remember(); err != nil {
		return err
	}
	ids := make([]string, len(t.batch.Entries))
	for i := range t.batch.Entries {
		ids[i] = storableText(t.batch.Entries[i].SourceID)
	}
	slices.Sort(ids)
	known, err := t.in.ItemsOf(t.ctx, t.batch.Source, slices.Compact(ids))
	if err != nil {
		return err
	}
	for i := range t.batch.Entries {
		e := &t.batch.Entries[i]
		it, result, err := t.entry(known[storableText(e.SourceID)], e)
		if err != nil {
			return err
		}
		known[e.SourceID] = it
		t.Items, t.Results = append(t.Items, *it), append(t.Results, result)
	}
	return t.announce()
}

// remember stores the state of the source.
func (t *taking) remember() error {
	if t.batch.Pushed {
		return nil
	}
	src, err := t.in.Source(t.ctx, t.batch.Source)
	if err != nil {
		return err
	}
	was := src
	t.first = src.LastSuccess.IsZero()
	if t.batch.State != nil {
		src.State = t.batch.State
	}
	if t.batch.Failed != "" {
		src.Error = phrase.Line(t.batch.Failed)
		if src.FailingSince.IsZero() {
			src.FailingSince = t.now
		}
	} else {
		src.LastSuccess, src.FailingSince, src.Error = t.now, time.Time{}, ""
		if src.Since.IsZero() {
			src.Since = t.now
		}
	}
	for name, part := range t.batch.Parts {
		if err := t.in.PutPart(t.ctx, t.batch.Source, name, part); err != nil {
			return err
		}
	}
	if err := t.in.PutSource(t.ctx, src); err != nil {
		return err
	}
	return t.tellOfSource(&was, &src)
}

// entry takes one entry, beside the item that is known by its id, if there is one.
func (t *taking) entry(known *inbox.Item, e *Entry) (*inbox.Item, string, error) {
	storable(&e.Item)
	if known == nil {
		it, err := t.insert(e)
		return it, ResultNew, err
	}
	next, err := t.revisionOf(known, e)
	if err != nil {
		return nil, "", err
	}
	changed := next > known.Revision
	var was inbox.Item
	if changed {
		was = *known
		t.update(known, e)
		if err := t.exists(known); err != nil {
			return nil, "", err
		}
		known.Revision = next - 1 // Revise raises it
		if err := t.in.Revise(t.ctx, known, e.Document); err != nil {
			return nil, "", err
		}
	}
	if err := t.follow(known, &was, e, changed); err != nil {
		return nil, "", err
	}
	if changed {
		return known, ResultChanged, nil
	}
	return known, ResultUnchanged, nil
}

// revisionOf is the number of the present wording. What confirms a hook is another wording.
func (t *taking) revisionOf(known *inbox.Item, e *Entry) (int, error) {
	if known.State == inbox.Unconfirmed && e.State != inbox.Unconfirmed {
		return max(e.Revision, known.Revision+1), nil
	}
	if e.Revision > 0 {
		return e.Revision, nil
	}
	had, err := t.in.HasWording(t.ctx, known.ID, e.Fingerprint())
	if had {
		return known.Revision, err
	}
	return known.Revision + 1, err
}

// update lays the present wording over an item. What a person decided stays.
func (t *taking) update(it *inbox.Item, e *Entry) {
	it.Service, it.Kind, it.Title, it.Text = e.Service, e.Kind, e.Title, e.Text
	it.Channel, it.Reference, it.Link, it.Times = e.Channel, cmp.Or(e.Reference, it.Reference), e.Link, e.Times
	it.Auto, it.Reasons, it.Evidence, it.ChangedAt = e.Auto, e.Reasons, e.Evidence, t.now
	if it.State.Open() {
		it.Vendor = cmp.Or(e.Vendor, it.Vendor)
		it.Incident = cmp.Or(e.Incident, it.Incident)
	}
	if !e.SentAt.IsZero() {
		it.SentAt = e.SentAt
	}
}

// insert stores a new item, and records it by itself where everything agrees.
func (t *taking) insert(e *Entry) (*inbox.Item, error) {
	it := e.Item
	it.ID, it.Source, it.TakenAt, it.ChangedAt, it.Notice = 0, t.batch.Source, t.now, t.now, 0
	if it.ReceivedAt.IsZero() || it.ReceivedAt.After(t.now) {
		it.ReceivedAt = t.now
	}
	if err := t.exists(&it); err != nil {
		return nil, err
	}
	it.State = t.stateOf(&it)
	rule := it.Auto && it.State == inbox.Candidate && it.Kind.Notifies() && it.Incident != ""
	if rule && !t.Config.Sources[it.Source].Auto {
		it.Reasons = append(it.Reasons, inbox.Reason{Key: ReasonSourceOff, Args: []string{"Source", it.Source}})
		rule = false
	}
	if err := t.in.InsertItem(t.ctx, &it, e.Document); err != nil {
		return nil, err
	}
	if rule {
		recorded, err := t.record(&it)
		if err != nil || recorded {
			return &it, err
		}
	}
	if it.State == inbox.Candidate {
		t.fresh = append(t.fresh, it)
	}
	return &it, nil
}

// exists drops the incident that a reader names where there is none.
func (t *taking) exists(it *inbox.Item) error {
	inc, err := t.about(it)
	if errors.Is(err, tracker.ErrNotFound) {
		inc, err = nil, nil
	}
	if inc == nil {
		it.Incident = ""
	}
	return err
}

// stateOf is the state of a new item.
func (t *taking) stateOf(it *inbox.Item) inbox.State {
	switch {
	case it.State == inbox.Seen || it.State == inbox.Unconfirmed || it.State == inbox.Candidate && it.Kind.Trouble():
		return it.State
	case t.batch.Old || t.first && !t.batch.Pushed:
		return inbox.Seen
	case it.State == inbox.Ignored || !it.Kind.Trouble():
		return inbox.Ignored
	}
	return inbox.Candidate
}

// record records an item as a notice by the rule of its source. It reports false where the
// notice is refused: then a person decides.
func (t *taking) record(it *inbox.Item) (bool, error) {
	id, err := sla.ParseIncidentID(it.Incident)
	if err != nil {
		return false, nil //nolint:nilerr // the reader's mistake: a person decides
	}
	by := tracker.Request{Actor: actorOf(it.Source)}
	inc, err := t.tracker.Notice(t.ctx, by, id, noticeOf(it))
	if _, invalid := tracker.AsInvalid(err); invalid || errors.Is(err, tracker.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	it.Notice = len(inc.Notices)
	return true, t.in.Decide(t.ctx, it, &inbox.Decision{
		At: t.now, By: by.Actor, Action: inbox.Record, State: inbox.Recorded, Incident: id, Notice: it.Notice,
		Reason: catalog.In(t.Lang).Say(ReasonRule, "Source", it.Source),
	})
}

// follow draws what a reading means for a known item.
func (t *taking) follow(it, was *inbox.Item, e *Entry, changed bool) error {
	switch {
	case it.State.Linked() && changed:
		return t.tell(it, was)
	case it.State == inbox.Unconfirmed && e.State != inbox.Unconfirmed && it.Kind.Trouble(),
		it.State == inbox.Seen && changed && e.State == inbox.Candidate && it.Kind.Trouble(), // such as an address that stands for another incident now
		it.State == inbox.Ignored && changed && e.State != inbox.Ignored && it.Kind.Trouble(),
		it.State == inbox.Dismissed && changed && worse(was.Kind, it.Kind):
		return t.reopen(it)
	}
	return nil
}

// worse reports whether a change of kind makes another decision of what a person dismissed.
func worse(was, is inbox.Kind) bool {
	return is == inbox.KindSecurity && was != inbox.KindSecurity || is.Notifies() && !was.Notifies()
}

// reopen makes an item a candidate, because its source says more than before.
func (t *taking) reopen(it *inbox.Item) error {
	err := t.in.Decide(t.ctx, it, &inbox.Decision{
		At: t.now, By: actorOf(it.Source), Action: inbox.Reopen, State: inbox.Candidate, Reason: catalog.In(t.Lang).Say(ReasonRevised),
	})
	if err == nil {
		t.fresh = append(t.fresh, *it)
	}
	return err
}
