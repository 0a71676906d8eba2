package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kigen/notify/fakemail"
)

// kigen incident chaser shows the letter, and sends it by the daemon with --send: once, unless it is
// to go again.
func TestChase(t *testing.T) {
	t.Parallel()
	office := new(fakemail.Server)
	office.AnswerRecipients(map[string]func() string{"gone@sotas.example": fakemail.Always("550 5.1.1 no such user")})
	letters := func() int { return len(office.AcceptedFor("desk@sotas.example")) }
	dir := t.TempDir()
	yaml := `language: en
destinations: {lead: {email: {smtp: "smtp://` + office.Listen(t) + `?tls=none", from: kigen@example.jp, to: [lead@example.jp]}}}
`
	if err := os.WriteFile(filepath.Join(dir, "kigen.yaml"), []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	kigen := serve(t, dir)
	kigen.ask("incident", "log", "--vendor", "sotas", "--title", "Sign-in fails", "--impact", "serious", "--occurred-at", time.Now().Add(-240*time.Hour).Format(time.RFC3339))
	if shown := kigen.ask("incident", "chaser", "KGN-1", "--lang", "en"); !strings.Contains(shown, "KGN-1") || letters() != 0 {
		t.Errorf("%d letters, and it shows\n%s", letters(), shown)
	}
	sent := kigen.ask("incident", "chaser", "KGN-1", "--send", "--to", "desk@sotas.example", "--lang", "en")
	if letters() != 1 || !strings.Contains(sent, "desk@sotas.example") || !strings.Contains(sent, "[KGN-1]") || !strings.Contains(sent, "Message-ID: <chaser.KGN-1.") {
		t.Fatalf("%d letters, and it says\n%s", letters(), sent)
	}
	if r := kigen.try("incident", "chaser", "KGN-1", "--send", "--to", "desk@sotas.example", "--lang", "ja"); r.code != 1 && r.code != 2 || !strings.Contains(r.stderr, "送信済み") || letters() != 1 {
		t.Errorf("a second one: exit %d, %d letters: %s", r.code, letters(), r.stderr)
	}
	if r := kigen.try("incident", "chaser", "KGN-1", "--send", "--again", "--to", "gone@sotas.example", "--lang", "en"); r.code == 0 || !strings.Contains(r.stderr, "nothing was sent") || !strings.Contains(r.stderr, "no such user") {
		t.Errorf("to nobody: exit %d: %s", r.code, r.stderr)
	}
	again := kigen.ask("incident", "chaser", "KGN-1", "--send", "--again", "--to", "desk@sotas.example", "--via", "lead", "--json")
	var answer struct {
		Outcome   string
		MessageID string `json:"message_id"`
	}
	if err := json.Unmarshal([]byte(again), &answer); err != nil || answer.Outcome != "accepted" || letters() != 2 {
		t.Errorf("%d letters, %v: %s", letters(), err, again)
	}
	if shown := kigen.ask("incident", "show", "KGN-1", "--json"); strings.Count(shown, "<chaser.KGN-1.") < 2 || !strings.Contains(shown, answer.MessageID) {
		t.Errorf("on record is %s", shown)
	}
	if r := kigen.try("incident", "chaser", "KGN-1", "--to", "desk@sotas.example"); r.code != 2 {
		t.Errorf("--to without --send: exit %d: %s", r.code, r.stderr)
	}
}
