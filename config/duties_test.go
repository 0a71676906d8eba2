package config_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/grammar"
	"kigen/sla/regime"
)

func regimeOf(t testing.TB, all regime.Regimes, id string) *regime.Regime {
	t.Helper()
	for _, r := range all {
		if r.ID == id {
			return r
		}
	}
	t.Fatalf("no duty %s", id)
	return nil
}

// instant reads an RFC 3339 time without seconds, such as 2026-05-01T10:00+09:00.
func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04Z07:00", s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// dutyExample is one worked example of a report that we owe. Times are facts or
// submissions, as "moment=instant" and "stage<=instant".
type dutyExample struct {
	duty, stage, given string
	decided            string // case
	due, guide         string // empty: the clock waits
	check              func(d civil) time.Time
}

// civil reckons dates a second time, by the standard library and a list of closed days
// written down here by hand.
type civil struct {
	zone   *time.Location
	closed []string // month-day
}

// end is 24:00 of the day that lies n days after a date, moved past closed days.
func (c civil) end(date string, n int, roll bool) time.Time {
	day, err := time.ParseInLocation(time.DateOnly, date, c.zone)
	if err != nil {
		panic(err)
	}
	for day = day.AddDate(0, 0, n); roll && c.isClosed(day); {
		day = day.AddDate(0, 0, 1)
	}
	return day.AddDate(0, 0, 1)
}

func (c civil) isClosed(day time.Time) bool {
	weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
	return weekend || slices.Contains(c.closed, day.Format("01-02"))
}

// noon is an instant, or noon of the first open day after it where it falls on a closed one.
func (c civil) noon(at time.Time) time.Time {
	day := at.Add(-1).In(c.zone)
	if !c.isClosed(day) {
		return at
	}
	for c.isClosed(day) {
		day = day.AddDate(0, 0, 1)
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, c.zone)
}

// businessDays is 24:00 of the n-th open day after a date.
func (c civil) businessDays(date string, n int) time.Time {
	day, err := time.ParseInLocation(time.DateOnly, date, c.zone)
	if err != nil {
		panic(err)
	}
	for n > 0 {
		if day = day.AddDate(0, 0, 1); !c.isClosed(day) {
			n--
		}
	}
	return day.AddDate(0, 0, 1)
}

func hours(t testing.TB, from string, n int) func(civil) time.Time {
	return func(civil) time.Time { return instant(t, from).Add(time.Duration(n) * time.Hour) }
}

// TestDutiesWorkedOut holds one deadline for each way in which the nine regimes count, as
// worked out by hand, and reckons it a second time.
func TestDutiesWorkedOut(t *testing.T) {
	all := config.Duties()
	// What each calendar closes beside weekends, near the examples.
	closed := map[string][]string{
		// Golden Week of 2026 (05-06 in lieu of Sunday 05-03), 06-29 is open, year-end.
		"jp-appi": {"04-29", "05-03", "05-04", "05-05", "05-06", "12-29", "12-30", "12-31", "01-01", "01-02", "01-03"},
		"eu-dora": {"04-03", "04-06", "05-01"}, // Good Friday, Easter Monday, Labour Day of 2026
		"us-sec":  {"01-19", "07-03"},          // Martin Luther King; Independence Day, Saturday 07-04, kept on Friday
	}
	for _, e := range []dutyExample{
		// 5 days after 05-01 end with 05-06, 3 days after it with 05-04: a guide, which does not roll.
		{duty: "jp-appi", stage: "initial", given: "aware=2026-05-01T10:00+09:00", due: "2026-05-07T00:00+09:00", guide: "2026-05-05T00:00+09:00",
			check: func(c civil) time.Time { return c.end("2026-05-01", 5, false) }},
		// 05-01 is day 1, so day 30 is 05-30, a Saturday: Monday 06-01, 24:00.
		{duty: "jp-appi", stage: "final", given: "aware=2026-05-01T10:00+09:00", due: "2026-06-02T00:00+09:00",
			check: func(c civil) time.Time { return c.end("2026-05-01", 29, true) }},
		// Knowing at 23:59 makes that day day 1 all the same: day 30 of 06-01 is 06-30, a Tuesday.
		{duty: "jp-appi", stage: "final", given: "aware=2026-06-01T23:59+09:00", due: "2026-07-01T00:00+09:00",
			check: func(c civil) time.Time { return c.end("2026-06-01", 29, true) }},
		// Day 30 of 04-06 is 05-05, a holiday; 05-06 is one in lieu: Thursday 05-07.
		{duty: "jp-appi", stage: "final", given: "aware=2026-04-06T09:00+09:00", due: "2026-05-08T00:00+09:00",
			check: func(c civil) time.Time { return c.end("2026-04-06", 29, true) }},
		// Day 30 of 12-01 is 12-30; 12-29 to 01-03 are closed, and 01-04 is a Monday.
		{duty: "jp-appi", stage: "final", given: "aware=2026-12-01T09:00+09:00", due: "2027-01-05T00:00+09:00",
			check: func(c civil) time.Time { return c.end("2026-12-01", 29, true) }},
		// Improper purpose: day 60 of 05-01 is 06-29, a Monday.
		{duty: "jp-appi", stage: "final", given: "aware=2026-05-01T10:00+09:00", decided: "improper-purpose", due: "2026-06-30T00:00+09:00",
			check: func(c civil) time.Time { return c.end("2026-05-01", 59, true) }},
		// 72 hours over the change to summer time of 03-29: 20:00 becomes 21:00.
		{duty: "eu-gdpr", stage: "notification", given: "aware=2026-03-27T20:00+01:00", due: "2026-03-30T21:00+02:00",
			check: hours(t, "2026-03-27T20:00+01:00", 72)},
		{duty: "eu-nis2", stage: "initial", given: "aware=2026-01-29T09:00+01:00", due: "2026-01-30T09:00+01:00",
			check: hours(t, "2026-01-29T09:00+01:00", 24)},
		{duty: "eu-nis2", stage: "notification", given: "aware=2026-01-29T09:00+01:00", due: "2026-02-01T09:00+01:00",
			check: hours(t, "2026-01-29T09:00+01:00", 72)},
		// One month from 01-31, the notification, ends with February: 02-28, 24:00, a Saturday.
		{duty: "eu-nis2", stage: "final", given: "aware=2026-01-29T09:00+01:00 notification<=2026-01-31T12:00+01:00", due: "2026-03-01T00:00+01:00",
			check: func(c civil) time.Time { return c.end("2026-02-28", 0, false) }},
		{duty: "eu-nis2", stage: "final", given: "aware=2026-01-29T09:00+01:00"},
		// Classified 2 hours after awareness: 4 hours from then come before 24 from awareness.
		{duty: "eu-dora", stage: "initial", given: "aware=2026-03-03T08:00+01:00 classified=2026-03-03T10:00+01:00", due: "2026-03-03T14:00+01:00",
			check: hours(t, "2026-03-03T10:00+01:00", 4)},
		// Classified after 23 hours: 24 hours from awareness come first.
		{duty: "eu-dora", stage: "initial", given: "aware=2026-03-02T08:00+01:00 classified=2026-03-03T07:00+01:00", due: "2026-03-03T08:00+01:00",
			check: hours(t, "2026-03-02T08:00+01:00", 24)},
		// Classified after 50 hours: the 24 hours lapsed, 4 hours from the classification remain.
		{duty: "eu-dora", stage: "initial", given: "aware=2026-03-02T08:00+01:00 classified=2026-03-04T10:00+01:00", due: "2026-03-04T14:00+01:00",
			check: hours(t, "2026-03-04T10:00+01:00", 4)},
		// Not classified: 24 hours from Friday 15:00 end on Saturday, so Monday noon.
		{duty: "eu-dora", stage: "initial", given: "aware=2026-03-06T15:00+01:00", due: "2026-03-09T12:00+01:00",
			check: func(c civil) time.Time { return c.noon(instant(t, "2026-03-07T15:00+01:00")) }},
		// 72 hours from Thursday 04-02 end on Easter Sunday; Monday is closed: Tuesday noon.
		{duty: "eu-dora", stage: "intermediate", given: "aware=2026-04-01T20:00+02:00 initial<=2026-04-02T09:00+02:00", due: "2026-04-07T12:00+02:00",
			check: func(c civil) time.Time { return c.noon(instant(t, "2026-04-05T09:00+02:00")) }},
		// One month from the latest intermediate report, 04-15: 05-15, a Friday, 24:00.
		{duty: "eu-dora", stage: "final", given: "aware=2026-04-01T20:00+02:00 initial<=2026-04-02T09:00+02:00 intermediate<=2026-04-07T11:00+02:00 intermediate<=2026-04-15T16:00+02:00",
			due: "2026-05-16T00:00+02:00", check: func(c civil) time.Time { return c.noon(c.end("2026-05-15", 0, false)) }},
		// From 04-16: 05-16 is a Saturday, so Monday 05-18, noon.
		{duty: "eu-dora", stage: "final", given: "aware=2026-04-01T20:00+02:00 initial<=2026-04-02T09:00+02:00 intermediate<=2026-04-16T11:00+02:00",
			due: "2026-05-18T12:00+02:00", check: func(c civil) time.Time { return c.noon(c.end("2026-05-16", 0, false)) }},
		// From Thursday 07-02: Friday is closed; 07-06, 07-07, 07-08, 07-09.
		{duty: "us-sec", stage: "notification", given: "determined=2026-07-02T16:00-04:00", due: "2026-07-10T00:00-04:00",
			check: func(c civil) time.Time { return c.businessDays("2026-07-02", 4) }},
		// From a Saturday the first business day counts; Monday 01-19 is closed: 01-20 to 01-23.
		{duty: "us-sec", stage: "notification", given: "determined=2026-01-17T11:00-05:00", due: "2026-01-24T00:00-05:00",
			check: func(c civil) time.Time { return c.businessDays("2026-01-17", 4) }},
		{duty: "us-sec", stage: "notification", given: "aware=2026-01-17T11:00-05:00"}, // materiality is not determined
		{duty: "us-nydfs", stage: "notification", given: "determined=2026-03-06T09:00-05:00", due: "2026-03-09T10:00-04:00",
			check: hours(t, "2026-03-06T09:00-05:00", 72)},
		{duty: "us-bank", stage: "notification", given: "determined=2026-05-01T22:00-04:00", due: "2026-05-03T10:00-04:00",
			check: hours(t, "2026-05-01T22:00-04:00", 36)},
		// 60 days after 01-15: 16 left of January, 28 of February, 03-16.
		{duty: "us-hipaa", stage: "notification", given: "aware=2026-01-15T09:00-05:00", due: "2026-03-17T00:00-04:00",
			check: func(c civil) time.Time { return c.end("2026-01-15", 60, false) }},
		// The day after the assessment of Friday 02-27 is day 1: 02-28, 03-01, 03-02.
		{duty: "sg-pdpa", stage: "notification", given: "assessed=2026-02-27T17:00+08:00", due: "2026-03-03T00:00+08:00",
			check: func(c civil) time.Time { return c.end("2026-02-27", 3, false) }},
		{duty: "sg-pdpa", stage: "notification", given: "aware=2026-02-27T17:00+08:00"}, // not assessed
	} {
		t.Run(e.duty+"/"+e.stage, func(t *testing.T) {
			due, guide, zone := e.reckon(t, regimeOf(t, all, e.duty))
			if e.due == "" {
				if !due.IsZero() {
					t.Errorf("%s: due %s, want none yet", e.given, due)
				}
				return
			}
			if want := instant(t, e.due); !due.Equal(want) {
				t.Errorf("%s: due %s, want %s", e.given, due, want)
			}
			if again := e.check(civil{zone, closed[e.duty]}); !again.Equal(instant(t, e.due)) {
				t.Errorf("%s: the second reckoning gives %s, the example says %s", e.given, again, e.due)
			}
			if e.guide != "" && !guide.Equal(instant(t, e.guide)) {
				t.Errorf("%s: the guide begins at %s, want %s", e.given, guide, e.guide)
			}
		})
	}
}

// reckon is the deadline of the example's report, and the earlier instant of its range.
func (e *dutyExample) reckon(t testing.TB, r *regime.Regime) (due, guide time.Time, zone *time.Location) {
	t.Helper()
	inc := &sla.Incident{}
	inc.Times[sla.Logged] = sla.Stamp{At: instant(t, "2026-12-31T00:00+00:00"), Basis: sla.Observed}
	for _, given := range strings.Fields(e.given) {
		if stage, at, is := strings.Cut(given, "<="); is {
			inc.Submissions = append(inc.Submissions, sla.Submission{Regime: r.ID, Stage: stage, SubmittedAt: instant(t, at)})
			continue
		}
		name, at, _ := strings.Cut(given, "=")
		m, err := sla.ParseMoment(name)
		if err != nil {
			t.Fatal(err)
		}
		inc.Times[m] = sla.Stamp{At: instant(t, at), Basis: sla.Observed}
	}
	own := regime.Ours(inc, r.ID)
	p := r.InForce(own.Times[sla.Aware].At, e.decided)
	for _, d := range p.Owed(own) {
		if d.Stage.ID == e.stage {
			deadline, explanation, err := p.ExplainStage(&d.Stage, &own.Facts, d.Start.At)
			if err != nil {
				t.Fatal(err)
			}
			if (deadline.State == sla.Pending) != (e.due == "") {
				t.Errorf("%s is %s", e.given, deadline.State)
			}
			return deadline.Due, explanation.Bounds.Warn, p.Calendar.Zone()
		}
	}
	t.Fatalf("%s has no report %s", r.ID, e.stage)
	return due, guide, nil
}

// TestDutiesInForce: a proposed version opens no duty, and neither does an incident from
// before a law was in force.
func TestDutiesInForce(t *testing.T) {
	all := config.Duties()
	for _, e := range []struct{ duty, aware, rule string }{
		{"jp-acd", "2026-09-30T23:59+09:00", ""},
		{"jp-acd", "2026-10-01T00:00+09:00", "30 days"},
		{"eu-gdpr", "2018-05-24T12:00+00:00", ""},
		{"eu-gdpr", "2030-01-01T12:00+00:00", "72h"}, // the proposed 96 h never bind
		{"us-circia", "2030-01-01T12:00+00:00", ""},
		{"eu-cra", "2026-09-10T12:00+00:00", ""},
		{"eu-cra", "2026-09-11T12:00+00:00", "14 days"},
	} {
		p := regimeOf(t, all, e.duty).InForce(instant(t, e.aware), "")
		got := ""
		if p != nil {
			stages := p.AllStages()
			got = stages[len(stages)-1].Due.String()
		}
		if !strings.HasPrefix(got, e.rule) || (got == "") != (e.rule == "") {
			t.Errorf("%s at %s: %q, want %q", e.duty, e.aware, got, e.rule)
		}
	}
}

// TestDutyCatalogue holds what every entry must say.
func TestDutyCatalogue(t *testing.T) {
	first := map[string][]string{
		"jp-appi": {"initial", "final", "persons"}, "eu-gdpr": {"notification"}, "eu-nis2": {"initial", "notification", "final"},
		"eu-dora": {"initial", "intermediate", "final"}, "us-sec": {"notification"}, "us-nydfs": {"notification"},
		"us-bank": {"notification"}, "us-hipaa": {"notification"}, "sg-pdpa": {"notification"},
	}
	all := config.Duties()
	for id, stages := range first {
		r := regimeOf(t, all, id)
		if got := r.StageIDs(); !slices.Equal(got, stages) {
			t.Errorf("%s: reports %v, want %v", id, got, stages)
		}
		if r.Versions[0].Label != regime.LabelText {
			t.Errorf("%s: label %s", id, r.Versions[0].Label)
		}
	}
	for _, r := range all {
		texts := []calendar.Text{r.Name, r.To}
		for _, v := range r.Versions {
			for _, s := range v.Stages {
				texts = append(texts, s.Name)
			}
			if v.Source.Document == "" || v.Source.Section == "" {
				t.Errorf("%s names no source", r.ID)
			}
			if err := grammar.Check(v.Promise); err != nil {
				t.Errorf("%s: %v", r.ID, err)
			}
			if !v.OwedByUs() {
				t.Errorf("%s is owed by %s", r.ID, v.Vendor)
			}
		}
		for _, text := range texts {
			if text.Ja == "" || text.En == "" {
				t.Errorf("%s: a text lacks a language: %+v", r.ID, text)
			}
		}
	}
}

func TestDutiesAreOffUnlessNamed(t *testing.T) {
	if c := builtin(t); len(c.Duties) != 0 {
		t.Errorf("%d duties are on", len(c.Duties))
	}
	c := parse(t, `duties: [jp-appi, {id: eu-gdpr, to: {ja: 監督機関, en: the CNIL}}, {id: own, to: our insurer, versions: [{start: aware, stages: [{id: notice, due: 48h}]}]}]`)
	var ids []string
	for _, r := range c.Duties {
		ids = append(ids, r.ID)
	}
	if !slices.Equal(ids, []string{"jp-appi", "eu-gdpr", "own"}) {
		t.Errorf("duties %v", ids)
	}
	if gdpr := c.Duties[1]; gdpr.To.En != "the CNIL" || gdpr.Versions[0].Stages[0].Due.String() != "72h" {
		t.Errorf("the override is %+v", gdpr)
	}
	if own := c.Duties[2]; own.Versions[0].Label != regime.LabelUnread || own.Name.Ja != "own" {
		t.Errorf("the duty of the company is %+v", own)
	}
}

// TestLawsOfVendors: a law that a vendor names is a promise of that vendor.
func TestLawsOfVendors(t *testing.T) {
	c := parse(t, "vendors: [{id: sotas, also: [jp-appi-entrusted, eu-gdpr-33-2, us-hipaa-410, us-bank-53-4, mvsp]}]")
	v, _ := c.Catalogue.Vendor("sotas")
	for _, id := range []string{"jp-appi-entrusted", "eu-gdpr-33-2", "us-hipaa-410", "us-bank-53-4", "mvsp"} {
		i := slices.IndexFunc(v.Promises, func(p *sla.Promise) bool { return p.ID == id })
		if i < 0 {
			t.Errorf("sotas does not promise %s", id)
			continue
		}
		p := v.Promises[i]
		if p.OwedByUs() || p.Vendor != "sotas" || p.Source.Document == "" || p.Name.Ja == "" || p.Name.En == "" {
			t.Errorf("%s: %+v", id, p)
		}
	}
}
