package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
	"kigen/store"
)

// place is a destination at a place of its own, or at the given one.
func place(name, place string) store.Destination {
	return store.Destination{Name: name, Place: place}
}

// configured notes the destinations and returns the last by name of those that
// left; none: it has an empty name.
func (o deliveries) configured(ds ...store.Destination) store.Departed {
	o.Helper()
	left, err := o.db.KeepDestinations(o.Context(), ds, base)
	if err != nil {
		o.Fatal(err)
	}
	if len(left) == 0 {
		return store.Departed{}
	}
	return left[len(left)-1]
}

func (o deliveries) rename(from, to string, want int) {
	o.Helper()
	n, err := o.db.Rename(o.Context(), from, to, base)
	if err != nil || n != want {
		o.Fatalf("%d given over, %v; want %d", n, err, want)
	}
}

func (o deliveries) retire(d store.Departed, want int) (messages []store.Retired) {
	o.Helper()
	n, err := o.db.Retire(o.Context(), &d, base.Add(time.Minute), func(_ context.Context, r *store.Retirement) error {
		messages = append(messages, r.Messages...)
		return nil
	})
	if err != nil || n != want || len(messages) != want {
		o.Fatalf("%d retired, %d shown, %v; want %d", n, len(messages), err, want)
	}
	return messages
}

func (o deliveries) waits(want bool, names ...string) {
	o.Helper()
	if waits, err := o.db.Waits(o.Context(), names); err != nil || waits != want {
		o.Errorf("waits for %q: %v, %v", names, waits, err)
	}
}

// alertKey is the key of an alert of the outbox's own clock, as the use cases
// write it.
func (o deliveries) alertKey(reason outbox.Reason, at time.Time) string {
	return fmt.Sprintf("%s%s/%d", o.inc.Clocks[0].AlertPrefix(), reason, at.UnixMilli())
}

// What may have arrived at the former place of a destination can't be looked for
// at the present one: it is sent there as a possible repeat.
func TestADoubtAtAFormerPlace(t *testing.T) {
	for place2, want := range map[string]bool{"p1": false, "p2": true} {
		t.Run(place2, func(t *testing.T) {
			o := newDeliveries(t)
			o.configured(place("soc", "p1"))
			d := o.attempt("in doubt")
			o.configured(place("soc", place2))
			o.must(o.db.Resend(t.Context(), d.Attempt(), base, false))
			if again := o.next("soc", base, "warning@soc"); again.PossibleRepeat != want {
				t.Errorf("a possible repeat: %v, want %v", again.PossibleRepeat, want)
			}
		})
	}
}

// An update without a message to change is a message itself.
func TestAnUpdateInDoubtAtAFormerPlace(t *testing.T) {
	for ts, want := range map[string]bool{"": true, "1.0": false} {
		o := newDeliveries(t)
		o.configured(place("soc", "p1"))
		o.sent(o.attempt("is being sent"), ts)
		o.updates(o.inc.ID, base)
		d := o.next("soc", base, "warning@soc#1")
		o.must(o.db.MarkUnconfirmed(t.Context(), d.Attempt(), base, "timeout"))
		o.configured(place("soc", "p2"))
		o.must(o.db.Resend(t.Context(), d.Attempt(), base, false))
		if again := o.next("soc", base, "warning@soc#1"); again.PossibleRepeat != want {
			t.Errorf("of the message %q: a possible repeat: %v, want %v", ts, again.PossibleRepeat, want)
		}
	}
}

// Who takes over is who writes to the same place; of a destination whose place
// was never noted, the place that its receipts name.
func TestSuccessor(t *testing.T) {
	o := newDeliveries(t)
	o.configured(place("soc", "p1"), place("lead", "p2"))
	if d := o.configured(place("duty", "p1"), place("lead", "p2")); d.Name != "soc" || d.Successor != "duty" || d.Settled {
		t.Errorf("by place: %+v", d)
	}
	o.rename("soc", "duty", 0)
	if d := o.configured(place("duty", "p1"), place("lead", "p2")); d.Successor != "duty" || !d.Settled {
		t.Errorf("done: %+v", d)
	}
	if d := o.configured(place("soc", "p1"), place("duty", "p1"), place("lead", "p2")); d.Name != "" {
		t.Errorf("soc is back and counts as gone: %+v", d)
	}

	old := newDeliveries(t) // as a database from before places were noted
	old.raise("a", outbox.ReasonOverdue, base, "soc")
	old.sent(old.next("soc", base, "a@soc"), "1") // in channel C1
	old.configured(store.Destination{Name: "soc"})
	if d := old.configured(store.Destination{Name: "duty", Place: "p1", Channel: "C1"}); d.Successor != "duty" {
		t.Errorf("by receipt: %+v", d)
	}
	if d := old.configured(store.Destination{Name: "duty", Place: "p1", Channel: "C2"}); d.Successor != "" {
		t.Errorf("another channel: %+v", d)
	}
	if d := old.configured(store.Destination{Name: "duty"}); d.Successor != "" {
		t.Errorf("two unknown places are one: %+v", d)
	}
}

// All that was one name's is the other's: what waits, what is out and is to be
// changed, what a digest tells. Nobody is told again.
func TestRename(t *testing.T) {
	o := newDeliveries(t)
	incs := o.many(5, "soc")
	o.merge("soc", pages(), 5)
	now := base.Add(2 * time.Hour)
	o.sent(o.next("soc", now, "digest/1@soc"), "1")
	out := o.alertKey(outbox.ReasonOverdue, base)
	o.raise(out, outbox.ReasonOverdue, base.Add(time.Hour), "soc", "lead")
	o.raise("both", outbox.ReasonRepeat, base.Add(time.Hour), "soc", "duty")
	o.rename("soc", "duty", 5+1+1+3+2) // lines, summary, file, pages, posts
	o.waits(false, "soc")
	o.next("soc", now, "")
	var got []string
	for d, err := o.db.NextDelivery(t.Context(), "duty", now); d != nil || err != nil; d, err = o.db.NextDelivery(t.Context(), "duty", now) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, d.Key)
		o.sent(d, "2")
	}
	want := []string{out + "@soc", "both@duty", "digest/1@soc/file", "digest/1@soc/1", "digest/1@soc/2", "digest/1@soc/3"}
	if !slices.Equal(got, want) { // both@soc was never tried: it would be told twice in one place
		t.Errorf("sent %q, want %q", got, want)
	}
	o.updates(incs[0].ID, now)
	if d := o.next("duty", now, "digest/1@soc#1"); d.Receipt.TS != "1" {
		t.Errorf("the update changes %+v", d.Receipt)
	}
	view(t, o.db, func(r tracker.Reader) error {
		untold, err := r.NotAlerted(t.Context(), &o.inc.Clocks[0], base.Add(-time.Hour), []string{"duty", "other"})
		if !slices.Equal(untold, []string{"other"}) {
			t.Errorf("untold are %q", untold)
		}
		return err
	})
	o.verify()
}

// All that is not out is retired, whatever it is and wherever it stands, and
// the open clocks that it told of are planned again.
func TestRetire(t *testing.T) {
	o := newDeliveries(t)
	o.configured(place("soc", "p1"), place("lead", "p2"))
	o.many(5, "soc")
	o.merge("soc", pages(), 5)
	warned, doubtful := o.alertKey(outbox.ReasonWarning, base.Add(-time.Minute)), o.alertKey(outbox.ReasonOverdue, base.Add(-time.Minute))
	o.raise(warned, outbox.ReasonWarning, base, "soc")
	o.raise(doubtful, outbox.ReasonOverdue, base, "soc", "lead")
	o.raise("waits", outbox.ReasonRepeat, base, "soc")
	now := base.Add(2 * time.Hour)
	o.sent(o.next("soc", now, warned+"@soc"), "1")
	doubt := o.next("soc", now, doubtful+"@soc")
	o.must(o.db.MarkUnconfirmed(t.Context(), doubt.Attempt(), now, "timeout"))
	o.updates(o.inc.ID, now)
	update(t, o.db, func(tx tracker.Tx) error {
		return raise(t.Context(), tx, &outbox.Alert{Key: "report/2026-04", Reason: outbox.ReasonReport, At: base, To: []string{"soc"}, Body: []byte(`{}`)})
	})
	d := o.configured(place("lead", "p2"))
	messages := o.retire(d, 5+1+1+3+2+2+1) // lines, summary, file, pages, posts, updates, report
	o.retire(d, 0)
	o.waits(false, "soc")
	incidents := map[sla.IncidentID]bool{}
	for _, m := range messages {
		incidents[m.Incident] = true
	}
	if len(incidents) != 7 { // six, and none
		t.Errorf("the messages speak of %v", incidents)
	}
	due := 0
	view(t, o.db, func(r tracker.Reader) error {
		ids, err := r.DueIncidents(t.Context(), base.Add(time.Minute), 100)
		due = len(ids)
		return err
	})
	if due != 6 {
		t.Errorf("%d incidents are planned again, want 6", due)
	}
	o.next("lead", now, doubtful+"@lead")
	if doubts := o.doubts("soc"); len(doubts) != 0 {
		t.Errorf("in doubt: %+v", doubts)
	}
	view(t, o.db, func(r tracker.Reader) error {
		untold, err := r.NotAlerted(t.Context(), &o.inc.Clocks[0], base.Add(-time.Hour), []string{"soc", "lead"})
		if len(untold) != 0 { // soc had the warning
			t.Errorf("untold are %q", untold)
		}
		untold, err2 := r.NotAlerted(t.Context(), &o.inc.Clocks[0], base, []string{"other"})
		if !slices.Equal(untold, []string{"other"}) {
			t.Errorf("untold are %q", untold)
		}
		return errors.Join(err, err2)
	})
	left, err := o.db.Departed(t.Context(), base)
	if err != nil || len(left) != 1 || left[0].Name != "soc" || left[0].Retired != len(messages) {
		t.Errorf("%+v, %v", left, err)
	}
	o.verify()
}

// A destination that is back has not been told what was retired.
func TestRetiredIsUntold(t *testing.T) {
	o := newDeliveries(t)
	o.configured(place("soc", "p1"))
	o.raise("a", outbox.ReasonOverdue, base, "soc")
	o.retire(o.configured(place("lead", "p2")), 1)
	view(t, o.db, func(r tracker.Reader) error {
		untold, err := r.NotAlerted(t.Context(), &o.inc.Clocks[0], base, []string{"soc"})
		if !slices.Equal(untold, []string{"soc"}) {
			t.Errorf("untold are %q", untold)
		}
		return err
	})
}

// What a message shows is put right by whoever may: at once where there is
// such a destination, and by one that is configured later.
func TestUpdatesOfADestinationThatLeft(t *testing.T) {
	bot := func(name, place, account string) store.Destination {
		return store.Destination{Name: name, Place: place, Account: account}
	}
	o := newDeliveries(t)
	o.configured(bot("soc", "p1", "a1"))
	o.raise("a", outbox.ReasonOverdue, base, "soc")
	o.sent(o.next("soc", base, "a@soc"), "1")
	o.updates(o.inc.ID, base)
	o.retire(o.configured(bot("lead", "p2", "a1")), 0)
	d := o.next("lead", base, "a@soc#1")
	if d.Receipt != (outbox.Receipt{Channel: "C1", TS: "1"}) {
		t.Errorf("changes %+v", d.Receipt)
	}
	o.sent(d, "1")

	o.updates(o.inc.ID, base)
	o.waits(true, "soc")
	o.retire(o.configured(bot("far", "p3", "a2")), 1) // nobody may
	o.configured(bot("duty", "p1", "a3"))
	o.rename("soc", "duty", 2)
	if d := o.next("duty", base, "a@soc#2"); d.Receipt.TS != "1" {
		t.Errorf("changes %+v", d.Receipt)
	}
	o.verify()
}

// A retired alert is raised again for those who are to know it now, once, and
// not for who knows more.
func TestAgain(t *testing.T) {
	o := newDeliveries(t)
	o.configured(place("soc", "p1"))
	update(t, o.db, func(tx tracker.Tx) error {
		for _, key := range []string{"report/2026-04", "report/2026-05"} {
			err := raise(t.Context(), tx, &outbox.Alert{
				Key: key, Reason: outbox.ReasonReport, At: base, To: []string{"soc"}, Body: []byte(`{"title":"April"}`),
				Files: []outbox.Attachment{{Name: "a.csv", Type: "text/csv", Data: []byte("x")}},
			})
			if err != nil {
				return err
			}
		}
		return raise(t.Context(), tx, &outbox.Alert{Key: "report/2026-05/held/9", Reason: outbox.ReasonReport, At: base, To: []string{"lead"}, Body: []byte(`{}`)})
	})
	d := o.configured(place("lead", "p2"))
	var again []string
	_, err := o.db.Retire(t.Context(), &d, base, func(ctx context.Context, r *store.Retirement) error {
		for i := range r.Messages {
			for range 2 {
				raised, err := r.Again(ctx, &r.Messages[i], "lead", base.Add(time.Hour))
				if err != nil {
					return err
				}
				if raised {
					again = append(again, r.Messages[i].Key)
				}
			}
		}
		return nil
	})
	if err != nil || !slices.Equal(again, []string{"report/2026-04"}) {
		t.Fatalf("%q, %v", again, err)
	}
	o.next("lead", base.Add(time.Minute), "report/2026-05/held/9@lead")
	told := o.next("lead", base.Add(time.Hour), "report/2026-04/to/lead@lead")
	if len(told.Files) != 1 || string(told.Files[0].Data) != "x" || string(told.Alert.Body) != `{"title":"April"}` {
		t.Errorf("got %s", asJSON(t, told))
	}
}

// A fallback that left the configuration is no reason not to tell the next one.
func TestDivertAfterAFallbackLeft(t *testing.T) {
	o := newDeliveries(t)
	o.configured(place("soc", "p1"), place("lead", "p2"))
	o.raise("a", outbox.ReasonOverdue, base, "soc")
	o.divert(1)
	o.retire(o.configured(place("soc", "p1"), place("duty", "p3")), 1)
	n, err := o.db.FailOver(t.Context(), "soc", "duty", base)
	if err != nil || n != 1 {
		t.Errorf("diverted %d, %v", n, err)
	}
	o.divert(0) // lead is back: it had its turn
}

// What waits too long names whom it waits for.
func TestWaitingSince(t *testing.T) {
	o := newDeliveries(t)
	o.raise("a", outbox.ReasonOverdue, base, "soc", "lead")
	o.raise("b", outbox.ReasonOverdue, base.Add(-time.Hour), "lead")
	o.raise("c", outbox.ReasonOverdue, base.Add(time.Hour), "siem")
	waiting, err := o.db.WaitingSince(t.Context(), base.Add(time.Minute))
	want := []store.Waiting{{Destination: "lead", Since: base.Add(-time.Hour)}, {Destination: "soc", Since: base}}
	if err != nil || len(waiting) != 2 || waiting[0].Destination != want[0].Destination || !waiting[1].Since.Equal(want[1].Since) {
		t.Errorf("got %+v, %v", waiting, err)
	}
}
