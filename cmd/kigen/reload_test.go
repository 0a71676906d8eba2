package main_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kigen/notify/fakeslack"
)

const otherChannel = "C0000000002"

// town is a Slack with two channels, and a kigen whose configuration a test
// rewrites while it runs.
type town struct {
	t     *testing.T
	slack *fakeslack.Slack
	api   string
	dir   string
	kigen *process
}

// newTown starts a kigen with the given destinations and policies.
func newTown(t *testing.T, destinations, alerts string) *town {
	t.Helper()
	w := &town{t: t, dir: t.TempDir()}
	w.slack = fakeslack.New(fakeslack.Options{Token: botToken, Channels: []string{channel, otherChannel}})
	server := httptest.NewServer(w.slack)
	t.Cleanup(server.Close)
	w.api = server.URL + "/api/"
	w.write(destinations, alerts)
	w.kigen = serve(t, w.dir)
	return w
}

// to is a destination that writes to a channel of the town.
func (w *town) to(channel string) string {
	return fmt.Sprintf("{slack: {token: %s, channel: %s, api_url: %q}}", botToken, channel, w.api)
}

// write replaces the configuration; SLACK and OTHER stand for the two channels,
// DEAD for a receiver that is not there.
func (w *town) write(destinations, alerts string) {
	w.t.Helper()
	text := "language: en\ndestinations:\n" + destinations + "\nalerts:\n" + alerts + "\n"
	text = strings.NewReplacer("SLACK", w.to(channel), "OTHER", w.to(otherChannel), "DEAD", "{webhook: {url: \"http://127.0.0.1:1/hook\"}}").Replace(text)
	if err := os.WriteFile(filepath.Join(w.dir, "kigen.yaml"), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// in lists the messages of a channel that speak of an incident.
func (w *town) in(channel, id string) (found []fakeslack.Message) {
	for _, m := range w.slack.Messages() {
		if m.Channel == channel && strings.Contains(m.Text+m.Shown(), id) {
			found = append(found, m)
		}
	}
	return found
}

func (w *town) reload() string {
	w.t.Helper()
	return w.kigen.ask("reload", "--config", "kigen.yaml")
}

func (w *town) events(id string) string {
	return w.kigen.ask("incident", "show", id, "--json")
}

// A file that is right is put in force as a whole, by SIGHUP and by command.
func TestReloadPutsANewConfigurationInForce(t *testing.T) {
	t.Parallel()
	w := newTown(t, "  soc: SLACK", "  - {to: [soc]}")
	if got := w.kigen.get("/metrics"); !strings.Contains(got, "kigen_config_last_reload_successful 1") {
		t.Errorf("the metrics of a fresh start lack the gauge:\n%s", got)
	}
	w.write("  soc: SLACK\n  lead: OTHER", "  - {to: [soc]}\n  - {to: [lead]}")
	if err := w.kigen.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "the reload", func() bool { return strings.Contains(w.kigen.out.String(), "configuration reloaded") })
	if out := w.kigen.out.String(); !strings.Contains(out, "destinations_added=[lead]") || !strings.Contains(out, "policies_adopted=true") {
		t.Errorf("the log does not say what changed:\n%s", out)
	}
	id, due := w.kigen.logDueIn(3*time.Second, "After the reload")
	eventually(t, time.Until(due)+20*time.Second, "the alert at both", func() bool {
		return len(w.in(channel, id)) == 1 && len(w.in(otherChannel, id)) == 1
	})

	w.write("  soc: SLACK", "  - {to: [soc]}")
	w.rewrite("database: other.db\n")
	out := w.reload()
	for _, want := range []string{"destinations removed: lead", "alert policies: applied", "restart; the old value stays until then: database"} {
		if !strings.Contains(out, want) {
			t.Errorf("kigen reload does not say %q:\n%s", want, out)
		}
	}
	if code := w.kigen.signal(syscall.SIGTERM); code != 0 {
		t.Errorf("serve ended with %d after its reloads", code)
	}
	worked(t, runIn(t, w.dir, nil, "", "db", "verify"))
}

// rewrite puts a line in front of the configuration.
func (w *town) rewrite(line string) {
	w.t.Helper()
	path := filepath.Join(w.dir, "kigen.yaml")
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append([]byte(line), text...), 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// A file with mistakes changes nothing, and all its mistakes are named.
func TestReloadRefusesAFileWithMistakes(t *testing.T) {
	t.Parallel()
	w := newTown(t, "  soc: SLACK", "  - {to: [soc]}")
	w.write("  soc: SLACK\n  lead: {}", "  - {to: [nobody]}")
	r := w.kigen.try("reload", "--config", "kigen.yaml")
	if r.code != 1 {
		t.Errorf("exit %d, want 1", r.code)
	}
	for _, want := range []string{"the previous one stays in effect", "kigen.yaml:4", "destinations.lead", "kigen.yaml:6", `"nobody"`, "alerts[0].to"} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("the mistakes lack %q:\n%s", want, r.stderr)
		}
	}
	status, problem := w.postReload()
	if status != http.StatusUnprocessableEntity || len(problem.Errors) != 2 || !strings.Contains(problem.Errors[0].Location, "kigen.yaml:4 destinations.lead") {
		t.Errorf("the API answers %d with %+v", status, problem)
	}
	if err := w.kigen.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "the refusal in the log", func() bool {
		return strings.Contains(w.kigen.out.String(), "configuration refused")
	})
	if got := w.kigen.get("/metrics"); !strings.Contains(got, "kigen_config_last_reload_successful 0") {
		t.Error("the gauge does not say that the file was refused")
	}
	id, due := w.kigen.logDueIn(3*time.Second, "Under the configuration before")
	eventually(t, time.Until(due)+20*time.Second, "the alert", func() bool { return len(w.in(channel, id)) == 1 })
}

type problemDocument struct {
	Errors []struct{ Location, Message string }
}

func (w *town) postReload() (status int, p problemDocument) {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.kigen.url+"/api/v1/reload", http.NoBody)
	if err != nil {
		w.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&p); err != nil {
		w.t.Fatal(err)
	}
	return response.StatusCode, p
}

// A destination under another name is the same place: nothing is told twice,
// and what it posted before is changed in place.
func TestRenamedDestinationGoesOn(t *testing.T) {
	t.Parallel()
	w := newTown(t, "  soc: SLACK", "  - {to: [soc]}")
	id, due := w.kigen.logDueIn(3*time.Second, "Told under the old name")
	eventually(t, time.Until(due)+20*time.Second, "the alert", func() bool { return len(w.in(channel, id)) == 1 })
	eventually(t, 20*time.Second, "its receipt", func() bool { return strings.Contains(w.kigen.get("/metrics"), "kigen_oldest_unsent_seconds 0\n") })
	w.write("  duty: SLACK", "  - {to: [duty]}")
	if out := w.reload(); !strings.Contains(out, "soc: replaced by duty, which has the same address") {
		t.Errorf("the reload says\n%s", out)
	}
	w.kigen.ask("incident", "notice", id, "--channel", "email")
	eventually(t, 20*time.Second, "the update of what the old name posted", func() bool {
		m := w.in(channel, id)
		return len(m) == 1 && m[0].Edits > 0 && strings.Contains(m[0].Shown(), "notified")
	})
	pause(t, 2*time.Second)
	if n := len(w.in(channel, id)); n != 1 {
		t.Errorf("the channel was told %d times", n)
	}

	w.kigen.signal(syscall.SIGKILL) // and so with a restart
	w.write("  night: SLACK", "  - {to: [night]}")
	w.kigen = serve(t, w.dir)
	w.kigen.ask("incident", "amend", id, "--title", "Another title")
	eventually(t, 20*time.Second, "the update after a restart", func() bool {
		m := w.in(channel, id)
		return len(m) == 1 && strings.Contains(m[0].Shown(), "Another title")
	})
	w.kigen.signal(syscall.SIGTERM)
	worked(t, runIn(t, w.dir, nil, "", "db", "verify"))
}

// A schedule that is allowed and may not be meant is no mistake, and is said.
func TestConfigCheckWarnsOfSkippedMonths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := "language: en\nreport: {to: [console], schedule: \"0 9 31 * *\"}\n"
	if err := os.WriteFile(filepath.Join(dir, "kigen.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := runIn(t, dir, nil, "", "config", "check", "kigen.yaml")
	if r.code != 0 || !strings.Contains(r.stdout, "skips months that have no such day: February, April") {
		t.Errorf("exit %d:\n%s%s", r.code, r.stdout, r.stderr)
	}
}

// What waits for a destination that is removed is told where the policies say
// now, and keeps nothing from being ready.
func TestRemovedDestinationLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	w := newTown(t, "  siem: DEAD\n  lead: OTHER", "  - {to: [siem]}\n  - {to: [lead], after: 100h}")
	id, due := w.kigen.logDueIn(3*time.Second, "Nobody was told of it")
	db := reading(t, w.dir)
	defer db.Close()
	eventually(t, time.Until(due)+20*time.Second, "a failed attempt", func() bool {
		var n int
		return db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM deliveries WHERE attempts > 0 AND destination = 'siem'`).Scan(&n) == nil && n > 0
	})
	w.write("  lead: OTHER", "  - {to: [lead]}")
	if out := w.reload(); !strings.Contains(out, "siem: 1 unsent messages discarded") {
		t.Errorf("the reload says\n%s", out)
	}
	eventually(t, 20*time.Second, "the alert at the destination that there is", func() bool { return len(w.in(otherChannel, id)) == 1 })
	eventually(t, 20*time.Second, "an empty outbox", func() bool { return strings.Contains(w.kigen.get("/metrics"), "kigen_oldest_unsent_seconds 0\n") })
	if text := w.events(id); !strings.Contains(text, `"retired"`) || !strings.Contains(text, `"siem"`) {
		t.Errorf("the history does not speak of it:\n%s", text)
	}
	if page := w.kigen.get("/health"); !strings.Contains(page, "No longer configured") {
		t.Error("/health does not name what left")
	}
	if got := w.kigen.get("/readyz"); got != "ready\n" {
		t.Errorf("/readyz says %q", got)
	}
	w.kigen.signal(syscall.SIGKILL)
	again := serve(t, w.dir)
	pause(t, 2*time.Second)
	if n := len(w.in(otherChannel, id)); n != 1 {
		t.Errorf("told %d times after a restart", n)
	}
	again.signal(syscall.SIGTERM)
	worked(t, runIn(t, w.dir, nil, "", "db", "verify"))
}

// The reader of standard output and error goes away: the console can't be told
// any more, everybody else is.
func TestAClosedPipeDoesNotEndTheDaemon(t *testing.T) {
	t.Parallel()
	w := newTown(t, "  soc: SLACK\n  screen: {console: {}}", "  - {to: [soc, screen]}")
	w.kigen.signal(syscall.SIGTERM)
	cmd := command(context.WithoutCancel(t.Context()), w.dir, []string{"KIGEN_LISTEN=127.0.0.1:0"}, "serve", "--config", "kigen.yaml")
	read, written, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = written, written
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, dir: w.dir, cmd: cmd, out: &output{}}
	t.Cleanup(func() { p.signal(syscall.SIGKILL) })
	_ = written.Close()
	for lines := bufio.NewReader(read); p.url == ""; {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		p.url = address.FindString(line)
	}
	if err := read.Close(); err != nil { // as head -1 does
		t.Fatal(err)
	}
	id, due := p.logDueIn(3*time.Second, "The terminal is gone")
	eventually(t, time.Until(due)+20*time.Second, "the alert at Slack", func() bool { return len(w.in(channel, id)) == 1 })
	eventually(t, 20*time.Second, "the console's failure on /health", func() bool {
		return strings.Contains(p.get("/health"), "cannot write to the console")
	})
	if code := p.signal(syscall.SIGTERM); code != 0 {
		t.Errorf("serve ended with %d", code)
	}
}
