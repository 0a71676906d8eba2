package mail

import (
	"slices"
	"strings"

	"kigen/cmd/kigen/internal/intake"
	"kigen/sla"
)

// allName reports whether every promise whose clock runs names a channel, so that a notice
// by it alone keeps each of them.
func allName(o *intake.Open, channel string) bool {
	return !slices.ContainsFunc(o.Channels, func(ch sla.Channels) bool { return !named(ch, o.Scope, channel) })
}

// named reports whether a promise names a channel for a scope. Where the scope that selects
// the channels is not known, it must do so for each: the scope may turn out to be any.
func named(ch sla.Channels, scope sla.Scope, channel string) bool {
	if chosen, ok := ch.ByScope[scope]; ok {
		return named(chosen, scope, channel)
	}
	if len(ch.ByScope) > 0 {
		if scope != "" && scope != sla.ScopeUnknown {
			return false
		}
		for _, chosen := range ch.ByScope {
			if !named(sla.Channels{Any: chosen.Any, All: chosen.All}, "", channel) {
				return false
			}
		}
		return true
	}
	all := slices.Concat(ch.Any, ch.All)
	return len(ch.All) <= 1 && slices.ContainsFunc(all, func(name string) bool { return channelName(name) == channelName(channel) })
}

// channelName makes spellings of a channel the same, as package sla does.
func channelName(name string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(name)))
}
