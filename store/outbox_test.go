package store_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
	"kigen/store"
)

// deliveries is a database with one overdue incident, and short words for what
// happens to its deliveries.
type deliveries struct {
	*testing.T
	db  *store.DB
	inc *sla.Incident
}

func newDeliveries(t *testing.T) deliveries {
	db := open(t)
	return deliveries{t, db, logged(t, db, "sotas", sla.Clock{State: sla.Running, Due: base.Add(time.Hour)})}
}

func (o deliveries) raise(key string, reason outbox.Reason, at time.Time, to ...string) bool {
	o.Helper()
	var raised bool
	update(o, o.db, func(tx tracker.Tx) (err error) {
		raised, err = tx.Raise(o.Context(), &outbox.Alert{
			Key: key, Reason: reason, Incident: o.inc.ID, Clock: o.inc.Clocks[0].ID,
			DueAt: o.inc.Clocks[0].Due, At: at, To: to,
		})
		return err
	})
	return raised
}

func (o deliveries) updates(id sla.IncidentID, at time.Time) {
	o.Helper()
	update(o, o.db, func(tx tracker.Tx) error { return tx.QueueUpdates(o.Context(), id, at) })
}

// next claims the next delivery and compares its key; "" expects none.
func (o deliveries) next(destination string, now time.Time, key string) *outbox.Delivery {
	o.Helper()
	d, err := o.db.NextDelivery(o.Context(), destination, now)
	if err != nil {
		o.Fatal(err)
	}
	switch {
	case d == nil && key == "":
		return nil
	case d == nil:
		o.Fatalf("nothing to send to %s, want %s", destination, key)
	case d.Key != key:
		o.Fatalf("next to %s is %s, want %q", destination, d.Key, key)
	}
	return d
}

func (o deliveries) sent(d *outbox.Delivery, ts string) {
	o.Helper()
	if err := o.db.Sent(o.Context(), d.ID, outbox.Receipt{Channel: "C1", TS: ts}, base); err != nil {
		o.Fatal(err)
	}
}

func (o deliveries) retry(d *outbox.Delivery, next time.Time) {
	o.Helper()
	if err := o.db.Retry(o.Context(), d.Attempt(), next, "slow down"); err != nil {
		o.Fatal(err)
	}
}

// nextSend expects the next instant at which something may be sent; zero
// expects none.
func (o deliveries) nextSend(destination string, want time.Time) {
	o.Helper()
	got, pending, err := o.db.NextSend(o.Context(), destination)
	if err != nil || pending == want.IsZero() || !got.Equal(want) {
		o.Errorf("next send to %s is %s (%v), %v; want %s", destination, got, pending, err, want)
	}
}

func TestRaiseTwice(t *testing.T) {
	o := newDeliveries(t)
	if !o.raise("k", outbox.ReasonOverdue, base, "soc", "lead", "soc") {
		t.Fatal("the first alert was not raised")
	}
	if o.raise("k", outbox.ReasonOverdue, base.Add(time.Hour), "soc", "other") {
		t.Error("the same key was raised again")
	}
	o.next("soc", base, "k@soc")
	o.next("soc", base.Add(24*time.Hour), "")
	o.next("lead", base, "k@lead")
	o.next("other", base.Add(24*time.Hour), "")
	view(t, o.db, func(r tracker.Reader) error {
		has, err := r.HasAlert(t.Context(), "k")
		hasOther, err2 := r.HasAlert(t.Context(), "other")
		if !has || hasOther {
			t.Errorf("has k: %v, has another: %v", has, hasOther)
		}
		return errors.Join(err, err2)
	})
}

func TestDeliveryCarriesWhatASenderNeeds(t *testing.T) {
	o := newDeliveries(t)
	o.raise("k", outbox.ReasonOverdue, base, "soc", "lead")
	c := o.inc.Clocks[0]
	c.State = sla.Overdue
	update(t, o.db, func(tx tracker.Tx) error { return tx.UpdateClock(t.Context(), &c, sla.Running) })

	if got := o.next("soc", base.Add(-time.Millisecond), ""); got != nil {
		t.Error("sent before its time")
	}
	d := o.next("soc", base.Add(time.Minute), "k@soc")
	want := outbox.Delivery{
		ID: d.ID, Key: "k@soc", Destination: "soc", Kind: outbox.Post, State: outbox.DeliverySending, Attempts: 1, NextAt: base,
		Alert: outbox.Alert{
			ID: d.Alert.ID, Key: "k", Reason: outbox.ReasonOverdue, Incident: o.inc.ID, Clock: c.ID,
			DueAt: c.Due, At: base, To: []string{"soc", "lead"},
		},
		Incident: incident(t, o.db, o.inc.ID),
		Clock:    &c,
	}
	if got, want := asJSON(t, d), asJSON(t, want); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if d.Clock != &d.Incident.Clocks[0] {
		t.Error("the clock is not the one inside the incident")
	}
	o.next("soc", base.Add(time.Hour), "") // taken already
}

func TestReportHasNoIncident(t *testing.T) {
	o := newDeliveries(t)
	body := json.RawMessage(`{"title":"10月"}`)
	update(t, o.db, func(tx tracker.Tx) error {
		return raise(t.Context(), tx, &outbox.Alert{Key: "report/2026-10", Reason: outbox.ReasonReport, At: base, To: []string{"soc"}, Body: body})
	})
	d := o.next("soc", base, "report/2026-10@soc")
	if d.Incident != nil || d.Clock != nil || string(d.Alert.Body) != string(body) || !d.Alert.DueAt.IsZero() {
		t.Errorf("got %s", asJSON(t, d))
	}
}

func TestPostsOfAnIncidentGoInOrder(t *testing.T) {
	o := newDeliveries(t)
	o.raise("1", outbox.ReasonWarning, base, "soc")
	o.raise("2", outbox.ReasonOverdue, base.Add(time.Minute), "soc")
	other := logged(t, o.db, "other", sla.Clock{State: sla.Overdue})
	update(t, o.db, func(tx tracker.Tx) error {
		return raise(t.Context(), tx, &outbox.Alert{Key: "3", Incident: other.ID, At: base.Add(2 * time.Minute), To: []string{"soc"}})
	})
	now := base.Add(time.Hour)
	first := o.next("soc", now, "1@soc")
	o.next("soc", now, "3@soc") // 2 waits for 1, another incident does not
	o.nextSend("soc", time.Time{})
	o.retry(first, now.Add(time.Minute))
	o.next("soc", now, "")
	o.nextSend("soc", now.Add(time.Minute)) // not 2, which is due but has to wait
	first = o.next("soc", now.Add(time.Minute), "1@soc")
	if first.Attempts != 2 || first.LastError != "slow down" || first.PossibleRepeat {
		t.Errorf("second attempt: %s", asJSON(t, first))
	}
	o.sent(first, "1.0")
	o.nextSend("soc", base.Add(time.Minute))
	o.next("soc", now, "2@soc")
}

func TestUpdatesWaitForTheirPost(t *testing.T) {
	o := newDeliveries(t)
	o.raise("a", outbox.ReasonWarning, base, "soc", "lead")
	o.raise("b", outbox.ReasonOverdue, base, "soc")
	now := base.Add(time.Hour)
	post := o.next("soc", now, "a@soc")
	o.updates(o.inc.ID, now) // a is on its way to soc; to lead, and b, nothing has gone
	o.next("soc", now, "")
	o.sent(post, "1.0")
	o.sent(o.next("soc", now, "b@soc"), "2.0")
	change := o.next("soc", now, "a@soc#1")
	if change.Kind != outbox.Update || change.Receipt != (outbox.Receipt{Channel: "C1", TS: "1.0"}) || change.Alert.Key != "a" {
		t.Errorf("got %s", asJSON(t, change))
	}
	o.next("soc", now, "")
	o.next("lead", now, "a@lead")
	o.next("lead", now, "")
}

// A pager makes one alert of an overdue deadline and its repeats: one update brings it in
// line, however many there were. Messages of their own get one each.
func TestOneUpdateOfASharedMessage(t *testing.T) {
	o := newDeliveries(t)
	for i, key := range []string{"a", "b", "c"} {
		o.raise(key, outbox.ReasonRepeat, base, "pager", "soc")
		o.sent(o.next("pager", base, key+"@pager"), "kigen/clock/1")
		o.sent(o.next("soc", base, key+"@soc"), strconv.Itoa(i))
	}
	o.raise("d", outbox.ReasonRepeat, base, "pager")
	waits := o.next("pager", base, "d@pager")
	o.updates(o.inc.ID, base)
	o.sent(waits, "kigen/clock/1")
	for _, key := range []string{"c@pager#1", "d@pager#1"} { // d was on its way
		o.sent(o.next("pager", base, key), "kigen/clock/1")
	}
	o.nextSend("pager", time.Time{})
	for i, key := range []string{"a@soc#1", "b@soc#1", "c@soc#1"} {
		o.sent(o.next("soc", base, key), strconv.Itoa(i))
	}
	o.nextSend("soc", time.Time{})
}

func TestUpdatesAreQueuedOnce(t *testing.T) {
	o := newDeliveries(t)
	o.raise("a", outbox.ReasonWarning, base, "soc")
	o.sent(o.next("soc", base, "a@soc"), "1.0")
	now := base.Add(time.Hour)
	o.updates(o.inc.ID, now)
	o.updates(o.inc.ID, now.Add(time.Minute))
	o.updates(o.inc.ID+1, now) // of an incident that is not
	first := o.next("soc", now, "a@soc#1")
	o.next("soc", now.Add(time.Hour), "")

	// One more while the first is on its way, since that one shows an old state.
	o.updates(o.inc.ID, now)
	o.updates(o.inc.ID, now)
	o.next("soc", now, "") // it must not overtake
	o.retry(first, now.Add(time.Minute))
	o.next("soc", now, "")
	o.sent(o.next("soc", now.Add(time.Minute), "a@soc#1"), "1.0")
	o.sent(o.next("soc", now, "a@soc#2"), "1.0")
	o.nextSend("soc", time.Time{})
}

func (o deliveries) supersede(to []string) {
	o.Helper()
	update(o, o.db, func(tx tracker.Tx) error {
		return errors.Join(
			tx.Supersede(o.Context(), o.inc.Clocks[0].ID, to),
			tx.Supersede(o.Context(), o.inc.Clocks[0].ID+1, nil)) // another clock's
	})
}

func TestSupersede(t *testing.T) {
	for name, tc := range map[string]struct {
		to                      []string
		leftForSoc, leftForLead string
	}{
		"everywhere": {nil, "", ""},
		"nowhere":    {[]string{}, "warning@soc", "warning@lead"},
		"one":        {[]string{"soc"}, "", "warning@lead"},
		"several":    {[]string{"other", "lead"}, "warning@soc", ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := newDeliveries(t)
			o.raise("warning", outbox.ReasonWarning, base, "soc", "lead")
			o.supersede(tc.to)
			o.next("soc", base, tc.leftForSoc)
			o.next("lead", base, tc.leftForLead)
			if o.raise("warning", outbox.ReasonWarning, base, "soc") {
				t.Error("a superseded alert was raised again")
			}
		})
	}
}

func (o deliveries) doubts(destination string, want ...string) []outbox.Unconfirmed {
	o.Helper()
	doubts, err := o.db.Unconfirmed(o.Context(), destination)
	if err != nil {
		o.Fatal(err)
	}
	var keys []string
	for _, d := range doubts {
		keys = append(keys, d.Key)
	}
	if !slices.Equal(keys, want) {
		o.Fatalf("in doubt at %s: %q, want %q", destination, keys, want)
	}
	return doubts
}

func (o deliveries) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func TestInterrupted(t *testing.T) {
	o := newDeliveries(t)
	o.raise("a", outbox.ReasonOverdue, base, "soc", "lead")
	o.next("soc", base, "a@soc")
	o.next("lead", base, "a@lead")
	look := base.Add(time.Minute)
	n, err := o.db.Interrupted(t.Context(), "soc", look)
	if n != 1 || err != nil {
		t.Fatalf("interrupted %d, %v", n, err)
	}
	o.nextSend("soc", time.Time{}) // nobody knows: it is not sent again before it was looked for
	d := o.doubts("soc", "a@soc")[0]
	if want := (outbox.Unconfirmed{ID: d.ID, Key: "a@soc", Kind: outbox.Post, Attempts: 1, AttemptAt: base, SearchAt: look}); d != want {
		t.Errorf("got %+v, want %+v", d, want)
	}
	o.doubts("lead")
	if n, err := o.db.Interrupted(t.Context(), "none", look); n != 0 || err != nil {
		t.Errorf("interrupted %d, %v", n, err)
	}
}

// TestBlind: what went where nobody can look is a possible repeat once a crash
// has interrupted it, whatever a search says.
func TestBlind(t *testing.T) {
	o := newDeliveries(t)
	o.raise("a", outbox.ReasonOverdue, base, "soc")
	d := o.next("soc", base, "a@soc")
	o.must(o.db.MarkUnsearchable(t.Context(), d.Attempt(), true))
	o.must(o.db.MarkUnsearchable(t.Context(), d.Attempt(), false)) // it was refused
	o.must(o.db.Retry(t.Context(), d.Attempt(), base, "refused"))
	o.must(o.db.MarkUnsearchable(t.Context(), d.Attempt(), false)) // said again
	d = o.next("soc", base, "a@soc")
	if d.PossibleRepeat {
		t.Error("what was refused counts as a possible repeat")
	}
	o.must(o.db.MarkUnsearchable(t.Context(), d.Attempt(), true))
	if _, err := o.db.Interrupted(t.Context(), "soc", base); err != nil {
		t.Fatal(err)
	}
	o.must(o.db.Resend(t.Context(), d.Attempt(), base, false)) // not in the history
	d = o.next("soc", base, "a@soc")
	if !d.PossibleRepeat {
		t.Error("that it may be a repeat was forgotten")
	}
	o.sent(d, "1.0")
	if err := o.db.MarkUnsearchable(t.Context(), d.Attempt(), true); !errors.Is(err, tracker.ErrConflict) {
		t.Errorf("blind after it was sent: %v", err)
	}
}

// TestDoubt: what may have arrived waits, and stays so through a restart, until
// it was found or is to be sent again.
func TestDoubt(t *testing.T) {
	o := newDeliveries(t)
	o.raise("a", outbox.ReasonWarning, base, "soc")
	o.raise("b", outbox.ReasonOverdue, base, "soc")
	d := o.next("soc", base, "a@soc")
	o.must(o.db.MarkUnconfirmed(t.Context(), d.Attempt(), base.Add(time.Minute), "timeout"))
	o.next("soc", base.Add(time.Hour), "") // b is of the same incident
	o.must(o.db.MarkUnconfirmed(t.Context(), d.Attempt(), base.Add(2*time.Minute), "no history"))
	if d := o.doubts("soc", "a@soc")[0]; d.Lookups != 2 || !d.SearchAt.Equal(base.Add(2*time.Minute)) || !d.AttemptAt.Equal(base) {
		t.Errorf("got %+v", d)
	}
	o.must(o.db.Resend(t.Context(), d.Attempt(), base.Add(5*time.Minute), true))
	o.doubts("soc")
	d = o.next("soc", base.Add(5*time.Minute), "a@soc")
	if !d.PossibleRepeat || d.Attempts != 2 || d.Lookups != 2 || d.LastError != "no history" {
		t.Errorf("got %s", asJSON(t, d))
	}
	o.must(o.db.MarkUnconfirmed(t.Context(), d.Attempt(), base.Add(6*time.Minute), "timeout"))
	o.must(o.db.Resend(t.Context(), d.Attempt(), base.Add(6*time.Minute), false))
	d = o.next("soc", base.Add(6*time.Minute), "a@soc")
	if !d.PossibleRepeat {
		t.Error("that it may be a repeat was forgotten")
	}
	o.must(o.db.MarkUnconfirmed(t.Context(), d.Attempt(), base.Add(7*time.Minute), "timeout"))
	o.sent(d, "1.0") // found
	o.doubts("soc")
	o.next("soc", base.Add(7*time.Minute), "b@soc")
	for what, err := range map[string]error{
		"doubt of what was sent":  o.db.MarkUnconfirmed(t.Context(), d.Attempt(), base, ""),
		"resend of what was sent": o.db.Resend(t.Context(), d.Attempt(), base, false),
	} {
		if !errors.Is(err, tracker.ErrConflict) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestUpdateInDoubt: a change waits for the post that may be out, and a later
// change for the earlier one.
func TestUpdateInDoubt(t *testing.T) {
	o := newDeliveries(t)
	o.raise("a", outbox.ReasonWarning, base, "soc")
	post := o.next("soc", base, "a@soc")
	o.must(o.db.MarkUnconfirmed(t.Context(), post.Attempt(), base, "timeout"))
	o.updates(o.inc.ID, base)
	o.next("soc", base, "")
	o.sent(post, "1.0")
	change := o.next("soc", base, "a@soc#1")
	o.must(o.db.MarkUnconfirmed(t.Context(), change.Attempt(), base, "timeout"))
	o.updates(o.inc.ID, base)
	o.next("soc", base, "")
	o.must(o.db.Resend(t.Context(), change.Attempt(), base, false))
	o.sent(o.next("soc", base, "a@soc#1"), "1.0")
	o.next("soc", base, "a@soc#2")
}

// TestOutcomesMayBeSaidAgain: a sender that was told of no success repeats
// itself. What contradicts is refused.
func TestOutcomesMayBeSaidAgain(t *testing.T) {
	o := newDeliveries(t)
	o.raise("a", outbox.ReasonOverdue, base, "soc", "lead")
	d := o.next("soc", base, "a@soc")
	o.retry(d, base.Add(time.Hour))
	o.retry(d, base)
	o.nextSend("soc", base)
	o.sent(d, "1.0") // a late answer is an answer
	o.sent(d, "1.0")
	o.next("soc", base.Add(time.Hour), "")

	refused := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, tracker.ErrConflict) {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused("another receipt", o.db.Sent(t.Context(), d.ID, outbox.Receipt{Channel: "C1", TS: "2.0"}, base))
	refused("retry of what was sent", o.db.Retry(t.Context(), d.Attempt(), base, ""))
	refused("never attempted", o.db.Sent(t.Context(), d.ID+1, outbox.Receipt{}, base))
	refused("retry of what was never attempted", o.db.Retry(t.Context(), outbox.Attempt{Delivery: d.ID + 1}, base, ""))
	refused("no delivery", o.db.Sent(t.Context(), 99, outbox.Receipt{}, base))
}

// TestLaterAttemptHolds: what a replica that led earlier learns of its attempt no longer
// concerns the delivery, once another one has claimed it again.
func TestLaterAttemptHolds(t *testing.T) {
	for name, record := range map[string]func(o deliveries, first outbox.Attempt) error{
		"it did not arrive": func(o deliveries, first outbox.Attempt) error {
			return o.db.Retry(o.Context(), first, base.Add(time.Hour), "away")
		},
		"no answer": func(o deliveries, first outbox.Attempt) error {
			return o.db.MarkUnconfirmed(o.Context(), first, base.Add(time.Hour), "no answer")
		},
		"not found": func(o deliveries, first outbox.Attempt) error {
			return o.db.Resend(o.Context(), first, base.Add(time.Hour), true)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newDeliveries(t)
			o.raise("a", outbox.ReasonOverdue, base, "soc")
			first := o.next("soc", base, "a@soc").Attempt()
			if _, err := o.db.Interrupted(t.Context(), "soc", base); err != nil {
				t.Fatal(err)
			}
			o.must(o.db.Resend(t.Context(), first, base, false))
			second := o.next("soc", base, "a@soc")
			o.must(record(o, first))
			o.nextSend("soc", time.Time{}) // the second one is still sending
			o.doubts("soc")
			o.sent(second, "1.0")
			o.nextSend("soc", time.Time{})
		})
		t.Run(name+", unclaimed", func(t *testing.T) {
			o := newDeliveries(t)
			o.raise("a", outbox.ReasonOverdue, base, "soc")
			first := o.next("soc", base, "a@soc").Attempt()
			if err := record(o, outbox.Attempt{Delivery: first.Delivery, Number: first.Number + 1}); !errors.Is(err, tracker.ErrConflict) {
				t.Errorf("an attempt that was never made: %v", err)
			}
		})
	}
	o := newDeliveries(t)
	o.raise("a", outbox.ReasonOverdue, base, "soc")
	first := o.next("soc", base, "a@soc")
	o.retry(first, base)
	o.next("soc", base, "a@soc")
	if err := o.db.MarkUnsearchable(t.Context(), first.Attempt(), true); !errors.Is(err, tracker.ErrConflict) {
		t.Errorf("an earlier attempt may go on where no search finds it: %v", err)
	}
}

func TestOldestUnsent(t *testing.T) {
	o := newDeliveries(t)
	expect := func(want time.Time) {
		t.Helper()
		got, waiting, err := o.db.OldestUnsent(t.Context())
		if err != nil || waiting == want.IsZero() || !got.Equal(want) {
			t.Errorf("oldest is %s (%v), %v; want %s", got, waiting, err, want)
		}
	}
	expect(time.Time{})
	o.raise("a", outbox.ReasonWarning, base, "soc")
	o.raise("b", outbox.ReasonOverdue, base.Add(time.Minute), "soc")
	expect(base)
	d := o.next("soc", base, "a@soc")
	expect(base) // on its way is not out
	o.retry(d, base.Add(time.Hour))
	expect(base) // trying again does not make it younger
	d = o.next("soc", base.Add(time.Hour), "a@soc")
	o.must(o.db.MarkUnconfirmed(t.Context(), d.Attempt(), base.Add(time.Hour), ""))
	expect(base) // nobody knows whether it is out
	o.must(o.db.Resend(t.Context(), d.Attempt(), base.Add(time.Hour), false))
	o.sent(o.next("soc", base.Add(time.Hour), "a@soc"), "1.0")
	expect(base.Add(time.Minute))
}

// The error of a server may hold what no database takes. It is stored all the same, or the
// delivery would stay in state sending.
func TestErrorsOfOthersAreStored(t *testing.T) {
	o := newDeliveries(t)
	o.raise("a", outbox.ReasonOverdue, base, "soc")
	d := o.next("soc", base, "a@soc")
	o.must(o.db.Retry(t.Context(), d.Attempt(), base, "550 \x00 \xff no"))
	if d = o.next("soc", base, "a@soc"); d.LastError != "550 \uFFFD \uFFFD no" {
		t.Errorf("the error is stored as %q", d.LastError)
	}
	o.must(o.db.LogAccess(t.Context(), store.AccessLine{At: base, Actor: "user:\x00", Kind: "x", Subject: "a\xff", Origin: "b"}))
	o.must(o.db.Verify(t.Context()))
}
