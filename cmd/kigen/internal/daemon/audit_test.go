package daemon

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify/fakeslack"
	"kigen/sla/policy"
)

// Nobody plans any more: the auditor finds the deadline that passed, fails,
// and people are told once, past the outbox.
func TestAuditFindsAPlannerThatStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.asleep = true
		w.start()
		defer func() { w.stop() }()
		w.logConfirmed(23 * time.Hour) // due in an hour
		time.Sleep(time.Hour + auditGrace - time.Second)
		w.wantPassing()

		time.Sleep(auditPeriod + 2*time.Second)
		if v := w.auditor.verdict(time.Now()); v == nil || len(v.findings) != 1 || v.findings[0].Incident != 1 || w.auditor.passes(time.Now()) {
			t.Fatalf("the audit found %+v, want the one clock", v)
		}
		time.Sleep(24 * time.Hour)
		told := w.fallback.Messages()
		if len(told) != 1 {
			t.Fatalf("%d fallback alerts, want once", len(told))
		}
		for _, part := range []string{"no alert was delivered", "KGN-1", "CCJ"} {
			if !strings.Contains(told[0].Shown()+told[0].Text, part) {
				t.Errorf("the fallback alert lacks %q: %s", part, told[0].Shown())
			}
		}
	})
}

// Slack takes nothing for two hours: the audit fails five minutes past due and
// passes again when the alert is out.
func TestAuditFindsWhatIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start()
		defer func() { w.stop() }()
		repaired := time.Now().Add(3 * time.Hour)
		w.slack.FailWhen(func(fakeslack.Call) *fakeslack.Fault {
			if time.Now().Before(repaired) {
				return fakeslack.Says("channel_not_found").Ptr()
			}
			return nil
		})
		w.logConfirmed(23 * time.Hour)
		time.Sleep(time.Hour + auditGrace - time.Second)
		w.wantPassing()
		time.Sleep(auditPeriod + 2*time.Second)
		if w.auditor.passes(time.Now()) {
			t.Error("the audit passes while the alert is stuck")
		}
		time.Sleep(2*time.Hour + 10*time.Minute)
		if !w.auditor.passes(time.Now()) {
			t.Errorf("the alert is out, and the audit found %+v", w.auditor.verdict(time.Now()))
		}
		if n := len(w.fallback.Messages()); n != 1 {
			t.Errorf("%d fallback alerts, want once", n)
		}
	})
}

// After a downtime the pipeline has its time to catch up before anybody is
// called past it; the audit itself says at once how things stand.
func TestFallbackAlertWaitsForTheCatchUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start()
		w.logConfirmed(23 * time.Hour)
		w.stop()
		time.Sleep(10 * time.Hour)
		w.asleep = true
		w.start()
		defer func() { w.stop() }()
		time.Sleep(auditPeriod + 2*time.Second)
		if w.auditor.passes(time.Now()) {
			t.Error("the audit passes although nobody was told")
		}
		if n := len(w.fallback.Messages()); n != 0 {
			t.Errorf("%d fallback alerts before the pipeline could", n)
		}
		time.Sleep(auditGrace)
		if n := len(w.fallback.Messages()); n != 1 {
			t.Errorf("%d fallback alerts, want once", n)
		}
	})
}

// An incident that is logged or amended after its deadline is told at once;
// the moment until then is nobody's fault.
func TestAuditBearsLateLogging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.config.Alerts = append(w.config.Alerts, policy.Policy{To: []string{"soc"}, After: 2 * time.Hour})
		w.start()
		defer func() { w.stop() }()
		time.Sleep(time.Hour)
		w.logConfirmed(100 * time.Hour)
		w.auditor.once(t.Context(), time.Now())
		w.wantPassing()
		time.Sleep(10 * time.Minute)
		w.wantPassing()
	})
}

func TestASilentAuditorDoesNotPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start()
		if w.auditor.passes(time.Now()) {
			t.Error("passes before the first audit")
		}
		time.Sleep(time.Minute)
		w.wantPassing()
		w.stop()
		time.Sleep(auditStale + time.Second)
		if w.auditor.passes(time.Now()) {
			t.Error("passes although the auditor has stopped")
		}
	})
}

func TestStagesOf(t *testing.T) {
	got := stagesOf(policy.Policies{{To: []string{"b"}, After: 2 * time.Hour}, {To: []string{"a", "c"}}, {After: time.Hour}})
	if len(got) != 2 || got[0].After != 2*time.Hour || got[1].After != 0 || len(got[1].To) != 2 {
		t.Errorf("stages %v, want none for a policy that tells nobody", got)
	}
}
