package main_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/csv"
	"encoding/pem"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/docs"
	"kigen/notify/fakemail"
	"kigen/notify/fakeslack"
	"kigen/store/pgtest"
)

// The secrets that the pages' configurations take from the environment.
var pageSecrets = []string{"DB_PASSWORD=geheim",
	"SLACK_BOT_TOKEN=" + botToken, "SLACK_APP_TOKEN=xapp-1-pages", "SLACK_WEBHOOK_URL=https://hooks.slack.com/services/T0/B0/pages",
	"HOOK_SECRET=a-secret-of-the-pages", "HEARTBEAT_URL=https://heartbeat.example.jp/kigen", "OIDC_CLIENT_SECRET=a-client-secret", "IMAP_PASSWORD=a-mail-password", "IMAP_CLIENT_SECRET=another-client-secret",
	"GRAPH_SECRET=a-graph-secret", "PAGE_TOKEN=a-page-token",
	"PASSWORD=a password that is long enough",
	"TEAMS_URL=https://default00.00.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/00/triggers/manual/paths/invoke?api-version=1&sig=pages",
	"CHAT_URL=https://chat.googleapis.com/v1/spaces/AAAA/messages?key=pages&token=pages", "PD_KEY=" + pagerKey,
}

// TestPagesOfDocumentation does what a reader does: it runs every command of a
// page in order, in one shell beside a running kigen, compares the output that
// the page shows, and checks every configuration. Both languages of a page show
// the same commands (package docs has the test), so those of one are run.
func TestPagesOfDocumentation(t *testing.T) {
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing(t, tool)
		}
	}
	for _, topic := range docs.Topics() {
		t.Run(topic, func(t *testing.T) {
			english, _ := docs.Read("en", topic)
			japanese, _ := docs.Read("ja", topic)
			runPage(t, &english)
			for _, page := range []*docs.Page{&english, &japanese} {
				checkShown(t, page)
			}
		})
	}
}

var (
	ruleRow  = regexp.MustCompile("(?m)^\\| .+ \\| (`.+`) \\|$")
	ruleCode = regexp.MustCompile("`([^`]+)`")
)

// Every rule that the page of the grammar lists is a rule.
func TestGrammarPage(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		page, _ := docs.Read(lang, "grammar")
		_, table, found := strings.Cut(page.Text, "| `due:` |\n|---|---|\n")
		table, _, _ = strings.Cut(table, "\n\n")
		rows := ruleRow.FindAllStringSubmatch(table+"\n", -1)
		if !found || len(rows) < 15 {
			t.Fatalf("%s: the table of rules has %d rows", lang, len(rows))
		}
		for _, row := range rows {
			keys := "start: occurred\n        due: " // a row that gives one code span gives the rule alone
			if codes := ruleCode.FindAllStringSubmatch(row[1], -1); len(codes) > 1 {
				keys += strings.TrimPrefix(codes[1][1], "due: ")
				keys = strings.Replace(keys, "start: occurred", codes[0][1], 1)
			} else {
				keys += codes[0][1]
			}
			checkConfiguration(t, fmt.Sprintf(`vendors:
  - id: acme
    name: Acme
    calendar: {zone: Asia/Tokyo, hours: {mon-fri: ["09:00-18:00"]}, holidays: jp}
    promises:
      - id: notice
        source: {document: D, section: "1", quote: "…"}
        strength: firm
        %s
`, keys))
		}
	}
}

// TestGrammarPageShowsEveryKey holds the examples of the grammar's page to the keys that
// the configuration reads for vendors and calendars.
func TestGrammarPageShowsEveryKey(t *testing.T) {
	var keys []string
	for _, file := range []string{"vendors.go", "calendars/calendars.go", "calendars/closures.go", "reading/derived.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "config", file), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Keys" {
				for _, arg := range call.Args[1:] {
					if literal, ok := arg.(*ast.BasicLit); ok {
						keys = append(keys, strings.Trim(literal.Value, `"`))
					}
				}
			}
			return true
		})
	}
	if len(keys) < 35 {
		t.Fatalf("%d keys: the calls of keys were not found", len(keys))
	}
	for _, lang := range []string{"en", "ja"} {
		page, _ := docs.Read(lang, "grammar")
		for _, key := range keys {
			if !regexp.MustCompile(`(?m)\b` + key + `:`).MatchString(page.Text) {
				t.Errorf("%s: the page has no example of %s", lang, key)
			}
		}
	}
}

// TestREADME holds the README's configurations and outputs to the same.
func TestREADME(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	fromSource := strings.NewReplacer("$ go run ./cmd/kigen ", "$ kigen ")
	checkShown(t, &docs.Page{Text: fromSource.Replace(string(text))})
}

// missing skips a test for a tool that is not here, or fails it where all that
// the tests need must be installed.
func missing(t *testing.T, tool string) {
	t.Helper()
	if os.Getenv("KIGEN_REQUIRE_EXTRAS") == "1" {
		t.Fatalf("%s is not installed", tool)
	}
	t.Skipf("%s is not installed", tool)
}

// runPage runs the commands of a page in a directory of its own, beside a
// daemon of its own.
func runPage(t *testing.T, page *docs.Page) {
	t.Helper()
	script := ""
	for _, block := range page.Blocks() {
		if block.Kind == "sh" && block.Mark == "" {
			script += block.Text
		}
	}
	if script == "" {
		return
	}
	home, dir := pageHome(t), t.TempDir()
	if page.Topic == "duties" {
		switchOn(t, filepath.Join(home, "kigen.yaml"), "duties: [jp-appi]\n")
	}
	if page.Topic == "postgresql" {
		moveToPostgres(t, filepath.Join(home, "kigen.yaml"))
	}
	daemon := serve(t, home)
	if page.Topic != "installation" { // which writes one of its own
		copyFile(t, filepath.Join(home, "kigen.yaml"), filepath.Join(dir, "kigen.yaml"))
	}
	runScript(t, dir, append([]string{
		"KIGEN_URL=" + daemon.url, "KIGEN_CONFIG=" + filepath.Join(home, "kigen.yaml"),
		"PATH=" + pageTools(t) + ":" + os.Getenv("PATH"),
	}, pageSecrets...), "set -euo pipefail\n"+script)
}

// switchOn adds to a configuration.
func switchOn(t *testing.T, path, keys string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append(data, keys...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// moveToPostgres makes a configuration name a database on PostgreSQL.
func moveToPostgres(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		moved := regexp.MustCompile(`(?m)^database: .*$`).ReplaceAllString(string(data), `database: "`+pgtest.URL(t)+`"`)
		err = os.WriteFile(path, []byte(moved), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// checkShown checks the configurations of a page, and the outputs that it shows.
func checkShown(t *testing.T, page *docs.Page) {
	t.Helper()
	for _, block := range page.Blocks() {
		switch {
		case block.Kind == "yaml" && block.Mark == "":
			checkConfiguration(t, block.Text)
		case block.Kind == "console":
			checkConsole(t, block.Text)
		}
	}
}

func runScript(t *testing.T, dir string, env []string, script string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	shell := exec.CommandContext(ctx, "bash", "-s")
	shell.Dir, shell.Stdin = dir, strings.NewReader(script)
	shell.Env = command(ctx, dir, env).Env
	var out bytes.Buffer
	shell.Stdout, shell.Stderr = &out, &out
	if err := shell.Run(); err != nil {
		t.Errorf("the commands of the page: %v\n%s\nThe script:\n%s", err, out.String(), script)
	}
}

// checkConsole runs the command of a block and holds its output to what the
// block shows, in which an ellipsis stands for anything.
func checkConsole(t *testing.T, text string) {
	t.Helper()
	first, want, _ := strings.Cut(text, "\n")
	line, ok := strings.CutPrefix(first, "$ kigen ")
	if !ok {
		t.Fatalf("a console block must begin with a command of kigen: %q", first)
	}
	args, err := shellWords(line)
	if err != nil {
		t.Fatal(err)
	}
	got := kigen(t, args...)
	pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSuffix(want, "\n")), "…", "(?s:.*)")
	if !regexp.MustCompile("^" + pattern + "\n$").MatchString(got) {
		t.Errorf("%s\nshows\n%s\nand prints\n%s", first, want, got)
	}
}

// shellWords splits a command line whose words are plain or in double quotes.
func shellWords(line string) ([]string, error) {
	reader := csv.NewReader(strings.NewReader(line))
	reader.Comma = ' '
	return reader.Read()
}

func checkConfiguration(t *testing.T, text string) {
	t.Helper()
	dir := t.TempDir()
	writeCertificate(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "page.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := runIn(t, dir, pageSecrets, "", "config", "check", "page.yaml"); r.code != 0 {
		t.Errorf("this configuration is refused:\n%s\n%s", text, r.stderr)
	}
}

// pageHome is a directory with the configuration of a daemon that reaches a
// Slack and a mail server.
func pageHome(t *testing.T) string {
	t.Helper()
	slack := fakeslack.New(fakeslack.Options{Token: botToken, Channels: []string{channel}})
	server := httptest.NewServer(slack)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	config := fmt.Sprintf(`
database: %s
destinations:
  soc: {slack: {token: %s, channel: %s, api_url: "%s/api/"}}
  lead: {email: {smtp: "smtp://%s", from: kigen@example.jp, to: [lead@example.jp]}}
%salerts:
  - {to: [soc], repeat: 4h}
report: {schedule: "0 9 1 * *", to: [soc]}
`, filepath.Join(dir, "kigen.db"), botToken, channel, server.URL, new(fakemail.Server).Listen(t), newChatServers(t).written())
	if err := os.WriteFile(filepath.Join(dir, "kigen.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// pageTools is a directory with a kigen for the shell. What would go on for
// ever is ended: serve once it answers, the demo after a second.
func pageTools(t *testing.T) string {
	t.Helper()
	const wrapper = `#!/bin/bash
case "$*" in
report*--freeze*|report*--verify*|report*--vendor*) unset KIGEN_URL ;; # a reader has none
esac
case "$1" in
demo) exec %[1]s demo --for 1s ;;
serve) ;;
*) exec %[1]s "$@" ;;
esac
dir=$(mktemp -d)
KIGEN_LISTEN=127.0.0.1:0 KIGEN_DATABASE=$dir/kigen.db %[1]s "$@" >"$dir/log" 2>&1 &
until grep -q http:// "$dir/log"; do
	kill -0 $! 2>/dev/null || { cat "$dir/log"; exit 1; }
	sleep .05
done
kill -TERM $!
wait $!
`
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "kigen"), fmt.Appendf(nil, wrapper, binary), 0o700); err != nil { //nolint:gosec // a script has to be executable
		t.Fatal(err)
	}
	return dir
}

// writeCertificate writes the pair that a page's configuration names.
func writeCertificate(t *testing.T, dir string) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	pair := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"kigen.crt": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, "kigen.key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
