// Package policy plans the alerts about clocks: which destinations get one, for which
// reason and when. It reads no wall clock and sends nothing.
package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
)

// Lead is a warning threshold: either a share of the time between start and due,
// or a length before due.
type Lead struct {
	Share  float64       // 0.5 is halfway
	Before time.Duration // before due
}

// Policy says which destinations are alerted about a clock, and when.
type Policy struct {
	To     []string      // destinations
	When   Match         // the clocks that it covers; zero: all
	Except Match         // the clocks among those that it excludes; zero: none
	Logged bool          // alert as soon as an incident is logged
	Warn   []Lead        // thresholds before due
	Repeat time.Duration // until somebody acknowledges; 0: no repeats
	After  time.Duration // first alert this long past due; 0: when due passes
	Quiet  Quiet         // hours that delay warnings and the Logged alert
}

// Policies are all policies in force, in the order of the configuration.
type Policies []Policy

// Fingerprint identifies a set of policies: the SHA-256 of their JSON, in
// hexadecimal.
func (ps Policies) Fingerprint() string {
	text, err := json.Marshal(ps)
	if err != nil {
		panic(fmt.Sprintf("sla: policies: %v", err)) // only plain data in there
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Planned is one alert about a clock, planned for one instant.
type Planned struct {
	Reason outbox.Reason
	At     time.Time
	To     []string // destinations

	// Repeats is the alert that a repeat repeats; nil for every other alert. If that
	// one was never raised, because kigen was down or the incident was logged late, it
	// is raised in place of the repeat.
	Repeats *Planned

	as time.Time // the instant in its key, by the announced facts; zero: At
}

// named is the instant in the key.
func (p *Planned) named() time.Time {
	if p.as.IsZero() {
		return p.At
	}
	return p.as
}

// Since is the instant in the key: a destination with an alert of the clock whose
// key holds this or a later instant (Clock.AlertInstant) needs no further alert.
func (p *Planned) Since() time.Time { return p.named() }

// called returns the planned alert with the given instant in its key.
func (p Planned) called(as time.Time) Planned {
	if !as.Equal(p.At) {
		p.as = as
	}
	return p
}

// leads are the policy's thresholds for a clock. If an argument of the rule waits
// for its moment, the deadline that it would give by its stand-in is one more
// threshold of every policy that warns.
func (p *Policy) leads(c *sla.Clock) []Lead {
	warn := c.Explanation.Bounds.Warn
	if warn.IsZero() || len(p.Warn) == 0 {
		return p.Warn
	}
	return append(slices.Clone(p.Warn), Lead{Before: c.Due.Sub(warn)})
}

// at returns the threshold's instant, false if that lies outside the time between
// start and due, such as one hour before a deadline of 30 minutes. A deadline ahead of its
// start has no share, and every length before it counts.
func (l Lead) at(start, due time.Time) (time.Time, bool) {
	at := due.Add(-l.Before)
	if !start.Before(due) {
		return at, l.Share == 0
	}
	if l.Share > 0 {
		at = start.Add(time.Duration(l.Share * float64(due.Sub(start)))).Truncate(time.Millisecond)
	}
	return at, at.After(start) && !at.After(due)
}

// newest returns the policy's last alert of the clock for a destination at or
// before now. It supersedes the earlier ones.
func (p *Policy) newest(c *sla.Clock, to string, ack sla.Acknowledgement, now time.Time) (Planned, bool) {
	passed := sla.OverdueAt(c.Due)
	alertAt := passed.Add(p.After)
	switch {
	case now.Before(passed):
		return p.newestWarning(c, to, now)
	case now.Before(alertAt): // too late for a warning, too early for an escalation
		return Planned{}, false
	}
	base := sla.OverdueAt(c.InKeys().Due).Add(p.After)
	first := Planned{Reason: outbox.ReasonOverdue, At: alertAt}.called(base)
	if p.After > 0 {
		first.Reason = outbox.ReasonEscalation
	}
	if at, ok := p.newestRepeat(alertAt, base, ack, now); ok {
		return Planned{Reason: outbox.ReasonRepeat, At: at, Repeats: &first}, true
	}
	return first, true
}

// newestWarning ignores warnings that quiet hours still delay. Several that were
// delayed to the same instant become one.
func (p *Policy) newestWarning(c *sla.Clock, to string, now time.Time) (Planned, bool) {
	newest := Planned{Reason: outbox.ReasonWarning}
	named := c.InKeys()
	for _, lead := range p.leads(c) {
		at, ok := lead.at(c.Start.At, c.Due)
		if !ok {
			continue
		}
		as, ok := lead.at(named.Start, named.Due)
		if !ok {
			as = at
		}
		if at = p.Quiet.Release(to, at); !at.After(now) && at.After(newest.At) {
			newest = Planned{Reason: outbox.ReasonWarning, At: at}.called(p.Quiet.Release(to, as))
		}
	}
	return newest, !newest.At.IsZero()
}

// newestRepeat is the last repeat at or before now that was not suppressed. While
// the clock is acknowledged, that is the last one before the acknowledgement.
// Repeats count from base, which a correction of a passed deadline leaves
// unchanged, and begin half a period after the first alert at the earliest.
func (p *Policy) newestRepeat(alertAt, base time.Time, ack sla.Acknowledgement, now time.Time) (time.Time, bool) {
	if p.Repeat <= 0 {
		return time.Time{}, false
	}
	n := int64(now.Sub(base) / p.Repeat)
	if ack.Quiets(p.repeat(base, n)) {
		n = periods(ack.At.Sub(base), p.Repeat) - 1
	}
	return p.repeat(base, n), n >= p.firstRepeat(alertAt, base)
}

// firstRepeat is the number of the first repeat, counted from base.
func (p *Policy) firstRepeat(alertAt, base time.Time) int64 {
	return max(periods(alertAt.Add(p.Repeat/2).Sub(base), p.Repeat), 1)
}

// Newest returns the alerts of an open clock that are due at now: for each
// destination the newest alert of all its policies, which supersedes the older
// ones. The same instants give the same result, so an alert's key identifies an
// alert that was raised before.
//
// In place of a repeat planned before the acknowledgement it returns the alert that
// the repeat repeats. An acknowledgement stops repeats, but not the first alert, which
// may not have been raised yet.
func (ps Policies) Newest(c *sla.Clock, ack sla.Acknowledgement, now time.Time) []Planned {
	if !c.Ticking() {
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
	for _, to := range order {
		if p := latest[to]; p.Repeats != nil && p.At.Before(ack.At) {
			latest[to] = *p.Repeats
		}
	}
	return byInstant(latest, order)
}

// byInstant joins the destinations that get the same alert.
func byInstant(latest map[string]Planned, order []string) []Planned {
	var joined []Planned
	for _, to := range order {
		joined = appendPlanned(joined, to, latest[to])
	}
	return joined
}

// appendPlanned adds a destination to the alert that it shares with others.
func appendPlanned(joined []Planned, to string, p Planned) []Planned {
	if i := slices.IndexFunc(joined, p.same); i >= 0 {
		joined[i].To = append(joined[i].To, to)
		return joined
	}
	p.To = []string{to}
	return append(joined, p)
}

// same reports whether both are the same alert, apart from their destinations.
func (p Planned) same(q Planned) bool {
	if p.Reason != q.Reason || !p.At.Equal(q.At) || !p.named().Equal(q.named()) {
		return false
	}
	return p.Repeats == nil || p.Repeats.same(*q.Repeats)
}

// Next returns the first instant after now at which time alone changes the clock
// or makes an alert due; zero if there is none.
func (ps Policies) Next(c *sla.Clock, ack sla.Acknowledgement, now time.Time) time.Time {
	if !c.Ticking() {
		return time.Time{}
	}
	var next time.Time
	consider := func(at time.Time) {
		if at.After(now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	consider(sla.OverdueAt(c.Due))
	for i := range ps {
		ps[i].thresholds(c, consider)
		alertAt := sla.OverdueAt(c.Due).Add(ps[i].After)
		consider(alertAt)
		consider(ps[i].nextRepeat(alertAt, sla.OverdueAt(c.InKeys().Due).Add(ps[i].After), ack, now))
	}
	return next
}

// thresholds visits the instants at which the clock crosses the policy's
// thresholds, which changes its state, and at which each destination is alerted
// about that, which may be later. A warning delayed past due is left out.
func (p *Policy) thresholds(c *sla.Clock, visit func(time.Time)) {
	for _, lead := range p.leads(c) {
		at, ok := lead.at(c.Start.At, c.Due)
		if !ok {
			continue
		}
		visit(at)
		for _, to := range p.To {
			if alertAt := p.Quiet.Release(to, at); !alertAt.After(c.Due) {
				visit(alertAt)
			}
		}
	}
}

// nextRepeat is the first repeat after now that is not suppressed; zero if there is
// none.
func (p *Policy) nextRepeat(alertAt, base time.Time, ack sla.Acknowledgement, now time.Time) time.Time {
	if p.Repeat <= 0 {
		return time.Time{}
	}
	n := p.firstRepeat(alertAt, base)
	if !now.Before(base) {
		n = max(n, int64(now.Sub(base)/p.Repeat)+1)
	}
	if at := p.repeat(base, n); !ack.Quiets(at) {
		return at
	}
	if ack.Until.IsZero() {
		return time.Time{}
	}
	return p.repeat(base, max(n, periods(ack.Until.Sub(base), p.Repeat)))
}

// repeat is the instant of the n-th repeat.
func (p *Policy) repeat(base time.Time, n int64) time.Time {
	return base.Add(time.Duration(n * int64(p.Repeat)))
}

// periods is the number of periods that cover a length, rounded up.
func periods(length, period time.Duration) int64 {
	n := int64(length / period)
	if length%period > 0 {
		n++
	}
	return n
}

// AtRiskFrom is the first warning threshold of the clock; zero if no policy warns.
func (ps Policies) AtRiskFrom(c *sla.Clock) time.Time {
	var first time.Time
	for i := range ps {
		for _, lead := range ps[i].leads(c) {
			if at, ok := lead.at(c.Start.At, c.Due); ok && (first.IsZero() || at.Before(first)) {
				first = at
			}
		}
	}
	return first
}

// Warned returns the warning threshold that a clock passed last; false: none.
func (ps Policies) Warned(c *sla.Clock, now time.Time) (last Lead, ok bool) {
	var passed time.Time
	for i := range ps {
		for _, lead := range ps[i].leads(c) {
			at, within := lead.at(c.Start.At, c.Due)
			if within && !at.After(now) && at.After(passed) {
				last, passed, ok = lead, at, true
			}
		}
	}
	return last, ok
}

// PlannedAt parses the planned instant in the key of a clock's alert; false: the
// key is not that of a clock's alert.
func PlannedAt(key string) (time.Time, bool) {
	_, rest, ok := strings.Cut(key, "/due/") // the clock, then deadline, reason and instant
	parts := strings.Split(rest, "/")
	if !ok || len(parts) < 3 || !strings.HasPrefix(key, "clock/") {
		return time.Time{}, false
	}
	at, err := strconv.ParseInt(parts[2], 10, 64)
	return time.UnixMilli(at).UTC(), err == nil
}

// AlertedClock parses the clock in the key of a clock's alert; false: the key is not
// that of one.
func AlertedClock(key string) (sla.ClockID, bool) {
	rest, ok := strings.CutPrefix(key, "clock/")
	number, _, _ := strings.Cut(rest, "/")
	id, err := strconv.ParseInt(number, 10, 64)
	return sla.ClockID(id), ok && err == nil
}

// Key is the alert's unique name. It holds the announced deadline, so that a new
// deadline is announced again, and the planned instant by that deadline. A
// correction too small to announce (Announced) changes neither, so the same alert
// is never raised twice.
func (p Planned) Key(c *sla.Clock) string {
	key := fmt.Sprintf("%s%s/%d", c.AlertPrefix(), p.Reason, p.named().UnixMilli())
	if p.Repeats != nil { // two policies may repeat at one instant first alerts of two instants
		key += fmt.Sprintf("/of/%d", p.Repeats.named().UnixMilli())
	}
	return key
}
