package store_test

import (
	"errors"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
	"kigen/store"
)

func (o *deliveries) recipients(want ...store.Recipient) {
	o.Helper()
	got, err := o.db.Recipients(o.Context())
	o.must(err)
	if len(got) != len(want) {
		o.Fatalf("recipients %+v, want %+v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			o.Errorf("recipient %+v, want %+v", got[i], want[i])
		}
	}
}

// TestPartly: whoever did not get a message has a copy of it, which is claimed
// as that message for them alone.
func TestPartly(t *testing.T) {
	o := newDeliveries(t)
	o.raise("a", outbox.ReasonOverdue, base, "lead")
	d := o.next("lead", base, "a@lead")
	receipt := outbox.Receipt{TS: "<1@x>"}
	later := base.Add(30 * time.Second)
	left := []outbox.Undelivered{
		{Recipient: "gone@x", Reason: "550 unknown", Refused: true, Next: later},
		{Recipient: "grey@x", Reason: "450 later", Next: later},
	}
	for range 2 { // it may be said again
		o.must(o.db.Partly(t.Context(), d.ID, receipt, base, left))
	}
	gone := store.Recipient{Destination: "lead", Address: "gone@x", Refused: true, Since: base, Reason: "550 unknown"}
	grey := store.Recipient{Destination: "lead", Address: "grey@x", Since: base, Reason: "450 later"}
	o.recipients(gone, grey)
	if _, waiting, err := o.db.OldestUnsent(t.Context()); waiting || err != nil {
		t.Errorf("a copy counts as an alert that is not sent (%v)", err)
	}
	o.nextSend("lead", later)
	c := o.next("lead", later, "a@lead")
	if c.Recipient != "grey@x" || c.ID == d.ID || c.Kind != outbox.Post || c.Attempts != 2 || c.PossibleRepeat ||
		!c.SentAt.Equal(base) || c.Incident == nil || c.Receipt != receipt {
		t.Errorf("the copy is %s", asJSON(t, c))
	}
	o.next("lead", later, "")

	again := later.Add(time.Minute)
	o.must(o.db.Partly(t.Context(), c.ID, receipt, later, []outbox.Undelivered{{Recipient: "grey@x", Reason: "451 still", Next: again, PossibleRepeat: true}}))
	grey.Reason = "451 still"
	o.recipients(gone, grey)
	o.nextSend("lead", again)
	c = o.next("lead", again, "a@lead")
	if c.Attempts != 3 || !c.PossibleRepeat || c.LastError != "451 still" {
		t.Errorf("the copy is %s", asJSON(t, c))
	}
	o.must(o.db.Sent(t.Context(), c.ID, receipt, again))
	o.recipients(gone)
	o.next("lead", again.Add(time.Hour), "")
	if err := o.db.Partly(t.Context(), c.ID, receipt, again, []outbox.Undelivered{{Recipient: "grey@x", Next: again}}); !errors.Is(err, tracker.ErrConflict) {
		t.Errorf("a copy that was sent was left: %v", err)
	}

	var refusals []sla.Event
	o.must(o.db.View(t.Context(), func(r tracker.Reader) error {
		events, err := r.Events(t.Context(), o.inc.ID)
		for _, e := range events {
			if e.Kind == sla.EventUndelivered {
				refusals = append(refusals, e)
			}
		}
		return err
	}))
	if len(refusals) != 1 || string(refusals[0].Body) != `{"destination":"lead","reason":"550 unknown","recipient":"gone@x"}` || refusals[0].Actor != "kigen" {
		t.Errorf("the history says %+v", refusals)
	}
	o.must(o.db.Verify(t.Context()))
}

// TestPartlyInDoubt: a copy that a crash interrupted is looked for as any
// delivery is.
func TestPartlyInDoubt(t *testing.T) {
	o := newDeliveries(t)
	o.raise("a", outbox.ReasonOverdue, base, "lead")
	d := o.next("lead", base, "a@lead")
	o.must(o.db.Partly(t.Context(), d.ID, outbox.Receipt{TS: "<1@x>"}, base, []outbox.Undelivered{{Recipient: "grey@x", Next: base}}))
	c := o.next("lead", base, "a@lead")
	if n, err := o.db.Interrupted(t.Context(), "lead", base); n != 1 || err != nil {
		t.Fatalf("interrupted %d, %v", n, err)
	}
	o.must(o.db.Resend(t.Context(), c.Attempt(), base, true))
	if c = o.next("lead", base, "a@lead"); !c.PossibleRepeat || c.Recipient != "grey@x" {
		t.Errorf("the copy is %s", asJSON(t, c))
	}
}

// TestMailReachesARecipientAgain: with a mail to everybody, what waits for a
// recipient is due, and what the mail tells as well is dropped.
func TestMailReachesARecipientAgain(t *testing.T) {
	o := newDeliveries(t)
	o.raise("a", outbox.ReasonWarning, base, "lead")
	other := logged(t, o.db, "other", sla.Clock{State: sla.Overdue})
	update(t, o.db, func(tx tracker.Tx) error {
		return raise(t.Context(), tx, &outbox.Alert{Key: "b", Incident: other.ID, At: base, To: []string{"lead"}})
	})
	next := base.Add(10 * time.Minute)
	for _, key := range []string{"a@lead", "b@lead"} {
		d := o.next("lead", base, key)
		o.must(o.db.Partly(t.Context(), d.ID, outbox.Receipt{TS: key}, base, []outbox.Undelivered{{Recipient: "grey@x", Reason: "450", Next: next}}))
	}
	o.nextSend("lead", next)
	now := base.Add(time.Minute)
	o.raise("c", outbox.ReasonOverdue, now, "lead")
	o.must(o.db.Sent(t.Context(), o.next("lead", now, "c@lead").ID, outbox.Receipt{TS: "c"}, now))
	o.recipients()
	if c := o.next("lead", now, "b@lead"); c.Recipient != "grey@x" {
		t.Errorf("got %s", asJSON(t, c))
	}
	o.next("lead", next, "") // that of a is dropped
}

// TestSlowPostHoldsUpNoOther: a post that is with a slow server does not keep
// the incident's next one from going out.
func TestSlowPostHoldsUpNoOther(t *testing.T) {
	o := newDeliveries(t)
	o.raise("a", outbox.ReasonWarning, base, "lead")
	o.raise("b", outbox.ReasonOverdue, base, "lead")
	a := o.next("lead", base, "a@lead")
	o.next("lead", base, "")
	o.must(o.db.MarkUnsearchable(t.Context(), a.Attempt(), true))
	o.next("lead", base, "b@lead")
}
