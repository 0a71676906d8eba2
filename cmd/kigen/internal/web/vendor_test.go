package web_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
)

// All vendors stand side by side, the one that may take longest last of those
// that promise a time.
func TestVendorsSideBySide(t *testing.T) {
	s := newSite(t)
	page := s.get("/vendors?view=waits")
	table := page[strings.Index(page, "<table"):strings.Index(page, "</table>")]
	var got []string
	for _, m := range regexp.MustCompile(`href="/vendors/(\w+)"`).FindAllStringSubmatch(table, -1) {
		got = append(got, m[1])
	}
	if want := []string{"sustaina", "sotas", "superstream", "tatsujin", "cybertrust"}; !slices.Equal(got, want) {
		t.Errorf("in the order %v, want %v", got, want)
	}
	for _, want := range []string{"<b>135 h</b>", "Fri 1 May 18:00 → Thu 7 May 09:00", "always the same", "No commitment"} {
		if !strings.Contains(table, want) {
			t.Errorf("the table does not say %q", want)
		}
	}
}

func TestVendorPage(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Lang = "ja" })
	for path, says := range map[string][]string{
		"/vendors/sotas": {
			"標準営業時間内の場合:発生から6時間以内", "採用した解釈", "別の解釈", // what was promised, and how it is read
			"期限までの待ち時間(2026年)", "135時間", "5月1日(金) 18:00 → 5月7日(木) 09:00",
			"金曜 18時台: 平均 67時間", "6時間以内", "41.8%", // the week, and the distribution
			"休業日(祝日: 憲法記念日)", "休業日(振替休日)", // why
			`href="?year=2025"`, `href="?year=2027"`,
		},
		"/vendors/sotas?year=2027":     {"期限までの待ち時間(2027年)", `href="?year=2028"`},
		"/vendors/tatsujin?year=1955":  {"期限までの待ち時間(1955年)", `href="?year=1956"`},
		"/vendors/cybertrust":          {"必要に応じて", "通知期限の定めなし"},
		"/vendors/sustaina?year=2026":  {"24時間", "いつでも同じ"},
		"/vendors/superstream?lang=en": {"168 h", "Fri 1 May 00:00 → Thu 7 May 24:00"},
	} {
		page := s.get(path)
		for _, want := range says {
			if !strings.Contains(page, want) {
				t.Errorf("%s does not say %q", path, want)
			}
		}
	}
	if page := s.get("/vendors/tatsujin?year=1955"); strings.Contains(page, "year=1954") {
		t.Error("a year before the calendar is offered")
	}
}

func TestVendorPageRefuses(t *testing.T) {
	s := newSite(t)
	for path, want := range map[string]struct {
		status int
		says   string
	}{
		"/vendors/sotos":                   {http.StatusNotFound, "/vendors/sotos"},
		"/vendors/sotas?year=2099":         {http.StatusUnprocessableEntity, "use a year from 1955 to 2098"},
		"/vendors/sotas?year=2099&lang=ja": {http.StatusUnprocessableEntity, "1955年から2098年を指定してください"},
		"/vendors/sotas?year=x":            {http.StatusUnprocessableEntity, "is not a year: write it as 2026"},
	} {
		res := s.send(http.MethodGet, path, "")
		if page := text(t, res); res.StatusCode != want.status || !strings.Contains(page, want.says) {
			t.Errorf("%s: %d, want %d and %q\n%s", path, res.StatusCode, want.status, want.says, page)
		}
	}
}

// Versions of a promise that share a year stand one after the other, each with
// its dates.
func TestVendorWithVersions(t *testing.T) {
	s := newSite(t, func(o *web.Options) {
		sustaina, _ := o.Catalogue.Vendor("sustaina")
		old, current, next := *sustaina.Promises[0], *sustaina.Promises[0], *sustaina.Promises[0]
		old.To = calendar.NewDate(2025, time.December, 31)
		current.From, current.To = old.To+1, calendar.NewDate(2026, time.June, 30)
		next.From = current.To + 1
		next.Due.Length = 12 * time.Hour
		o.Catalogue = sla.Catalogue{{ID: "sustaina", Name: sustaina.Name, Promises: []*sla.Promise{&old, &current, &next}}}
	})
	page := s.get("/vendors/sustaina")
	_, profiles, found := strings.Cut(page, `class="card profile"`)
	if !found || strings.Count(profiles, `class="profile-head"`) != 2 {
		t.Errorf("not two versions in 2026:\n%s", page)
	}
	for _, want := range []string{"until Wed 31 Dec 2025", "from Thu 1 Jan 2026 to Tue 30 Jun 2026", "from Wed 1 Jul 2026", "<dd>12 h</dd>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// What a person sees of a vendor's year, in a real browser.
func TestVendorInABrowser(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Lang = "ja" })
	b := browser(t, s)
	b.open("/vendors?view=waits")
	b.click(`.worth a[href="/vendors/sotas"]`)
	b.see(".heat svg")
	if got := b.text(`String(document.querySelectorAll(".heat svg rect").length)`); got != "168" {
		t.Errorf("the week has %s hours", got)
	}
	if got := b.text(`getComputedStyle(document.querySelector(".heat .h4")).fill`); got == "rgb(0, 0, 0)" || got == "" {
		t.Errorf("a long wait is filled with %q", got)
	}
	b.size(390, 844)
	for _, path := range []string{"/vendors?lang=en", "/vendors?view=waits&lang=en", "/vendors/tatsujin?lang=en"} {
		b.open(path)
		if got := b.text(`String(document.documentElement.scrollWidth <= innerWidth)`); got != "true" {
			t.Errorf("%s is wider than a phone", path)
		}
	}
}
