package sla_test

import (
	"testing"
	"time"

	"kigen/sla"
)

// TestFulfilled: which notices keep to the channels, and when.
func TestFulfilled(t *testing.T) {
	notice := func(channel string, hour int) sla.Notice {
		return sla.Notice{Channel: channel, ReceivedAt: time.Date(2026, time.May, 1, hour, 0, 0, 0, time.UTC)}
	}
	byScope := sla.Channels{ByScope: map[sla.Scope]sla.Channels{
		sla.ScopeAll:      {Any: []string{"site", "email"}},
		sla.ScopeSpecific: {All: []string{"phone", "email"}},
	}}
	both := sla.Channels{All: []string{"phone", "email"}}
	tests := []struct {
		name    string
		ch      sla.Channels
		scope   sla.Scope
		notices []sla.Notice
		want    int // hour; 0: not yet
	}{
		{"none yet", sla.Channels{}, sla.ScopeUnknown, nil, 0},
		{"any way counts", sla.Channels{}, sla.ScopeUnknown, []sla.Notice{notice("fax", 9)}, 9},
		{"the first counts, in whatever order", sla.Channels{}, "", []sla.Notice{notice("", 11), notice("", 9), notice("", 10)}, 9},
		{"any of several", sla.Channels{Any: []string{"email", "portal"}}, "", []sla.Notice{notice("portal", 10), notice("email", 11)}, 10},
		{"the vendor spoke, if by another way", sla.Channels{Any: []string{"email"}}, "", []sla.Notice{notice("phone", 10)}, 10},
		{"all, with one missing", both, "", []sla.Notice{notice("phone", 9), notice("phone", 10)}, 0},
		{"all, when the last came", both, "", []sla.Notice{notice("email", 12), notice("phone", 10), notice("phone", 9)}, 12},
		{"all, the first by each", both, "", []sla.Notice{notice("email", 9), notice("phone", 10), notice("email", 11)}, 10},
		{"no channel stands for every one", both, "", []sla.Notice{notice("", 10)}, 10},
		{"all customers", byScope, sla.ScopeAll, []sla.Notice{notice("site", 10)}, 10},
		{"specific customers", byScope, sla.ScopeSpecific, []sla.Notice{notice("email", 10)}, 0},
		{"specific customers, both", byScope, sla.ScopeSpecific, []sla.Notice{notice("email", 10), notice("phone", 11)}, 11},
		{"scope unknown: any way", byScope, sla.ScopeUnknown, []sla.Notice{notice("site", 10)}, 10},
	}
	strict := sla.Channels{Any: []string{"email"}, Strict: true}
	tests = append(tests, []struct {
		name    string
		ch      sla.Channels
		scope   sla.Scope
		notices []sla.Notice
		want    int
	}{
		{"a public one that is not named", sla.Channels{Any: []string{"email"}}, "", []sla.Notice{notice("status_page", 10)}, 0},
		{"however it is spelt", sla.Channels{Any: []string{"email"}}, "", []sla.Notice{notice("Status page", 10), notice("SITE", 10), notice("press", 10), notice("social", 10)}, 0},
		{"a public one where none is named", sla.Channels{}, "", []sla.Notice{notice("site", 10)}, 0},
		{"a public one that is named", sla.Channels{Any: []string{"status_page"}}, "", []sla.Notice{notice("status-page", 10)}, 10},
		{"a public one before a direct one", sla.Channels{Any: []string{"email"}}, "", []sla.Notice{notice("site", 9), notice("letter", 10)}, 10},
		{"strict", strict, "", []sla.Notice{notice("phone", 9), notice("email", 10)}, 10},
		{"strict under a scope", sla.Channels{Strict: true, ByScope: byScope.ByScope}, sla.ScopeAll, []sla.Notice{notice("phone", 9), notice("site", 10)}, 10},
		{"a public one that one scope does not name", byScope, sla.ScopeSpecific, []sla.Notice{notice("site", 10)}, 0},
	}...)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := test.ch.Fulfilled(test.scope, test.notices)
			if got.IsZero() != (test.want == 0) || !got.IsZero() && got.Hour() != test.want {
				t.Errorf("fulfilled at %v, want %d:00", got, test.want)
			}
		})
	}
}
