package store_test

import (
	"testing"
	"time"

	"kigen/sla/outbox"
	"kigen/sla/tracker"
)

// state reads where a delivery stands.
func (o deliveries) state(key string) outbox.DeliveryState {
	o.Helper()
	writer, _ := o.db.Pools()
	var state outbox.DeliveryState
	if err := writer.QueryRowContext(o.Context(), `SELECT state FROM deliveries WHERE key = $1`, key).Scan(&state); err != nil {
		o.Fatal(err)
	}
	return state
}

func (o deliveries) wantState(key string, want outbox.DeliveryState) {
	o.Helper()
	if got := o.state(key); got != want {
		o.Errorf("%s is %s, want %s", key, got, want)
	}
}

// attempt brings the warning of a clock, sent to soc, to how an attempt of it
// ended.
func (o deliveries) attempt(how string) *outbox.Delivery {
	o.Helper()
	o.raise("warning", outbox.ReasonWarning, base, "soc")
	d := o.next("soc", base, "warning@soc")
	later := base.Add(5 * time.Minute)
	switch how {
	case "did not arrive":
		o.retry(d, later)
	case "is being sent":
	case "in doubt":
		o.must(o.db.MarkUnconfirmed(o.Context(), d.Attempt(), later, "timeout"))
	case "looked for in vain":
		o.must(o.db.MarkUnconfirmed(o.Context(), d.Attempt(), later, "timeout"))
		o.must(o.db.Resend(o.Context(), d.Attempt(), later, false))
	case "can't be looked for":
		o.must(o.db.MarkUnconfirmed(o.Context(), d.Attempt(), later, "timeout"))
		o.must(o.db.Resend(o.Context(), d.Attempt(), later, true))
	case "sent":
		o.sent(d, "1.0")
	}
	return d
}

// TestSupersedeAttempted: what did not arrive is superseded as if it had never
// been tried; what may have arrived is settled first. The overdue alert waits
// for none of them.
func TestSupersedeAttempted(t *testing.T) {
	for how, want := range map[string]outbox.DeliveryState{
		"did not arrive":      outbox.DeliverySuperseded,
		"looked for in vain":  outbox.DeliverySuperseded,
		"can't be looked for": outbox.DeliverySuperseded,
		"is being sent":       outbox.DeliverySending,
		"in doubt":            outbox.DeliveryUnknown,
		"sent":                outbox.DeliverySent,
	} {
		t.Run(how, func(t *testing.T) {
			o := newDeliveries(t)
			o.attempt(how)
			o.supersede([]string{"soc"})
			o.wantState("warning@soc", want)
			o.raise("overdue", outbox.ReasonOverdue, base.Add(time.Minute), "soc")
			o.nextSend("soc", base.Add(time.Minute))
			o.next("soc", base.Add(time.Minute), "overdue@soc")
			o.verify()
		})
	}
}

// TestMootIsSettled: a superseded alert in doubt counts as sent if it is found,
// and is never sent again.
func TestMootIsSettled(t *testing.T) {
	next := base.Add(time.Hour)
	for name, tc := range map[string]struct {
		how    string
		settle func(o deliveries, d *outbox.Delivery) error
		want   outbox.DeliveryState
	}{
		"found": {"in doubt", func(o deliveries, d *outbox.Delivery) error {
			return o.db.Sent(o.Context(), d.ID, outbox.Receipt{TS: "1"}, next)
		}, outbox.DeliverySent},
		"absent": {"in doubt", func(o deliveries, d *outbox.Delivery) error {
			return o.db.Resend(o.Context(), d.Attempt(), next, false)
		}, outbox.DeliverySuperseded},
		"can't be looked for": {"in doubt", func(o deliveries, d *outbox.Delivery) error { return o.db.Resend(o.Context(), d.Attempt(), next, true) }, outbox.DeliverySuperseded},
		"arrives": {"is being sent", func(o deliveries, d *outbox.Delivery) error {
			return o.db.Sent(o.Context(), d.ID, outbox.Receipt{TS: "1"}, next)
		}, outbox.DeliverySent},
		"does not arrive": {"is being sent", func(o deliveries, d *outbox.Delivery) error {
			return o.db.Retry(o.Context(), d.Attempt(), next, "slow down")
		}, outbox.DeliverySuperseded},
		"gets into doubt": {"is being sent", func(o deliveries, d *outbox.Delivery) error {
			return o.db.MarkUnconfirmed(o.Context(), d.Attempt(), next, "timeout")
		}, outbox.DeliveryUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			o := newDeliveries(t)
			d := o.attempt(tc.how)
			o.supersede(nil)
			o.must(tc.settle(o, d))
			o.wantState("warning@soc", tc.want)
			if tc.want == outbox.DeliverySuperseded {
				o.must(tc.settle(o, d)) // an outcome may be recorded twice
				o.next("soc", next.Add(time.Hour), "")
			}
			o.verify()
		})
	}
}

// TestUpdateOfWhatNeverArrived: nothing is changed where nothing stands; where
// something may stand, the change is told unless another post tells it.
func TestUpdateOfWhatNeverArrived(t *testing.T) {
	for name, tc := range map[string]struct {
		repeat, overdue bool
		want            string
	}{
		"did not arrive":              {want: ""},
		"may have arrived":            {repeat: true, want: "warning@soc#1"},
		"may have, but the next says": {repeat: true, overdue: true, want: ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := newDeliveries(t)
			d := o.attempt("in doubt")
			o.updates(o.inc.ID, base)
			o.supersede(nil)
			if tc.overdue {
				o.raise("overdue", outbox.ReasonOverdue, base, "soc")
				o.sent(o.next("soc", base, "overdue@soc"), "2.0")
			}
			o.must(o.db.Resend(t.Context(), d.Attempt(), base, tc.repeat))
			o.next("soc", base.Add(time.Hour), tc.want)
			o.verify()
		})
	}
}

// TestChangesOfWhatMayHaveArrived: the message that may stand, or the update that
// was posted in its place, gets every later change: it may be the incident's only
// one.
func TestChangesOfWhatMayHaveArrived(t *testing.T) {
	o := newDeliveries(t)
	o.attempt("can't be looked for")
	o.supersede(nil)
	o.updates(o.inc.ID, base) // none was queued while it was in doubt
	o.sent(o.next("soc", base, "warning@soc#1"), "")
	o.updates(o.inc.ID, base) // the destination gave no receipt
	o.sent(o.next("soc", base, "warning@soc#2"), "2.0")
	o.wantState("warning@soc", outbox.DeliverySuperseded)
	o.raise("overdue", outbox.ReasonOverdue, base, "soc")
	o.sent(o.next("soc", base, "overdue@soc"), "3.0")
	o.updates(o.inc.ID, base)
	for _, want := range []struct{ key, ts string }{{"warning@soc#3", "2.0"}, {"overdue@soc#1", "3.0"}} {
		d := o.next("soc", base, want.key)
		if d.Receipt.TS != want.ts {
			t.Errorf("%s changes the message %q, want %q", want.key, d.Receipt.TS, want.ts)
		}
		o.sent(d, want.ts)
	}
	o.verify()
}

// TestSupersedeOnAPageInDoubt: a line that is superseded while its page is in
// doubt is left out when the page is sent again.
func TestSupersedeOnAPageInDoubt(t *testing.T) {
	o := newDeliveries(t)
	incs := o.many(4, "soc")
	o.merge("soc", outbox.DigestForm{Above: 3}, 4)
	d := o.next("soc", base.Add(time.Hour), "digest/1@soc")
	o.must(o.db.MarkUnconfirmed(t.Context(), d.Attempt(), base, "timeout"))
	update(t, o.db, func(tx tracker.Tx) error { return tx.Supersede(t.Context(), incs[1].Clocks[0].ID, []string{"soc"}) })
	o.wantState("2@soc", outbox.DeliveryMerged)
	o.must(o.db.Resend(t.Context(), d.Attempt(), base, false))
	o.wantState("2@soc", outbox.DeliverySuperseded)
	if d = o.next("soc", base.Add(time.Hour), "digest/1@soc"); len(d.Digest.Lines) != 3 {
		t.Errorf("the digest tells %q", keys(d))
	}
	o.verify()
}

// TestDivertedGoesTheWayOfItsPost: a fallback that has tried in vain is not
// told what is superseded meanwhile, nor what arrived after all.
func TestDivertedGoesTheWayOfItsPost(t *testing.T) {
	for name, end := range map[string]func(o deliveries){
		"superseded": func(o deliveries) { o.supersede([]string{"soc"}) },
		"sent":       func(o deliveries) { o.sent(o.next("soc", base, "a@soc"), "1.0") },
	} {
		t.Run(name, func(t *testing.T) {
			o := newDeliveries(t)
			o.raise("a", outbox.ReasonWarning, base, "soc")
			o.divert(1)
			o.retry(o.next("lead", base.Add(time.Hour), "a@soc>lead"), base)
			end(o)
			o.next("lead", base.Add(2*time.Hour), "")
		})
	}
}
