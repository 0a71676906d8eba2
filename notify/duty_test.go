package notify

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/regime"
)

// dutyDelivery is an alert about a report of ours under jp-appi.
func dutyDelivery(state sla.State, decision *sla.Decision) (Writer, *outbox.Delivery) {
	due := time.Date(2026, 6, 10, 15, 0, 0, 0, time.UTC)
	p := &sla.Promise{ID: sla.RegimePromise("jp-appi"), Vendor: sla.Us, Stages: []sla.Stage{
		{ID: "initial", Name: calendar.Text{Ja: "速報", En: "initial report"}},
	}}
	law := &regime.Regime{
		ID: "jp-appi", Name: calendar.Text{Ja: "個人情報保護法", En: "Japan APPI"}, To: calendar.Text{Ja: "個人情報保護委員会", En: "the PPC"},
		Versions: []regime.Version{{Promise: p}},
	}
	inc := &sla.Incident{ID: 7, Vendor: "six", Title: "leak"}
	if decision != nil {
		inc.Decisions = []sla.Decision{*decision}
	}
	inc.Duties = []sla.Clock{{ID: 3, Incident: 7, Promise: p.ID, Stage: "initial", State: state, Due: due, Start: sla.Start{At: due.Add(-24 * time.Hour), From: sla.Aware, Basis: sla.Observed}}}
	if state == sla.Met {
		inc.Duties[0].NotifiedAt = due.Add(-time.Hour)
		inc.Submissions = []sla.Submission{{Regime: "jp-appi", Stage: "initial", SubmittedAt: due.Add(-time.Hour), Reference: "PPC-12"}}
	}
	vendors := sla.Catalogue{{ID: "six", Name: calendar.Text{Ja: "六社", En: "Six Inc."}, Contact: "desk@six.example"}}
	d := &outbox.Delivery{Kind: outbox.Post, Incident: inc, Clock: &inc.Duties[0], Alert: outbox.Alert{Reason: outbox.ReasonWarning, Incident: 7, Clock: 3, DueAt: due}}
	return Writer{Vendors: vendors, Duties: regime.Regimes{law}, Interactive: true}, d
}

// An alert about a duty of ours says whose it is and to whom, that it is no legal advice,
// and offers nothing that would reach the vendor.
func TestOurDutySaysWhoseItIs(t *testing.T) {
	applies := &sla.Decision{Regime: "jp-appi", Applies: true, By: "user:mori"}
	now := time.Date(2026, 6, 10, 14, 0, 0, 0, time.UTC)
	for _, e := range []struct {
		state        sla.State
		decision     *sla.Decision
		late         bool
		ja, en       string
		jaHas, enHas []string
	}{
		{state: sla.AtRisk, ja: "自社の報告義務: 個人情報保護委員会への速報の期限まで残り1時間", en: "our own duty: initial report to the PPC is due in 1 h",
			jaHas: []string{"未判断", "該当するものとして"}, enHas: []string{"undecided"}},
		{state: sla.AtRisk, decision: applies, late: true, ja: "自社の報告義務: 個人情報保護委員会への速報が未提出", en: "our own duty: initial report to the PPC is not submitted",
			jaHas: []string{"該当する(mori)"}, enHas: []string{"applies (mori)"}},
		{state: sla.Met, decision: applies, ja: "自社の報告義務: 個人情報保護委員会への速報", en: "submitted",
			jaHas: []string{"PPC-12", "提出"}, enHas: []string{"PPC-12"}},
		{state: sla.NotApplicable, decision: &sla.Decision{Regime: "jp-appi"}, ja: "該当しないと判断", en: "decided not to apply"},
	} {
		for lang, want := range map[string]string{"ja": e.ja, "en": e.en} {
			w, d := dutyDelivery(e.state, e.decision)
			w.Lang = lang
			at := now
			if e.late {
				at = now.Add(3 * time.Hour)
			}
			m := w.Write(d, at)
			if !strings.Contains(m.Title, want) {
				t.Errorf("%s: title %q, want %q in it", lang, m.Title, want)
			}
			advice := map[string]string{"ja": "法的助言ではありません", "en": "not legal advice"}[lang]
			for _, has := range append(map[string][]string{"ja": e.jaHas, "en": e.enHas}[lang], advice) {
				if !strings.Contains(m.Text, has) {
					t.Errorf("%s: %q is missing in\n%s", lang, has, m.Text)
				}
			}
			if strings.Contains(m.Text, "desk@six.example") || slices.ContainsFunc(m.Actions, func(a wire.Action) bool { return a.ID == ActionChaser || a.ID == ActionNotice }) {
				t.Errorf("%s: the message leads to the vendor:\n%s", lang, m.Text)
			}
			if m.Facts.OwedBy != sla.Us || m.Facts.Duty != "jp-appi" || m.Facts.To == "" {
				t.Errorf("facts %+v", m.Facts)
			}
		}
	}
}

// A digest counts our overdue duties apart from vendors that are silent.
func TestDigestKeepsDutiesApart(t *testing.T) {
	w, _ := dutyDelivery(sla.Overdue, nil)
	w.Lang = "en"
	due := time.Date(2026, 6, 10, 15, 0, 0, 0, time.UTC)
	lines := []outbox.Line{
		{Incident: 7, Vendor: "six", Promise: "us/jp-appi", Stage: "initial", State: sla.Overdue, Due: due},
		{Incident: 8, Vendor: "six", Promise: "notice", State: sla.Overdue, Due: due},
	}
	d := &outbox.Delivery{Kind: outbox.Post, Alert: outbox.Alert{Reason: outbox.ReasonDigest, Key: "digest"}, Digest: &outbox.Digest{Lines: lines}}
	m := w.Write(d, due.Add(time.Hour))
	if !strings.Contains(m.Title, "1") || strings.Contains(m.Title, "2 deadlines") {
		t.Errorf("title %q", m.Title)
	}
	if !strings.Contains(m.Text, "our own duties (the PPC)") {
		t.Errorf("the duty is not named in\n%s", m.Text)
	}
}
