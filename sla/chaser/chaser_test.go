package chaser_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"kigen/config"
	"kigen/sla"
	"kigen/sla/chaser"
	"kigen/sla/policy"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var catalogue = func() sla.Catalogue {
	c, err := config.Parse("", []byte(staged), nil)
	if err != nil {
		panic(err)
	}
	return c.Catalogue
}()

// staged adds a vendor with stages to the built-in ones.
const staged = `
vendors:
  - {id: sotas, contact: security@sotas.example}
  - id: staged
    name: {ja: 段階株式会社, en: Staged}
    contact: 03-0000-0000
    promises:
      - id: notice
        source: {document: Trust Paper, edition: "3", section: "7", quote: We notify within 12 hours and report within 2 days., url: "https://staged.example/trust"}
        strength: best_effort
        start: detected
        stages:
          - {id: first, name: {ja: 第一報, en: first notice}, due: 12h}
          - {id: final, name: {ja: 最終報告, en: final report}, due: 48h}
`

func at(t testing.TB, s string) time.Time {
	t.Helper()
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	instant, err := time.ParseInLocation("2006-01-02 15:04", s, tokyo)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

// scene is an incident as it stands at now, its clocks reckoned by the
// catalogue's promises.
type scene struct {
	vendor   string
	moment   sla.Moment // the one that is known
	when     string
	now      string
	notices  []sla.Notice
	answered []string // per clock; empty: open
	impact   sla.Impact
	kind     sla.IncidentKind
}

func (s scene) about(t testing.TB) chaser.About {
	t.Helper()
	vendor, ok := catalogue.Vendor(s.vendor)
	if !ok {
		t.Fatalf("no vendor %s", s.vendor)
	}
	inc := &sla.Incident{ID: 42, Kind: s.kind, Vendor: s.vendor, Title: "ログインできない", Reference: "SOC-7", Notices: s.notices}
	if len(vendor.Services) > 0 {
		inc.Service = vendor.Services[0]
	}
	inc.Impact = s.impact
	inc.Times[s.moment] = sla.Stamp{At: at(t, s.when), Basis: sla.Stated}
	if s.moment == sla.Aware {
		inc.Times[s.moment].Basis = sla.Observed
	}
	inc.Times[sla.Logged] = sla.Stamp{At: at(t, s.when), Basis: sla.Observed}
	for _, p := range vendor.Applying(inc.Kind, &inc.Times) {
		start, _ := inc.Times.Start(p.Start)
		for i, stage := range p.AllStages() {
			deadline, explanation, err := p.ExplainStage(&stage, &inc.Facts, start.At)
			if err != nil {
				t.Fatal(err)
			}
			c := sla.Clock{Incident: 42, Promise: p.ID, Stage: stage.ID, Explanation: explanation}
			if i < len(s.answered) && s.answered[i] != "" {
				c.NotifiedAt = at(t, s.answered[i])
			}
			c.Settle(deadline, policy.Policies(nil), sla.Acknowledgement{}, at(t, s.now))
			inc.Clocks = append(inc.Clocks, c)
		}
	}
	return chaser.About{Incident: inc, Vendor: vendor, Now: at(t, s.now)}
}

// TestLetters shows every tone as the vendor reads it.
func TestLetters(t *testing.T) {
	first := []sla.Notice{{ReceivedAt: at(t, "2026-05-07 11:10"), Reference: "SOTAS-1001", Channel: "email"}}
	for name, test := range map[string]struct {
		scene
		tone chaser.Tone
	}{
		"overdue":           {scene{vendor: "sotas", moment: sla.Occurred, when: "2026-05-01 18:00", now: "2026-05-07 11:10"}, chaser.Overdue},
		"overdue-assumed":   {scene{vendor: "superstream", moment: sla.Aware, when: "2026-12-30 10:00", now: "2027-01-01 08:00"}, chaser.Overdue},
		"ahead":             {scene{vendor: "tatsujin", moment: sla.Detected, when: "2026-04-28 16:00", now: "2026-05-07 09:00"}, chaser.Ahead},
		"ahead-assumed":     {scene{vendor: "sustaina", moment: sla.Aware, when: "2026-05-02 22:10", now: "2026-05-03 18:10"}, chaser.Ahead},
		"late":              {scene{vendor: "sotas", moment: sla.Occurred, when: "2026-05-01 18:00", now: "2026-05-07 11:30", notices: first, answered: []string{"2026-05-07 11:10"}}, chaser.Late},
		"late-assumed":      {scene{vendor: "sotas", moment: sla.Aware, when: "2026-05-01 18:00", now: "2026-05-07 11:30", notices: first, answered: []string{"2026-05-07 11:10"}}, chaser.Late},
		"no-commitment":     {scene{vendor: "cybertrust", moment: sla.Occurred, when: "2026-05-01 18:00", now: "2026-05-07 11:30"}, chaser.Request},
		"not-applicable":    {scene{vendor: "sustaina", moment: sla.Confirmed, when: "2026-05-01 18:00", now: "2026-05-07 11:30", impact: sla.ImpactNone}, chaser.Request},
		"maintenance-late":  {scene{vendor: "tatsujin", kind: sla.KindMaintenance, moment: sla.Scheduled, when: "2026-05-20 22:00", now: "2026-05-17 12:00", notices: first, answered: []string{"2026-05-17 10:00"}}, chaser.Late},
		"maintenance-ahead": {scene{vendor: "tatsujin", kind: sla.KindMaintenance, moment: sla.Scheduled, when: "2026-05-20 22:00", now: "2026-05-11 12:00"}, chaser.Ahead},
		"contract-end":      {scene{vendor: "superstream", kind: sla.KindContractEnd, moment: sla.Ended, when: "2026-03-31 17:00", now: "2026-05-02 09:00"}, chaser.Overdue},
		"periodic":          {scene{vendor: "sotas", kind: sla.KindPeriodic, moment: sla.Aware, when: "2025-05-01 00:00", now: "2026-05-07 09:00"}, chaser.Overdue},
		"final-report":      {scene{vendor: "staged", moment: sla.Detected, when: "2026-05-07 08:00", now: "2026-05-08 12:00", notices: first, answered: []string{"2026-05-07 11:10"}}, chaser.Ahead},
		"two-overdue":       {scene{vendor: "staged", moment: sla.Detected, when: "2026-05-05 08:00", now: "2026-05-08 12:00"}, chaser.Overdue},
	} {
		for _, lang := range []string{"ja", "en"} {
			t.Run(lang+"/"+name, func(t *testing.T) {
				letter, ok := chaser.Write(lang, test.about(t))
				if !ok || letter.Tone != test.tone {
					t.Fatalf("%v, tone %q, want %q", ok, letter.Tone, test.tone)
				}
				golden(t, name+"."+lang+".golden", "To: "+letter.To+"\nSubject: "+letter.Subject+"\n\n"+letter.Body)
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run the tests with -update to write it)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs.\ngot:\n%s\nwant:\n%s", name, got, want)
	}
}

// TestNothingToAsk: what was answered in time, waived or withdrawn is not
// chased, and neither is a vendor that spoke though it owed nothing.
func TestNothingToAsk(t *testing.T) {
	met := scene{vendor: "sotas", moment: sla.Occurred, when: "2026-05-01 18:00", now: "2026-05-07 11:30", answered: []string{"2026-05-07 08:00"}}
	unasked := scene{vendor: "cybertrust", moment: sla.Occurred, when: "2026-05-01 18:00", now: "2026-05-07 11:30", notices: []sla.Notice{{ReceivedAt: at(t, "2026-05-02 09:00")}}}
	abouts := []chaser.About{met.about(t), unasked.about(t)}
	for _, state := range []sla.State{sla.Cancelled, sla.Waived} {
		a := met.about(t)
		a.Incident.Clocks[0].State = state
		abouts = append(abouts, a)
	}
	for _, a := range abouts {
		if letter, ok := chaser.Write("ja", a); ok {
			t.Errorf("asks %s: %s", a.Incident.Clocks[0].State, letter.Subject)
		}
	}
}

// TestClaimsNoMoreThanIsKnown: nothing is called promised where nothing binds,
// nothing is called late on an assumed start, a target is called a target.
func TestClaimsNoMoreThanIsKnown(t *testing.T) {
	for name, test := range map[string]struct {
		scene
		says, never string
	}{
		"nothing binds": {scene{vendor: "cybertrust", moment: sla.Occurred, when: "2026-05-01 18:00", now: "2026-05-07 11:30"}, "May we ask", "deadline|publish|within|promis"},
		"assumed start": {scene{vendor: "sotas", moment: sla.Aware, when: "2026-05-01 18:00", now: "2026-05-07 11:30"}, "may have passed", "Why we had no notice"},
		"a target":      {scene{vendor: "superstream", moment: sla.Detected, when: "2026-05-01 18:00", now: "2026-05-08 11:30"}, "your target", "commitment"},
	} {
		t.Run(name, func(t *testing.T) {
			letter, ok := chaser.Write("en", test.about(t))
			if !ok || !strings.Contains(letter.Body, test.says) || regexp.MustCompile(test.never).MatchString(letter.Body) {
				t.Errorf("want %q and never %q:\n%s", test.says, test.never, letter.Body)
			}
		})
	}
}

// TestLetterIsWhole: whatever was typed, the subject is one line, the number
// of the case and the quoted clause are there, and an answer is asked for by a
// time that lies ahead.
func TestLetterIsWhole(t *testing.T) {
	typed := rapid.StringOfN(rapid.RuneFrom([]rune("a期\r\n\t%s:,")), 0, 400, -1)
	rapid.Check(t, func(rt *rapid.T) {
		s := scene{vendor: "sotas", moment: sla.Occurred, when: "2026-05-01 18:00", now: "2026-05-02 12:00"}
		a := s.about(t)
		a.Now = a.Now.Add(time.Duration(rapid.IntRange(0, 30*24*60).Draw(rt, "minutes")) * time.Minute)
		a.Incident.Title, a.Incident.Service, a.Incident.Reference = typed.Draw(rt, "title"), typed.Draw(rt, "service"), typed.Draw(rt, "reference")
		lang := rapid.SampledFrom([]string{"ja", "en"}).Draw(rt, "lang")
		letter, ok := chaser.Write(lang, a)
		switch {
		case !ok:
			rt.Fatal("nothing to ask a silent vendor")
		case strings.ContainsAny(letter.Subject, "\r\n"), len([]rune(letter.Subject)) > 150:
			rt.Fatalf("subject %q", letter.Subject)
		case !strings.Contains(letter.Subject, "KGN-42"), !strings.Contains(letter.Body, "KGN-42"):
			rt.Fatalf("our number is missing:\n%s\n%s", letter.Subject, letter.Body)
		case !strings.Contains(letter.Body, "標準営業時間外の場合"), !strings.Contains(letter.Body, "第2章 34.2"):
			rt.Fatalf("the clause is missing:\n%s", letter.Body)
		case !letter.ReplyBy.After(a.Now):
			rt.Fatalf("asks at %s for an answer by %s", a.Now, letter.ReplyBy)
		case strings.Contains(letter.Body, "%!"):
			rt.Fatalf("a blank is wrong:\n%s", letter.Body)
		}
	})
}

// TestVendorLeftTheConfiguration: the clock keeps the clause, so the letter
// can still be written.
func TestVendorLeftTheConfiguration(t *testing.T) {
	a := scene{vendor: "sotas", moment: sla.Occurred, when: "2026-05-01 18:00", now: "2026-05-07 11:10"}.about(t)
	a.Vendor = nil
	letter, ok := chaser.Write("ja", a)
	if !ok || letter.To != "" || !strings.Contains(letter.Body, "標準営業時間外の場合") {
		t.Errorf("%v %+v", ok, letter)
	}
}

// TestAddress: only what a mail program takes for one address is one.
func TestAddress(t *testing.T) {
	a := scene{vendor: "sotas", moment: sla.Occurred, when: "2026-05-01 18:00", now: "2026-05-07 11:10"}.about(t)
	for contact, want := range map[string]string{
		"security@sotas.example": "security@sotas.example", " security@sotas.example\n": "security@sotas.example",
		"03-0000-0000": "", "https://sotas.example/contact@x.y": "", "a@b.c, d@e.f": "", "a@b.c?bcc=d@e.f": "", "": "", "x@localhost": "",
	} {
		vendor := *a.Vendor
		vendor.Contact, a.Vendor = contact, &vendor
		if letter, _ := chaser.Write("en", a); letter.To != want {
			t.Errorf("contact %q: to %q, want %q", contact, letter.To, want)
		}
	}
}

// TestStartUnknown: a stage that counts from a notice which never came has no
// deadline; the letter asks for what it counts from.
func TestStartUnknown(t *testing.T) {
	a := scene{vendor: "staged", moment: sla.Detected, when: "2026-05-05 08:00", now: "2026-05-05 09:00"}.about(t)
	for i := range a.Incident.Clocks {
		c := &a.Incident.Clocks[i]
		c.State, c.Start, c.Due = sla.Pending, sla.Start{From: sla.Detected}, time.Time{}
	}
	for lang, want := range map[string]string{"ja": "起算点となる時刻(貴社による検知)", "en": "The time that the deadline counts from (when you detected it)"} {
		letter, ok := chaser.Write(lang, a)
		if !ok || letter.Tone != chaser.Unknown || !strings.Contains(letter.Body, want) || strings.Contains(letter.Body, "%!") {
			t.Errorf("%v %s\n%s", ok, letter.Tone, letter.Body)
		}
	}
}

// TestTitleStaysInside: the SOC's own title never reaches the vendor; the public
// one does, on one line.
func TestTitleStaysInside(t *testing.T) {
	silent := scene{vendor: "sotas", moment: sla.Occurred, when: "2026-05-01 18:00", now: "2026-05-07 11:10"}
	aware := scene{vendor: "sotas", moment: sla.Aware, when: "2026-05-01 18:00", now: "2026-05-07 11:10"}
	for _, test := range []struct {
		scene
		lang, service, public, want string
	}{
		{silent, "ja", "Sotas工程管理", "", "Sotas工程管理 における 2026年5月1日(金) の事象"},
		{silent, "en", "Sotas工程管理", "", "Sotas工程管理: the event of Fri 1 May 2026"},
		{silent, "en", "", "", "your service: the event of Fri 1 May 2026"},
		{aware, "ja", "Sotas工程管理", "", "Sotas工程管理 において弊社が 2026年5月1日(金) に認知した事象"},
		{aware, "en", "", "", "your service: the event that we became aware of on Fri 1 May 2026"},
		{silent, "en", "Sotas", "Sign-in\nfails ", "Sign-in fails"},
	} {
		a := test.about(t)
		a.Incident.Title, a.Incident.Service, a.Incident.PublicTitle = "また山田さんの件", test.service, test.public
		letter, _ := chaser.Write(test.lang, a)
		if strings.Contains(letter.Subject+letter.Body, "山田") {
			t.Errorf("tells the vendor our title:\n%s\n%s", letter.Subject, letter.Body)
		}
		if !strings.Contains(letter.Subject, test.want) || !strings.Contains(letter.Body, test.want+"\n") {
			t.Errorf("want %q:\n%s\n%s", test.want, letter.Subject, letter.Body)
		}
	}
}

// TestOnlyAVendorThatSpokeStatedTimes: a time that we entered is not called the
// vendor's while nothing was heard from it.
func TestOnlyAVendorThatSpokeStatedTimes(t *testing.T) {
	a := scene{vendor: "sotas", moment: sla.Occurred, when: "2026-05-01 18:00", now: "2026-05-07 11:10"}.about(t)
	for _, test := range []struct {
		basis   sla.Basis
		notices int
		want    string
	}{
		{sla.Stated, 0, "JST\n"}, {sla.Stated, 1, "JST (as you stated)\n"},
		{sla.Observed, 1, "JST\n"}, {sla.Assumed, 0, "JST (assumed)\n"},
	} {
		a.Incident.Times[sla.Occurred].Basis = test.basis
		a.Incident.Notices = make([]sla.Notice, test.notices)
		if letter, _ := chaser.Write("en", a); !strings.Contains(letter.Body, "When it occurred: Fri 1 May 2026 18:00 "+test.want) {
			t.Errorf("%s, %d notices: want %q:\n%s", test.basis, test.notices, test.want, letter.Body)
		}
	}
}
