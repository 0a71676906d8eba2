package store_test

import (
	"slices"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
)

// TestSupersedeLogged: only the incident's own posts go, which say that it was
// logged, and only where they did not arrive.
func TestSupersedeLogged(t *testing.T) {
	for name, tc := range map[string]struct {
		to                                    []string
		leftForSoc, leftForLead, leftForTried string
	}{
		"everywhere": {nil, "warning@soc", "warning@lead", ""},
		"nowhere":    {[]string{}, "logged@soc", "logged@lead", "logged@tried"},
		"one":        {[]string{"soc"}, "warning@soc", "logged@lead", "logged@tried"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newDeliveries(t)
			another := logged(t, o.db, "sotas", sla.Clock{State: sla.Running})
			update(t, o.db, func(tx tracker.Tx) error {
				_, err := tx.Raise(t.Context(), &outbox.Alert{Key: "logged", Reason: outbox.ReasonLogged, Incident: o.inc.ID, At: base, To: []string{"soc", "lead", "tried"}})
				return err
			})
			update(t, o.db, func(tx tracker.Tx) error {
				_, err := tx.Raise(t.Context(), &outbox.Alert{Key: "other", Reason: outbox.ReasonLogged, Incident: another.ID, At: base, To: []string{"elsewhere"}})
				return err
			})
			o.raise("warning", outbox.ReasonWarning, base.Add(time.Minute), "soc", "lead")
			o.retry(o.next("tried", base, "logged@tried"), base)
			update(t, o.db, func(tx tracker.Tx) error { return tx.SupersedeLogged(t.Context(), o.inc.ID, tc.to) })
			now := base.Add(time.Hour)
			o.next("soc", now, tc.leftForSoc)
			o.next("lead", now, tc.leftForLead)
			o.next("tried", now, tc.leftForTried)
			o.next("elsewhere", now, "other@elsewhere")
		})
	}
}

// TestSupersedeLoggedInADigest: what says that an incident was logged leaves
// the page that was to tell it, while nobody has begun to send that.
func TestSupersedeLoggedInADigest(t *testing.T) {
	o := newDeliveries(t)
	var first *sla.Incident
	for _, key := range []string{"one", "two", "three", "four", "five"} {
		inc := logged(t, o.db, "sotas", sla.Clock{State: sla.Running})
		if first == nil {
			first = inc
		}
		update(t, o.db, func(tx tracker.Tx) error {
			_, err := tx.Raise(t.Context(), &outbox.Alert{Key: key, Reason: outbox.ReasonLogged, Incident: inc.ID, At: base, To: []string{"soc"}})
			return err
		})
	}
	o.merge("soc", pages(), 5)
	update(t, o.db, func(tx tracker.Tx) error { return tx.SupersedeLogged(t.Context(), first.ID, nil) })
	var told []string
	for {
		d, err := o.db.NextDelivery(t.Context(), "soc", base.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if d == nil {
			break
		}
		if d.Kind == outbox.Page {
			told = append(told, keys(d)...)
		}
		o.must(o.db.Sent(t.Context(), d.ID, outbox.Receipt{Channel: "C", TS: d.Key}, base.Add(time.Hour)))
	}
	if slices.Contains(told, "one@soc") || len(told) != 4 {
		t.Errorf("told %q, want the other four", told)
	}
	o.verify()
}
