package sla

import "kigen/calendar"

// pick takes the latest or the earliest of the arguments, ignoring those that
// promise no time.
func (r *reckoner) pick(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
	own := r.leg
	if r.trace == nil && own&absent == 0 {
		if best, ok, err := r.pickPlain(rule, start); ok {
			return best, err
		}
	}
	if len(rule.Args) == 0 || own >= waits {
		return r.pickWaiting(rule, start, own)
	}
	steps := r.steps()
	r.depth++
	best, err := r.due(&rule.Args[0], start)
	chosen := r.leg
	for i := 1; i < len(rule.Args) && err == nil; i++ {
		var at calendar.Instant
		r.leg = own
		at, err = r.due(&rule.Args[i], start)
		if best.IsZero() || !at.IsZero() && at.After(best) == (rule.Op == OpLaterOf) {
			best, chosen = at, r.leg|chosen&waits
			continue
		}
		chosen |= r.leg & waits
	}
	r.depth--
	if err != nil {
		return calendar.Instant{}, err
	}
	if chosen >= waits { // an argument waits for its moment
		r.forget(steps)
		return r.pickWaiting(rule, start, own)
	}
	r.leg = chosen
	if r.trace != nil {
		r.notePicked(rule, best)
	}
	return best, nil
}

// pickPlain is pick for lengths of real time and openings, which always count
// from the given start; false if there are other arguments.
func (r *reckoner) pickPlain(rule *Rule, start calendar.Instant) (best calendar.Instant, ok bool, err error) {
	for i := range rule.Args {
		arg := &rule.Args[i]
		var at calendar.Instant
		switch arg.Op {
		case OpElapsed:
			at = start.Add(arg.Length)
		case OpNextOpening:
			if at, err = r.cal.NextOpeningAt(start); err != nil {
				return best, true, err
			}
		default:
			return best, false, nil
		}
		if i == 0 || at.After(best) == (rule.Op == OpLaterOf) {
			best = at
		}
	}
	return best, len(rule.Args) > 0, nil
}

// pickWaiting is pick for arguments of which some may wait for their moment. An
// earlier_of ignores those beside an argument that does not wait: the known facts
// bound the deadline.
func (r *reckoner) pickWaiting(rule *Rule, start calendar.Instant, own leg) (calendar.Instant, error) {
	if len(rule.Args) == 0 {
		return calendar.Instant{}, malformed(rule)
	}
	later := rule.Op == OpLaterOf
	var best, warn calendar.Instant
	chosen, warned, waiting := own, own, false
	r.depth++
	for i := range rule.Args {
		r.leg = own
		if own&absent != 0 && r.needsStart(&rule.Args[i]) {
			waiting = true
			continue
		}
		at, err := r.due(&rule.Args[i], start)
		switch {
		case err != nil:
			return calendar.Instant{}, err
		case at.IsZero():
		case r.leg&waits != 0 && !later && !r.assume:
			if waiting = true; warn.IsZero() || warn.After(at) {
				warn, warned = at, r.leg
			}
		case best.IsZero():
			best, chosen = at, r.leg
		case at.After(best) == later:
			best, chosen = at, r.leg|chosen&waits
		case later:
			chosen |= r.leg & waits
		}
	}
	r.depth--
	if waiting {
		best, chosen = r.decideWaiting(rule, best, warn, chosen, warned)
	}
	r.leg = chosen
	if r.trace != nil {
		r.notePicked(rule, best)
	}
	return best, nil
}

// decideWaiting lets waiting arguments decide if no other one does, and records
// when they are ignored.
func (r *reckoner) decideWaiting(rule *Rule, best, warn calendar.Instant, chosen, warned leg) (calendar.Instant, leg) {
	if best.IsZero() {
		return warn, warned
	}
	r.dropped = true
	if r.trace != nil {
		r.noteWaiting(rule, warned, warn)
	}
	return best, chosen
}
