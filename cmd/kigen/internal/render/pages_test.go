package render_test

import (
	"fmt"
	"strings"
	"testing"

	"kigen/sla"
	"kigen/sla/report"
)

// manyCases is an October in which each vendor has as many incidents.
func manyCases(t testing.TB, n int) report.Report {
	t.Helper()
	s := newSOC(t, "2026-10", "11-01 09:00")
	for i := range n {
		for _, v := range []struct {
			vendor, service string
			moment          sla.Moment
		}{
			{"sotas", "Sotas工程管理", sla.Occurred}, {"sustaina", "Sustaina Cloud", sla.Confirmed},
			{"tatsujin", "達人Cube「データ収集・配信」", sla.Detected}, {"superstream", "SuperStream-NX Cloud", sla.Aware},
		} {
			h := happened{vendor: v.vendor, service: v.service, title: fmt.Sprintf("工程一覧が表示されない %d", i), moment: v.moment, start: fmt.Sprintf("10-%02d %02d:12", 1+i%24, i%24)}
			if i%3 != 0 {
				h.notice = fmt.Sprintf("10-%02d 23:12", 5+i%24)
			}
			s.log(h)
		}
	}
	return s.report()
}

// No case is split over two pages, and no page between two cases is left empty by more
// than the next case needs.
func TestPagesOfCasesAreFilled(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		r := manyCases(t, 40)
		body := written(t, r, "pdf", lang)
		title := map[string]int{} // of each case: the page that it begins on
		cases := map[int]int{}    // of each page: how many begin
		last := 0
		for _, f := range readFragments(t, body) {
			last = max(last, f.page)
			if strings.HasPrefix(f.text, "KGN-") && strings.Contains(f.text, " · ") {
				title[f.text] = f.page
				cases[f.page]++
			}
		}
		if len(title) != r.CaseCount() || r.CaseCount() < 100 {
			t.Fatalf("%s: %d of %d cases found", lang, len(title), r.CaseCount())
		}
		first, end := last, 0
		for page := range cases {
			first, end = min(first, page), max(end, page)
		}
		for page := first + 1; page < end; page++ {
			if cases[page] < 2 {
				t.Errorf("%s: page %d of %d holds %d cases", lang, page, last, cases[page])
			}
		}
	}
}

// The table and the picture of the vendors are on the first page, and its heads break
// where words end.
func TestTheFirstPageHoldsTheResults(t *testing.T) {
	for lang, heads := range map[string][]string{"ja": {"通知期限の", "定めなし", "通知", "対象外"}, "en": {"commitment", "applicable", "SuperStream"}} {
		first := map[string]bool{}
		for _, f := range readFragments(t, written(t, month(t), "pdf", lang)) {
			if f.page == 1 {
				first[f.text] = true
			}
		}
		for _, want := range heads {
			if !first[want] {
				t.Errorf("%s: %q is not in one piece on the first page", lang, want)
			}
		}
	}
}

// The end leaves room to sign, an interim report says when it was made, and the mark ▲
// is explained where it is used.
func TestPaperIsSignedAndExplained(t *testing.T) {
	for lang, wanted := range map[string][]string{
		"ja": {"作成日時", "作成者", "承認", "経過(▲は図の▲の時点)"},
		"en": {"Created", "Author", "Approved", "Event (▲: marked in the picture)"},
	} {
		all := texts(t, month(t), lang, "vendors")
		holds(t, map[string]string{"pdf": all["pdf"], "html": all["html"]}, wanted...)
		holds(t, map[string]string{"xlsx": all["xlsx"]}, wanted[:3]...)
	}
	interim := texts(t, running(t), "ja", "vendors")
	holds(t, map[string]string{"pdf": interim["pdf"]}, "作成日時11月5日(木) 09:00")
}
