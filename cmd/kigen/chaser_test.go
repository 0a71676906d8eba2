package main_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestChaser prints the letter as a person pastes it, and hands JSON on as it
// came.
func TestChaser(t *testing.T) {
	t.Parallel()
	const letter = `{"incident":"KGN-3","tone":"overdue","lang":"en","to":"soc@vendor.example","subject":"Urgent","body":"Dear team,\n\nplease\u001b[31m answer.\n","reply_by":"2026-05-07T16:00:00+09:00"}`
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.String())
		_, _ = w.Write([]byte(letter))
	}))
	defer server.Close()
	env := []string{"KIGEN_URL=" + server.URL}
	if r := runIn(t, t.TempDir(), env, "", "incident", "chaser", "3", "--lang", "en"); r.stdout != "To: soc@vendor.example\nSubject: Urgent\n\nDear team,\n\nplease\\u001b[31m answer.\n" {
		t.Errorf("%q %s", r.stdout, r.stderr)
	}
	if r := runIn(t, t.TempDir(), env, "", "incident", "chaser", "KGN-3", "--json"); strings.TrimSpace(r.stdout) != letter {
		t.Errorf("%q %s", r.stdout, r.stderr)
	}
	if want := "GET /api/v1/incidents/KGN-3/chaser?lang=en GET /api/v1/incidents/KGN-3/chaser?lang=ja"; strings.Join(asked, " ") != want {
		t.Errorf("asked %q", asked)
	}
	if r := runIn(t, t.TempDir(), env, "", "incident", "chaser", "three"); r.code != 2 || !strings.Contains(r.stderr, "KGN-42") {
		t.Errorf("exit %d, %s", r.code, r.stderr)
	}
}
