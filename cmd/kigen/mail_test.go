package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kigen/notify/fakemail"
)

// kigen notify test fails where one recipient is refused, and names it.
func TestNotifyTestNamesRecipients(t *testing.T) {
	t.Parallel()
	server := new(fakemail.Server)
	server.AnswerRecipients(map[string]func() string{"gone@example.jp": fakemail.Always("550 5.1.1 no such user")})
	address := server.Listen(t)
	dir := t.TempDir()
	test := func(to string) result {
		yaml := `destinations: {lead: {email: {smtp: "smtp://` + address + `", from: kigen@example.jp, to: [` + to + "]}}}\n"
		if err := os.WriteFile(filepath.Join(dir, "kigen.yaml"), []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		return runIn(t, dir, nil, "", "notify", "test", "lead", "--config", "kigen.yaml", "--lang", "en")
	}
	if r := test("ok@example.jp"); r.code != 0 {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
	for _, to := range []string{"ok@example.jp, gone@example.jp", "gone@example.jp"} {
		r := test(to)
		if r.code != 1 || !strings.Contains(r.stderr, "gone@example.jp") || !strings.Contains(r.stderr, "no such user") || strings.Contains(r.stderr, "ok@") {
			t.Errorf("to %s: exit %d: %s", to, r.code, r.stderr)
		}
	}
}
