package notify

import (
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/outbox"
)

// deedDelivery is an alert about a clock of an incident of the kind.
func deedDelivery(kind sla.IncidentKind, state sla.State) (Writer, *outbox.Delivery, time.Time) {
	due := time.Date(2026, 6, 10, 6, 0, 0, 0, time.UTC)
	inc := &sla.Incident{ID: 7, Vendor: "six", Title: "matter", Kind: kind}
	inc.Clocks = []sla.Clock{{ID: 3, Incident: 7, Promise: "p", State: state, Due: due, Start: sla.Start{At: due.Add(-24 * time.Hour), From: sla.Logged, Basis: sla.Observed}}}
	if state == sla.Met || state == sla.Late {
		inc.Clocks[0].NotifiedAt = due.Add(-time.Hour)
	}
	if state == sla.NoCommitment || state == sla.Pending {
		inc.Clocks[0].Due = time.Time{}
	}
	w := Writer{Vendors: sla.Catalogue{{ID: "six", Name: calendar.Text{Ja: "六社", En: "Six Inc."}}}}
	return w, &outbox.Delivery{Kind: outbox.Post, Incident: inc, Clock: &inc.Clocks[0], Alert: outbox.Alert{Reason: outbox.ReasonOverdue, Incident: 7, Clock: 3, DueAt: due}}, due
}

// What ends is deleted, and what recurs is proved by evidence: no sentence about them
// speaks of a notice.
func TestDeletionAndEvidenceAreNoNotices(t *testing.T) {
	states := []sla.State{sla.Running, sla.AtRisk, sla.Pending, sla.Overdue, sla.Met, sla.Late, sla.NoCommitment, sla.Waived}
	for kind, words := range map[sla.IncidentKind]map[string]string{
		sla.KindContractEnd: {"ja": "削除", "en": "delet"},
		sla.KindPeriodic:    {"ja": "証跡", "en": "evidence"},
	} {
		for _, state := range states {
			for lang, word := range words {
				for _, reason := range []outbox.Reason{outbox.ReasonOverdue, outbox.ReasonLogged} {
					w, d, due := deedDelivery(kind, state)
					w.Lang, d.Alert.Reason = lang, reason
					if state == sla.Overdue || state == sla.Met || state == sla.Late {
						due = due.Add(2 * time.Hour)
					} else {
						due = due.Add(-2 * time.Hour)
					}
					m := w.Write(d, due)
					said := m.Title
					for _, f := range m.Fields {
						said += "\n" + f.Name
					}
					if !strings.Contains(strings.ToLower(m.Title), word) {
						t.Errorf("%s, %s, %s: title %q without %q", kind, state, lang, m.Title, word)
					}
					for _, wrong := range []string{"通知", "notice", "notif"} {
						if strings.Contains(strings.ToLower(said), wrong) {
							t.Errorf("%s, %s, %s: %q in\n%s", kind, state, lang, wrong, said)
						}
					}
				}
			}
		}
	}
}

// A digest says of each line what answered it, and counts in words that fit all.
func TestDigestNamesEachDeed(t *testing.T) {
	due := time.Date(2026, 6, 10, 6, 0, 0, 0, time.UTC)
	lines := []outbox.Line{
		{Incident: 1, Vendor: "six", Kind: sla.KindContractEnd, Promise: "disposal", State: sla.Late, Due: due, NotifiedAt: due.Add(time.Hour)},
		{Incident: 2, Vendor: "six", Promise: sla.RegimePromise("jp-appi"), State: sla.Met, Due: due, NotifiedAt: due.Add(-time.Hour)},
		{Incident: 3, Vendor: "six", Promise: "incident-notice", State: sla.Overdue, Due: due},
	}
	d := &outbox.Delivery{Kind: outbox.Post, Alert: outbox.Alert{Reason: outbox.ReasonDigest}, Digest: &outbox.Digest{Lines: lines}}
	for lang, want := range map[string][]string{
		"ja": {"期限を過ぎたものが1件", "完了 2件", "削除確認(遅延)", "提出(期限内)"},
		"en": {"1 deadline has passed", "deletion confirmed", "submitted"},
	} {
		m := Writer{Lang: lang}.Write(d, due.Add(2*time.Hour))
		said := m.Title
		for _, f := range m.Fields {
			said += "\n" + f.Value
		}
		for _, item := range m.Items {
			said += "\n" + item.Text
		}
		for _, has := range want {
			if !strings.Contains(said, has) {
				t.Errorf("%s: no %q in\n%s", lang, has, said)
			}
		}
	}
}
