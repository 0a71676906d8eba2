package config_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kigen/config"
	"kigen/sla"
)

// An example of a promise in testdata/wild: what is known, and what follows by
// hand from the promise's words.
type example struct {
	known string // moments and facts, such as "detected=2026-05-01T10:00 severity=high"
	stage string // of a promise with stages
	due   string // in the vendor's zone; or the state, where there is no deadline
}

// wild holds for every promise at least three examples worked out by hand.
var wild = map[string][]example{
	"minutes-from-occurrence": {
		{known: "occurred=2026-05-01T10:00", due: "2026-05-01 10:30:00"},
		{known: "occurred=2026-05-02T23:45", due: "2026-05-03 00:15:00"},    // over midnight of a Saturday: minutes know no weekend
		{known: "occurred=2026-12-31T23:59:30", due: "2027-01-01 00:29:30"}, // seconds stay
		{known: "detected=2026-05-01T10:00", due: "pending"},                // detection says nothing of the occurrence
		{known: "aware=2026-05-01T10:07", due: "2026-05-01 10:37:00"},       // our own sighting stands in
	},
	"minutes-from-confirmation": {
		{known: "confirmed=2026-05-01T17:00", due: "2026-05-01 18:30:00"},
		{known: "confirmed=2026-02-28T23:00", due: "2026-03-01 00:30:00"}, // 2026 is no leap year
		{known: "confirmed=2028-02-28T23:00", due: "2028-02-29 00:30:00"}, // 2028 is one
		{known: "detected=2026-05-01T16:00 aware=2026-05-01T18:00", due: "2026-05-01 17:30:00"},
	},
	"severity-tiers": {
		{known: "detected=2026-05-01T17:50 severity=critical", due: "2026-05-01 18:05:00"},
		{known: "detected=2026-05-02T23:30 severity=high", due: "2026-05-03 00:30:00"},
		{known: "detected=2026-05-02T23:30 severity=low", due: "2026-05-03 03:30:00"}, // the default
		{known: "detected=2026-05-03T21:00", due: "2026-05-03 21:15:00"},              // unknown counts as the worst
	},
	"suitable-means": {
		{known: "detected=2026-05-01T10:00", due: "2026-05-02 10:00:00"},
		{known: "detected=2026-03-28T12:00", due: "2026-03-29 13:00:00"}, // the clocks went forward at 02:00: 24 real hours end an hour later by the clock
		{known: "detected=2026-10-24T12:00", due: "2026-10-25 11:00:00"}, // and back at 03:00
	},
	"formal-declaration": {
		{known: "declared=2026-05-01T09:00", due: "2026-05-04 09:00:00"},
		{known: "declared=2026-12-30T15:00", due: "2027-01-02 15:00:00"},
		{known: "confirmed=2026-04-29T18:30", due: "2026-05-02 18:30:00"}, // confirmed stands in for declared
	},
	"without-delay": {
		{known: "detected=2026-09-18T18:00", due: "2026-09-21 18:00:00"},
		{known: "detected=2026-02-26T08:00", due: "2026-03-01 08:00:00"}, // 27, 28 February, 1 March
		{known: "detected=2028-02-27T08:00", due: "2028-03-01 08:00:00"}, // 28, 29 February, 1 March
	},
	"first-and-written": {
		{known: "detected=2026-05-01T10:00", stage: "first", due: "2026-05-01 22:00:00"},
		{known: "detected=2026-05-01T10:00", stage: "report", due: "2026-05-08 18:00:00"}, // Fri; 05-07 Thu is day 1, 05-08 Fri day 2: Sat, 憲法記念日, みどりの日, こどもの日, 振替休日 between
		{known: "detected=2026-11-24T20:00", stage: "first", due: "2026-11-25 08:00:00"},
		{known: "detected=2026-11-24T20:00", stage: "report", due: "2026-11-26 18:00:00"}, // Tue; Wed, Thu
		{known: "detected=2026-09-18T09:00", stage: "report", due: "2026-09-25 18:00:00"}, // Fri; Sat, Sun, 敬老の日, 国民の休日, 秋分の日; Thu, Fri
	},
	"shorter-limit": {
		{known: "confirmed=2026-06-01T10:00", due: "2026-06-05 00:00:00"}, // Mon; 5 days: 06-06 24:00; 3 business days: Thu 06-04 24:00
		{known: "confirmed=2026-05-01T10:00", due: "2026-05-07 00:00:00"}, // Fri; 5 days: 05-06 24:00; 3 business days: 05-07, 08, 11
		{known: "confirmed=2026-06-04T10:00", due: "2026-06-10 00:00:00"}, // Thu; both: 06-09 24:00
	},
	"classification-and-awareness": {
		{known: "detected=2026-05-01T09:00 declared=2026-05-01T10:00", due: "2026-05-01 14:00:00"}, // 10:00 + 4 h
		{known: "detected=2026-05-01T09:00 declared=2026-05-02T06:00", due: "2026-05-02 09:00:00"}, // 09:00 + 24 h is before 06:00 + 4 h
		{known: "detected=2026-05-02T22:00 declared=2026-05-03T18:00", due: "2026-05-03 22:00:00"}, // both at once
	},
	"four-business-days": {
		{known: "declared=2026-07-13T15:00", due: "2026-07-18 00:00:00"}, // Mon; Tue, Wed, Thu, Fri 07-17 24:00
		{known: "declared=2026-07-11T15:00", due: "2026-07-17 00:00:00"}, // Sat; Mon is day 1, Thu 07-16 24:00
		{known: "declared=2026-07-02T15:00", due: "2026-07-10 00:00:00"}, // Thu; Fri 07-03 is Independence Day observed; Mon to Thu 07-09
	},
	"thirty-days-rolling": {
		{known: "confirmed=2026-04-01T10:00", due: "2026-05-02 00:00:00"}, // 05-01 is a Friday
		{known: "confirmed=2026-04-03T10:00", due: "2026-05-08 00:00:00"}, // 05-03 is a Sunday and a holiday; 05-07
		{known: "confirmed=2026-11-30T10:00", due: "2027-01-05 00:00:00"}, // 12-30 is closed to 01-03, a Sunday; 01-04
	},
	"month-after-first": {
		{known: "detected=2026-01-30T15:00", stage: "first", due: "2026-01-31 15:00:00"},
		{known: "detected=2026-01-30T15:00", stage: "final", due: "pending"},                                        // no first notice yet
		{known: "detected=2026-01-30T15:00 answered=2026-01-31T15:00", stage: "final", due: "2026-03-01 00:00:00"},  // 02-28 24:00: February has no 31st
		{known: "detected=2028-01-30T15:00 answered=2028-01-31T15:00", stage: "final", due: "2028-03-01 00:00:00"},  // 02-29 24:00
		{known: "detected=2026-05-06T15:00 answered=2026-05-07T09:00", stage: "final", due: "2026-06-08 00:00:00"},  // 06-07 24:00, a Sunday all the same
		{known: "detected=2026-05-06T15:00 answered=2026-05-07T09:00", stage: "update", due: "2026-05-15 00:00:00"}, // 05-14 24:00
	},
	"phone-and-mail": {
		{known: "detected=2026-05-01T17:30", due: "2026-05-01 18:30:00"},
		{known: "detected=2026-05-02T23:30", due: "2026-05-03 00:30:00"},
		{known: "detected=2026-12-31T23:00", due: "2027-01-01 00:00:00"},
	},
	"split-hours": {
		{known: "detected=2026-06-01T10:00", due: "2026-06-01 17:00:00"}, // Mon; 3 h + 3 h: a whole day, to its close and not to the next opening
		{known: "detected=2026-06-01T12:30", due: "2026-06-02 12:30:00"}, // ½ h + 3 h; Tue 2½ h
		{known: "detected=2026-06-01T13:30", due: "2026-06-02 13:00:00"}, // in the break: 3 h; Tue 3 h
		{known: "detected=2026-08-13T16:00", due: "2026-08-17 16:00:00"}, // Thu 1 h; Fri closed; Mon 3 h + 2 h
	},
	"before-maintenance": {
		{known: "occurred=2026-05-20T22:00", due: "2026-05-13 22:00:00"},
		{known: "occurred=2026-03-03T09:00", due: "2026-02-24 09:00:00"},
		{known: "occurred=2027-01-04T01:00", due: "2026-12-28 01:00:00"},
	},
	"as-needed": {
		{known: "occurred=2026-05-01T10:00", due: "no_commitment"},
		{known: "occurred=2026-05-02T22:10 severity=critical", due: "no_commitment"},
		{known: "aware=2027-01-01T00:00", due: "no_commitment"},
	},
	"paper-per-product": {
		{known: "detected=2026-05-01T10:00 service=Mail", due: "2026-05-02 10:00:00"},
		{known: "detected=2026-05-01T10:00 service=Archive impact=serious", due: "2026-05-02 10:00:00"},
		{known: "detected=2026-05-01T10:00 service=Chat", due: "not_applicable"},
		{known: "detected=2026-05-01T10:00 service=Mail impact=none", due: "not_applicable"},
		{known: "detected=2026-05-01T10:00", due: "2026-05-02 10:00:00"}, // which service it is, the vendor may know
	},
	"by-scope": {
		{known: "detected=2026-05-01T10:00 scope=all_customers", due: "2026-05-08 12:00:00"},      // 05-07, 05-08
		{known: "detected=2026-05-01T10:00 scope=specific_customers", due: "2026-05-07 12:00:00"}, // 05-07
		{known: "detected=2026-05-01T10:00 scope=unknown", due: "2026-05-07 12:00:00"},            // the stricter of the two
	},
}

func TestPhrasingsInTheWild(t *testing.T) {
	paths := files(t, "wild")
	if len(paths) != len(wild) {
		t.Errorf("%d files, %d sets of examples: each needs the other", len(paths), len(wild))
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := config.Load(path, nil)
			if err != nil {
				t.Fatal(err)
			}
			vendor, _ := c.Catalogue.Vendor("wild")
			if len(wild[name]) < 3 {
				t.Fatalf("has %d examples, want at least three", len(wild[name]))
			}
			for _, e := range wild[name] {
				if got := e.deadline(t, vendor.Promises[0]); got != e.due {
					t.Errorf("%s %s: due %s, want %s", e.known, e.stage, got, e.due)
				}
			}
		})
	}
}

// deadline is what the promise gives for what is known.
func (e example) deadline(t *testing.T, p *sla.Promise) string {
	t.Helper()
	facts := sla.Facts{Impact: sla.ImpactUnknown, Scope: sla.ScopeUnknown}
	var answered time.Time
	for _, word := range strings.Fields(e.known) {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "severity":
			facts.Severity = sla.Severity(value)
		case "service":
			facts.Service = value
		case "impact":
			facts.Impact = sla.Impact(value)
		case "scope":
			facts.Scope = sla.Scope(value)
		case "answered":
			answered = at(t, p.Calendar, strings.Replace(value, "T", " ", 1))
		default:
			var moment sla.Moment
			if err := moment.UnmarshalText([]byte(name)); err != nil {
				t.Fatal(err)
			}
			facts.Times[moment] = sla.Stamp{At: at(t, p.Calendar, strings.Replace(value, "T", " ", 1)), Basis: sla.Stated}
		}
	}
	for _, stage := range p.AllStages() {
		if stage.ID == e.stage {
			d, err := p.StageDeadline(&stage, &facts, answered)
			if err != nil {
				t.Fatal(err)
			}
			return shown(d)
		}
	}
	t.Fatalf("the promise has no stage %q", e.stage)
	return ""
}

// TestWildChannels asks which notices keep to the ways that were promised.
func TestWildChannels(t *testing.T) {
	c, err := config.Load("testdata/wild/phone-and-mail.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	vendor, _ := c.Catalogue.Vendor("wild")
	p := vendor.Promises[0]
	phone := sla.Notice{Channel: "phone", ReceivedAt: at(t, p.Calendar, "2026-05-01 18:00")}
	email := sla.Notice{Channel: "email", ReceivedAt: at(t, p.Calendar, "2026-05-01 18:20")}
	if got := p.Channels.Fulfilled(sla.ScopeUnknown, []sla.Notice{phone}); !got.IsZero() {
		t.Errorf("one call alone fulfils a promise of phone and mail, at %s", got)
	}
	if got := p.Channels.Fulfilled(sla.ScopeUnknown, []sla.Notice{email, phone}); !got.Equal(email.ReceivedAt) {
		t.Errorf("fulfilled at %s, want when the second came", got)
	}
}
