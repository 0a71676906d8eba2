package notify_test

import (
	"strings"
	"testing"
	"time"

	"kigen/notify"
	"kigen/sla"
	"kigen/sla/outbox"
)

// TestOwnerOfAnAlert: an alert names the owner, also before an acknowledgement, and in
// place of the person who acknowledged for it.
func TestOwnerOfAnAlert(t *testing.T) {
	now := time.Date(2026, 5, 7, 12, 0, 0, 0, time.UTC)
	acknowledged := sla.Acknowledgement{By: "mori", At: now.Add(-time.Hour)}
	for name, tc := range map[string]struct {
		incident sla.Incident
		want     string
	}{
		"nobody":       {sla.Incident{}, "unassigned"},
		"assigned":     {sla.Incident{Owner: "sato"}, "sato"},
		"acknowledged": {sla.Incident{Owner: "mori", Acknowledged: acknowledged}, "mori (since"},
		"for another":  {sla.Incident{Owner: "sato", Acknowledged: acknowledged}, "sato (since"},
		"snooze ended": {sla.Incident{Owner: "mori", Acknowledged: sla.Acknowledgement{By: "mori", At: now.Add(-2 * time.Hour), Until: now.Add(-time.Hour)}}, "mori"},
	} {
		clock := sla.Clock{State: sla.Running, Due: now.Add(time.Hour)}
		m := notify.Writer{Lang: "en"}.Write(&outbox.Delivery{Kind: outbox.Post, Incident: &tc.incident, Clock: &clock}, now)
		got := ""
		for _, field := range m.Fields {
			if field.Name == "Owner" {
				got = field.Value
			}
		}
		if !strings.HasPrefix(got, tc.want) || name == "snooze ended" && got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
