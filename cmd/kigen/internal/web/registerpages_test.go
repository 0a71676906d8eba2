package web_test

import (
	"encoding/base64"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/registry"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla/register"
	"kigen/sla/tracker"
)

// switching serves by the handler that is in force.
type switching struct{ atomic.Pointer[http.Handler] }

func (h *switching) ServeHTTP(w http.ResponseWriter, r *http.Request) { (*h.Load()).ServeHTTP(w, r) }

// switches makes the site one whose handler is replaced while a browser is open.
func (s *site) switches() {
	handler := s.handler
	present := &switching{}
	present.Store(&handler)
	s.handler = present
}

// document keeps a paper of a vendor.
func (s *site) document(vendor string) {
	s.t.Helper()
	e := registry.DocumentEntry{Title: "SECURITY WHITE PAPER", Edition: "2024-09-01", Dated: calendar.NewDate(2024, time.September, 1), File: tracker.Attachment{Name: "ホワイトペーパー.pdf", Type: "application/pdf", Content: []byte("%PDF-1.7")}}
	if _, err := s.options.Register.Keep(s.t.Context(), "user:sato", vendor, e); err != nil {
		s.t.Fatal(err)
	}
}

// publish publishes a text.
func (s *site) publish(text, reason string, base int) {
	s.t.Helper()
	if _, _, err := s.options.Register.Publish(s.t.Context(), "user:sato", registry.Publication{Text: text, Reason: reason, Base: base}); err != nil {
		s.t.Fatal(err)
	}
}

const acmeEntry = `id: acme
name: {ja: アクメ株式会社, en: Acme}
services:
  - Acme Cloud
  - Acme Mail
owner: 情報システム部
contacts:
  - {name: 山田 太郎, role: セキュリティ窓口, mail: security@acme.example, phone: "+81-3-0000-0000", hours: 平日 9-18時}
contract: {from: 2024-04-01, to: 2026-06-10}
calendar:
  zone: Asia/Tokyo
  hours: {mon-fri: ["09:00-17:00"]}
  holidays: jp
# ホワイトペーパーの第7章
promises:
  - {id: incident-notice, source: {document: White paper, quote: 24時間以内に通知します。}, strength: firm, start: detected, due: 24h}
  - {id: maintenance-notice, about: maintenance, strength: target, due: {before: {days: 7}}}
`

// fillRegister puts into the register what a company keeps.
func (s *site) fillRegister() {
	s.t.Helper()
	s.publish(acmeEntry, "契約の開始", 0)
	s.publish(strings.Replace(acmeEntry, "due: 24h", "due: {business_days: 1, ends: close}", 1), "2026年4月版のホワイトペーパー", 1)
	s.publish("id: sotas\nowner: 製造部\ncontract: {from: 2023-04-01, to: 2026-03-31}\n", "担当の登録", 0)
	s.document("acme")
	for vendor, next := range map[string]calendar.Date{"acme": calendar.NewDate(2026, time.April, 30), "sotas": calendar.NewDate(2027, time.April, 1)} {
		r := register.Review{On: calendar.NewDate(2026, time.April, 1), Next: next, Note: "条文と連絡先を確認した。"}
		if _, err := s.options.Register.Review(s.t.Context(), "user:mori", vendor, r); err != nil {
			s.t.Fatal(err)
		}
	}
	for _, d := range []register.Draft{{Vendor: "harbor", Text: "id: harbor\nowner: 物流部\n"}, {Vendor: "globex", Text: "id: globex\nname: Globex\n"}} {
		if err := s.options.Register.SaveDraft(s.t.Context(), "user:mori", &d); err != nil {
			s.t.Fatal(err)
		}
	}
}

// entryForm is the form of a new entry as a browser sends it, with further fields.
func entryForm(do string, fields ...string) url.Values {
	form := url.Values{"do": {do}, "vendor": {"acme"}, "name_ja": {"アクメ株式会社"}, "name_en": {"Acme"}, "services": {"Acme Cloud\r\nAcme Mail"}, "base": {"0"}, "revision": {"0"}, "new": {"yes"}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return form
}

// goldClause is the clause of Sotas' paper, of the data that the reading of clauses is held to.
func goldClause(t testing.TB) string {
	t.Helper()
	found, err := filepath.Glob("../../../../sla/clause/testdata/gold/papers/001_*.txt")
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	text, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n34. ")
	section, _, ok := strings.Cut(section, "\n35. ")
	if !ok {
		t.Fatal("the paper has no section 34")
	}
	return "34. " + section + "\n"
}

// The register shows of each vendor what a company asks first.
func TestTheRegisterListsAllVendors(t *testing.T) {
	s := newSite(t)
	s.fillRegister()
	page := s.get("/vendors", "Cookie: kigen_lang=en")
	row := func(id string) string {
		_, after, _ := strings.Cut(page, `<tr id="`+id+`">`)
		within, _, _ := strings.Cut(after, "</tr>")
		return within
	}
	holds(t, row("acme"), "Acme Cloud · Acme Mail", "情報システム部", "Incident <b>1</b>", "Maintenance <b>1</b>", "ends in 34 days", "The review is due", "register", "version 2")
	holds(t, row("sotas"), "製造部", "The contract is over", "built in", "version 1")
	holds(t, page, "globex", "mori", "Go on with the draft")
	if strings.Contains(row("sotas"), "The review is due") || strings.Contains(row("tatsujin"), "contract is") {
		t.Error("a review or a contract is marked that is not due")
	}
}

// A published entry that is refused stands in the list with its reason, and so does what a
// vendor lacks.
func TestTheRegisterNamesWhatIsWrong(t *testing.T) {
	s := newSite(t)
	for _, v := range []register.Version{
		{Vendor: "broken", By: "user:sato", Reason: "x", At: s.now(), Text: "id: broken\npromises: [{id: x, due: 24x}]"},
		{Vendor: "bare", By: "user:sato", Reason: "x", At: s.now(), Text: "id: bare\nname: Bare\nservices: [One, Two]\npromises: []"},
	} {
		if err := s.store.Publish(t.Context(), &v); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.options.Register.TakeOver(t.Context()); err != nil {
		t.Fatal(err)
	}
	holds(t, s.get("/vendors"), "The published entry has mistakes and is not in force", "line 2", "promises[0].due", "Services without a promise about incidents", "One · Two")
	holds(t, s.get("/vendors/broken"), "promises[0].due")
}

// A vendor goes from a pasted clause to its deadline without a word of YAML.
func TestFromAClauseToADeadline(t *testing.T) {
	s := newSite(t)
	clause := goldClause(t)
	page := s.form("/register", entryForm("read", "paste", clause), http.StatusOK)
	holds(t, page, "6 h", "標準営業時間内の場合:発生から6時間以内", `name="take" value="0"`, `name="hours_hours" value="09:00-18:00"`)
	form := entryForm("take", "paste", clause, "take", "0", "start-0", "occurred", "strength-0", "firm",
		"hours_take", "yes", "hours_zone", "Asia/Tokyo", "hours_days", "mon-fri", "hours_hours", "09:00-18:00", "hours_holidays", "jp")
	form["card"] = hiddenFields(page, "card")
	page = s.form("/register", form, http.StatusOK)
	holds(t, page, "There are no mistakes", "as the longest holidays begin", "on a Friday evening", "Constitution Memorial Day", "What is", "in force")
	rest := textarea(page, "rest")
	if !strings.Contains(rest, "id: incident-notice") || !strings.Contains(rest, "next_opening") {
		t.Fatalf("the text is\n%s", rest)
	}
	page = s.form("/register/publish", entryForm("", "rest", rest, "reason", "契約"), http.StatusSeeOther)
	holds(t, page, "Published, and in force", "Acme", "契約")
	id := s.log(`{"vendor":"acme","title":"down","occurred_at":"2026-05-01 18:00"}`)
	holds(t, s.get("/incidents/"+id), "Thu 7 May 09:00")
	holds(t, s.get("/incidents/new"), "Acme")
	holds(t, s.get("/?vendor=acme"), id)
}

// Of two editors the second is told who saved when, and loses nothing; the next save goes over
// the other one's.
func TestTwoEditors(t *testing.T) {
	s := newSite(t)
	s.form("/register", entryForm("save", "owner", "製造部"), http.StatusSeeOther)
	page := s.form("/register", entryForm("save", "owner", "情報システム部", "rest", "# mine\npromises: []"), http.StatusConflict)
	holds(t, page, "someone at the board saved the draft at", "<del>- owner: 製造部</del>", "<ins>+ owner: 情報システム部</ins>", "# mine", `name="revision" value="1"`)
	s.form("/register", entryForm("save", "owner", "情報システム部", "revision", "1", "new", ""), http.StatusSeeOther)
	holds(t, s.get("/register/acme"), `value="情報システム部"`)
	page = s.form("/register/publish", entryForm("", "new", "", "reason", "y", "revision", "1", "rest", "promises: [{id: x, start: detected, due: 1h}]"), http.StatusConflict)
	holds(t, page, "saved the draft at", `name="revision" value="2"`)
	s.form("/register", entryForm("drop", "new", "", "revision", "2"), http.StatusSeeOther)
	s.form("/register", entryForm("drop", "new", "", "revision", "2"), http.StatusConflict)
	s.publish(acmeEntry, "x", 0)
	page = s.form("/register/publish", entryForm("", "new", "", "owner", "総務部", "reason", "y", "rest", "promises: [{id: x, start: detected, due: 1h}]"), http.StatusConflict)
	holds(t, page, "sato published version 1 at", `name="base" value="1"`, "総務部")
}

// Of a vendor that is kept elsewhere only the particulars are edited.
func TestAVendorThatIsKeptElsewhere(t *testing.T) {
	s := newSite(t)
	page := s.get("/register/sotas")
	holds(t, page, "The promises of this vendor are kept outside of the register", `name="owner"`)
	if strings.Contains(page, `name="rest"`) || strings.Contains(page, `name="paste"`) {
		t.Error("its promises can be edited")
	}
	form := url.Values{"vendor": {"sotas"}, "owner": {"製造部"}, "contact_name": {"窓口"}, "contact_mail": {"not a mail"}, "reason": {"担当"}, "rest": {"promises: []"}}
	holds(t, s.form("/register/publish", form, http.StatusUnprocessableEntity), "contacts[0].mail", "製造部", "not a mail")
	form.Set("contact_mail", "soc@sotas.example")
	page = s.form("/register/publish", form, http.StatusSeeOther)
	holds(t, page, "製造部", "soc@sotas.example", "標準営業時間内の場合")
	form = url.Values{"vendor": {"sotas"}, "base": {"1"}, "reason": {""}}
	holds(t, s.form("/register/withdraw", form, http.StatusUnprocessableEntity), "say in a few words why")
	form.Set("reason", "誤り")
	s.form("/register/withdraw", form, http.StatusSeeOther)
	page = s.get("/vendors/sotas?version=2")
	holds(t, page, "標準営業時間内の場合", "withdrawn", "<del>- owner: 製造部</del>")
	holds(t, s.form("/register", entryForm("save", "vendor", "sotas"), http.StatusUnprocessableEntity), "There is a vendor of this ID")
}

// Documents and reviews are added on a vendor's page, and a paper comes back as it was.
func TestDocumentsAndReviews(t *testing.T) {
	s := newSite(t)
	s.document("sotas")
	res := s.send(http.MethodGet, "/vendors/sotas/documents/1", "")
	if body := text(t, res); body != "%PDF-1.7" || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") || res.Header.Get("Content-Security-Policy") != web.EvidencePolicy {
		t.Errorf("%q %v", body, res.Header)
	}
	page := s.form("/vendors/sotas/documents", url.Values{"document_title": {""}, "document_edition": {"第3版"}}, http.StatusUnprocessableEntity)
	holds(t, page, `href="#f-document_title"`, `href="#f-document_file"`, `value="第3版"`)
	holds(t, s.form("/vendors/sotas/reviews", url.Values{"reviewed_on": {"2026-05-08"}}, http.StatusUnprocessableEntity), "is in the future")
	holds(t, s.form("/vendors/sotas/reviews", url.Values{"reviewed_on": {"2026-13-08"}}, http.StatusUnprocessableEntity), "use a day that exists")
	page = s.form("/vendors/sotas/reviews", url.Values{"next_on": {"2027-04-01"}, "review_note": {"条文を確認"}}, http.StatusSeeOther)
	holds(t, page, "The review is recorded", "Thu 7 May 2026", "Thu 1 Apr 2027", "条文を確認", "SECURITY WHITE PAPER")
	for _, path := range []string{"/vendors/sotas/documents/9", "/vendors/sotas/documents/x", "/register/nobody"} {
		if res := s.send(http.MethodGet, path, ""); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

// What can't be read says so in a sentence, and what was typed stays.
func TestPapersThatCannotBeRead(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Lang = "ja" })
	for paste, want := range map[string]string{
		"": "文章を貼り付けるか、ファイルを選んでください",
		strings.Repeat("如果发生安全事件，我们将在二十四小时之内通知客户的管理员，并说明应对的情况。\n", 20): "日本語でも英語でもありません(20 文)。何も読んでいません",
		"<html><body><script>alert(1)</script></body></html>": "表示される文字がありません",
		"%PDF-1.7\nrubbish": "pdftotext",
	} {
		page := s.form("/register", entryForm("read", "paste", paste, "owner", "製造部"), http.StatusUnprocessableEntity)
		holds(t, page, want, `value="製造部"`)
	}
	hostile := `<html><body onload="alert(1)"><p>We notify customers of a security incident within 24 hours of detecting it <img src=x onerror=alert(2)>.</p><script>fetch("//x")</script></body></html>`
	page := s.form("/register", entryForm("read", "paste", hostile), http.StatusOK)
	holds(t, page, "24時間", "1件の約束を下書きしました")
	if strings.Contains(page, "<img") || strings.Contains(page, "<script>") {
		t.Error("the paper's own elements are in the page")
	}
}

// What analysts may not publish they can write.
func TestAnalystsWriteAndAdminsPublish(t *testing.T) {
	g := newGuarded(t)
	page := g.get("/register/new", g.keys["analyst"])
	holds(t, page, "An admin publishes")
	if strings.Contains(page, "/register/publish") {
		t.Error("an analyst is offered to publish")
	}
	if page := g.get("/vendors/sotas", g.keys["viewer"]); strings.Contains(page, "<form class=\"new\"") || strings.Contains(page, "/register/sotas") {
		t.Error("a viewer is offered forms")
	}
}

// BenchmarkRegister shows 80 vendors with 300 promises.
func BenchmarkRegister(b *testing.B) {
	s := newSite(b)
	for i := range 75 {
		text := fmt.Sprintf("id: v%d\nname: Vendor %d\nservices: [One, Two]\nowner: IT\ncontract: {from: 2024-04-01, to: 2026-06-10}\npromises:\n", i, i)
		for j := range 4 {
			text += fmt.Sprintf("  - {id: p%d, source: {document: Paper, quote: We notify.}, start: detected, due: %dh}\n", j, j+1)
		}
		v := register.Version{Vendor: fmt.Sprintf("v%d", i), By: "user:sato", Reason: "x", At: s.now(), Text: text}
		if err := s.store.Publish(b.Context(), &v); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.options.Register.TakeOver(b.Context()); err != nil {
		b.Fatal(err)
	}
	for _, path := range []string{"/vendors", "/vendors?view=waits", "/vendors/v1"} {
		b.Run(strings.Trim(path, "/"), func(b *testing.B) {
			s.get(path)
			for b.Loop() {
				s.set(s.now().Add(time.Second)) // no limit is to be reached
				s.get(path)
			}
		})
	}
}

// hiddenFields returns the values of hidden fields of a page.
func hiddenFields(page, name string) (values []string) {
	for _, part := range strings.Split(page, `<input type="hidden" name="`+name+`" value="`)[1:] {
		value, _, _ := strings.Cut(part, `"`)
		values = append(values, html.UnescapeString(value))
	}
	return values
}

// textarea returns the text of a field of a page.
func textarea(page, name string) string {
	_, after, _ := strings.Cut(page, ` name="`+name+`"`)
	_, after, _ = strings.Cut(after, ">")
	text, _, _ := strings.Cut(after, "</textarea>")
	return html.UnescapeString(text)
}

// A table that was exported is changed and read back: first it is shown what that changes.
func TestTheRegisterAsATable(t *testing.T) {
	s := newSite(t)
	s.publish(acmeEntry, "x", 0)
	page := s.get("/vendors")
	holds(t, page, `href="/api/v1/register?format=csv&amp;lang=en"`)
	table := s.get("/api/v1/register?format=csv&lang=en")
	post := func(table string, status int, fields ...string) string {
		form := url.Values{"name": {"register.csv"}, "content": {base64.StdEncoding.EncodeToString([]byte(table))}}
		for i := 0; i < len(fields); i += 2 {
			form.Set(fields[i], fields[i+1])
		}
		return s.form("/register/import", form, status)
	}
	holds(t, post(table, http.StatusOK), "Nothing changes")
	changed := strings.Replace(table, "情報システム部", "総務部", 1)
	holds(t, post(changed, http.StatusOK), "What the file changes", "<b>acme</b>", "Publish 1")
	if strings.Contains(s.get("/vendors"), "総務部") {
		t.Error("what was shown is in force")
	}
	holds(t, post(changed, http.StatusUnprocessableEntity, "confirmed", "yes"), "say in a few words why", "Publish 1")
	holds(t, post(changed, http.StatusSeeOther, "confirmed", "yes", "reason", "組織変更"), "Published, and in force", "総務部")
	holds(t, post("", http.StatusUnprocessableEntity), "Please check your entries")
}
