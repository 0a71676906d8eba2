package web_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/tracker"
)

func (s *site) events(id sla.IncidentID) (events []sla.Event) {
	s.t.Helper()
	err := s.store.View(s.t.Context(), func(r tracker.Reader) (err error) {
		events, err = r.Events(s.t.Context(), id)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return events
}

// TestErasure: what is erased is in no table, the verdict stays, the record verifies, and
// the bundle says what was erased and verifies.
func TestErasure(t *testing.T) {
	g := newGuarded(t, func(o *web.Options) { o.Log = slog.New(slog.NewTextHandler(t.Output(), nil)) })
	g.seed()
	admin, analyst := g.keys["admin"], g.keys["analyst"]
	sum := g.noticeAs(analyst, "KGN-5", "yamada-taro.eml", "Dear Taro Yamada")
	res := g.send(http.MethodPost, "/api/v1/incidents/KGN-5/notices", `{"channel":"phone","text":"Taro Yamada called","reference":"YAMADA-1"}`, analyst)
	if res.StatusCode != http.StatusCreated {
		t.Fatal(res.StatusCode, text(t, res))
	}
	if res := g.send(http.MethodPatch, "/api/v1/incidents/KGN-5", `{"title":"Yamada Taro is affected","public_title":"Yamada","description":"Yamada again","tags":["yamada"]}`, analyst); res.StatusCode != http.StatusOK {
		t.Fatal(res.StatusCode, text(t, res))
	}
	for path, body := range map[string]string{
		"notes":              `{"text":"Called Yamada."}`,
		"chasers":            `{"to":"yamada@example.jp","channel":"email","message_id":"<yamada@example.jp>"}`,
		"notices/1/withdraw": `{"reason":"It was Yamada's."}`,
	} {
		if res := g.send(http.MethodPost, "/api/v1/incidents/KGN-5/"+path, body, analyst); res.StatusCode/100 != 2 {
			t.Fatal(path, res.StatusCode, text(t, res))
		}
	}
	before, err := g.store.Head(t.Context())
	g.must(err)
	erase := func(id, body, key string) *http.Response {
		t.Helper()
		return g.send(http.MethodPost, "/api/v1/incidents/"+id+"/erase", body, key)
	}
	if res := erase("KGN-5", `{"fields":["title"],"reason":"x"}`, analyst); res.StatusCode != http.StatusForbidden {
		t.Errorf("an analyst erases: %d", res.StatusCode)
	}
	if res := erase("KGN-5", `{"fields":["vendor"],"reason":"x"}`, admin); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(t, res), "use title, public_title") {
		t.Errorf("another field: %d", res.StatusCode)
	}
	verdict := g.get("/api/v1/incidents/KGN-5", admin)
	// In two steps, so that the second one also reaches what the first one repeats.
	for _, fields := range []string{`"title","tags"`, `"public_title","description","reference","notices","notes","chasers","files","file_names"`} {
		if res := erase("KGN-5", `{"fields":[`+fields+`],"reason":"their request"}`, admin); res.StatusCode != http.StatusOK {
			t.Fatal(res.StatusCode, text(t, res))
		}
		if err := g.store.VerifyHead(t.Context(), before); err != nil {
			t.Fatalf("after %s: %v", fields, err)
		}
	}
	events := len(g.events(5))
	if res := erase("KGN-5", `{"fields":["title","files"],"reason":"again"}`, admin); res.StatusCode != http.StatusOK || len(g.events(5)) != events {
		t.Errorf("what is erased is erased again: %d", res.StatusCode)
	}
	// Nothing of it is left: neither in the file nor in an answer.
	copied := t.TempDir() + "/copy.db"
	g.must(g.store.Backup(t.Context(), copied))
	content, err := os.ReadFile(copied)
	g.must(err)
	if strings.Contains(strings.ToLower(string(content)), "yamada") {
		t.Error("the database holds the name")
	}
	for _, path := range []string{"/api/v1/incidents/KGN-5", "/api/v1/incidents/KGN-5/events", "/incidents/5?lang=ja", "/incidents/5?lang=en", "/?lang=en"} {
		if answer := g.get(path, admin); strings.Contains(strings.ToLower(answer), "yamada") {
			t.Errorf("%s holds the name:\n%s", path, answer)
		}
	}
	if found, err := g.store.List(t.Context(), tracker.Query{Text: "Yamada"}); err != nil || len(found.Incidents) > 0 {
		t.Errorf("the search finds it: %v, %v", found.Incidents, err)
	}
	if found, err := g.store.List(t.Context(), tracker.Query{Text: "KGN-5"}); err != nil || len(found.Incidents) != 1 {
		t.Errorf("the search finds no incident: %v", err)
	}
	if res := g.send(http.MethodGet, "/api/v1/incidents/KGN-5/evidence/"+sum, "", admin); res.StatusCode != http.StatusNotFound {
		t.Errorf("the file is there: %d", res.StatusCode)
	}
	after := g.get("/api/v1/incidents/KGN-5", admin)
	clocks := func(answer string) string {
		var v struct{ Clocks json.RawMessage }
		g.must(json.Unmarshal([]byte(answer), &v))
		return string(v.Clocks)
	}
	if clocks(after) != clocks(verdict) || !strings.Contains(after, `"erased":true`) || !strings.Contains(after, `"title":"sha256:`) {
		t.Errorf("after:\n%s\nbefore:\n%s", after, verdict)
	}
	holds(t, g.get("/incidents/5?lang=en", admin), "Erased: title, tags (their request)", `erased</span>`)
	holds(t, g.get("/incidents/5?lang=ja", admin), "消去: 件名、タグ(理由: their request)")

	dir, names := unpack(t, g.get("/api/v1/incidents/KGN-5/bundle?lang=en", admin))
	if strings.Contains(strings.Join(names, " "), "evidence/") {
		t.Errorf("the bundle has the file: %v", names)
	}
	out, err := shell(t, dir, "sh verify.sh")
	if err != nil || !strings.HasSuffix(out, "intact\n") || !strings.Contains(out, "was erased") {
		t.Errorf("verify.sh: %v\n%s", err, out)
	}
	if out, _ := shell(t, dir, "grep -ril yamada ."); out != "" {
		t.Errorf("the bundle holds the name: %s", out)
	}
}

// TestTheSameFileAgain: a content that was erased with one incident comes back with a
// notice that has it, and what another incident has stays.
func TestTheSameFileAgain(t *testing.T) {
	s := newSite(t)
	s.seed()
	sum := s.notice("KGN-5", "a.eml", "We are sorry.")
	erase := func(id string) {
		t.Helper()
		if res := s.send(http.MethodPost, "/api/v1/incidents/"+id+"/erase", `{"fields":["files"],"reason":"x"}`); res.StatusCode != http.StatusOK {
			t.Fatal(res.StatusCode, text(t, res))
		}
		if err := s.store.Verify(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	status := func(id string) int {
		return s.send(http.MethodGet, "/api/v1/incidents/"+id+"/evidence/"+sum, "").StatusCode
	}
	erase("KGN-5")
	if status("KGN-5") != http.StatusNotFound {
		t.Error("it is still there")
	}
	s.set(s.now().Add(time.Minute))
	s.notice("KGN-3", "b.eml", "We are sorry.")
	s.notice("KGN-5", "c.eml", "We are sorry.")
	if status("KGN-3") != http.StatusOK || status("KGN-5") != http.StatusOK {
		t.Error("it does not come back")
	}
	erase("KGN-3")
	if status("KGN-3") != http.StatusNotFound || status("KGN-5") != http.StatusOK {
		t.Error("another incident's file is gone")
	}
}

// TestTheFormOfAnErasure is the admin's alone.
func TestTheFormOfAnErasure(t *testing.T) {
	g := newGuarded(t)
	g.seed()
	if strings.Contains(g.get("/incidents/5?lang=en", g.session("a-analyst")), "Erase personal data") {
		t.Error("an analyst is offered the form")
	}
	cookie := g.session("a-admin")
	holds(t, g.get("/incidents/5?lang=en", cookie), "Erase personal data", `value="file_names"`)
	form := func(body string) *http.Response {
		return g.send(http.MethodPost, "/incidents/5/erase?lang=en", body, cookie, "Content-Type: application/x-www-form-urlencoded", "Sec-Fetch-Site: same-origin")
	}
	if res := form("erase_reason=x"); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(t, res), "one or more of") {
		t.Errorf("without a field: %d", res.StatusCode)
	}
	if res := form("fields=title&fields=tags&erase_reason=x"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("%d %s", res.StatusCode, text(t, res))
	}
	holds(t, g.get("/incidents/5?lang=en&done=erase", cookie), "Erased. The hashes stay.", "sha256:")
}
