package web_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"

	"kigen/cmd/kigen/internal/web"
)

// The feed is an iCalendar file by the letter: CRLF, short lines, one entry
// for each deadline under a name that stays when the deadline moves.
func TestFeedOfDeadlines(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Lang, o.PublicURL = "ja", "https://soc.example.jp/kigen" })
	s.seed()
	feed := s.get("/calendar.ics")
	if strings.Count(feed, "\n") != strings.Count(feed, "\r\n") {
		t.Error("lines end without CR LF")
	}
	for line := range strings.SplitSeq(feed, "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line of %d bytes: %s", len(line), line)
		}
	}
	if strings.Contains(feed, "VALUE=DURATION;VALUE=DURATION") || !strings.Contains(feed, "\r\nREFRESH-INTERVAL;VALUE=DURATION:PT15M\r\n") {
		t.Errorf("how often to ask is not said by the letter:\n%.300s", feed)
	}
	starts := func(feed string) map[string]time.Time {
		cal, err := ics.ParseCalendar(strings.NewReader(feed))
		if err != nil {
			t.Fatal(err)
		}
		at := map[string]time.Time{}
		for _, e := range cal.Events() {
			start, err := e.GetStartAt()
			if err != nil {
				t.Fatal(err)
			}
			at[e.Id()] = start
			if stamp := e.GetProperty(ics.ComponentPropertyDtstamp); stamp == nil {
				t.Error("no DTSTAMP")
			}
		}
		return at
	}
	before := starts(feed)
	// Open: 5, 6 (overdue), 7, 8, 9; answered within 30 days: 1, 2. Not: no
	// promise, not covered, cancelled.
	if len(before) != 7 {
		t.Errorf("%d entries: %v", len(before), before)
	}
	for _, want := range []string{"clock-5@kigen.soc.example.jp", "https://soc.example.jp/kigen/incidents/KGN-5", "期限超過"} {
		if !strings.Contains(strings.ReplaceAll(feed, "\r\n ", ""), want) {
			t.Errorf("the feed lacks %q:\n%s", want, feed)
		}
	}
	s.send("PATCH", "/api/v1/incidents/KGN-9", `{"detected_at":"2026-05-07 08:00"}`)
	after := starts(s.get("/calendar.ics"))
	if len(after) != len(before) {
		t.Errorf("%d entries, then %d", len(before), len(after))
	}
	s.setClock("2026-07-01 12:00")
	if late := starts(s.get("/calendar.ics")); len(late) != 5 {
		t.Errorf("in July %d entries are left, want those that are still open", len(late))
	}
}

// Our own duties are in the feed, and say that they are ours; a decision against one
// takes it out.
func TestFeedOfDuties(t *testing.T) {
	s := newSite(t, withDuties("eu-gdpr", "jp-appi"), func(o *web.Options) { o.Lang = "ja" })
	s.setClock("2026-05-07 12:00")
	s.log(`{"vendor":"sotas","title":"leak","occurred_at":"2026-05-07 10:00","aware_at":"2026-05-07 10:00"}`)
	entries := func(path string) (ours, theirs []string) {
		t.Helper()
		feed := s.get(path)
		cal, err := ics.ParseCalendar(strings.NewReader(feed))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range cal.Events() {
			said := e.GetProperty(ics.ComponentPropertySummary).Value + "|" + e.GetProperty(ics.ComponentPropertyDescription).Value
			if strings.Contains(said, "自社") {
				ours = append(ours, said)
			} else {
				theirs = append(theirs, said)
			}
		}
		return ours, theirs
	}
	for _, path := range []string{"/calendar.ics", "/calendar.ics?incident=KGN-1", "/calendar.ics?vendor=sotas"} {
		ours, theirs := entries(path)
		if len(theirs) != 1 || len(ours) < 3 {
			t.Fatalf("%s: ours %q, theirs %q", path, ours, theirs)
		}
		all := strings.Join(ours, "\n")
		for _, want := range []string{"自社の報告義務(期限前): 個人情報保護委員会", "法的助言ではありません", "自社が負う義務", "Sotas", "leak", "(KGN-1)"} {
			if !strings.Contains(all, want) {
				t.Errorf("%s lacks %q:\n%s", path, want, all)
			}
		}
	}
	if ours, theirs := entries("/calendar.ics?owed_by=us"); len(ours) < 3 || len(theirs) != 0 {
		t.Errorf("ours alone: %q, %q", ours, theirs)
	}
	if ours, theirs := entries("/calendar.ics?owed_by=vendor"); len(ours) != 0 || len(theirs) != 1 {
		t.Errorf("theirs alone: %q, %q", ours, theirs)
	}
	if ours, _ := entries("/calendar.ics?vendor=tatsujin"); len(ours) != 0 {
		t.Errorf("of another vendor: %q", ours)
	}
	s.wantStatus("GET", "/calendar.ics?owed_by=them", "", "", 422)
	before, _ := entries("/calendar.ics")
	s.wantStatus("POST", "/api/v1/incidents/KGN-1/submissions", `{"duty":"eu-gdpr","submitted_at":"2026-05-07 11:00"}`, "s1", 201)
	answered, _ := entries("/calendar.ics")
	if all := strings.Join(answered, "\n"); len(answered) != len(before) || !strings.Contains(all, "自社の報告義務(期限内に提出)") {
		t.Errorf("after the submission:\n%s", all)
	}
	s.wantStatus("POST", "/api/v1/incidents/KGN-1/duties/jp-appi/decision", `{"applies":false,"reason":"no personal data","by":"mori"}`, "d1", 200)
	for _, path := range []string{"/calendar.ics", "/calendar.ics?incident=KGN-1"} {
		if ours, _ := entries(path); len(ours) != 1 {
			t.Errorf("%s after the decision: %q", path, ours)
		}
	}
}

// TestFeedEscapesTexts: no text of an incident forges a property or breaks the feed, not
// even one that an older version stored.
func TestFeedEscapesTexts(t *testing.T) {
	s := newSite(t)
	s.log(`{"vendor":"sotas","title":"x, y; z \\\\ end","occurred_at":"2026-05-07 10:00"}`)
	change(t, s.store.Path(), `UPDATE incidents SET title = 'a' || char(13) || 'ATTENDEE:mailto:x@example.jp' || char(13, 10, 0, 7, 133) || 'b, c; d' WHERE id = 1`)
	feed := s.get("/calendar.ics")
	for i, r := range strings.ReplaceAll(feed, "\r\n", "") {
		if unicode.IsControl(r) {
			t.Fatalf("a control character %q at %d:\n%q", r, i, feed)
		}
	}
	for line := range strings.SplitSeq(feed, "\r\n") {
		if strings.HasPrefix(line, "ATTENDEE") {
			t.Errorf("a forged property: %q", line)
		}
	}
	if joined := strings.ReplaceAll(feed, "\r\n ", ""); !strings.Contains(joined, `b\, c\; d`) {
		t.Errorf("not escaped:\n%s", joined)
	}
}
