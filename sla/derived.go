package sla

import "kigen/calendar"

// from counts the rule from another moment. While that moment and its fallbacks are
// unknown, it counts from the promise's own start.
func (r *reckoner) from(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
	if len(rule.Args) != 1 || rule.From >= moments {
		return calendar.Instant{}, malformed(rule)
	}
	s, ok := r.facts.Times.Start(rule.From)
	r.leg = leg(rule.From)
	if s.Basis == Assumed {
		r.unknown |= unknownMoment
		if s.From != rule.From && rule.From.waits() {
			r.leg |= waits
		}
	}
	if !ok {
		r.unknown |= unknownMoment
		r.leg = leg(moments) | waits
		return r.due(&rule.Args[0], start)
	}
	if r.trace != nil {
		r.noteFrom(rule.From, s)
	}
	return r.due(&rule.Args[0], calendar.InstantOf(s.At))
}

// then counts a rule from the instant that another rule gives.
func (r *reckoner) then(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
	if len(rule.Args) != 2 {
		return calendar.Instant{}, malformed(rule)
	}
	r.depth++
	at, err := r.due(&rule.Args[0], start)
	r.depth--
	if err != nil || at.IsZero() {
		return at, err
	}
	if r.trace != nil {
		r.noteThen(at)
	}
	return r.due(&rule.Args[1], at)
}

// rolled moves a result that falls on a closed day. Midnight belongs to the day
// that it ends.
func (r *reckoner) rolled(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
	if len(rule.Args) != 1 {
		return calendar.Instant{}, malformed(rule)
	}
	at, err := r.due(&rule.Args[0], start)
	if err != nil || at.IsZero() {
		return at, err
	}
	day := r.cal.DateAt(at.Add(-1))
	if r.cal.IsBusinessDay(day) {
		return at, nil
	}
	rolled, end, err := r.rollToEnd(rule, day, at)
	if err != nil {
		return calendar.Instant{}, err
	}
	if r.trace != nil {
		r.noteRolled(rule, day, rolled, end)
	}
	return end, nil
}

// every is one round of a periodic promise.
func (r *reckoner) every(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
	if len(rule.Args) != 1 {
		return calendar.Instant{}, malformed(rule)
	}
	return r.due(&rule.Args[0], start)
}

// lapses drops a deadline if the moment came after it.
func (r *reckoner) lapses(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
	if len(rule.Args) != 1 || rule.From >= moments {
		return calendar.Instant{}, malformed(rule)
	}
	at, err := r.due(&rule.Args[0], start)
	if err != nil || at.IsZero() {
		return at, err
	}
	before := r.facts.Times[rule.From]
	if !before.Known() || before.Basis == Assumed {
		r.unknown |= unknownMoment
	}
	if !before.Known() || !calendar.InstantOf(before.At).After(at) {
		return at, nil
	}
	r.lapsed = true
	if r.trace != nil {
		r.noteLapsed(rule.From, before, at)
	}
	return calendar.Instant{}, nil
}
