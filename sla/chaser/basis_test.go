package chaser_test

import (
	"strings"
	"testing"

	"kigen/config"
	"kigen/sla"
	"kigen/sla/chaser"
	"kigen/sla/policy"
)

// TestUnknownFactsAccuseNobody: the strictest case warns us, and the letter says
// so; once the most lenient one has passed, it speaks of that. Two promises
// without a name go by their ids.
func TestUnknownFactsAccuseNobody(t *testing.T) {
	c, err := config.Parse("", []byte(`
vendors:
  - id: graded
    promises:
      - {id: tiers, start: occurred, due: {by_severity: {critical: 15m, default: 24h}}}
      - {id: summary, start: occurred, due: 30h}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	vendor, _ := c.Catalogue.Vendor("graded")
	for _, test := range []struct {
		now       string
		has, lack []string
	}{
		{"2026-11-10 12:00", []string{"may have passed", "(severity)", `"tiers"`}, []string{"Why we had no notice", "late provable"}},
		{"2026-11-11 12:00", []string{"Wed 11 Nov 2026 10:00", "Why we had no notice", `"tiers"`}, []string{"may have passed"}},
	} {
		inc := &sla.Incident{ID: 7, Vendor: "graded", Title: "login fails"}
		inc.Times[sla.Occurred] = sla.Stamp{At: at(t, "2026-11-10 10:00"), Basis: sla.Stated}
		for _, p := range vendor.Promises {
			d, e, err := p.Explain(&inc.Facts)
			if err != nil {
				t.Fatal(err)
			}
			clock := sla.Clock{Promise: p.ID, Explanation: e}
			clock.Settle(d, policy.Policies(nil), sla.Acknowledgement{}, at(t, test.now))
			inc.Clocks = append(inc.Clocks, clock)
		}
		letter, ok := chaser.Write("en", chaser.About{Incident: inc, Vendor: vendor, Now: at(t, test.now)})
		if !ok || letter.Tone != chaser.Overdue {
			t.Fatalf("%s: %+v", test.now, letter)
		}
		for _, text := range test.has {
			if !strings.Contains(letter.Body, text) {
				t.Errorf("%s: lacks %q:\n%s", test.now, text, letter.Body)
			}
		}
		for _, text := range test.lack {
			if strings.Contains(letter.Body, text) {
				t.Errorf("%s: has %q:\n%s", test.now, text, letter.Body)
			}
		}
	}
}
