package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/reporting"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/tracker"
)

// pagePaths is every page, in the states that look different.
func pagePaths() []string {
	return []string{
		"/", "/?state=overdue", "/?vendor=sotas&q=nothing", "/?month=2026-05", "/?month=2026-13", "/board",
		"/incidents/new", "/incidents/new?vendor=sotas", "/vendors", "/vendors?view=waits", "/register/new", "/register/sotas", "/settings", "/display", "/help", "/help/words",
		"/help/installation", "/help/configuration", "/help/grammar", "/help/slack", "/help/destinations", "/help/incidents",
		"/help/reports", "/help/access", "/help/operations", "/help/postgresql", "/help/api", "/help/upgrading", "/help/faq",
		"/reports", "/reports?year=2025", "/reports/2026-04", "/reports/2026-05", "/reports/2026-Q1", "/reports/2026",
		"/vendors/sotas", "/vendors/sotas?year=2027", "/vendors/cybertrust", "/vendors/sustaina", "/vendors/tatsujin?year=1955",
		"/incidents/KGN-1", "/incidents/2", "/incidents/3", "/incidents/4", "/incidents/5", "/incidents/6",
		"/incidents/7", "/incidents/8", "/incidents/9", "/incidents/10", "/incidents/5?done=notice",
	}
}

func TestEveryPageInBothLanguages(t *testing.T) {
	s := newSite(t)
	s.seed()
	for _, lang := range []string{"ja", "en"} {
		for _, path := range pagePaths() {
			page := s.get(path, "Cookie: kigen_lang="+lang)
			switch {
			case strings.Contains(page, "⟦"):
				t.Errorf("%s %s: no wording for %s", lang, path, regexp.MustCompile("⟦.*?⟧").FindString(page))
			case strings.Contains(page, "<no value>"), strings.Contains(page, "%!"), strings.Contains(page, "ZgotmplZ"):
				t.Errorf("%s %s: a blank was left:\n%s", lang, path, page)
			case path != "/board" && !strings.Contains(page, `<html lang="`+lang+`">`):
				t.Errorf("%s %s is in another language", lang, path)
			case strings.Contains(page, "<script>"), strings.Contains(page, " style="), strings.Contains(page, " onclick="):
				t.Errorf("%s %s: inline script or style, which the policy forbids", lang, path)
			}
		}
	}
}

func TestBoardShowsWhatNeedsAPersonFirst(t *testing.T) {
	s := newSite(t)
	s.seed()
	page := s.get("/")
	last := -1
	for _, id := range []string{"KGN-5", "KGN-6", "KGN-7", "KGN-8", "KGN-9", "KGN-2", "KGN-1", "KGN-3", "KGN-10", "KGN-4"} {
		at := strings.Index(page, `id="`+id+`"`)
		if at <= last {
			t.Errorf("%s at %d, after %d", id, at, last)
		}
		last = at
	}
	for _, want := range []string{
		"<title>(2) overdue · kigen</title>",
		`<span class="count-label">late by</span> <span class="count-value">03:34:56</span>`, // of 09:00 at 12:34:56
		"佐藤 美咲", "no repeats until Thu 7 May 15:00", "assumed start", "notice 16 h 49 min before due",
		"Constitution Memorial Day", "標準営業時間内の場合:発生から6時間以内",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the board does not say %q", want)
		}
	}
}

// rowIDs lists the incidents of a board, or of a part of it, from the top.
func rowIDs(page string) (ids []string) {
	for _, m := range regexp.MustCompile(`<li class="row s-\w+" id="(KGN-\d+)"`).FindAllStringSubmatch(page, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

// group cuts one group out of a board; empty: there is none.
func group(page, key string) string {
	_, after, found := strings.Cut(page, `aria-labelledby="g-`+key+`"`)
	if !found {
		return ""
	}
	within, _, _ := strings.Cut(after, "</section>")
	return within
}

// TestBoardShowsWhatWasAnsweredToday: between what is open and what is long
// settled, once, until the reader's midnight.
func TestBoardShowsWhatWasAnsweredToday(t *testing.T) {
	s := newSite(t)
	s.seed()
	if page := s.get("/"); group(page, "answered") != "" {
		t.Error("something was answered before anybody spoke")
	}
	for _, id := range []string{"KGN-5", "KGN-7"} {
		s.send(http.MethodPost, "/api/v1/incidents/"+id+"/notices", `{"channel":"email"}`)
	}
	page := s.get("/")
	if got, want := rowIDs(group(page, "answered")), []string{"KGN-7", "KGN-5"}; !slices.Equal(got, want) {
		t.Errorf("answered today: %v, want %v", got, want)
	}
	if got, want := rowIDs(page), []string{"KGN-6", "KGN-8", "KGN-9", "KGN-7", "KGN-5", "KGN-2", "KGN-1", "KGN-3", "KGN-10", "KGN-4"}; !slices.Equal(got, want) {
		t.Errorf("the board shows %v, want %v", got, want)
	}
	if got := rowIDs(group(s.get("/?severity=critical"), "answered")); !slices.Equal(got, []string{"KGN-5"}) {
		t.Errorf("of critical ones answered today: %v", got)
	}
	for _, path := range []string{"/?state=late", "/?month=2026-05", "/?q=SOC"} {
		if page := s.get(path); group(page, "answered") != "" || !slices.Contains(rowIDs(page), "KGN-5") {
			t.Errorf("%s is no list of its own: %v", path, rowIDs(page))
		}
	}
	s.setClock("2026-05-08 00:00")
	if page := s.get("/"); group(page, "answered") != "" || !slices.Contains(rowIDs(group(page, "late")), "KGN-5") {
		t.Error("what was answered yesterday still stands under today")
	}
}

// TestAMonthGoesByItsOwnClocks: an incident stands in a month's list where its
// clocks of that month put it, whatever came of the others.
func TestAMonthGoesByItsOwnClocks(t *testing.T) {
	s := newSite(t)
	day := func(month time.Month) time.Time { return time.Date(2026, month, 3, 3, 0, 0, 0, time.UTC) }
	err := s.store.Update(t.Context(), func(tx tracker.Tx) error {
		inc := &sla.Incident{Vendor: "sotas", Title: "first notice and final report"}
		if err := tx.InsertIncident(t.Context(), inc); err != nil {
			return err
		}
		for _, c := range []sla.Clock{
			{Stage: "first", State: sla.Met, Due: day(4), Start: sla.Start{At: day(4).Add(-6 * time.Hour)}},
			{Stage: "final", State: sla.Overdue, Due: day(5), BreachedAt: day(5)},
		} {
			c.Incident = inc.ID
			if err := tx.InsertClock(t.Context(), &c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/": "overdue", "/?month=2026-05": "overdue", "/?month=2026-04": "met", "/?month=2026-04&state=met": "met"} {
		page := s.get(path)
		if got := rowIDs(group(page, want)); !slices.Equal(got, []string{"KGN-1"}) {
			t.Errorf("%s has no KGN-1 under %s: %v", path, want, rowIDs(page))
		}
	}
	if got := rowIDs(s.get("/?month=2026-04&state=overdue")); got != nil {
		t.Errorf("overdue in April: %v", got)
	}
}

func TestBoardFiltersAndPages(t *testing.T) {
	s := newSite(t)
	s.seed()
	for query, want := range map[string][]string{
		"?state=overdue": {"KGN-5", "KGN-6"}, "?vendor=sotas": {"KGN-5", "KGN-7"}, "?q=OCSP": {"KGN-3"},
		"?vendor=sotas&state=at_risk": {"KGN-7"}, "?q=nothing": nil, "?month=2026-13": nil,
		"?severity=critical": {"KGN-5"}, "?severity=high&vendor=sustaina": {"KGN-6", "KGN-1"}, "?severity=unknown&state=pending": nil,
		"?severity=unknown&vendor=tatsujin": {"KGN-2"}, "?severity=grave": nil, "?month=2026-04&severity=high": {"KGN-1"},
	} {
		if got := rowIDs(s.get("/" + query)); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", query, got, want)
		}
	}
	for range 100 {
		s.log(`{"vendor":"sotas","title":"One of many","occurred_at":"2026-05-07 12:00"}`)
	}
	next := regexp.MustCompile(`href="([^"]+)" rel="next"`)
	seen := map[string]bool{}
	for path := "/?vendor=sotas"; path != ""; {
		page := s.get(path)
		for _, id := range rowIDs(page) {
			seen[id] = true
		}
		if m := next.FindStringSubmatch(page); m != nil {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		} else {
			path = ""
		}
	}
	if len(seen) != 102 {
		t.Errorf("all pages together show %d incidents, want 102", len(seen))
	}
}

func TestLanguageIsChosenAndRemembered(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Lang = "ja" })
	if page := s.get("/"); !strings.Contains(page, "ダッシュボード") {
		t.Error("the configured language is not used")
	}
	res := s.send(http.MethodGet, "/?lang=en", "")
	cookie := res.Header.Get("Set-Cookie")
	if !strings.HasPrefix(cookie, "kigen_lang=en") || !strings.Contains(text(t, res), `lang="en"`) {
		t.Errorf("?lang=en gave %q", cookie)
	}
	if page := s.get("/", "Cookie: kigen_lang=en"); !strings.Contains(page, "Log an incident") {
		t.Error("the cookie is not heeded")
	}
	if page := s.get("/?lang=xx", "Cookie: kigen_lang=../.."); !strings.Contains(page, "ダッシュボード") {
		t.Error("an unknown language is not the configured one")
	}
}

func TestNothingThatIsLoggedRuns(t *testing.T) {
	s := newSite(t)
	const evil = `<script>alert(1)</script>"><img src=x onerror=alert(2)>`
	body, err := json.Marshal(map[string]any{
		"vendor": "sotas", "title": evil, "description": evil, "reference": evil, "tags": []string{evil},
	})
	if err != nil {
		t.Fatal(err)
	}
	id := s.log(string(body))
	s.form("/incidents/"+id+"/notices", url.Values{"text": {evil}, "notice_reference": {evil}}, http.StatusSeeOther)
	s.form("/incidents/"+id+"/ack", url.Values{"by": {evil}}, http.StatusSeeOther)
	for _, path := range []string{"/", "/incidents/" + id, "/?q=" + url.QueryEscape(evil)} {
		if page := s.get(path); strings.Contains(page, "<script>") || strings.Contains(page, "<img") {
			t.Errorf("%s: not escaped", path)
		}
	}
}

func TestUnknownPages(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/nothing", "/incidents/KGN-9", "/incidents/x", "/reports/2026-06", "/reports/2026-05?format=docx", "/static/nothing"} {
		res := s.send(http.MethodGet, path, "")
		if page := text(t, res); res.StatusCode != http.StatusNotFound || path[1] != 's' && !strings.Contains(page, "<main") {
			t.Errorf("%s: %d\n%s", path, res.StatusCode, page)
		}
	}
}

func TestStaticFilesAndReports(t *testing.T) {
	s := newSite(t)
	for path, kind := range map[string]string{
		"/static/kigen.css": "text/css", "/static/kigen.js": "text/javascript", "/static/kigen.svg": "image/svg+xml",
		"/reports/2026-04": "text/html", "/reports/2026-04?format=html": "text/html", "/reports/2026-04?format=csv": "text/csv",
	} {
		res := s.send(http.MethodGet, path, "")
		if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || !strings.HasPrefix(got, kind) {
			t.Errorf("%s: %d %s, want %s", path, res.StatusCode, got, kind)
		}
	}
}

// TestCSVInJapaneseOpensInExcel: a CSV of the Japanese board begins with a byte order
// mark, unless the address says otherwise.
func TestCSVInJapaneseOpensInExcel(t *testing.T) {
	asked := &bomAsked{}
	s := newSite(t, func(o *web.Options) { asked.Reports = o.Reports; o.Reports = asked })
	for _, query := range []string{"&lang=ja", "&lang=en", "&lang=ja&bom=0", "&lang=en&bom=1"} {
		text(t, s.send(http.MethodGet, "/reports/2026-04?format=csv"+query, ""))
	}
	if !slices.Equal(asked.marks, []bool{true, false, false, true}) {
		t.Errorf("asked for a byte order mark: %v", asked.marks)
	}
}

// bomAsked notes which requests ask for a byte order mark.
type bomAsked struct {
	web.Reports
	marks []bool
}

func (a *bomAsked) Render(_ context.Context, r reporting.Request) (*reporting.File, error) {
	a.marks = append(a.marks, r.BOM)
	return nil, tracker.Invalidf("month", "", "recorded")
}

// TestLongNamesAreNotNormalized: a text that is too long for a name costs no more
// than its handling; normalized, the one of this test is 11 times as long.
func TestLongNamesAreNotNormalized(t *testing.T) {
	s := newSite(t)
	long := strings.Repeat("ﷺ", 300_000)
	before := allocated()
	for _, path := range []string{"/api/v1/incidents", "/incidents", "/incidents/preview"} {
		body, form := `{"vendor":"`+long+`","title":"x"}`, "Content-Type: application/json"
		if !strings.HasPrefix(path, "/api") {
			body, form = "title=x&vendor="+long, "Content-Type: application/x-www-form-urlencoded"
		}
		if res := s.send(http.MethodPost, path, body, form); res.StatusCode == http.StatusCreated || res.StatusCode == http.StatusSeeOther {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	if used := allocated() - before; used > 25*uint64(3*len(long)) {
		t.Errorf("three requests of %d bytes allocated %d bytes", len(long), used)
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
