package tracker_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/policy"
	"kigen/sla/seedtest"
	"kigen/sla/tracker"
)

// hearers are the destinations of drawn policies.
var hearers = []string{"soc", "lead", "oncall"}

// hearing is a world in which people do anything in any order, under policies that change.
type hearing struct {
	*world
	random  *rand.Rand
	posts   *sql.DB
	ids     []sla.IncidentID
	since   map[sla.ClockID]time.Time // from when on a clock was seen to be overdue
	adopted time.Time                 // when the policies in force were
	log     []string                  // what happened
}

// TestEveryoneHears lets people and policies change at random. After each step it checks
// every destination that a policy names for an overdue clock. The destination must have an
// alert that waits to be sent, or that arrived after the clock became overdue. While nobody
// has acknowledged the incident, the next alert must come within two repeat periods. Warnings
// of clocks at risk are checked, too. The test uses no alert keys and no planned instants.
func TestEveryoneHears(t *testing.T) {
	seed := seedtest.Of(t)
	for n := range uint64(12) {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := newWorld(t)
			if n%2 == 1 {
				w.Duties = regimes(t)
			}
			h := &hearing{world: w, random: rand.New(rand.NewPCG(seed, n)), posts: w.raw(), since: map[sla.ClockID]time.Time{}}
			h.reload()
			for range 60 {
				h.pass()
				h.act()
				h.note()
				if h.one(5) {
					continue // kigen is down
				}
				h.step()
				if !h.one(3) {
					h.sent(draw(h, hearers...))
				}
			}
			h.wantProven()
			if t.Failed() {
				t.Log(strings.Join(h.log, "\n"))
			}
		})
	}
}

// one is true once in n times.
func (h *hearing) one(n int) bool { return h.random.IntN(n) == 0 }

func draw[T any](h *hearing, of ...T) T { return of[h.random.IntN(len(of))] }

// upTo draws a length below d, in milliseconds.
func (h *hearing) upTo(d time.Duration) time.Duration {
	return time.Duration(h.random.Int64N(d.Milliseconds())) * time.Millisecond
}

// earlier draws a second of the last twelve hours.
func (h *hearing) earlier() time.Time {
	return h.now.Add(-h.upTo(12 * time.Hour)).Truncate(time.Second)
}

func (h *hearing) sayf(format string, args ...any) {
	h.log = append(h.log, h.now.Format("01-02 15:04:05.000 ")+fmt.Sprintf(format, args...))
}

// pass lets time pass: half of the time up to the next planned instant, or around it.
func (h *hearing) pass() {
	h.t.Helper()
	var next time.Time
	err := h.db.View(h.t.Context(), func(r tracker.Reader) (err error) {
		next, _, err = r.NextStep(h.t.Context())
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	if h.one(2) && next.After(h.now) {
		h.now = next.In(h.now.Location()).Add(draw(h, 0, -time.Millisecond, time.Second))
		return
	}
	h.now = h.now.Add(h.upTo(draw(h, time.Minute, time.Hour, 10*time.Hour)))
}

// reload puts other policies in force.
func (h *hearing) reload() {
	h.t.Helper()
	h.Policies = nil
	for range 1 + h.random.IntN(3) {
		p := policy.Policy{
			After:  draw(h, 0, 0, 30*time.Minute, 2*time.Hour),
			Repeat: draw(h, 0, time.Hour, 4*time.Hour),
			Logged: h.one(3),
			To:     slices.DeleteFunc(slices.Clone(hearers), func(string) bool { return h.one(2) }),
		}
		if h.one(2) {
			p.Warn = []policy.Lead{{Share: 0.5}, {Before: time.Hour}}
		}
		if h.one(3) {
			p.When = policy.Match{Severity: []sla.Severity{sla.SeverityCritical}}
		}
		if h.one(4) {
			p.Quiet = policy.Quiet{"lead": desk(h.t)}
		}
		h.Policies = append(h.Policies, p)
		h.sayf("policy for %v, severity %v, after %v, repeat %v, warns %v", p.To, p.When.Severity, p.After, p.Repeat, len(p.Warn) > 0)
	}
	h.adopted = h.now
	if err := h.Adopt(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// act logs an incident, does something about one, or reloads.
func (h *hearing) act() {
	h.t.Helper()
	switch {
	case len(h.ids) == 0, len(h.ids) < 3 && h.one(4):
		h.logAny()
	case h.one(8):
		h.reload()
	default:
		h.do(draw(h, h.ids...))
	}
}

func (h *hearing) logAny() {
	h.t.Helper()
	e := h.entry(draw(h, "six", "gated", "both", "staged", "desk"), "")
	start := h.earlier()
	e.Times[sla.Occurred].At, e.Times[sla.Detected].At, e.Impact = start, start, sla.ImpactSerious
	inc, err := h.Log(h.t.Context(), by("ueda"), e)
	if err != nil {
		h.t.Fatal(err)
	}
	h.sayf("log %s of %s, from %s", inc.ID, e.Vendor, start.Format(time.TimeOnly))
	h.ids = append(h.ids, inc.ID)
}

// do does something about an incident, which may be refused.
func (h *hearing) do(id sla.IncidentID) {
	h.t.Helper()
	ctx, ueda := h.t.Context(), by("ueda")
	what := draw(h, "nothing", "notice", "notice", "withdraw", "withdraw", "acknowledge", "snooze", "amend", "correct", "grade",
		"cancel", "reopen", "reopen", "waive", "unwaive", "unwaive", "decide", "submit", "withdraw a submission")
	var err error
	switch what {
	case "notice":
		_, err = h.Notice(ctx, ueda, id, tracker.NoticeEntry{Channel: draw(h, "email", "phone")})
	case "withdraw":
		if counted := h.read(id).Counted(); len(counted) > 0 {
			_, err = h.WithdrawNotice(ctx, ueda, id, draw(h, counted...).Number, "another incident's")
		}
	case "decide":
		_, err = h.Decide(ctx, ueda, id, tracker.DecisionEntry{Duty: "law", Applies: h.one(2), Reason: "personal data", AwareAt: draw(h, time.Time{}, h.earlier())})
	case "submit":
		_, err = h.Submit(ctx, ueda, id, tracker.SubmissionEntry{Duty: "law", Stage: draw(h, "first", "final")})
	case "withdraw a submission":
		_, err = h.WithdrawSubmission(ctx, ueda, id, 1+h.random.IntN(3), "another incident's")
	case "acknowledge":
		_, err = h.Acknowledge(ctx, ueda, id, time.Time{})
	case "snooze":
		_, err = h.Acknowledge(ctx, ueda, id, h.now.Add(draw(h, 30*time.Minute, 3*time.Hour)))
	case "amend":
		err = h.moveStart(id, h.earlier())
	case "correct":
		err = h.moveStart(id, h.read(id).Times[sla.Occurred].At.Add(time.Duration(h.random.IntN(80)-40)*time.Second))
	case "grade":
		severity := draw(h, sla.SeverityCritical, sla.SeverityLow)
		_, err = h.Amend(ctx, ueda, id, tracker.Amendment{Severity: &severity})
	case "cancel":
		_, err = h.Cancel(ctx, ueda, id, "a drill")
	case "reopen":
		_, err = h.Reopen(ctx, ueda, id, "it was no drill")
	case "waive":
		_, err = h.Waive(ctx, ueda, id, "notice", "", "agreed")
	case "unwaive":
		_, err = h.Unwaive(ctx, ueda, id, "notice", "", "agreed in error")
	}
	var refused tracker.Invalid
	if err != nil && !errors.As(err, &refused) {
		h.t.Fatalf("%s: %v", what, err)
	}
	h.sayf("%s of %s: %v", what, id, err)
}

func (h *hearing) moveStart(id sla.IncidentID, at time.Time) error {
	times := map[sla.Moment]sla.Stamp{sla.Occurred: {At: at}, sla.Detected: {At: at}}
	_, err := h.Amend(h.t.Context(), by("ueda"), id, tracker.Amendment{Times: times})
	return err
}

// clocks visits all clocks.
func (h *hearing) clocks(visit func(*sla.Incident, *sla.Clock)) {
	h.t.Helper()
	for _, id := range h.ids {
		inc := h.read(id)
		for _, c := range inc.AllClocks() {
			visit(inc, c)
		}
	}
}

// note notes which clocks are overdue.
func (h *hearing) note() {
	h.t.Helper()
	h.clocks(func(_ *sla.Incident, c *sla.Clock) {
		switch _, known := h.since[c.ID]; {
		case c.State != sla.Overdue:
			delete(h.since, c.ID)
		case !known:
			h.since[c.ID] = h.now
		}
	})
}

// step takes one, and another that must find nothing to do.
func (h *hearing) step() {
	h.t.Helper()
	for again := range 2 {
		if again > 0 {
			h.tape.raised = nil
		}
		if _, err := h.Step(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
		h.sayf("told %q", h.tape.raised)
	}
	h.wantTold()
	h.note()
	h.clocks(func(inc *sla.Incident, c *sla.Clock) {
		for _, p := range h.Policies.For(inc, c) {
			for _, to := range p.To {
				h.wantHeard(inc, c, &p, to)
			}
		}
	})
}

// wantHeard holds that a destination has heard of a clock what a policy says.
func (h *hearing) wantHeard(inc *sla.Incident, c *sla.Clock, p *policy.Policy, to string) {
	h.t.Helper()
	passed := sla.OverdueAt(c.Due).Add(p.After)
	switch {
	case c.State == sla.AtRisk && len(p.Warn) > 0 && p.Quiet == nil:
		half := c.Start.At.Add(c.Due.Sub(c.Start.At) / 2)
		if !h.now.Before(half) && h.lastHeard(c, to, outbox.ReasonWarning).IsZero() {
			h.t.Errorf("at %s nobody has warned %s of clock %d of %s", h.now, to, c.ID, inc.ID)
		}
	case c.State == sla.Overdue && !h.now.Before(passed):
		last := h.lastHeard(c, to, outbox.ReasonOverdue, outbox.ReasonEscalation, outbox.ReasonRepeat)
		if last.Before(h.since[c.ID]) {
			h.t.Errorf("at %s nobody has told %s of clock %d of %s, overdue since %s", h.now, to, c.ID, inc.ID, h.since[c.ID])
		}
		if silent := h.now.Sub(latest(last, h.since[c.ID], h.adopted, inc.Acknowledged.Until, passed)); p.Repeat > 0 && silent > 2*p.Repeat && !taken(inc) {
			h.t.Errorf("at %s nobody has told %s again of clock %d of %s for %s", h.now, to, c.ID, inc.ID, silent)
		}
	}
}

// taken reports whether somebody has the incident for good.
func taken(inc *sla.Incident) bool {
	return !inc.Acknowledged.At.IsZero() && inc.Acknowledged.Until.IsZero()
}

func latest(of ...time.Time) time.Time { return slices.MaxFunc(of, time.Time.Compare) }

// lastHeard is when a destination last got an alert of a clock for one of these reasons: now
// where one waits, zero where none does and none arrived.
func (h *hearing) lastHeard(c *sla.Clock, to string, reasons ...outbox.Reason) (last time.Time) {
	h.t.Helper()
	rows, err := h.posts.Query(`SELECT a.reason, CASE d.state WHEN 'pending' THEN $1 ELSE d.sent_at END FROM deliveries d JOIN alerts a ON a.id = d.alert_id
		WHERE a.clock_id = $2 AND d.destination = $3 AND d.kind = 'post' AND d.state IN ('pending', 'sent')`, h.now.UnixMilli(), c.ID, to)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var reason outbox.Reason
		var at int64
		if err := rows.Scan(&reason, &at); err != nil {
			h.t.Fatal(err)
		}
		if slices.Contains(reasons, reason) {
			last = latest(last, time.UnixMilli(at))
		}
	}
	if err := rows.Err(); err != nil {
		h.t.Fatal(err)
	}
	return last
}
