package web_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"kigen/sla/tracker"
)

// markOf finds the mark of an incident: where it stands and what it says.
func markOf(t *testing.T, page, label string) float64 {
	t.Helper()
	m := regexp.MustCompile(`<circle cx="([\d.]+)"[^>]*/>(?:<text class="in"[^<]*</text>)?<text class="label"[^>]*>` + regexp.QuoteMeta(label) + `<`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no mark %q in\n%s", label, page)
	}
	x, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestTheNext24Hours(t *testing.T) {
	s := newSite(t)
	s.seed() // 12:34:56
	page := s.get("/")
	for _, want := range []string{
		`2 overdue`, `Deadlines in the next 24 hours: 2. Overdue incidents: 2.`,
		`<li>Thu 7 May 14:10 KGN-7 Sotas 検索結果に削除済みデータが混入</li>`, `Fri 8 May</text>`, `tabindex="-1"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the board lacks %q", want)
		}
	}
	// 14:10 is 95 minutes ahead, midnight 685: the distances keep that ratio.
	first, second := markOf(t, page, "14:10 Sotas KGN-7"), markOf(t, page, "24:00 SuperStream KGN-8")
	from, to := 130.0, 1176.0
	for got, ahead := range map[float64]time.Duration{first: 95*time.Minute + 4*time.Second, second: 685*time.Minute + 4*time.Second} {
		if want := from + (to-from)*ahead.Hours()/24; got < want-1 || got > want+1 {
			t.Errorf("%s ahead stands at %g, want %g", ahead, got, want)
		}
	}
	if above, _, _ := strings.Cut(page, `class="group`); strings.Contains(above, "KGN-9") {
		t.Error("what is due in five days is in the next 24 hours")
	}
	if other := s.get("/?vendor=superstream"); strings.Contains(other, "14:10 Sotas") || !strings.Contains(other, "24:00 SuperStream") {
		t.Error("the vendor's filter does not hold for the picture")
	}
	for _, path := range []string{"/?q=x", "/?state=late", "/?month=2026-05"} {
		if strings.Contains(s.get(path), `class="ahead"`) {
			t.Errorf("%s shows the next 24 hours", path)
		}
	}
}

// What lies together is one mark with its number, and a crowd leaves the page
// as long as it was.
func TestACrowdOfDeadlines(t *testing.T) {
	s := newSite(t)
	for i := range 200 {
		at := s.now().Add(-time.Duration(i%100) * 3 * time.Minute).Format(time.RFC3339)
		s.log(fmt.Sprintf(`{"vendor":"sotas","title":"Crowd %d","occurred_at":%q}`, i, at))
	}
	page := s.get("/")
	ahead := page[strings.Index(page, `class="ahead"`):strings.Index(page, `class="group`)]
	var marked int
	for _, m := range regexp.MustCompile(`class="in"[^>]*>(\d+)<`).FindAllStringSubmatch(ahead, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		marked += n
	}
	single := strings.Count(ahead, `r="6"`)
	if marked+single != 200 {
		t.Errorf("%d in crowds and %d alone, want 200", marked, single)
	}
	if said := strings.Count(ahead, "<li>"); said != 50 {
		t.Errorf("%d entries are read out", said)
	}
	due, err := s.store.Deadlines(t.Context(), tracker.DeadlineQuery{From: s.now(), To: s.now().Add(24 * time.Hour), Limit: 7})
	if err != nil || len(due) != 7 {
		t.Fatalf("%d deadlines, %v", len(due), err)
	}
	for i := 1; i < len(due); i++ {
		if due[i].Due.Before(due[i-1].Due) {
			t.Error("not in order of time")
		}
	}
}

// Deadlines ahead are grouped by the time left, in every state, and name the warning that
// passed. A deadline that can't be proved late has a group of its own.
func TestGroupsByTheTimeLeft(t *testing.T) {
	s := newSite(t)
	s.setClock("2026-05-07 12:34")
	s.log(`{"vendor":"sotas","title":"today","occurred_at":"2026-05-07 10:00"}`)          // due 16:00
	s.log(`{"vendor":"superstream","title":"midnight","detected_at":"2026-05-06 15:00"}`) // due 24:00
	s.log(`{"vendor":"sustaina","title":"tomorrow","confirmed_at":"2026-05-07 00:30"}`)   // 72 h
	s.log(`{"vendor":"tatsujin","title":"far","detected_at":"2026-05-07 09:48"}`)         // 72 h
	s.log(`{"vendor":"sotas","title":"assumed","aware_at":"2026-04-20 10:00"}`)
	s.log(`{"vendor":"sotas","title":"proven","occurred_at":"2026-04-20 10:00"}`)
	page := s.get("/")
	groups := map[string]string{}
	for _, part := range strings.Split(page, `<section class="group`)[1:] {
		key := regexp.MustCompile(`id="g-(\w+)"`).FindStringSubmatch(part)[1]
		groups[key] = part
	}
	for key, titles := range map[string]string{
		"group_today": "today midnight", "group_soon": "tomorrow", "group_later": "far",
		"overdue_not_provable": "assumed", "overdue": "proven",
	} {
		for _, title := range strings.Fields(titles) {
			if !strings.Contains(groups[key], ">"+title+"<") {
				t.Errorf("%s is not in the group %s", title, key)
			}
		}
	}
	holds(t, groups["group_soon"], "Warned: 50% of the time has passed")
	if strings.Contains(groups["group_later"], "Warned") {
		t.Error("a clock that passed no warning is called warned")
	}
	for i, key := range []string{"overdue", "overdue_not_provable", "group_today", "group_soon", "group_later"} {
		if i > 0 && strings.Index(page, `id="g-`+key+`"`) < strings.Index(page, `id="g-overdue"`) {
			t.Errorf("%s comes before what is overdue", key)
		}
	}
}
