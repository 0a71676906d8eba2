package web_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// No line of the picture runs through a label: the deadline's begins below
// the label of a notice that came soon after it.
func TestNoLineThroughALabel(t *testing.T) {
	s := newSite(t)
	s.log(`{"vendor":"sotas","title":"x","occurred_at":"2026-05-01 18:00"}`)
	s.notice("KGN-1", "mail.eml", "x")
	page := s.get("/incidents/KGN-1")
	find := func(pattern string) float64 {
		match := regexp.MustCompile(pattern).FindStringSubmatch(page)
		if match == nil {
			t.Fatalf("no %s in %s", pattern, page)
		}
		n, err := strconv.ParseFloat(match[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	due, notice := find(`<path class="mark due" d="M[\d.]+ ([\d.]+)V`), find(`<text class="label notice" x="[\d.]+" y="([\d.]+)"`)
	if label := find(`<text class="label due" x="[\d.]+" y="([\d.]+)"`); label >= notice || due <= notice {
		t.Errorf("the deadline's label is at %v and its line begins at %v, the notice's label is at %v", label, due, notice)
	}
}

// A picture shows no lateness after the incident was cancelled, and the page
// does not ask for the true start of what nobody counts any more.
func TestACancelledIncidentIsNotLate(t *testing.T) {
	s := newSite(t)
	s.setClock("2026-04-28 14:00")
	s.log(`{"vendor":"superstream","title":"x","aware_at":"2026-04-28 13:55"}`)
	page := s.get("/incidents/KGN-1")
	if !strings.Contains(page, "The start is assumed") {
		t.Errorf("an assumed start is not named:\n%s", page)
	}
	s.send("POST", "/api/v1/incidents/KGN-1/cancel", `{"reason":"drill"}`)
	s.setClock("2026-05-07 12:00")
	page = s.get("/incidents/KGN-1")
	if strings.Contains(page, `class="over"`) || strings.Contains(page, "The start is assumed") || !strings.Contains(page, `class="in-time"`) {
		t.Errorf("a cancelled incident looks late:\n%s", page)
	}
}

// Stages are called by their names.
func TestStagesByName(t *testing.T) {
	s := socSite(t, "ja")
	page := s.get("/incidents/KGN-11")
	holds(t, page, "通知の期限: 第一報", `<option value="final">最終報告</option>`, "第一報: 期限は", "最終報告: 期限なし")
	holds(t, s.form("/incidents/preview?part=1", map[string][]string{"vendor": {"harbor"}}, 200), "通知の期限: 最終報告")
	holds(t, s.get("/vendors/harbor"), "段階: 第一報", "段階: 最終報告", "<dd>4時間</dd>", "<dd>「第一報」の通知から48時間</dd>")
}

// A wait that is much longer than the promised time breaks the axis, and nothing is
// drawn at a time that is not its own.
func TestALongWaitBreaksTheAxis(t *testing.T) {
	s := newSite(t)
	s.setClock("2026-05-07 10:00")
	s.log(`{"vendor":"sotas","title":"x","occurred_at":"2026-05-07 10:00"}`) // due 16:00
	s.setClock("2026-05-07 22:00")                                           // twice the promised time
	if page := s.get("/incidents/KGN-1"); strings.Contains(page, `class="break"`) {
		t.Error("the axis is broken although there is room for the whole wait")
	}
	s.setClock("2026-05-29 22:30")
	page := s.get("/incidents/KGN-1")
	gap := regexp.MustCompile(`<rect class="break" x="([\d.]+)"[^>]* width="([\d.]+)"[^>]*><title>22 d left out`).FindStringSubmatch(page)
	if gap == nil {
		t.Fatalf("no break:\n%s", page)
	}
	number := func(text string) float64 {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	x := func(pattern string) float64 {
		match := regexp.MustCompile(pattern).FindStringSubmatch(page)
		if match == nil {
			t.Fatalf("no %s:\n%s", pattern, page)
		}
		return number(match[1])
	}
	left, right := number(gap[1]), number(gap[1])+number(gap[2])
	if due, now := x(`class="mark due" d="M([\d.]+) `), x(`class="mark now" d="M([\d.]+) `); due >= left || now <= right {
		t.Errorf("due at %g, break %g to %g, now at %g", due, left, right, now)
	}
	if hour := x(`<text class="axis" x="([\d.]+)"[^>]*>22:00<`); hour <= right {
		t.Errorf("the hour before now stands at %g, the break ends at %g", hour, right)
	}
	holds(t, page, "outside business hours", "a break in the axis")

	s.send("POST", "/api/v1/incidents/KGN-1/notices", `{"received_at":"2026-05-25 12:00"}`)
	page = s.get("/incidents/KGN-1")
	if noon, notice := x(`(?s).*<text class="axis" x="([\d.]+)"[^>]*>12:00<`), x(`class="mark notice" d="M([\d.]+) `); notice < noon-1 || notice > noon+1 {
		t.Errorf("noon of the 25th stands at %g, the notice of that time at %g", noon, notice)
	}
	holds(t, page, "Mon 25 May")
}
