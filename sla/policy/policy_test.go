package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/policy"
)

// TestLoggedTellsEachDestinationOnce compares Logged with a walk over all
// policies and destinations.
func TestLoggedTellsEachDestinationOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScene(t)
		want := map[string]time.Time{}
		for i := range s.ps {
			s.ps[i].Logged = rapid.Bool().Draw(t, "logged")
			for _, to := range s.ps[i].To {
				if s.ps[i].Logged && applies(s.ps[i], s.inc) {
					want[to] = s.release(to, s.start)
				}
			}
		}
		told := 0
		keys := map[string]bool{}
		for _, p := range s.ps.Logged(s.inc, s.start) {
			keys[p.LoggedKey(s.inc.ID)] = true
			for _, to := range p.To {
				if told++; p.Reason != outbox.ReasonLogged || !p.At.Equal(want[to]) {
					t.Fatalf("%s is told %s at %s, want %s", to, p.Reason, p.At, want[to])
				}
			}
		}
		if told != len(want) || len(keys) != len(s.ps.Logged(s.inc, s.start)) {
			t.Fatalf("told %d destinations under %v, want %v", told, keys, want)
		}
	})
}

// chain is soc at once, the lead two hours later, the head after eight.
func chain() policy.Policies {
	return policy.Policies{
		{To: []string{"soc"}, Warn: []policy.Lead{{Before: time.Hour}}, Repeat: time.Hour},
		{To: []string{"lead"}, After: 2 * time.Hour, Repeat: 4 * time.Hour},
		{To: []string{"head"}, After: 8 * time.Hour, Repeat: 24 * time.Hour},
	}
}

// TestEscalationChain follows three links with repeats of their own over a
// night in which somebody takes the clock until 02:30: the repeats stop for all,
// the escalation to the head does not.
func TestEscalationChain(t *testing.T) {
	due := at(t, "2026-05-01 18:00")
	taken := sla.Acknowledgement{By: "ueda", At: at(t, "2026-05-01 21:30"), Until: at(t, "2026-05-02 02:30")}
	c := &sla.Clock{State: sla.Running, Start: sla.Start{At: due.Add(-6 * time.Hour)}, Due: due}
	ps := chain()
	told := map[string]bool{}
	var got []string
	for now := c.Start.At; !now.IsZero() && now.Before(due.Add(13*time.Hour)); {
		var ack sla.Acknowledgement
		if !now.Before(taken.At) {
			ack = taken
		}
		for _, p := range ps.Newest(c, ack, now) {
			if key := p.Key(c); !told[key] {
				told[key] = true
				got = append(got, fmt.Sprint(p.At.Format("15:04"), " ", p.Reason, " ", strings.Join(p.To, " ")))
			}
		}
		next := ps.Next(c, ack, now)
		if ack.At.IsZero() && taken.At.Before(next) {
			next = taken.At
		}
		now = next
	}
	want := []string{
		"17:00 warning soc",
		"18:00 overdue soc", "19:00 repeat soc",
		"20:00 escalation lead", "20:00 repeat soc", "21:00 repeat soc",
		"02:00 escalation head", // somebody has it; the head hears of it all the same
		"03:00 repeat soc",      // the snooze is over
		"04:00 repeat soc", "04:00 repeat lead", "05:00 repeat soc", "06:00 repeat soc",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestCriticalApart is what a SOC writes: critical incidents every 15 minutes
// to those on call, everything else every 4 hours to the SOC.
func TestCriticalApart(t *testing.T) {
	critical := policy.Match{Severity: []sla.Severity{sla.SeverityCritical}}
	ps := policy.Policies{
		{To: []string{"oncall"}, When: critical, Repeat: 15 * time.Minute},
		{To: []string{"soc"}, Except: critical, Repeat: 4 * time.Hour},
		{To: []string{"lead"}, After: 2 * time.Hour},
	}
	for severity, want := range map[sla.Severity]string{
		sla.SeverityCritical: "[oncall] [lead]",
		sla.SeverityHigh:     "[soc] [lead]",
		"":                   "[soc] [lead]",
	} {
		inc := &sla.Incident{Facts: sla.Facts{Severity: severity}}
		var got []string
		for _, p := range ps.For(inc, &sla.Clock{}) {
			got = append(got, fmt.Sprint(p.To))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("severity %q: %v, want %s", severity, got, want)
		}
	}
}

// TestQuietHours: a mail list that is read on weekdays from 9 to 18.
func TestQuietHours(t *testing.T) {
	quiet := policy.Quiet{"lead": officeHours(t)}
	tests := []struct{ planned, released string }{
		{"2026-05-01 17:59", "2026-05-01 17:59"},
		{"2026-05-01 18:00", "2026-05-04 09:00"}, // Friday evening
		{"2026-05-04 08:59", "2026-05-04 09:00"},
		{"2026-05-04 09:00", "2026-05-04 09:00"},
		{"2031-12-31 23:00", "2031-12-31 23:00"}, // the calendar ends here: told rather than held for ever
	}
	for _, test := range tests {
		if got := quiet.Release("lead", at(t, test.planned)); !got.Equal(at(t, test.released)) {
			t.Errorf("planned %s, released %s, want %s", test.planned, got, test.released)
		}
		if got := quiet.Release("soc", at(t, test.planned)); !got.Equal(at(t, test.planned)) {
			t.Errorf("soc has no quiet hours, and is told at %s", got)
		}
	}
}

// TestQuietHoldsNothingBackThatIsOverdue: the night takes the warning, and the
// state and the overdue alert come when they come.
func TestQuietHoldsNothingBackThatIsOverdue(t *testing.T) {
	start, due := at(t, "2026-05-01 16:00"), at(t, "2026-05-02 02:00")
	ps := policy.Policies{{To: []string{"lead"}, Warn: []policy.Lead{{Share: 0.5}}, Repeat: 3 * time.Hour, Quiet: policy.Quiet{"lead": officeHours(t)}}}
	c := &sla.Clock{State: sla.Running, Start: sla.Start{At: start}, Due: due}
	var got []string
	for now := start; now.Before(due.Add(4 * time.Hour)); now = c.NextStepAt {
		c.Settle(c.Deadline(), ps, sla.Acknowledgement{}, now)
		line := now.Format("15:04 ") + string(c.State)
		for _, p := range ps.Newest(c, sla.Acknowledgement{}, now) {
			line += " " + string(p.Reason)
		}
		got = append(got, line)
	}
	want := []string{"16:00 running", "21:00 at_risk", "02:00 overdue overdue", "05:00 overdue repeat"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestFingerprintKnowsEverything: whatever is changed in a policy, open clocks
// have to be planned anew.
func TestFingerprintKnowsEverything(t *testing.T) {
	match := policy.Match{Vendor: []string{"sotas"}}
	changed := map[string]policy.Policy{
		"to": {To: []string{"lead"}}, "when": {When: match}, "except": {Except: match}, "logged": {Logged: true},
		"warn": {Warn: []policy.Lead{{Share: 0.5}}}, "repeat": {Repeat: 1}, "after": {After: 1},
		"quiet":       {Quiet: policy.Quiet{"lead": officeHours(t)}},
		"quiet hours": {Quiet: policy.Quiet{"lead": allHours(t)}},
		"service":     {When: policy.Match{Service: []string{"sotas"}}},
		"severity":    {When: policy.Match{Severity: []sla.Severity{sla.SeverityLow}}},
		"ungraded":    {When: policy.Match{Severity: []sla.Severity{""}}},
		"impact":      {When: policy.Match{Impact: []sla.Impact{sla.ImpactNone}}},
		"strength":    {When: policy.Match{Strength: []sla.Strength{sla.Firm}}},
	}
	seen := map[string]string{policy.Policies{{}}.Fingerprint(): "nothing"}
	for name, p := range changed {
		fingerprint := policy.Policies{p}.Fingerprint()
		if other, taken := seen[fingerprint]; taken {
			t.Errorf("%s and %s have one fingerprint", name, other)
		}
		seen[fingerprint] = name
		if again := (policy.Policies{p}).Fingerprint(); again != fingerprint {
			t.Errorf("%s has two fingerprints", name)
		}
	}
}

func officeHours(t *testing.T) *calendar.Calendar {
	t.Helper()
	return compiled(t, time.Monday, time.Friday, calendar.Span{Open: 9 * 60, Close: 18 * 60})
}

func allHours(t *testing.T) *calendar.Calendar {
	t.Helper()
	return compiled(t, time.Sunday, time.Saturday, calendar.Span{Close: 24 * 60})
}

func compiled(t *testing.T, first, last time.Weekday, hours calendar.Span) *calendar.Calendar {
	t.Helper()
	spec := calendar.Spec{ID: "hours", Zone: at(t, "2026-05-01 09:00").Location(), FirstYear: 2026, LastYear: 2031}
	for day := first; day <= last; day++ {
		spec.Weekly[day] = []calendar.Span{hours}
	}
	cal, err := calendar.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	return cal
}
