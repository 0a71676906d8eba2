package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// One click on the button of an empty form asks first; the second click records the
// time that the first one showed.
func TestEmptyNoticeIsConfirmed(t *testing.T) {
	s := newSite(t)
	s.setClock("2026-05-07 08:00")
	s.form("/incidents", url.Values{"vendor": {"sotas"}, "title": {"Sign-in fails"}, "occurred_at": {"2026-05-01T18:00"}}, http.StatusSeeOther)
	page := s.form("/incidents/KGN-1/notices", url.Values{"received_at": {""}, "channel": {""}, "text": {""}}, http.StatusUnprocessableEntity)
	filled := regexp.MustCompile(`name="received_at" type="datetime-local" value="([^"]+)"`).FindStringSubmatch(page)
	if filled == nil {
		t.Fatal("the form does not show the time that it would record")
	}
	holds(t, page, "Nothing was entered")
	if strings.Contains(page, "<h2>Notices</h2>") {
		t.Error("the first click recorded a notice")
	}
	page = s.form("/incidents/KGN-1/notices", url.Values{"received_at": {filled[1]}, "channel": {""}}, http.StatusSeeOther)
	holds(t, page, "Notice recorded.")
}

func TestUndoForms(t *testing.T) {
	s := newSite(t)
	s.setClock("2026-05-07 08:00")
	s.form("/incidents", url.Values{"vendor": {"sotas"}, "title": {"Sign-in fails"}, "occurred_at": {"2026-05-01T18:00"}}, http.StatusSeeOther)
	page := s.form("/incidents/KGN-1/notices", url.Values{"channel": {"email"}, "text": {"Another matter."}}, http.StatusSeeOther)
	holds(t, page, " before due", "Withdraw a notice", `<option value="1">`)

	page = s.form("/incidents/KGN-1/withdraw", url.Values{"n": {"1"}, "reason": {" "}}, http.StatusUnprocessableEntity)
	holds(t, page, "Enter the reason")
	page = s.form("/incidents/KGN-1/withdraw", url.Values{"n": {"1"}, "reason": {"another incident's"}}, http.StatusSeeOther)
	holds(t, page, "The notice is withdrawn.", "message withdrawn", "Reason: another incident&#39;s", "withdrawn: another incident&#39;s")
	if strings.Contains(page, "Withdraw a notice</summary>") {
		t.Error("there is no notice left to withdraw")
	}

	page = s.form("/incidents/KGN-1/waive", url.Values{"clock": {"incident-notice"}, "reason": {"agreed"}}, http.StatusSeeOther)
	holds(t, page, "The deadline is waived.", "Reason: agreed", `<span class="verdict">Waived</span>`)
	page = s.form("/incidents/KGN-1/unwaive", url.Values{"clock": {"incident-notice"}, "reason": {"in error"}}, http.StatusSeeOther)
	holds(t, page, "The waiver is lifted.", "Waiver lifted: in error")

	s.form("/incidents/KGN-1/cancel", url.Values{"reason": {"A drill"}}, http.StatusSeeOther)
	page = s.form("/incidents/KGN-1/reopen", url.Values{"reason": {"it was none"}}, http.StatusSeeOther)
	holds(t, page, "The incident is open again.", "Reopened: it was none", "Record the notice")
}
