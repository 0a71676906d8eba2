package web_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/reporting"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla/report"
	"kigen/store"
)

// reports are the daemon's own, over the site's database.
func reports(o *web.Options) *reporting.Reports {
	return &reporting.Reports{
		Store: o.Incidents.(*store.DB), Catalogue: o.Catalogue, Zone: o.Zone, Lang: o.Lang, Kigen: o.Version,
		Holidays: reporting.Holidays(), Now: o.Now,
	}
}

// withReports gives a site real reports.
func withReports(o *web.Options) {
	o.Reports = unsent{Reports: reports(o)}
}

// unsent makes real reports and sends none.
type unsent struct{ *reporting.Reports }

func (unsent) Send(ctx context.Context, period string, to []string) (*reporting.SendResult, error) {
	return fakeReports{}.Send(ctx, period, to)
}

func (unsent) Destinations() (all, scheduled []string) { return fakeReports{}.Destinations() }

// keep freezes the report of a period.
func (s *site) keep(period string) {
	s.t.Helper()
	if _, isNew, err := reports(&s.options).Freeze(s.t.Context(), period); err != nil || !isNew {
		s.t.Fatal(isNew, err)
	}
}

// A manager looks at the month: the list of reports, the month's page, its
// files, the report itself, and an edition as it was kept, which is still what
// it was after the books have changed.
func TestReportsInABrowser(t *testing.T) {
	all := newTab(t)
	for lang, says := range map[string]struct{ month, unfinished, edition, was, is, heading, csv string }{
		"ja": {"2026年4月", "期間の途中", "第1版", "遅延", "期限内", "月次報告", "対象月,"},
		"en": {"April 2026", "still running", "Edition 1", "Late", "In time", "Monthly report", "Month,"},
	} {
		t.Run(lang, func(t *testing.T) {
			b := all.at(t, socSite(t, lang))
			b.open("/")
			b.click(`nav a[href="/reports"]`)
			b.see(".periods")
			b.says(`tr:has(a[href="/reports/2026-04"])`, says.month, "100.0%", says.edition)
			b.says(`tr:has(a[href="/reports/2026-05"])`, says.unfinished)
			b.click(`.periods a[href="/reports/2026-04"]`)
			b.see(".edition")
			b.says("h1", says.heading, says.month)
			b.says(".lead", "100.0%")
			b.says(".changes tbody", "KGN-2", says.was, says.is)
			b.says(".edition", says.edition, "2026-05-07 12:34", "SHA-256")

			for format, begins := range map[string]string{"pdf": "%PDF-", "xlsx": "PK", "csv": says.csv, "json": "{"} {
				name, file := b.download(`.files a[href*="format=` + format + `"][href*="lang=` + lang + `"]`)
				if name != "kigen-2026-04."+format || !strings.HasPrefix(strings.TrimPrefix(string(file), "\ufeff"), begins) {
					t.Errorf("%s begins with %.20q", name, file)
				}
			}
			if now, kept := b.kept(".files"), b.kept(".edition"); now != 2 || kept != 1 {
				t.Errorf("notices in time: %d now and %d in the edition, want 2 and 1", now, kept)
			}

			b.click(".opening .button")
			b.see("#headline")
			b.says("h1", says.month)
			b.says("#vendors", "100.0%")
			if got := b.text(`document.documentElement.lang + getComputedStyle(document.querySelector("table")).borderCollapse`); got != lang+"collapse" {
				t.Errorf("the report is %q", got)
			}
		})
	}
}

// says checks what a part of the page says.
func (b *tab) says(selector string, wants ...string) {
	b.t.Helper()
	text := b.text(`document.querySelector(` + "`" + selector + "`" + `).innerText`)
	for _, want := range wants {
		if !strings.Contains(text, want) {
			b.t.Errorf("%s says %q, want %q", selector, text, want)
		}
	}
}

// kept is how many notices came in time by the JSON file that is offered there.
func (b *tab) kept(selector string) int {
	b.t.Helper()
	_, file := b.download(selector + ` a[href*="format=json"]`)
	var r report.Report
	if err := json.Unmarshal(file, &r); err != nil {
		b.t.Fatal(err)
	}
	return r.Totals.Compliance.Kept
}
