package store_test

import (
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

// TestSupersedeLogged: only the incident's own posts go, which say that it was
// logged, and only where they were never attempted.
func TestSupersedeLogged(t *testing.T) {
	for name, tc := range map[string]struct {
		to                      []string
		leftForSoc, leftForLead string
	}{
		"everywhere": {nil, "warning@soc", "warning@lead"},
		"nowhere":    {[]string{}, "logged@soc", "logged@lead"},
		"one":        {[]string{"soc"}, "warning@soc", "logged@lead"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOutbox(t)
			another := logged(t, o.db, "sotas", sla.Clock{State: sla.Running})
			update(t, o.db, func(tx tracker.Tx) error {
				_, err := tx.Raise(t.Context(), &sla.Alert{Key: "logged", Reason: sla.ReasonLogged, Incident: o.inc.ID, At: base, To: []string{"soc", "lead", "tried"}})
				return err
			})
			update(t, o.db, func(tx tracker.Tx) error {
				_, err := tx.Raise(t.Context(), &sla.Alert{Key: "other", Reason: sla.ReasonLogged, Incident: another.ID, At: base, To: []string{"elsewhere"}})
				return err
			})
			o.raise("warning", sla.ReasonWarning, base.Add(time.Minute), "soc", "lead")
			o.retry(o.next("tried", base, "logged@tried"), base)
			update(t, o.db, func(tx tracker.Tx) error { return tx.SupersedeLogged(t.Context(), o.inc.ID, tc.to) })
			now := base.Add(time.Hour)
			o.next("soc", now, tc.leftForSoc)
			o.next("lead", now, tc.leftForLead)
			o.next("tried", now, "logged@tried")
			o.next("elsewhere", now, "other@elsewhere")
		})
	}
}
