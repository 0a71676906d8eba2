package sla

import (
	"slices"
	"strings"
	"time"
)

// publicChannels address everybody; a vendor's notice there may go unseen. Every
// other channel is direct: the notice reaches us.
var publicChannels = [...]string{"status_page", "site", "press", "social"}

// PublicChannel reports whether the channel addresses everybody instead of us.
func PublicChannel(name string) bool { return slices.Contains(publicChannels[:], channelName(name)) }

// channelName normalizes spelling: status_page, Status page and status-page are the same.
func channelName(name string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(name)))
}

// Fulfilled returns when the notices satisfied the promised channels: for any, the
// first notice by one of them; for all, the instant at which each had been used.
// It is zero while they have not.
func (ch Channels) Fulfilled(scope Scope, notices []Notice) time.Time {
	at, _ := ch.Answered(scope, notices)
	return at
}

// Answered is Fulfilled with the channel of the notice that satisfied the promise,
// if that is a direct channel that the promise does not name; empty if it is named.
//
// A notice without a channel counts for every channel. Where any channel is
// enough, a direct channel counts even if the promise does not name it, unless
// the promise is Strict: the vendor did notify us, and its clause binds the time,
// rarely the way. A public channel counts only if it is named, because the notice
// may not have reached us. While the scope that selects the channels is unknown, a
// notice that counts under one scope counts.
func (ch Channels) Answered(scope Scope, notices []Notice) (at time.Time, other string) {
	chosen, ok := ch.ByScope[scope]
	switch {
	case ok:
		chosen.Strict = ch.Strict
		return chosen.Answered(scope, notices)
	case len(ch.ByScope) > 0 && (scope == "" || scope == ScopeUnknown):
		return ch.underAny(notices)
	case len(ch.All) > 0:
		return ch.all(notices), ""
	}
	i := first(notices, ch.counts)
	if i < 0 {
		return time.Time{}, ""
	}
	if n := notices[i]; len(ch.Any) > 0 && !ch.names(n.Channel) {
		other = n.Channel
	}
	return notices[i].ReceivedAt, other
}

// underAny is the first answer under the channels of any scope. An answer by a
// named channel takes precedence over one by another channel.
func (ch Channels) underAny(notices []Notice) (at time.Time, other string) {
	for _, scope := range Scopes {
		if scope == ScopeUnknown {
			continue
		}
		got, by := ch.Answered(scope, notices)
		if !got.IsZero() && (at.IsZero() || got.Before(at) || got.Equal(at) && by == "") {
			at, other = got, by
		}
	}
	return at, other
}

// all is the instant at which each of the channels had been used; zero while one has not.
func (ch Channels) all(notices []Notice) (last time.Time) {
	for _, channel := range ch.All {
		i := first(notices, func(n Notice) bool { return n.Channel == "" || channelName(n.Channel) == channelName(channel) })
		if i < 0 {
			return time.Time{}
		}
		if at := notices[i].ReceivedAt; at.After(last) {
			last = at
		}
	}
	return last
}

// counts reports whether a notice counts where any channel is enough.
func (ch Channels) counts(n Notice) bool {
	return ch.names(n.Channel) || !ch.Strict && !PublicChannel(n.Channel)
}

// names reports whether the promise names a channel. An empty channel, which was
// not recorded, may be any of them.
func (ch Channels) names(channel string) bool {
	return channel == "" || slices.ContainsFunc(ch.Any, func(named string) bool { return channelName(named) == channelName(channel) })
}

// first is the index of the earliest of the matching notices; -1 where none
// matches.
func first(notices []Notice, matches func(Notice) bool) int {
	best := -1
	for i, n := range notices {
		if matches(n) && (best < 0 || n.ReceivedAt.Before(notices[best].ReceivedAt)) {
			best = i
		}
	}
	return best
}
