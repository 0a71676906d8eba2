package prose_test

import (
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/prose"
)

// TestRuleInEnglish: a page reads a rule out in words.
func TestRuleInEnglish(t *testing.T) {
	hours := func(n int) sla.Rule { return sla.Rule{Op: sla.OpElapsed, Length: time.Duration(n) * time.Hour} }
	opening := sla.Rule{Op: sla.OpNextOpening}
	for want, rule := range map[string]sla.Rule{
		"inside business hours 6 h; outside them the later of the next opening and 6 h": {
			Op: sla.OpHours, Args: []sla.Rule{hours(6), {Op: sla.OpLaterOf, Args: []sla.Rule{opening, hours(6)}}},
		},
		"72 h":                                    hours(72),
		"24 h before":                             hours(-24),
		"4 h of business time":                    {Op: sla.OpBusinessTime, Length: 4 * time.Hour},
		"1 business day":                          {Op: sla.OpBusinessDays, Count: 1},
		"3 business days, until close":            {Op: sla.OpBusinessDays, Count: 3, Ends: sla.Close},
		"7 days before":                           {Op: sla.OpDays, Count: -7},
		"as needed (no time stated)":              {Op: sla.OpNone},
		"the opening of the next business day":    {Op: sla.OpNextDayStart},
		`24 h from "our awareness"`:               {Op: sla.OpFrom, From: sla.Aware, Args: []sla.Rule{hours(24)}},
		"by severity – high: 1 h; otherwise: 4 h": {Op: sla.OpCases, By: sla.BySeverity, Cases: []sla.Case{{Value: "high", Rule: hours(1)}, {Rule: hours(4)}}},
		"5 days, counting the first day, on a closed day rolled to the next business day": {
			Op: sla.OpDays, Count: 5, CountStartDay: true, Roll: sla.RollNext,
		},
	} {
		if got := prose.Rule("en", &rule); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A malformed rule, which Validate refuses, has a text as well.
func TestMalformedRuleHasAText(t *testing.T) {
	for _, op := range []sla.Op{0, 200} {
		for _, lang := range []string{"ja", "en"} {
			if prose.Rule(lang, &sla.Rule{Op: op}) == "" {
				t.Errorf("operation %d has no text in %s", op, lang)
			}
		}
	}
}
