package main_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kigen/notify/fakeslack"
)

const (
	channel  = "C0123456789"
	botToken = "xoxb-end-to-end"
	// An alert must be at Slack this long after the deadline at the latest.
	prompt = 5 * time.Second
)

// workspace is a Slack to send to, and a folder with a configuration that
// does.
func workspace(t *testing.T) (slack *fakeslack.Slack, dir string) {
	t.Helper()
	slack = fakeslack.New(fakeslack.Options{Token: botToken, Channels: []string{channel}, EnforceRate: true, Burst: 3})
	server := httptest.NewServer(slack)
	t.Cleanup(server.Close)
	dir = t.TempDir()
	config := fmt.Sprintf(`
language: en
destinations:
  soc: {slack: {token: %s, channel: %s, api_url: "%s/api/"}}
alerts:
  - {to: [soc], repeat: 4h}
`, botToken, channel, server.URL)
	if err := os.WriteFile(filepath.Join(dir, "kigen.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return slack, dir
}

func serve(t *testing.T, dir string) *process {
	t.Helper()
	return start(t, dir, "serve", "--config", "kigen.yaml")
}

// incident is what scripts read of kigen incident … --json.
type incident struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	Clocks []struct {
		State string     `json:"state"`
		Due   *time.Time `json:"due"`
	} `json:"clocks"`
	Events []struct {
		Kind string `json:"kind"`
	} `json:"events"`
}

func readIncident(t *testing.T, text string) incident {
	t.Helper()
	var inc incident
	if err := json.Unmarshal([]byte(text), &inc); err != nil || len(inc.Clocks) == 0 {
		t.Fatalf("%v in %s", err, text)
	}
	return inc
}

// logDueIn logs an incident at a vendor that promised 24 hours, confirmed so
// long ago that its deadline is near.
func (p *process) logDueIn(d time.Duration, title string) (id string, due time.Time) {
	p.t.Helper()
	confirmed := time.Now().Add(d - 24*time.Hour).Format(time.RFC3339Nano)
	inc := readIncident(p.t, p.ask("incident", "log", "--vendor", "sustaina", "--title", title, "--impact", "serious", "--confirmed-at", confirmed, "--json"))
	if inc.State != "running" && inc.State != "at_risk" {
		p.t.Fatalf("a new incident is %s", inc.State)
	}
	return inc.ID, *inc.Clocks[0].Due
}

// overdueAlert waits for the one alert about a passed deadline and checks
// when it came.
func overdueAlert(t *testing.T, slack *fakeslack.Slack, due time.Time) fakeslack.Message {
	t.Helper()
	eventually(t, time.Until(due)+prompt, "the overdue alert", func() bool { return len(slack.Messages()) > 0 })
	calls := slack.Calls("chat.postMessage")
	if late := calls[0].At.Sub(due); late < 0 || late > prompt {
		t.Errorf("the alert came %s after the deadline", late)
	}
	return slack.Messages()[0]
}

// The main job: a vendor stays silent past its deadline, and Slack says so.
func TestSilenceNoticeAndReport(t *testing.T) {
	t.Parallel()
	slack, dir := workspace(t)
	kigen := serve(t, dir)
	id, due := kigen.logDueIn(4*time.Second, "Suspicious sign-in")
	kigen.ask("incident", "log", "--vendor", "cybertrust", "--title", "No time was promised")

	message := overdueAlert(t, slack, due)
	for _, want := range []string{id, "Suspicious sign-in", "24時間以内を目標", "CCJ"} {
		if !strings.Contains(message.Shown(), want) {
			t.Errorf("the alert lacks %q:\n%s", want, message.Shown())
		}
	}
	if list := kigen.ask("incident", "list", "--state", "overdue"); !strings.Contains(list, id) || strings.Contains(list, "No time") {
		t.Errorf("the overdue incidents are\n%s", list)
	}
	pause(t, 3*time.Second) // for a second alert, which must not come
	if n := len(slack.Calls("chat.postMessage")); n != 1 {
		t.Errorf("%d alerts were posted, want exactly one", n)
	}

	kigen.ask("incident", "notice", id, "--channel", "email", "--text", "We found the cause.")
	eventually(t, prompt, "the update", func() bool { return slack.Messages()[0].Edits > 0 })
	pause(t, 2*time.Second)
	messages := slack.Messages()
	if len(messages) != 1 || messages[0].TS != message.TS || messages[0].Edits != 1 {
		t.Errorf("the channel shows %d messages, the first edited %d times, want one edited once", len(messages), messages[0].Edits)
	}
	if shown := messages[0].Shown(); !strings.Contains(shown, "notified") {
		t.Errorf("the update does not say that the vendor spoke:\n%s", shown)
	}
	checkReport(t, kigen, due)
	if code := kigen.signal(syscall.SIGTERM); code != 0 {
		t.Errorf("serve ended with %d", code)
	}
	worked(t, runIn(t, dir, nil, "", "db", "verify"))
}

// checkReport reads the month's report beside the running daemon and through it.
func checkReport(t *testing.T, kigen *process, due time.Time) {
	t.Helper()
	month := due.In(time.FixedZone("", tokyo)).Format("2006-01")
	direct := worked(t, runIn(t, kigen.dir, nil, "", "report", month))
	if served := kigen.ask("report", month, "--lang", "ja"); served != direct {
		t.Errorf("the report through the daemon differs:\n%s\nand\n%s", served, direct)
	}
	var report struct {
		Totals struct {
			Incidents    int `json:"incidents"`
			Late         int `json:"late"`
			NoCommitment int `json:"no_commitment"`
		} `json:"totals"`
	}
	if err := json.Unmarshal([]byte(direct), &report); err != nil {
		t.Fatal(err)
	}
	if got := report.Totals; got.Incidents != 2 || got.Late != 1 || got.NoCommitment != 1 {
		t.Errorf("totals %+v, want two incidents, one late and one without a commitment", got)
	}
}

// Killed at any point, kigen goes on where it was.
func TestKilledAndStartedAgain(t *testing.T) {
	t.Parallel()
	slack, dir := workspace(t)
	first := serve(t, dir)
	id, due := first.logDueIn(2*time.Second, "Killed before the deadline")
	first.signal(syscall.SIGKILL)
	pause(t, time.Until(due)+500*time.Millisecond) // nobody watches now
	if n := len(slack.Calls()); n != 0 {
		t.Fatalf("%d requests before the deadline passed", n)
	}

	restarted := time.Now()
	second := serve(t, dir)
	eventually(t, prompt, "the alert of a deadline that passed while kigen was down", func() bool { return len(slack.Messages()) > 0 })
	if late := slack.Calls("chat.postMessage")[0].At.Sub(restarted); late > prompt {
		t.Errorf("the alert came %s after the restart", late)
	}
	eventually(t, prompt, "the alert to be stored as sent", func() bool {
		return strings.Contains(second.get("/metrics"), "kigen_oldest_unsent_seconds 0\n")
	})
	second.signal(syscall.SIGKILL)

	third := serve(t, dir)
	third.ask("incident", "notice", id, "--channel", "email")
	eventually(t, prompt, "the update of a message that an earlier process posted", func() bool { return slack.Messages()[0].Edits > 0 })
	if n := len(slack.Calls("chat.postMessage")); n != 1 {
		t.Errorf("%d alerts were posted over all restarts, want exactly one", n)
	}
	third.signal(syscall.SIGKILL)
	worked(t, runIn(t, dir, nil, "", "db", "verify"))
}

func TestIncidentFromTheCommandLine(t *testing.T) {
	t.Parallel()
	kigen := start(t, t.TempDir(), "serve") // with no configuration at all
	logged := readIncident(t, kigen.ask("incident", "log", "--vendor", "sotas", "--title", "ログインできない", "--occurred-at", "2026-05-01 18:00", "--json"))
	if got := logged.Clocks[0].Due.Format(time.RFC3339); logged.ID != "KGN-1" || logged.State != "overdue" || got != "2026-05-07T09:00:00+09:00" {
		t.Errorf("logged %+v", logged)
	}
	if out := kigen.ask("incident", "amend", "1", "--occurred-at", "2026-05-01T17:59:00+09:00"); !strings.Contains(out, "5月1日(金) 23:59 +09:00") {
		t.Errorf("amended:\n%s", out)
	}
	if out := kigen.ask("incident", "ack", "KGN-1", "--lang", "en"); !strings.Contains(out, "overdue") {
		t.Errorf("acknowledged:\n%s", out)
	}
	shown := kigen.ask("incident", "show", "kgn-1")
	for _, want := range []string{"ログインできない", "営業時間内", "5月7日(木) 09:00 +09:00 → 5月1日(金) 23:59 +09:00", operator(t)} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is missing in\n%s", want, shown)
		}
	}
	if out := kigen.ask("incident", "log", "--vendor", "cybertrust", "--title", "Paused", "--lang", "en"); !strings.Contains(out, "no commitment") {
		t.Errorf("a vendor without a commitment:\n%s", out)
	}
	kigen.ask("incident", "cancel", "KGN-2", "--reason", "a drill")
	var list []incident
	if err := json.Unmarshal([]byte(kigen.ask("incident", "list", "--json")), &list); err != nil || len(list) != 2 || list[0].ID != "KGN-1" || list[1].State != "cancelled" {
		t.Errorf("the list is %+v (%v), want the overdue one first", list, err)
	}
	if out := kigen.ask("incident", "reopen", "KGN-2", "--reason", "it was none", "--lang", "en"); !strings.Contains(out, "no commitment") {
		t.Errorf("reopened:\n%s", out)
	}
	kigen.ask("incident", "notice", "KGN-1", "--channel", "email")
	if out := kigen.ask("incident", "withdraw-notice", "KGN-1", "1", "--reason", "別件", "--lang", "en"); !strings.Contains(out, "overdue") {
		t.Errorf("withdrawn:\n%s", out)
	}
	if out := kigen.ask("incident", "waive", "KGN-1", "incident-notice", "--reason", "合意", "--lang", "en"); !strings.Contains(out, "waived because  合意") {
		t.Errorf("waived:\n%s", out)
	}
	if out := kigen.ask("incident", "unwaive", "KGN-1", "incident-notice", "--reason", "誤り", "--lang", "en"); !strings.Contains(out, "overdue") {
		t.Errorf("lifted:\n%s", out)
	}
	if shown := kigen.ask("incident", "show", "KGN-1", "--lang", "en"); !strings.Contains(shown, "notice 1 ") || !strings.Contains(shown, "withdrawn ") || !strings.Contains(shown, "waiver lifted") {
		t.Errorf("after corrections:\n%s", shown)
	}
	if shown := readIncident(t, kigen.ask("incident", "show", "1", "--json")); len(shown.Events) < 4 {
		t.Errorf("the history has %d events", len(shown.Events))
	}
	if alerts := kigen.out.String(); !strings.Contains(alerts, "KGN-1") {
		t.Errorf("the console shows no alert:\n%s", alerts)
	}
}

func TestRefusedByTheDaemon(t *testing.T) {
	t.Parallel()
	kigen := start(t, t.TempDir(), "serve")
	kigen.ask("incident", "log", "--vendor", "sotas", "--title", "Down", "--occurred-at", "2026-05-01 18:00")
	tomorrow := time.Now().AddDate(0, 0, 2).Format("2006-01-02 15:04")
	for _, c := range []struct {
		args []string
		says []string
	}{
		{[]string{"incident", "log", "--vendor", "nobody", "--title", "x"}, []string{"vendor", "nobody", "sotas"}},
		{[]string{"incident", "log", "--vendor", "sotas", "--title", "x", "--occurred-at", "2026-02-30 10:00"}, []string{"occurred_at", "2026-02-30 10:00", "01 to 28"}},
		{[]string{"incident", "log", "--vendor", "sotas", "--title", "x", "--occurred-at", tomorrow}, []string{"occurred_at", "future"}},
		{[]string{"incident", "log", "--vendor", "sotas", "--title", "x", "--impact", "huge"}, []string{"impact", "huge", "serious"}},
		{[]string{"incident", "log", "--vendor", "sotas", "--title", "x", "--service", "Mail"}, []string{"service", "Mail", "Sotas工程管理"}},
		{[]string{"incident", "notice", "1", "--received-at", "2026-04-01 10:00"}, []string{"received_at", "2026-04-01", "occurred_at"}},
		{[]string{"incident", "show", "77"}, []string{"no such incident"}},
		{[]string{"incident", "list", "--vendor", "nobody"}, []string{"vendor", "nobody", "sotas"}},
		{[]string{"incident", "list", "--state", "lost"}, []string{"state", "lost", "overdue"}},
		{[]string{"incident", "list", "--month", "May"}, []string{"month", "May", "2026-10"}},
	} {
		r := kigen.try(append([]string{"--lang", "en"}, c.args...)...)
		if r.code != 2 || r.stdout != "" {
			t.Errorf("kigen %v: %+v, want exit 2", c.args, r)
		}
		for _, part := range c.says {
			if !strings.Contains(r.stderr, part) {
				t.Errorf("kigen %v: the error %q lacks %q", c.args, r.stderr, part)
			}
		}
	}
	if list := kigen.ask("incident", "list"); strings.Count(list, "KGN-") != 1 {
		t.Errorf("a refused request left something behind:\n%s", list)
	}
}

func TestAddressInUse(t *testing.T) {
	t.Parallel()
	kigen := start(t, t.TempDir(), "serve")
	listen := strings.TrimPrefix(kigen.url, "http://")
	r := runIn(t, t.TempDir(), []string{"KIGEN_LANGUAGE=en", "KIGEN_LISTEN=" + listen}, "", "serve")
	if r.code != 1 || !strings.Contains(r.stderr, listen) || !strings.Contains(r.stderr, "free address") {
		t.Errorf("%+v, want exit 1 and the address", r)
	}
}

// The demo as a new user runs it.
func TestDemo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	began := time.Now()
	demo := start(t, dir, "demo", "--for", "30s", "--lang", "en")
	seen := func(text string) func() bool {
		return func() bool { return strings.Contains(demo.out.String(), text) }
	}
	first, _, _ := strings.Cut(demo.out.String(), "\n")
	if !strings.HasPrefix(first, "kigen demo") {
		t.Errorf("the first line is %q", first)
	}
	eventually(t, 15*time.Second-time.Since(began), "the overdue alert", seen("OVERDUE"))
	if list := demo.ask("incident", "list", "--lang", "en"); strings.Count(list, "KGN-") != 5 || !strings.Contains(strings.Split(list, "\n")[1], "overdue") {
		t.Errorf("five incidents, the overdue one first, are wanted:\n%s", list)
	}
	eventually(t, 25*time.Second-time.Since(began), "the update", seen("notified"))
	if code := demo.wait(); code != 0 {
		t.Errorf("the demo ended with %d", code)
	}
	if took := time.Since(began); took < 29*time.Second || took > 45*time.Second {
		t.Errorf("the demo took %s, want 30 s", took)
	}
	nothingLeft(t, dir)
}

func TestDemoEndsCleanlyOnInterrupt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demo := start(t, dir, "demo")
	if code := demo.signal(os.Interrupt.(syscall.Signal)); code != 0 {
		t.Errorf("Ctrl-C ended the demo with %d:\n%s", code, demo.out)
	}
	nothingLeft(t, dir)
}

func nothingLeft(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 0 {
		t.Errorf("the demo left %v behind (%v)", entries, err)
	}
}
