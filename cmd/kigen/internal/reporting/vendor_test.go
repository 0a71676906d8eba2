package reporting_test

import (
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/reporting"
	"kigen/sla"
)

// The report that is handed to one vendor holds nothing of another: no name, no id, no
// title and no reference.
func TestAVendorsReportHoldsNoOther(t *testing.T) {
	b := newBooks(t)
	b.october()
	other := b.log("superstream", sla.Detected, instant(t, "2026-10-06T10:00:00+09:00"))
	b.log("cybertrust", sla.Aware, instant(t, "2026-10-07T10:00:00+09:00"))
	b.wait(instant(t, "2026-11-01T09:00:00+09:00"))
	for _, lang := range []string{"ja", "en"} {
		for _, format := range []string{"html", "json", "csv"} {
			tables := []string{""}
			if format == "csv" {
				tables = []string{"vendors", "services", "trend", "cases", "carried_over", "uncommitted", "excluded", "backdated", "corrections", "versions"}
			}
			for _, table := range tables {
				body := b.rendered(reporting.Request{Period: "2026-10", Format: format, Lang: lang, Vendor: "sotas", Table: table})
				for _, foreign := range []string{"superstream", "SuperStream", "スーパーストリーム", "cybertrust", "Cybertrust", "サイバートラスト", other.ID.String() + `"`} {
					if strings.Contains(body, foreign) {
						t.Errorf("%s %s in %s holds %q", format, table, lang, foreign)
					}
				}
				if table != "carried_over" && table != "uncommitted" && table != "excluded" && table != "backdated" && table != "corrections" && table != "services" &&
					!strings.Contains(body, "Sotas") && !strings.Contains(body, "sotas") {
					t.Errorf("%s %s in %s holds nothing of the vendor", format, table, lang)
				}
			}
		}
	}
	page, err := b.Page(t.Context(), "2026-10", "sotas", "ja")
	if err != nil || len(page.Report.Vendors) != 1 || page.Editions != nil || page.Previous != "2026-09" || page.Next != "2026-11" {
		t.Errorf("%+v, %v", page, err)
	}
	if _, err := b.Page(t.Context(), "2026-10", "nobody", "ja"); err == nil {
		t.Error("an unknown vendor has a report")
	}
}
