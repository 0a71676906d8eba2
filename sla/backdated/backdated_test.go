package backdated_test

import (
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/backdated"
)

func TestBackdated(t *testing.T) {
	due := time.Date(2026, 10, 5, 16, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		received, recorded time.Duration // from due
		due                time.Time
		want               bool
	}{
		"recorded at once":                        {-time.Hour, -time.Hour, due, false},
		"recorded in the deadline's second":       {-time.Hour, 999 * time.Millisecond, due, false},
		"recorded after the deadline":             {-time.Hour, time.Second, due, true},
		"received late, recorded soon":            {time.Hour, 3 * time.Hour, due, false},
		"received late, recorded a day later":     {time.Hour, 25 * time.Hour, due, true},
		"in time by far, recorded a day later":    {-72 * time.Hour, -48 * time.Hour, due, true},
		"a millisecond less than a day":           {-72 * time.Hour, -48*time.Hour - time.Millisecond, due, false},
		"no deadline":                             {-time.Hour, 2 * time.Hour, time.Time{}, false},
		"no deadline, a day later":                {-time.Hour, 23 * time.Hour, time.Time{}, true},
		"recorded before the receipt that it has": {time.Hour, 0, due, false},
	} {
		n := sla.Notice{ReceivedAt: due.Add(test.received), RecordedAt: due.Add(test.recorded)}
		if got := backdated.Notice(&n, test.due); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// The verdict rests on the notice that stopped the clock: a withdrawn one does not
// count, and of two with the same time of receipt the first record does.
func TestBackdatedNoticeOfAClock(t *testing.T) {
	due := time.Date(2026, 10, 5, 16, 0, 0, 0, time.UTC)
	received := due.Add(-time.Hour)
	c := sla.Clock{Due: due, NotifiedAt: received, State: sla.Met}
	late := sla.Notice{ReceivedAt: received, RecordedAt: due.Add(72 * time.Hour), Number: 1}
	prompt := sla.Notice{ReceivedAt: received, RecordedAt: received.Add(time.Minute), Number: 2}
	withdrawn := prompt
	withdrawn.Withdrawal.At = due
	other := sla.Notice{ReceivedAt: due.Add(time.Hour), RecordedAt: due.Add(2 * time.Hour)}
	for name, test := range map[string]struct {
		notices []sla.Notice
		want    int
	}{
		"one":       {[]sla.Notice{late}, 1},
		"two":       {[]sla.Notice{late, prompt}, 0},
		"withdrawn": {[]sla.Notice{withdrawn, late}, 1},
		"other":     {[]sla.Notice{other}, 0},
		"none":      {nil, 0},
	} {
		inc := sla.Incident{Notices: test.notices, Clocks: []sla.Clock{c}}
		got := 0
		if n := backdated.Of(&inc, &c); n != nil {
			got = n.Number
		}
		if got != test.want {
			t.Errorf("%s: notice %d, want %d", name, got, test.want)
		}
	}
	inc := sla.Incident{Notices: []sla.Notice{late, prompt, other}, Clocks: []sla.Clock{c}}
	if !backdated.Marks(&inc, &inc.Notices[0]) || backdated.Marks(&inc, &inc.Notices[1]) || backdated.Marks(&inc, &inc.Notices[2]) {
		t.Error("marks the wrong notices")
	}
}
