package sla

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Lead is a warning threshold: a share of the time between start and due, or
// a length before due. One of the two is set.
type Lead struct {
	Share  float64       // 0.5 is half way
	Before time.Duration // before due
}

// Policy says who is told of a clock, and when.
type Policy struct {
	To     []string      // destinations
	When   Match         // the clocks that it speaks of; zero: all
	Except Match         // the clocks among those that it leaves out; zero: none
	Logged bool          // told of an incident as soon as it is logged
	Warn   []Lead        // thresholds before due
	Repeat time.Duration // while nobody has acknowledged; 0: never again
	After  time.Duration // first told this long past due; 0: when due passes
	Quiet  Quiet         // holds warnings back, and what Logged asks for
}

// Policies is every policy in force, in the order of the configuration.
type Policies []Policy

// Fingerprint tells one set of policies from another: the SHA-256 of their
// JSON, in hexadecimal.
func (ps Policies) Fingerprint() string {
	text, err := json.Marshal(ps)
	if err != nil {
		panic(fmt.Sprintf("sla: policies: %v", err)) // only plain data in there
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Planned is one thing to tell about a clock at one instant.
type Planned struct {
	Reason Reason
	At     time.Time
	To     []string // destinations

	// Repeats is what a repeat tells again; nil for everything else. Where that
	// was never told, because of downtime or because the incident was logged
	// late, it is told now in the repeat's place.
	Repeats *Planned
}

// at returns the threshold's instant, false when it would lie outside the
// time between start and due: an hour's warning of a half-hour promise.
func (l Lead) at(start, due time.Time) (time.Time, bool) {
	at := due.Add(-l.Before)
	if l.Share > 0 {
		at = start.Add(time.Duration(l.Share * float64(due.Sub(start)))).Truncate(time.Millisecond)
	}
	return at, at.After(start) && !at.After(due)
}

// newest returns the last thing that the policy tells a destination of the
// clock at or before now. Whatever it told before that is superseded.
func (p *Policy) newest(c *Clock, to string, ack Acknowledgement, now time.Time) (Planned, bool) {
	passed := overdueAt(c.Due)
	told := passed.Add(p.After)
	switch {
	case now.Before(passed):
		return p.newestWarning(c, to, now)
	case now.Before(told): // too late to warn, too early to escalate
		return Planned{}, false
	}
	first := Planned{Reason: ReasonOverdue, At: told}
	if p.After > 0 {
		first.Reason = ReasonEscalation
	}
	if at, ok := p.newestRepeat(told, ack, now); ok {
		return Planned{Reason: ReasonRepeat, At: at, Repeats: &first}, true
	}
	return first, true
}

// newestWarning leaves out what is still held back. Several that were held
// back together are told as one.
func (p *Policy) newestWarning(c *Clock, to string, now time.Time) (Planned, bool) {
	newest := Planned{Reason: ReasonWarning}
	for _, lead := range p.Warn {
		at, ok := lead.at(c.Start.At, c.Due)
		if !ok {
			continue
		}
		if at = p.Quiet.Release(to, at); !at.After(now) && at.After(newest.At) {
			newest.At = at
		}
	}
	return newest, !newest.At.IsZero()
}

// newestRepeat is the last repeat at or before now that nobody silenced. While
// somebody has the clock, that is the last one before it was taken.
func (p *Policy) newestRepeat(told time.Time, ack Acknowledgement, now time.Time) (time.Time, bool) {
	if p.Repeat <= 0 {
		return time.Time{}, false
	}
	n := int64(now.Sub(told) / p.Repeat)
	if ack.Quiets(p.repeat(told, n)) {
		n = periods(ack.At.Sub(told), p.Repeat) - 1
	}
	return p.repeat(told, n), n >= 1
}

// Newest returns what is to be told of an open clock at now: for each
// destination the newest of all that its policies planned, older ones being
// superseded. The same instants give the same result, so an alert's key can
// refuse what was told before.
//
// A repeat from before the acknowledgement supersedes, and is not told any
// more: whoever took the clock knows.
func (ps Policies) Newest(c *Clock, ack Acknowledgement, now time.Time) []Planned {
	if !c.ticking() {
		return nil
	}
	latest := map[string]Planned{}
	var order []string
	for i := range ps {
		for _, to := range ps[i].To {
			planned, ok := ps[i].newest(c, to, ack, now)
			if !ok {
				continue
			}
			if _, seen := latest[to]; !seen {
				order = append(order, to)
			}
			if planned.At.After(latest[to].At) {
				latest[to] = planned
			}
		}
	}
	order = slices.DeleteFunc(order, func(to string) bool {
		return latest[to].Reason == ReasonRepeat && latest[to].At.Before(ack.At)
	})
	return byInstant(latest, order)
}

// byInstant joins the destinations that are told the same.
func byInstant(latest map[string]Planned, order []string) []Planned {
	var joined []Planned
	for _, to := range order {
		joined = appendPlanned(joined, to, latest[to])
	}
	return joined
}

// appendPlanned adds a destination to those that are told the same.
func appendPlanned(joined []Planned, to string, p Planned) []Planned {
	if i := slices.IndexFunc(joined, p.same); i >= 0 {
		joined[i].To = append(joined[i].To, to)
		return joined
	}
	p.To = []string{to}
	return append(joined, p)
}

// same reports whether both tell the same, to whomever.
func (p Planned) same(q Planned) bool {
	if p.Reason != q.Reason || !p.At.Equal(q.At) {
		return false
	}
	return p.Repeats == nil || p.Repeats.same(*q.Repeats)
}

// ticking reports whether the clock has a deadline that time moves towards.
func (c *Clock) ticking() bool { return c.State.Open() && !c.Due.IsZero() }

// Next returns the first instant after now at which time alone changes the
// clock or makes something due to be told; zero when there is none.
func (ps Policies) Next(c *Clock, ack Acknowledgement, now time.Time) time.Time {
	if !c.ticking() {
		return time.Time{}
	}
	var next time.Time
	consider := func(at time.Time) {
		if at.After(now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	consider(overdueAt(c.Due))
	for i := range ps {
		ps[i].thresholds(c, consider)
		told := overdueAt(c.Due).Add(ps[i].After)
		consider(told)
		consider(ps[i].nextRepeat(told, ack, now))
	}
	return next
}

// thresholds visits when the clock crosses the policy's thresholds, which
// changes its state, and when each destination is told of it, which may be
// later; but not what has waited until it is too late to warn.
func (p *Policy) thresholds(c *Clock, visit func(time.Time)) {
	for _, lead := range p.Warn {
		at, ok := lead.at(c.Start.At, c.Due)
		if !ok {
			continue
		}
		visit(at)
		for _, to := range p.To {
			if told := p.Quiet.Release(to, at); !told.After(c.Due) {
				visit(told)
			}
		}
	}
}

// nextRepeat is the first repeat after now that nobody silenced; zero when
// there is none.
func (p *Policy) nextRepeat(told time.Time, ack Acknowledgement, now time.Time) time.Time {
	if p.Repeat <= 0 {
		return time.Time{}
	}
	n := int64(1)
	if !now.Before(told) {
		n += int64(now.Sub(told) / p.Repeat)
	}
	if at := p.repeat(told, n); !ack.Quiets(at) {
		return at
	}
	if ack.Until.IsZero() {
		return time.Time{}
	}
	return p.repeat(told, periods(ack.Until.Sub(told), p.Repeat))
}

// repeat is the instant of the n-th repeat.
func (p *Policy) repeat(told time.Time, n int64) time.Time {
	return told.Add(time.Duration(n * int64(p.Repeat)))
}

// periods is how many periods it takes to fill a length, rounded up.
func periods(length, period time.Duration) int64 {
	n := int64(length / period)
	if length%period > 0 {
		n++
	}
	return n
}

// atRiskFrom is the first warning threshold of the clock; zero when no policy
// warns.
func (ps Policies) atRiskFrom(c *Clock) time.Time {
	var first time.Time
	for i := range ps {
		for _, lead := range ps[i].Warn {
			if at, ok := lead.at(c.Start.At, c.Due); ok && (first.IsZero() || at.Before(first)) {
				first = at
			}
		}
	}
	return first
}

// Key is the alert's unique name. It holds the deadline's value, so that a
// changed deadline is announced again, and the planned instant, so that the
// same thing is never told twice.
func (p Planned) Key(c *Clock) string {
	key := fmt.Sprintf("clock/%d/due/%d/%s/%d", c.ID, c.Due.UnixMilli(), p.Reason, p.At.UnixMilli())
	if p.Repeats != nil { // two policies may repeat at one instant what they first told at two
		key += fmt.Sprintf("/of/%d", p.Repeats.At.UnixMilli())
	}
	return key
}
