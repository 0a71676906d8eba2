package web_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

const acmeText = `id: acme
name: {ja: アクメ株式会社, en: Acme}
services: [Acme Cloud]
owner: 情報システム部
contacts: [{name: 山田太郎, mail: soc@acme.example}]
contract: {from: 2026-04-01, to: 2027-03-31}
promises:
  - {id: notice, source: {document: White paper, quote: 24時間以内に通知します。}, start: detected, due: 24h}
`

// body is a request body in JSON.
func body(t *testing.T, fields map[string]any) string {
	t.Helper()
	data, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// answer is the JSON of a response that must have a status.
func (s *site) answer(status int, method, path, body string, headers ...string) map[string]any {
	s.t.Helper()
	if body != "" {
		headers = append(headers, "Content-Type: application/json")
	}
	res := s.send(method, path, body, headers...)
	if res.StatusCode != status {
		s.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, text(s.t, res))
	}
	return object(s.t, res)
}

// A text is checked, published, changed from a date, and withdrawn. The error for who
// publishes second names who was first.
func TestRegisterOverTheAPI(t *testing.T) {
	s := newSite(t)
	checked := s.answer(200, "POST", "/api/v1/vendors/check", body(t, map[string]any{"text": acmeText, "start": "2026-05-02T22:10"}))
	example := checked["promises"].([]any)[0].(map[string]any)["example"].(map[string]any)
	if checked["valid"] != true || example["due"] != "2026-05-03T22:10:00+09:00" || len(checked["doubts"].([]any)) != 0 {
		t.Errorf("%v", checked)
	}
	if res := s.send("GET", "/api/v1/vendors/acme", ""); res.StatusCode != http.StatusNotFound {
		t.Errorf("a check published: %d", res.StatusCode)
	}
	published := s.answer(201, "POST", "/api/v1/vendors", body(t, map[string]any{"text": acmeText, "reason": "契約", "by": "sato"}))
	if published["number"] != 1.0 || published["by"] != "sato" {
		t.Errorf("%v", published)
	}
	v := s.answer(200, "GET", "/api/v1/vendors/acme", "")
	if v["kept"] != "register" || v["version"] != 1.0 || v["owner"] != "情報システム部" || v["contract"].(map[string]any)["to"] != "2027-03-31" || len(v["contacts"].([]any)) != 1 {
		t.Errorf("%v", v)
	}
	next := map[string]any{"text": strings.Replace(acmeText, "due: 24h", "due: 12h", 1), "reason": "第2版", "base": 1, "from": "2026-10-01"}
	if second := s.answer(201, "POST", "/api/v1/vendors", body(t, next)); second["number"] != 2.0 || !strings.Contains(second["text"].(string), "to: 2026-09-30") {
		t.Errorf("%v", second)
	}
	late := s.answer(409, "POST", "/api/v1/vendors", body(t, map[string]any{"text": acmeText, "reason": "x", "base": 1}))
	if !strings.Contains(late["detail"].(string), "as version 2 by api at 2026-05-07") {
		t.Errorf("%v", late)
	}
	versions := s.answer(200, "GET", "/api/v1/vendors/acme/versions", "")["versions"].([]any)
	if len(versions) != 2 || versions[1].(map[string]any)["text"] != acmeText {
		t.Errorf("%v", versions)
	}
	if w := s.answer(200, "POST", "/api/v1/vendors/acme/withdraw", `{"base":2,"reason":"契約終了"}`); w["withdrawn"] != true {
		t.Errorf("%v", w)
	}
	s.answer(404, "GET", "/api/v1/vendors/acme", "")
	if versions := s.answer(200, "GET", "/api/v1/vendors/acme/versions", "")["versions"].([]any); len(versions) != 3 {
		t.Errorf("%v", versions)
	}
	s.answer(404, "GET", "/api/v1/vendors/none/versions", "")
}

// Mistakes in a text are the answer of a check, with lines; a publication of it is refused
// with the same ones.
func TestMistakesInAnEntry(t *testing.T) {
	s := newSite(t)
	faulty := strings.Replace(acmeText, "start: detected", "start: detectd", 1)
	checked := s.answer(200, "POST", "/api/v1/vendors/check", body(t, map[string]any{"text": faulty}))
	problems := checked["problems"].([]any)
	if checked["valid"] != false || len(problems) != 1 || !strings.Contains(problems[0].(map[string]any)["message"].(string), "line 8") {
		t.Errorf("%v", checked)
	}
	refused := s.answer(422, "POST", "/api/v1/vendors", body(t, map[string]any{"text": faulty, "reason": "r"}))
	if !strings.Contains(refused["detail"].(string), "detectd") {
		t.Errorf("%v", refused)
	}
	bare := strings.Replace(acmeText, "source: {document: White paper, quote: 24時間以内に通知します。}, ", "", 1)
	if checked := s.answer(200, "POST", "/api/v1/vendors/check", body(t, map[string]any{"text": bare})); len(checked["doubts"].([]any)) != 1 {
		t.Errorf("%v", checked)
	}
	for field, value := range map[string]string{"from": "2026-02-30", "start": "someday"} {
		if res := s.send("POST", "/api/v1/vendors/check", body(t, map[string]any{"text": acmeText, field: value})); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s %s: %d", field, value, res.StatusCode)
		}
	}
}

// Of two people who save a draft the second is told, with 409 or, with If-Match, 412.
func TestDraftsOverTheAPI(t *testing.T) {
	s := newSite(t)
	const path = "/api/v1/vendors/acme/draft"
	s.answer(404, "GET", path, "")
	res := s.send("PUT", path, `{"text":"id: [","by":"yamada"}`)
	if res.StatusCode != http.StatusOK || res.Header.Get("ETag") != `"1"` {
		t.Fatal(res.StatusCode, res.Header)
	}
	late := s.answer(409, "PUT", path, `{"text":"id: acme"}`)
	if !strings.Contains(late["detail"].(string), "saved meanwhile by yamada at 2026-05-07") {
		t.Errorf("%v", late)
	}
	if d := s.answer(200, "PUT", path, `{"text":"id: acme"}`, "If-Match: \"1\""); d["revision"] != 2.0 {
		t.Errorf("%v", d)
	}
	s.answer(412, "PUT", path, `{"text":"id: other"}`, "If-Match: \"1\"")
	s.answer(422, "PUT", path, `{"text":"id: other"}`, "If-Match: x")
	s.answer(412, "DELETE", path, "", "If-Match: \"1\"")
	s.answer(409, "DELETE", path+"?revision=1", "")
	if d := s.answer(200, "GET", path, ""); d["text"] != "id: acme" || d["by"] != "api" {
		t.Errorf("%v", d)
	}
	if res := s.send("DELETE", path, "", "If-Match: \"2\""); res.StatusCode != http.StatusNoContent {
		t.Errorf("%d", res.StatusCode)
	}
	s.answer(404, "GET", path, "")
}

// Papers are kept with their file, reviews with their days, of every vendor.
func TestPapersOverTheAPI(t *testing.T) {
	s := newSite(t)
	content := "%PDF-1.7 white paper"
	document := map[string]any{"title": "White paper", "edition": "2", "dated": "2026-04-01", "name": "paper.pdf", "content": base64.StdEncoding.EncodeToString([]byte(content))}
	if d := s.answer(201, "POST", "/api/v1/vendors/sotas/documents", body(t, document)); d["number"] != 1.0 || d["type"] != "application/pdf" || d["dated"] != "2026-04-01" {
		t.Errorf("%v", d)
	}
	s.answer(404, "POST", "/api/v1/vendors/none/documents", body(t, document))
	document["dated"] = "1 April"
	s.answer(422, "POST", "/api/v1/vendors/sotas/documents", body(t, document))
	res := s.send("GET", "/api/v1/vendors/sotas/documents/1", "")
	if got := text(t, res); got != content || !strings.Contains(res.Header.Get("Content-Disposition"), "paper.pdf") || res.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("%q %v", got, res.Header)
	}
	s.answer(404, "GET", "/api/v1/vendors/sotas/documents/2", "")
	if r := s.answer(201, "POST", "/api/v1/vendors/sotas/reviews", `{"next_on":"2027-05-01","note":"変更なし"}`); r["reviewed_on"] != "2026-05-07" {
		t.Errorf("%v", r)
	}
	s.answer(422, "POST", "/api/v1/vendors/sotas/reviews", `{"reviewed_on":"2026-05-08"}`)
	s.answer(404, "POST", "/api/v1/vendors/none/reviews", `{}`)
	for path, list := range map[string]string{"documents": "documents", "reviews": "reviews"} {
		if got := s.answer(200, "GET", "/api/v1/vendors/sotas/"+path, "")[list].([]any); len(got) != 1 {
			t.Errorf("%v", got)
		}
	}
	for _, v := range s.answer(200, "GET", "/api/v1/vendors", "")["vendors"].([]any) {
		vendor := v.(map[string]any)
		_, reviewed := vendor["last_review"]
		if is := vendor["id"] == "sotas"; reviewed != is || (vendor["documents"] != nil) != is || vendor["kept"] != "catalogue" {
			t.Errorf("%v: %v, %v", vendor["id"], vendor["documents"], vendor["last_review"])
		}
	}
}

// The register is exported, changed in a table, tried, and imported; a fault is answered
// with its line, and nothing is published.
func TestRegisterAsAFile(t *testing.T) {
	s := newSite(t)
	table := text(t, s.send("GET", "/api/v1/register?vendor=sotas&lang=en", ""))
	if !strings.HasPrefix(table, "\ufeffvendor,name (ja)") || strings.Count(table, "\r\n") < 2 {
		t.Fatalf("%q", table)
	}
	send := func(status int, name, content string, dry bool) map[string]any {
		t.Helper()
		return s.answer(status, "POST", "/api/v1/register", body(t, map[string]any{
			"name": name, "content": base64.StdEncoding.EncodeToString([]byte(content)), "reason": "棚卸し", "dry_run": dry, "by": "sato",
		}))
	}
	if got := send(200, "a.csv", table, false)["changes"].([]any); len(got) != 0 {
		t.Errorf("%v", got)
	}
	const changed = "vendor,owner\nsotas,調達部\nnew,総務部\n"
	if got := send(200, "a.csv", changed, true)["changes"].([]any); len(got) != 2 || got[1].(map[string]any)["new"] != true || got[0].(map[string]any)["version"] != 0.0 {
		t.Errorf("%v", got)
	}
	s.answer(404, "GET", "/api/v1/vendors/new", "")
	faulty := send(422, "a.csv", changed+"Bad Id,x\n", false)
	if !strings.Contains(faulty["detail"].(string), "a.csv, line 4: vendor Bad Id") {
		t.Errorf("%v", faulty)
	}
	s.answer(404, "GET", "/api/v1/vendors/new", "")
	if got := send(200, "a.csv", changed, false)["changes"].([]any); len(got) != 2 || got[0].(map[string]any)["version"] != 1.0 {
		t.Errorf("%v", got)
	}
	if v := s.answer(200, "GET", "/api/v1/vendors/new", ""); v["owner"] != "総務部" || v["kept"] != "register" {
		t.Errorf("%v", v)
	}
	entries := text(t, s.send("GET", "/api/v1/register?format=yaml", ""))
	if got := send(200, "a.yaml", entries, false)["changes"].([]any); len(got) != 0 {
		t.Errorf("%v", got)
	}
	s.answer(422, "GET", "/api/v1/register?vendor=none", "")
}
