package sla_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/sla"
)

// cadenced promises a first notice in 12 h, follow-ups every 24 h after that,
// and a report 48 h after the first notice.
func cadenced() *sla.Promise {
	return &sla.Promise{ID: "notice", Start: sla.Occurred, Stages: []sla.Stage{
		{ID: "first", Due: elapsed(12 * time.Hour)},
		{ID: "update", After: "first", Due: elapsed(24 * time.Hour), Every: true},
		{ID: "report", After: "first", Due: elapsed(48 * time.Hour)},
	}}
}

// noticed is an incident that occurred on 2026-06-10 at 09:00, with notices such as
// "2026-06-10 20:00 update" in the order given.
func noticed(t *testing.T, notices ...string) *sla.Incident {
	t.Helper()
	inc := &sla.Incident{}
	inc.Times[sla.Occurred] = sla.Stamp{At: at(t, "2026-06-10 09:00"), Basis: sla.Stated}
	for _, n := range notices {
		inc.Notices = append(inc.Notices, sla.Notice{
			ReceivedAt: at(t, n[:len("2026-06-10 20:00")]), Stage: strings.TrimSpace(n[len("2026-06-10 20:00"):]), Channel: "email",
		})
	}
	return inc
}

// owed writes each duty in a line: stage, start, when a running deadline of it
// was fulfilled, and when its cadence ended.
func owed(p *sla.Promise, inc *sla.Incident) (lines []string) {
	for _, d := range p.Owed(inc) {
		line := d.Stage.ID
		for _, at := range []time.Time{d.Start.At, d.FulfilledAt(sla.Deadline{}), d.EndedAt} {
			if at.IsZero() {
				line += " -"
			} else {
				line += at.Format(" 02T15:04")
			}
		}
		if d.Answer.Stage != "" {
			line += " by " + d.Answer.Stage
		}
		lines = append(lines, line)
	}
	return lines
}

func TestOwed(t *testing.T) {
	for name, c := range map[string]struct {
		notices []string
		clocks  []string // stages that have a clock
		want    []string
	}{
		"no notice": {
			want: []string{"first 10T09:00 - -", "update - - -", "report - - -"},
		},
		"a notice without a stage answers the first open one": {
			notices: []string{"2026-06-10 20:00", "2026-06-11 20:00"},
			want:    []string{"first 10T09:00 10T20:00 -", "update 10T20:00 11T20:00 -", "update#2 11T20:00 - -", "report 10T20:00 - -"},
		},
		"a later stage answers the earlier ones, but not the cadence that it ends": {
			notices: []string{"2026-06-10 20:00 report"},
			want:    []string{"first 10T09:00 10T20:00 - by report", "update 10T20:00 - 10T20:00", "report 10T20:00 10T20:00 -"},
		},
		"a follow-up answers the first notice, too": {
			notices: []string{"2026-06-10 20:00 update"},
			want:    []string{"first 10T09:00 10T20:00 - by update", "update 10T20:00 10T20:00 -", "update#2 10T20:00 - -", "report 10T20:00 - -"},
		},
		"the final notice ends the open round": {
			notices: []string{"2026-06-10 20:00", "2026-06-11 20:00 update", "2026-06-12 20:00 report"},
			want:    []string{"first 10T09:00 10T20:00 -", "update 10T20:00 11T20:00 -", "update#2 11T20:00 - 12T20:00", "report 10T20:00 12T20:00 -"},
		},
		"after the end no round opens": {
			notices: []string{"2026-06-10 20:00", "2026-06-11 20:00 report", "2026-06-12 20:00 update"},
			want:    []string{"first 10T09:00 10T20:00 -", "update 10T20:00 - 11T20:00", "report 10T20:00 11T20:00 -"},
		},
		"a round that has a clock stays": {
			notices: []string{"2026-06-10 20:00"},
			clocks:  []string{"update#3", "other#9"},
			want:    []string{"first 10T09:00 10T20:00 -", "update 10T20:00 - -", "update#2 - - -", "update#3 - - -", "report 10T20:00 - -"},
		},
		"an unknown stage answers nothing": {
			notices: []string{"2026-06-10 20:00 summary"},
			want:    []string{"first 10T09:00 - -", "update - - -", "report - - -"},
		},
	} {
		inc := noticed(t, c.notices...)
		for _, stage := range c.clocks {
			inc.Clocks = append(inc.Clocks, sla.Clock{Promise: "notice", Stage: stage})
		}
		if got := owed(cadenced(), inc); !slices.Equal(got, c.want) {
			t.Errorf("%s: owed\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// TestFulfilledByFinal: the final notice fulfils a round that was overdue when
// it came, and no other.
func TestFulfilledByFinal(t *testing.T) {
	inc := noticed(t, "2026-06-10 20:00", "2026-06-13 20:00 report")
	p := cadenced()
	p.Calendar = japanese(t, "desk", calendar.Text{}, "09:00-17:00")
	duties := p.Owed(inc)
	if len(duties) != 3 {
		t.Fatalf("%d duties, want 3", len(duties))
	}
	d := &duties[1]
	for _, c := range []struct {
		due   string
		state sla.State
		want  string
	}{
		{"2026-06-11 20:00", sla.Running, "2026-06-13 20:00:00"},
		{"2026-06-14 20:00", sla.NotApplicable, "0001-01-01 00:00:00"},
	} {
		deadline := sla.Deadline{State: sla.Running, Due: at(t, c.due)}
		d.End(&deadline)
		if got := d.FulfilledAt(deadline).Format(time.DateTime); deadline.State != c.state || got != c.want {
			t.Errorf("due %s: %s, fulfilled at %s; want %s at %s", c.due, deadline.State, got, c.state, c.want)
		}
	}
	var e sla.Explanation
	d.NoteEnd(&e)
	if end := e.CadenceEnd(); !end.Equal(d.EndedAt) {
		t.Errorf("the explanation ends the cadence at %s, want %s", end, d.EndedAt)
	}
}

// TestOwedBounded: a vendor that floods its incident with notices gets at most
// MaxRounds rounds.
func TestOwedBounded(t *testing.T) {
	inc := noticed(t)
	first := at(t, "2026-06-10 10:00")
	for n := range sla.MaxRounds + 10 {
		inc.Notices = append(inc.Notices, sla.Notice{ReceivedAt: first.Add(time.Duration(n) * time.Minute)})
	}
	if got, want := len(cadenced().Owed(inc)), 2+sla.MaxRounds; got != want {
		t.Errorf("%d duties, want %d", got, want)
	}
}

func TestHasStage(t *testing.T) {
	plain, p := &sla.Promise{}, cadenced()
	for _, c := range []struct {
		p    *sla.Promise
		name string
		want bool
	}{
		{plain, "", true}, {plain, "first", false},
		{p, "first", true}, {p, "first#2", false}, {p, "update", true}, {p, "update#7", true}, {p, "", false}, {p, "summary", false},
	} {
		if got := c.p.HasStage(c.name); got != c.want {
			t.Errorf("%s: %t, want %t", fmt.Sprintf("%q of %d stages", c.name, len(c.p.Stages)), got, c.want)
		}
	}
}
