package web_test

import (
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
)

// Pages speak of what a clock waits for: a deletion is confirmed, evidence is received, a
// report of ours is submitted, and only a notice is a notice.
func TestPagesSpeakOfWhatIsOwed(t *testing.T) {
	s := newSite(t, withDuties("eu-gdpr"), func(o *web.Options) { o.Lang = "ja" })
	s.setClock("2026-05-07 12:00")
	s.log(`{"vendor":"sotas","kind":"contract_end","title":"end of use","ended_at":"2026-03-31 18:00"}`)
	s.log(`{"vendor":"sotas","title":"leak","occurred_at":"2026-05-07 10:00","aware_at":"2026-05-07 10:00"}`)
	s.log(`{"vendor":"sotas","kind":"maintenance","title":"work","scheduled_at":"2026-06-07 10:00"}`)
	s.wantStatus("POST", "/api/v1/incidents/KGN-2/submissions", `{"duty":"eu-gdpr","submitted_at":"2026-05-07 11:00"}`, "s1", 201)
	holds(t, s.get("/incidents/KGN-1"), "削除の期限", "期限前")
	holds(t, s.get("/incidents/KGN-2"), "通知の期限", "期限内に提出")
	holds(t, s.get("/incidents/KGN-3"), "事前通知の期限")
	holds(t, s.get("/duties?show=all"), "期限内に提出")
	if page := s.get("/duties?show=all"); strings.Contains(page, "期限内に通知") {
		t.Error("the page of our duties speaks of a notice")
	}
	s.setClock("2026-07-01 12:00")
	s.step()
	holds(t, s.get("/incidents/KGN-1"), "期限超過(削除未確認)")
	s.wantStatus("POST", "/api/v1/incidents/KGN-1/notices", `{"received_at":"2026-06-30 12:00","channel":"email","text":"certificate"}`, "n1", 201)
	page := s.get("/incidents/KGN-1")
	holds(t, page, "遅延(期限後に削除を確認)", "<dt>削除確認</dt>")
	for _, wrong := range []string{"期限後に通知", "<dt>通知</dt>"} {
		if strings.Contains(page, wrong) {
			t.Errorf("the end of a contract speaks of a notice: %q", wrong)
		}
	}
	holds(t, s.get("/incidents/KGN-1?lang=en"), "Deadline for the deletion", "Deletion confirmed late")
}

// The form's legends fit the kind, also where a refused form is shown again.
func TestLegendsFitTheKind(t *testing.T) {
	s := newSite(t)
	for kind, words := range map[string][2]string{
		"":              {"いつ起きたか", "What happened, and where"},
		"vulnerability": {"いつ起きたか", "What happened, and where"},
		"maintenance":   {"いつ予定されているか", "When it is planned"},
		"change":        {"いつ予定されているか", "What is planned, and where"},
		"contract_end":  {"いつ契約が終わるか", "When the contract ends"},
		"periodic":      {"いつからの回か", "When the round begins"},
	} {
		for i, lang := range []string{"ja", "en"} {
			holds(t, s.get("/incidents/new?lang="+lang+"&kind="+kind), "<legend>"+words[i]+"</legend>")
		}
	}
}
