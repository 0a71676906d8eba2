package sla

import (
	"slices"
	"time"
)

// Fulfilled returns when the notices kept to the channels that the promise
// names: the first that came by any of them, or the moment at which all had
// been used. It is zero while they have not.
//
// A notice without a channel counts for every channel, and where any channel
// will do, one by an unpromised channel counts too: the vendor did speak, and
// its clause binds when, rarely how.
func (ch Channels) Fulfilled(scope Scope, notices []Notice) time.Time {
	if chosen, ok := ch.ByScope[scope]; ok {
		return chosen.Fulfilled(scope, notices)
	}
	var last time.Time
	for _, channel := range ch.All {
		at := first(notices, func(n Notice) bool { return n.Channel == channel || n.Channel == "" })
		if at.IsZero() {
			return time.Time{}
		}
		if at.After(last) {
			last = at
		}
	}
	if len(ch.All) > 0 {
		return last
	}
	return first(notices, func(Notice) bool { return true })
}

// first is when the earliest of the matching notices came; zero when none did.
func first(notices []Notice, matches func(Notice) bool) time.Time {
	i := slices.IndexFunc(notices, matches)
	if i < 0 {
		return time.Time{}
	}
	at := notices[i].ReceivedAt
	for _, n := range notices[i+1:] {
		if matches(n) && n.ReceivedAt.Before(at) {
			at = n.ReceivedAt
		}
	}
	return at
}
