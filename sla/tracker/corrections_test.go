package tracker_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/seedtest"
	"kigen/sla/tracker"
)

// occurred states when an incident occurred.
func (w *world) occurred(id sla.IncidentID, at time.Time) {
	w.t.Helper()
	_, err := w.Amend(w.t.Context(), by("mori"), id, tracker.Amendment{Times: map[sla.Moment]sla.Stamp{sla.Occurred: {At: at}}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestSmallCorrections: a start that is moved by seconds on an overdue clock
// raises nothing, whoever has the incident; repeats keep their rhythm.
func TestSmallCorrections(t *testing.T) {
	for name, acknowledged := range map[string]bool{"nobody has it": false, "acknowledged": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id := w.log("six", "2026-06-10 09:00").ID
			w.set("2026-06-10 15:00:01")
			w.set("2026-06-10 17:30")
			w.wantTold("soc overdue of KGN-1", "lead escalation of KGN-1")
			if acknowledged {
				if _, err := w.Acknowledge(t.Context(), by("sato"), id, time.Time{}); err != nil {
					t.Fatal(err)
				}
			}
			for second := range 6 {
				w.now = w.now.Add(time.Minute)
				w.occurred(id, w.at("2026-06-10 09:00").Add(time.Duration(7*second-20)*time.Second))
			}
			w.set("2026-06-10 18:59")
			w.wantTold()
			w.set("2026-06-10 19:00:01") // four hours after the first, as it was announced
			if acknowledged {
				w.wantTold()
			} else {
				w.wantTold("soc repeat of KGN-1")
			}
			if got := w.read(id).Acknowledged.By; acknowledged && got != "sato" {
				t.Errorf("acknowledged by %q", got)
			}
		})
	}
}

// TestCorrectionsOfAPassedDeadline: while a clock stays overdue, an escalation
// comes by the deadline as it is now, and once.
func TestCorrectionsOfAPassedDeadline(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 09:00").ID
	w.set("2026-06-10 15:10")
	w.wantTold("soc overdue of KGN-1")
	w.occurred(id, w.at("2026-06-10 06:00")) // due 12:00: three hours past by now
	w.wantTold("lead escalation of KGN-1")
	w.occurred(id, w.at("2026-06-10 09:05")) // due 15:05: five minutes past
	w.set("2026-06-10 18:50")
	w.wantTold()
	w.set("2026-06-10 19:00:01")
	w.wantTold("soc repeat of KGN-1")
}

// TestPassedAgain: a deadline that was moved ahead and passes is announced
// again, also when it is one that passed before.
func TestPassedAgain(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 09:00").ID
	w.set("2026-06-10 15:00:01")
	w.wantTold("soc overdue of KGN-1")
	w.occurred(id, w.at("2026-06-10 10:00")) // due 16:00
	w.wantTold("soc warning of KGN-1")
	w.set("2026-06-10 15:30")
	w.occurred(id, w.at("2026-06-10 09:00")) // due 15:00, as before
	w.wantTold("soc overdue of KGN-1")
	w.set("2026-06-10 17:00:01")
	w.wantTold("lead escalation of KGN-1")
	w.occurred(id, w.at("2026-06-10 12:00")) // due 18:00
	w.set("2026-06-10 18:00:01")
	w.wantTold("soc warning of KGN-1", "soc overdue of KGN-1")
	w.set("2026-06-10 20:00:01")
	w.wantTold("lead escalation of KGN-1")
}

// TestWarnedOfADeadlineOnce: a deadline ahead that moves by seconds, or whose
// start moves and it does not, is not warned of again; a new one is.
func TestWarnedOfADeadlineOnce(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 09:00").ID
	w.set("2026-06-10 12:30")
	w.wantTold("soc warning of KGN-1")
	for second := range 6 {
		w.occurred(id, w.at("2026-06-10 09:00").Add(time.Duration(second)*time.Second))
	}
	w.wantTold()
	w.occurred(id, w.at("2026-06-10 09:10"))
	w.wantTold("soc warning of KGN-1")

	w = newWorld(t) // one business day, to its close: the hour of the start does not matter
	id = w.log("desk", "2026-06-10 09:00").ID
	w.set("2026-06-11 16:00")
	w.wantTold("soc warning of KGN-1")
	w.occurred(id, w.at("2026-06-10 09:30"))
	w.set("2026-06-11 16:30")
	w.wantTold()
}

// observer checks from outside what is raised for one clock of the vendor
// "six" under policies(): it knows the deadline and the time, and no key.
type observer struct {
	w   *world
	id  sla.IncidentID
	due time.Time
	ack sla.Acknowledgement

	overdue   bool // as of the last look
	told      map[string]int
	lastToSoc time.Time
	warned    []time.Time // deadlines, in the order of the warnings
	moved     bool        // by a minute or more, since the last warning
}

// look holds what was raised since the last look against the rules.
func (o *observer) look(what string) {
	o.w.t.Helper()
	raised := o.w.tape.raised
	o.w.tape.raised = nil
	now := o.w.now
	over := now.After(o.due)
	if over && !o.overdue {
		o.told = map[string]int{}
	}
	for _, r := range raised {
		r = strings.TrimSuffix(r, " of "+o.id.String())
		o.told[r]++
		switch {
		case r == "soc warning" && over, r != "soc warning" && !over:
			o.failf("%s: told %q, due %s", what, r, o.due.Format(time.DateTime))
		case r == "soc warning":
			if n := len(o.warned); n > 0 && !o.moved && !o.overdue {
				o.failf("%s: warned twice of %s", what, o.due.Format(time.DateTime))
			}
			o.warned, o.moved = append(o.warned, o.due), false
		case strings.HasPrefix(r, "soc "):
			if r == "soc repeat" && o.ack.Quiets(now) {
				o.failf("%s: a repeat although somebody has it", what)
			}
			o.lastToSoc = now
		}
	}
	o.check(what, over)
	o.overdue = over
}

// check asks for what must have been told by now, once.
func (o *observer) check(what string, over bool) {
	o.w.t.Helper()
	now := o.w.now
	switch {
	case !over:
		if half := o.due.Add(-3 * time.Hour); now.After(half) && !o.warnedOf(o.due) {
			o.failf("%s: not warned of %s", what, o.due.Format(time.DateTime))
		}
		return
	case o.told["soc overdue"] > 1 || o.told["lead escalation"] > 1:
		o.failf("%s: told twice: %v", what, o.told)
	case now.After(o.due.Add(2*time.Hour)) && o.told["lead escalation"] == 0:
		o.failf("%s: not escalated", what)
	}
	if !o.ack.At.IsZero() { // who took it before it was overdue knows
		return
	}
	if o.told["soc overdue"] == 0 {
		o.failf("%s: not told that it is overdue", what)
	}
	// Repeats count from the announced deadline, which a correction by seconds leaves.
	if now.Sub(o.due) > 6*time.Hour && now.Sub(o.lastToSoc) > 4*time.Hour+time.Minute {
		o.failf("%s: silent since %s", what, o.lastToSoc.Format(time.DateTime))
	}
}

func (o *observer) warnedOf(due time.Time) bool {
	for _, w := range o.warned {
		if w.Sub(due).Abs() < 2*time.Minute {
			return true
		}
	}
	return false
}

func (o *observer) failf(format string, args ...any) {
	o.w.t.Helper()
	o.w.t.Errorf("%s at %s: %s", o.id, o.w.now.Format(time.DateTime), fmt.Sprintf(format, args...))
}

// advance lets time pass as the watch loop does: from one planned instant to
// the next.
func (o *observer) advance(d time.Duration) {
	o.w.t.Helper()
	for end := o.w.now.Add(d); ; {
		next, err := o.w.Step(o.w.t.Context())
		if err != nil {
			o.w.t.Fatal(err)
		}
		o.look("time passes")
		if next.IsZero() || next.After(end) {
			o.w.now = end
			return
		}
		o.w.now = next
	}
}

// amend moves the start, mostly by seconds, else by hours.
func (o *observer) amend(random *rand.Rand) {
	start := o.due.Add(-6 * time.Hour)
	if random.IntN(3) > 0 {
		start = start.Add(time.Duration(random.IntN(21)-10) * time.Second)
	} else {
		start = o.w.now.Add(-time.Duration(random.IntN(14*60)) * time.Minute)
	}
	if start.After(o.w.now) {
		return
	}
	if o.due.Sub(start.Add(6*time.Hour)).Abs() >= time.Minute || o.overdue != o.w.now.After(start.Add(6*time.Hour)) {
		o.moved = true
	}
	was := o.due
	if len(o.warned) > 0 && o.warned[len(o.warned)-1].Sub(start.Add(6*time.Hour)).Abs() >= time.Minute/2 {
		o.moved = true // many small corrections add up
	}
	o.due = start.Add(6 * time.Hour)
	o.w.occurred(o.id, start)
	o.look("moved from " + was.Format(time.DateTime))
}

// TestAnnouncements: over random corrections, acknowledgements and waits,
// nothing is told twice and a deadline that passes is always told.
// KIGEN_SIM_SEED repeats a run.
func TestAnnouncements(t *testing.T) {
	seed := seedtest.Of(t)
	random := rand.New(rand.NewPCG(seed, 11))
	w := newWorld(t)
	for range 30 {
		o := &observer{w: w, told: map[string]int{}}
		start := w.now.Add(-time.Duration(random.IntN(7*60)) * time.Minute)
		inc := w.log("six", start.Format("2006-01-02 15:04"))
		o.id, o.due = inc.ID, inc.Clocks[0].Due
		o.look("logged")
		for range 25 {
			switch draw := random.IntN(20); {
			case draw < 9:
				o.advance(time.Duration(random.IntN(100)) * time.Minute)
			case draw < 18:
				o.amend(random)
			case draw == 18:
				o.advance(time.Duration(random.IntN(10)) * time.Hour)
			case random.IntN(3) == 0:
				inc, err := w.Acknowledge(t.Context(), by("sato"), o.id, time.Time{})
				if err != nil {
					t.Fatal(err)
				}
				o.ack = inc.Acknowledged
				o.look("acknowledged")
			}
		}
		if _, err := w.Notice(t.Context(), by("mori"), o.id, tracker.NoticeEntry{}); err != nil {
			t.Fatal(err)
		}
		w.tape.raised = nil
		if t.Failed() {
			return
		}
	}
}
