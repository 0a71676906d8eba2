package main_test

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Two daemons on one database would tell everything twice: the second refuses
// and says who is there, and reading goes on.
func TestSecondDaemonRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, dir, "serve")
	first.ask("incident", "log", "--vendor", "sotas", "--title", "Down", "--occurred-at", "2026-05-01 18:00")

	second := runIn(t, dir, []string{"KIGEN_LISTEN=127.0.0.1:0"}, "", "serve")
	if second.code != 1 {
		t.Fatalf("a second daemon ended with %+v, want 1", second)
	}
	for _, part := range []string{"kigen.db", "pid " + strconv.Itoa(first.cmd.Process.Pid), first.url, "stop it first"} {
		if !strings.Contains(second.stderr, part) {
			t.Errorf("the refusal %q lacks %q", second.stderr, part)
		}
	}
	for _, args := range [][]string{{"db", "verify"}, {"db", "backup", "copy.db"}, {"report", "2026-05"}, {"db", "migrate"}} {
		worked(t, runIn(t, dir, nil, "", args...), args...)
	}

	first.signal(syscall.SIGKILL)
	third := start(t, dir, "serve") // kill -9 leaves no lock behind
	if list := third.ask("incident", "list"); !strings.Contains(list, "KGN-1") {
		t.Errorf("the list is\n%s", list)
	}
	if code := third.signal(syscall.SIGTERM); code != 0 {
		t.Errorf("serve ended with %d", code)
	}
	if text, err := os.ReadFile(dir + "/kigen.db.lock"); err != nil || len(text) > 0 {
		t.Errorf("a daemon that stopped still says %q (%v)", text, err)
	}
}
