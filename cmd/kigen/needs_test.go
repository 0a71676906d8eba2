package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNeedsOnTheCommandLine: owners, notes, chasers, and several incidents at once.
func TestNeedsOnTheCommandLine(t *testing.T) {
	t.Parallel()
	_, dir := workspace(t)
	kigen := serve(t, dir)
	for range 3 {
		kigen.ask("incident", "log", "--vendor", "sustaina", "--title", "Sign-in fails", "--impact", "serious")
	}
	says := func(want string, args ...string) {
		t.Helper()
		if got := kigen.ask(append(args, "--lang", "en")...); !strings.Contains(got, want) {
			t.Errorf("%q says\n%s\nwant %q", args, got, want)
		}
	}
	says("KGN-1", "incident", "assign", "KGN-1", "--owner", "yamada")
	says("owner: sato", "incident", "assign", "KGN-1", "KGN-2", "--owner", "sato")
	says("KGN-2", "incident", "list", "--owner", "sato")
	says("KGN-3", "incident", "list", "--owner", "unowned")
	says("no incidents", "incident", "list", "--owner", "mine")
	says("KGN-2  ", "incident", "list", "-q", "sato")
	kigen.ask("incident", "ack", "KGN-2", "KGN-3", "--by", "mori")
	says("KGN-3", "incident", "list", "--owner", "mori")
	says("KGN-3", "incident", "assign", "KGN-3", "--none")
	says("KGN-3", "incident", "list", "--owner", "unowned")

	if err := os.WriteFile(filepath.Join(dir, "call.txt"), []byte("10:05"), 0o600); err != nil {
		t.Fatal(err)
	}
	kigen.ask("incident", "note", "1", "--text", "Called at 10:05, no answer.", "--file", filepath.Join(dir, "call.txt"))
	kigen.ask("incident", "chased", "1", "--to", "support@example.jp", "--message-id", "<1@example.jp>")
	for _, want := range []string{"owner  ", "sato", "Called at 10:05, no answer.", "file: call.txt", "vendor asked", "support@example.jp", "none → yamada", "yamada → sato"} {
		says(want, "incident", "show", "1")
	}
	says(`"message_id":"<1@example.jp>"`, "incident", "show", "1", "--json")

	kigen.ask("incident", "cancel", "KGN-2", "--reason", "twice")
	if r := kigen.try("--lang", "en", "incident", "ack", "KGN-1", "KGN-2"); r.code == 0 || !strings.Contains(r.stderr, "KGN-2: ") || !strings.Contains(r.stdout, "KGN-1") {
		t.Errorf("exit %d\n%s\n%s", r.code, r.stdout, r.stderr)
	}
	if r := kigen.try("--lang", "en", "incident", "note", "KGN-1"); r.code != 2 || !strings.Contains(r.stderr, "--text is missing") {
		t.Errorf("exit %d\n%s", r.code, r.stderr)
	}
	if r := kigen.try("--lang", "en", "incident", "ack", "KGN-1", "x"); r.code != 2 || !strings.Contains(r.stderr, "KGN-42") {
		t.Errorf("exit %d\n%s", r.code, r.stderr)
	}
}
