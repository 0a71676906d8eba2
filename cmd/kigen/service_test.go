package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// papers is a configuration of a vendor with a paper for each of two products.
const papers = `
vendors:
  - id: acme
    name: Acme
    services: [Acme Cloud, Acme Mail, Acme Chat]
    promises:
      - {id: cloud-notice, gate: {service: [Acme Cloud, Acme Mail]}, start: detected, due: 24h}
      - {id: chat-notice, gate: {service: Acme Chat, severity: [critical]}, start: detected, due: 72h}
`

func withPapers(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "kigen.yaml"), []byte(papers), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The commands about promises name the services of a gate and ask for one.
func TestGateByService(t *testing.T) {
	t.Parallel()
	dir := withPapers(t)
	run := func(args ...string) string {
		t.Helper()
		return worked(t, runIn(t, dir, nil, "", append(args, "--config", "kigen.yaml")...), args...)
	}
	for lang, wants := range map[string][]string{
		"en": {"service: Acme Cloud, Acme Mail\n", "service: Acme Chat; severity: critical\n"},
		"ja": {"サービス: Acme Cloud、Acme Mail\n", "サービス: Acme Chat; 深刻度: 緊急\n"},
	} {
		out := run("vendor", "show", "acme", "--lang", lang)
		for _, want := range wants {
			if !strings.Contains(out, want) {
				t.Errorf("%s: vendor show lacks %q:\n%s", lang, want, out)
			}
		}
	}
	if out := run("vendor", "show", "acme", "--json"); !strings.Contains(strings.Join(strings.Fields(out), ""), `"gate":{"service":["AcmeCloud","AcmeMail"]}`) {
		t.Errorf("vendor show --json: %s", out)
	}
	if out := run("config", "print"); !strings.Contains(out, "gate: {service: [Acme Cloud, Acme Mail]}") && !strings.Contains(out, "- Acme Mail") {
		t.Errorf("config print: %s", out)
	}
	for service, want := range map[string]string{
		"": "running running", "Acme Mail": "running not_applicable", "Acme Chat": "not_applicable running",
	} {
		out := run("deadline", "acme", "--start", "2026-05-01 18:00", "--service", service, "--json")
		if got := statesOf(t, out); got != want {
			t.Errorf("--service %q: %s, want %s", service, got, want)
		}
	}
	if out := run("deadline", "acme", "--start", "2026-05-01 18:00", "--service", "Acme Chat", "--lang", "ja"); !strings.Contains(out, "通知対象外(サービス: Acme Chat)") {
		t.Errorf("no reason in\n%s", out)
	}
	r := runIn(t, dir, nil, "", "deadline", "acme", "--start", "2026-05-01 18:00", "--service", "acme chat", "--config", "kigen.yaml")
	if r.code != 2 || !strings.Contains(r.stderr, `"acme chat"`) || !strings.Contains(r.stderr, "Acme Cloud, Acme Mail, Acme Chat") {
		t.Errorf("an unknown service: %+v", r)
	}
	rows := "vendor,start,service\nacme,2026-05-01 18:00,Acme Chat\nacme,2026-05-01 18:00,\n"
	out := worked(t, runIn(t, dir, nil, rows, "deadline", "--batch", "-", "--config", "kigen.yaml"))
	if got := statesOf(t, out); got != "not_applicable running running running" {
		t.Errorf("a batch: %s", got)
	}
}

// statesOf lists the states of answers, one a line.
func statesOf(t *testing.T, lines string) string {
	t.Helper()
	var states []string
	for line := range strings.Lines(lines) {
		var answer struct{ State string }
		if err := json.Unmarshal([]byte(line), &answer); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		states = append(states, answer.State)
	}
	return strings.Join(states, " ")
}

// A service that is entered later reckons the clocks anew: the record is intact, and a
// replay has nothing to add.
func TestServiceEnteredLater(t *testing.T) {
	t.Parallel()
	dir := withPapers(t)
	p := serve(t, dir)
	p.ask("incident", "log", "--vendor", "acme", "--title", "outage", "--detected-at", "2026-05-01 18:00", "--aware-at", "2026-05-01 18:00")
	for _, service := range []string{"Acme Chat", "Acme Mail"} {
		p.ask("incident", "amend", "KGN-1", "--service", service)
	}
	shown := p.ask("incident", "show", "KGN-1", "--lang", "en")
	for _, want := range []string{"service: Acme Chat → Acme Mail", "Not applicable (service: Acme Mail)", "24 h after"} {
		if !strings.Contains(shown, want) {
			t.Errorf("incident show lacks %q:\n%s", want, shown)
		}
	}
	if out := p.ask("deadline", "--replay", "2026-05", "--json"); !strings.Contains(out, `"incidents":1`) || !strings.Contains(out, `"differences":[]`) {
		t.Errorf("a replay: %s", out)
	}
	p.signal(syscall.SIGTERM)
	if out := worked(t, runIn(t, dir, nil, "", "db", "verify", "--config", "kigen.yaml", "--lang", "en")); !strings.Contains(out, "intact") {
		t.Errorf("db verify: %s", out)
	}
}
