package main_test

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // the other program's way to the database
)

// Two daemons on one database would tell everything twice: the second refuses
// and says who is there, and reading goes on.
func TestSecondDaemonRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, dir, "serve")
	first.ask("incident", "log", "--vendor", "sotas", "--title", "Down", "--occurred-at", "2026-05-01 18:00")

	second := runIn(t, dir, []string{"KIGEN_LANGUAGE=en", "KIGEN_LISTEN=127.0.0.1:0"}, "", "serve")
	if second.code != 1 {
		t.Fatalf("a second daemon ended with %+v, want 1", second)
	}
	for _, part := range []string{"kigen.db", "pid " + strconv.Itoa(first.cmd.Process.Pid), first.url, "stop it first"} {
		if !strings.Contains(second.stderr, part) {
			t.Errorf("the refusal %q lacks %q", second.stderr, part)
		}
	}
	for _, args := range [][]string{{"db", "verify"}, {"db", "backup", "copy.db"}, {"report", "2026-05"}, {"db", "migrate"}} {
		worked(t, runIn(t, dir, english, "", args...), args...)
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

// A trial goes the whole way of an overdue alert, says how long each stage
// took, and leaves no incident behind.
func TestEndToEndTrial(t *testing.T) {
	t.Parallel()
	slack, dir := workspace(t)
	kigen := serve(t, dir)
	out := kigen.ask("notify", "test", "soc", "--end-to-end", "--config", "kigen.yaml")
	for _, part := range []string{"deadline planned", "-2.000 s", "alert stored", "sending started", "receipt recorded", "arrived at soc " + channel} {
		if !strings.Contains(out, part) {
			t.Errorf("the trial does not say %q:\n%s", part, out)
		}
	}
	if messages := slack.Messages(); len(messages) != 1 || !strings.Contains(messages[0].Shown(), "a test of alerts") {
		t.Errorf("the channel shows %+v", messages)
	}
	var trial struct {
		OK     bool `json:"ok"`
		Stages []struct {
			Stage string `json:"stage"`
			LagMS int64  `json:"lag_ms"`
		} `json:"stages"`
	}
	if err := json.Unmarshal([]byte(kigen.ask("notify", "test", "soc", "--end-to-end", "--json")), &trial); err != nil || !trial.OK || len(trial.Stages) != 4 {
		t.Fatalf("%+v (%v)", trial, err)
	}
	for _, s := range trial.Stages[1:] {
		if s.LagMS < 0 || s.LagMS > 5000 {
			t.Errorf("stage %s came %d ms after the deadline", s.Stage, s.LagMS)
		}
	}
	if list := kigen.ask("incident", "list", "--json"); strings.TrimSpace(list) != "[]" {
		t.Errorf("a trial shows in the list: %s", list)
	}
	if metrics := kigen.get("/metrics"); !strings.Contains(metrics, `kigen_alerts_raised_total{reason="test"} 2`) {
		t.Error("the metrics do not count the trials")
	}

	slack.Archive(channel)
	r := kigen.try("notify", "test", "soc", "--end-to-end", "--lang", "en")
	if r.code != 1 || !strings.Contains(r.stderr, `failed at stage "sent"`) || !strings.Contains(r.stdout, "sending started") {
		t.Errorf("a trial of an archived channel: %+v, want exit 1 and the stage", r)
	}
	if metrics := kigen.get("/metrics"); !strings.Contains(metrics, "kigen_oldest_unsent_seconds 0\n") {
		t.Error("a trial that failed still waits in the outbox")
	}
	unknown := kigen.try("notify", "test", "nobody", "--end-to-end")
	if unknown.code != 2 || !strings.Contains(unknown.stderr, "nobody") || !strings.Contains(unknown.stderr, "soc") {
		t.Errorf("an unknown destination: %+v, want exit 2 and those that there are", unknown)
	}
	if health := kigen.get("/health?lang=en"); !strings.Contains(health, "Nothing gets through to soc") {
		t.Errorf("the health page does not say that the channel is broken:\n%s", health)
	}
}

func TestRestoreFromABackup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, dir, "serve")
	first.ask("incident", "log", "--vendor", "sotas", "--title", "In the backup")
	worked(t, runIn(t, dir, english, "", "db", "backup", "copy.db"))
	first.ask("incident", "log", "--vendor", "sotas", "--title", "After it")
	held := runIn(t, dir, english, "", "db", "restore", "copy.db")
	if held.code != 1 || !strings.Contains(held.stderr, first.url) || !strings.Contains(held.stderr, "stop it first") {
		t.Errorf("restore under a running daemon: %+v, want exit 1 and who runs", held)
	}
	first.signal(syscall.SIGKILL)
	if r := runIn(t, dir, english, "", "db", "restore", "nowhere.db"); r.code != 2 || !strings.Contains(r.stderr, "nowhere.db") {
		t.Errorf("restore of nothing: %+v, want exit 2", r)
	}
	if out := worked(t, runIn(t, dir, english, "", "db", "restore", "copy.db", "--lang", "en")); !strings.Contains(out, "kept as "+dir+"/kigen.db.replaced-") {
		t.Errorf("restore says %s", out)
	}
	second := start(t, dir, "serve")
	if list := second.ask("incident", "list"); !strings.Contains(list, "In the backup") || strings.Contains(list, "After it") {
		t.Errorf("the list is\n%s", list)
	}
}

// Another program holds the database locked for longer than kigen waits for
// it, over a deadline. kigen says so, and goes on by itself when it may.
func TestLockedByAnotherProgram(t *testing.T) {
	t.Parallel()
	slack, dir := workspace(t)
	kigen := serve(t, dir)
	id, _ := kigen.logDueIn(3*time.Second, "Locked out")
	other, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "kigen.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	lock, err := other.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	eventually(t, 25*time.Second, "the error that names the lock", func() bool {
		return strings.Contains(kigen.out.String(), "another process holds it")
	})
	if n := len(slack.Messages()); n != 0 {
		t.Errorf("%d messages without a commit", n)
	}
	if status, after := acknowledgeStatus(t, kigen, id); status != http.StatusServiceUnavailable || after == "" {
		t.Errorf("the API answers %d, Retry-After %q", status, after)
	}
	if _, err := lock.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	eventually(t, 3*prompt, "the alert", func() bool {
		messages := slack.Messages()
		return len(messages) == 1 && strings.Contains(messages[0].Shown(), id)
	})
}

// acknowledgeStatus is what the API answers to an acknowledgement.
func acknowledgeStatus(t *testing.T, p *process, id string) (status int, retryAfter string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/api/v1/incidents/"+id+"/ack", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode, response.Header.Get("Retry-After")
}
