package reporting_test

import (
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/reporting"
	"kigen/sla"
	"kigen/sla/report"
	"kigen/sla/tracker"
)

// What was taken back after an edition is a correction, with who did it and why.
func TestWithdrawalsAndWaiversAreCorrections(t *testing.T) {
	b := newBooks(t)
	inTime, silent := b.october()
	b.freeze("2026-10")
	b.now = b.now.AddDate(0, 0, 1)
	by := tracker.Request{Actor: "佐藤"}
	if _, err := b.tracker.WithdrawNotice(t.Context(), by, inTime.ID, 1, "別件の電話だった"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.tracker.Waive(t.Context(), by, silent.ID, silent.Clocks[0].Promise, "", "合意により免除"); err != nil {
		t.Fatal(err)
	}
	r, err := b.Of(t.Context(), period(t, b, "2026-10"))
	if err != nil {
		t.Fatal(err)
	}
	became := map[sla.IncidentID]report.Verdict{}
	for _, c := range r.SinceEdition.Corrections {
		became[c.Incident] = c.Is.Verdict
	}
	if became[inTime.ID] != report.Overdue || became[silent.ID] != report.Waived {
		t.Errorf("corrections: %v", became)
	}
	for format, table := range map[string]string{"html": "", "json": "", "csv": "corrections"} {
		body := b.rendered(reporting.Request{Period: "2026-10", Format: format, Lang: "ja", Table: table})
		for _, want := range []string{"別件の電話だった", "合意により免除", "佐藤"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %q", format, want)
			}
		}
	}
}
