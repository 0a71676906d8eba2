package reporting_test

import (
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/reporting"
	"kigen/sla"
	"kigen/sla/report"
	"kigen/sla/tracker"
)

// The database finds the verdicts that rest on a notice recorded after the fact, and
// every form names them.
func TestBackdatedNoticesAreRead(t *testing.T) {
	b := newBooks(t)
	occurred := instant(t, "2026-10-05T10:00:00+09:00") // due 16:00
	prompt := b.log("sotas", sla.Occurred, occurred)
	b.notice(prompt.ID, occurred.Add(time.Hour))
	backdated := b.log("sotas", sla.Occurred, occurred)
	late := b.log("sotas", sla.Occurred, occurred)
	b.wait(instant(t, "2026-10-05T18:00:00+09:00"))
	b.notice(late.ID, b.now)
	b.wait(occurred.Add(76 * time.Hour))
	entry := tracker.NoticeEntry{ReceivedAt: occurred.Add(time.Hour), Channel: "phone"}
	if _, err := b.tracker.Notice(t.Context(), tracker.Request{Actor: "森"}, backdated.ID, entry); err != nil {
		t.Fatal(err)
	}
	b.wait(instant(t, "2026-11-01T09:00:00+09:00"))
	r := b.model("2026-10")
	if len(r.Backdated) != 1 {
		t.Fatalf("listed: %+v", r.Backdated)
	}
	if n := r.Backdated[0]; n.Incident != backdated.ID || n.Verdict != report.Met || n.Delay != 75*3600 || n.RecordedBy != "森" || n.Due.Format("15:04") != "16:00" {
		t.Errorf("%+v", n)
	}
	for format, table := range map[string]string{"html": "", "csv": "backdated"} {
		if body := b.rendered(reporting.Request{Period: "2026-10", Format: format, Lang: "ja", Table: table}); !strings.Contains(body, "受領から3日3時間後に記録") {
			t.Errorf("%s does not mark it:\n%s", format, body)
		}
	}
	b.freeze("2026-10")
	if body := b.rendered(reporting.Request{Period: "2026-10", Format: "html", Lang: "en", Newest: true}); !strings.Contains(body, "recorded 3 d 3 h after receipt") {
		t.Error("the edition does not mark it")
	}
}
