package main_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
)

// badInput is a mistake of a person, and what the English error says.
type badInput struct {
	args string
	says []string
}

// badInputs lists mistakes, with the files that they name in a directory of their own.
func badInputs(t *testing.T) (dir string, mistakes []badInput) {
	t.Helper()
	dir = t.TempDir()
	for name, content := range map[string]string{
		"header.csv":       "start,vendor\n2026-05-01 18:00,sotas\n",
		"unknown-key.yaml": "timezone: Asia/Tokyo\nlistn: 127.0.0.1:8080\n",
		"never-opens.yaml": "calendars:\n  void: {zone: Asia/Tokyo, hours: {mon-fri: [\"09:00-18:00\"]}, closures: [{yearly: 01-01..12-31, name: {ja: 閉鎖, en: Closed}}]}\n",
		"no.db":            "this is no database, it is a letter to my aunt, and longer than a header",
		"broken.yaml":      "listen: [127.0.0.1\n",
		"many.yaml":        manyMistakes,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	future := time.Now().AddDate(0, 2, 0).Format("2006-01")
	return dir, []badInput{
		{"deadline nobody --start 2026-05-01T18:00+09:00", []string{"vendor", "nobody", "sotas"}},
		{"deadline sotas --start 2026-02-30T10:00", []string{"start", "2026-02-30T10:00", "01 to 28"}},
		{"deadline sotas --start yesterday", []string{"start", "yesterday", "2026-05-02 22:10"}},
		{"deadline sotas --start 2026-05-01T25:00", []string{"start", "25:00", "23:59"}},
		{"deadline sotas --start 1890-05-01T10:00", []string{"start", "1890", "1900"}},
		{"deadline sotas", []string{"--start", "missing"}},
		{"deadline", []string{"VENDOR", "sotas"}},
		{"deadline sotas --start 2026-05-01T18:00 --impact huge", []string{"impact", "huge", "serious"}},
		{"deadline sotas --start 2026-05-01T18:00 --promise other", []string{"promise", "other", "incident-notice"}},
		{"deadline sotas --start 2026-05-01T18:00 --lang fr", []string{"lang", "fr", "ja"}},
		{"deadline sotas extra --start 2026-05-01T18:00", []string{"accepts at most 1", "--help"}},
		{"deadline --batch header.csv", []string{"header.csv", "line 1", "vendor,start"}},
		{"deadline --batch absent.csv", []string{"absent.csv", "readable"}},
		{"deadline sotas --batch header.csv", []string{"--batch", "leave VENDOR"}},
		{"deadline --replay 2026-13", []string{"month", "2026-13", "YYYY-MM"}},
		{"deadline --replay " + future, []string{future, "not begun"}},
		{"deadline --replay 2026-05", []string{"kigen.db", "does not exist", "serve"}},
		{"deadline sotas --replay 2026-05", []string{"--replay", "leave VENDOR"}},
		{"deadline --replay 2026-05 --start 2026-05-01T18:00", []string{"--replay", "other flags"}},
		{"deadline sotas --strat 2026-05-01T18:00", []string{"--strat", "kigen deadline --help"}},
		{"vendor profile nobody", []string{"VENDOR", "nobody", "sotas"}},
		{"vendor profile sotas --year 26x", []string{"--year", "26x", "write it as 2"}},
		{"vendor profile sotas --year -1", []string{"--year", "-1", "write it as 2"}},
		{"vendor profile --year 1954", []string{"--year", "1954", "covers 1955 to 2099", "from 1955 to 2098"}},
		{"vendor profile sotas --year 2099", []string{"--year", "2099", "sotas", "from 1955 to 2098"}},
		{"vendor show nobody", []string{"VENDOR", "nobody", "sotas"}},
		{"incident show x7", []string{"ID", "x7", "KGN-42"}},
		{"incident log --vendor sotas", []string{"--title", "missing"}},
		{"incident amend KGN-1", []string{"no change given", "--occurred-at"}},
		{"incident cancel KGN-1", []string{"--reason", "missing"}},
		{"incident list --limit -1", []string{"--limit", "-1"}},
		{"incident", []string{"incident", "subcommand", "log"}},
		{"frobnicate", []string{"frobnicate", "--help"}},
		{"report 2026-13", []string{"2026-13", "2026-10"}},
		{"report " + future, []string{future, "not begun"}},
		{"report 2026-05", []string{"kigen.db", "does not exist", "serve"}},
		{"db verify absent.db", []string{"absent.db", "does not exist"}},
		{"db verify no.db", []string{"no.db", "another file"}},
		{"notify test nowhere", []string{"DEST", "nowhere", "console"}},
		{"config check unknown-key.yaml", []string{"unknown-key.yaml:2", "listn", "listen"}},
		{"config check never-opens.yaml", []string{"never-opens.yaml", "void"}},
		{"config check absent.yaml", []string{"absent.yaml", "config init"}},
		{"serve --config unknown-key.yaml", []string{"unknown-key.yaml:2", "listn", "listen"}},
		{"demo --for -3s", []string{"--for", "-3s"}},
		{"demo --config kigen.yaml", []string{"--config", "omit it"}},
		{"demo --for soon", []string{"--for", "soon"}},
		{"deadline sotas --start 2026-05-01T18:00 --stage first", []string{"stage", "first"}},
		{"deadline superstream --start 2026-05-01T18:00 --service Other", []string{"service", "Other"}},
		{"deadline sotas --start 2026-05-01T18:00 --explain", []string{"--explain", "--batch"}},
		{"deadline sotas --start", []string{"--start"}},
		{"deadline --batch header.csv --start 2026-05-01T18:00", []string{"--batch"}},
		{"incident lst", []string{"lst", "list"}},
		{"incident notice", []string{"accepts 1 arg"}},
		{"incident withdraw-notice KGN-1 x --reason r", []string{"x", "number"}},
		{"incident list --limit many", []string{"many", "--limit"}},
		{"incident note KGN-1", []string{"--text", "missing"}},
		{"incident note KGN-1 --file absent.txt", []string{"absent.txt"}},
		{"incident erase KGN-1 --reason r", []string{"--field"}},
		{"incident assign KGN-1 --owner a --none", []string{"owner", "none"}},
		{"incident import absent.csv", []string{"absent.csv"}},
		{"incident import header.csv --map x", []string{"map"}},
		{"report", []string{"accepts 1 arg"}},
		{"report 2026-05 --to soc", []string{"--to", "--send"}},
		{"report 2026-05 --send --out x.pdf", []string{"--send"}},
		{"report 2026-05 --freeze --frozen", []string{"--freeze"}},
		{"db backup", []string{"accepts 1 arg"}},
		{"db backup copy.db --age key", []string{"does not exist"}},
		{"db drill", []string{"backup"}},
		{"db verify no.db --head xyz", []string{"--head"}},
		{"db verify no.db --at -1", []string{"--at"}},
		{"db restore absent.db", []string{"absent.db"}},
		{"db restore no.db", []string{"no.db"}},
		{"user add Yamada!", []string{"Yamada!"}},
		{"user add yamada --role boss", []string{"boss", "viewer"}},
		{"user review --format xml", []string{"xml"}},
		{"user log --limit -1", []string{"--limit"}},
		{"token add ci --expires soon", []string{"--expires"}},
		{"notify test soc --json", []string{"--end-to-end"}},
		{"config check broken.yaml", []string{"broken.yaml", "YAML"}},
		{"config check many.yaml", []string{"many.yaml:1", "many.yaml:36"}},
		{"config init many.yaml", []string{"many.yaml", "exists"}},
		{"help nothing", []string{"nothing"}},
		{"demo --lang fr", []string{"fr"}},
	}
}

// manyMistakes is a configuration with a mistake on almost every line.
const manyMistakes = `listen: nowhere
database: mysql://x/y
timezone: Mars/Base
language: ja
url: ftp://x
unknown: 1
destinations:
  Soc!: {console: {}}
  a: {slack: {}}
  b: {email: {smtp: "smtp://u@h", from: x, to: []}}
  c: {webhook: {url: nope}}
  d: {console: {}, fallback: e}
alerts:
  - {to: [nobody], warn: [120%, 3d], repeat: 1s}
  - {after: x}
report: {schedule: "every day", to: [nobody], formats: [doc]}
heartbeat: {every: 1s}
backup: {keep: 0}
retention: {access_log: 1y}
calendars:
  one: {zone: Nowhere, hours: {someday: ["9-18"]}, holidays: zz}
  two: {zone: Asia/Tokyo, hours: {mon: ["09:00-18:00", "10:00-12:00"]}, closures: [{date: 2026-02-30}, {yearly: 13-01}, {monthly: 9th day}, {}]}
vendors:
  - {id: "Bad Id", name: X}
  - id: acme
    name: Acme
    promises:
      - {id: a, start: never, due: 3d}
      - {id: b, strength: hard, start: detected, due: {business_days: 3}}
      - {id: c, start: detected, due: {later_of: [24h]}}
      - {id: d, strength: as_needed, start: detected, due: 24h}
      - {id: e, start: detected, gate: {impact: [huge]}, due: 24h}
      - {id: f, start: detected, stages: [{id: one}, {id: one, due: 24h}], due: 24h}
      - {id: g, start: detected, due: {months: x}, channels: {any: []}}
      - {start: detected}
secret: ${UNSET_VARIABLE}
`

// What a person can mend ends with code 2, prints nothing to standard output
// and names the field, the value and the remedy.
func TestBadInput(t *testing.T) {
	t.Parallel()
	dir, mistakes := badInputs(t)
	for _, c := range mistakes {
		r := runIn(t, dir, []string{"KIGEN_LANGUAGE=en"}, "", strings.Fields(c.args)...)
		if r.code != 2 || r.stdout != "" {
			t.Errorf("kigen %s: exit %d, printed %q, want exit 2 and nothing printed (%s)", c.args, r.code, r.stdout, r.stderr)
		}
		for _, part := range c.says {
			if !strings.Contains(r.stderr, part) {
				t.Errorf("kigen %s: the error %q lacks %q", c.args, r.stderr, part)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "kigen.db")); err == nil {
		t.Error("bad input left a database behind")
	}
}

// An error is in the language of the configuration, or of --lang, as a whole.
func TestErrorsAreInOneLanguage(t *testing.T) {
	t.Parallel()
	dir, mistakes := badInputs(t)
	for i, c := range mistakes {
		args := strings.Fields(c.args)
		for _, run := range []struct {
			lang string
			env  []string
			args []string
		}{
			{"ja", nil, args}, {"en", []string{"KIGEN_LANGUAGE=en"}, args}, {"en", nil, append([]string{"--lang", "en"}, args...)},
		} {
			if len(run.args) > len(args) && (i%10 != 0 || strings.Contains(c.args, "--lang")) {
				continue // a sample is enough: --lang and the configuration take the same way
			}
			r := runIn(t, dir, run.env, "", run.args...)
			if r.stderr == "" {
				t.Errorf("kigen %s: no error", c.args)
			}
			for line := range strings.Lines(r.stderr) {
				if foreign := foreignTo(run.lang, line); foreign != "" {
					t.Errorf("kigen %s, in %s: %q holds %q", strings.Join(run.args, " "), run.lang, line, foreign)
				}
			}
		}
	}
}

var (
	quotedText   = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'[^']*'|\{.*?\}|\[.*?\]`)
	englishWords = regexp.MustCompile(`\b(?:the|is|are|not|must|which|with|give|or|and|does|has|have|it|this|use|name|such|as)\b[^-_:.]`)
)

// foreignTo returns what a line holds of another language than its own, apart from
// quoted values.
func foreignTo(lang, line string) string {
	line = quotedText.ReplaceAllString(line, "")
	if lang == "en" {
		return strings.Join(japanese.FindAllString(line, -1), "")
	}
	if !japanese.MatchString(line) {
		return strings.TrimSpace(line)
	}
	return englishWords.FindString(line)
}

func TestListenerOutsideLoopbackIsRefused(t *testing.T) {
	t.Parallel()
	r := runIn(t, t.TempDir(), []string{"KIGEN_LISTEN=0.0.0.0:0"}, "", "serve")
	if r.code == 0 || !strings.Contains(r.stderr, "0.0.0.0:0") || !strings.Contains(r.stderr, "127.0.0.1") {
		t.Errorf("%+v, want a refusal that names the address and the remedy", r)
	}
}

func TestNoDaemonToAsk(t *testing.T) {
	t.Parallel()
	r := runIn(t, t.TempDir(), []string{"KIGEN_URL=http://127.0.0.1:1"}, "", "incident", "list")
	if r.code != 1 || !strings.Contains(r.stderr, "kigen serve") || !strings.Contains(r.stderr, "127.0.0.1:1") {
		t.Errorf("%+v, want exit 1 and how to start kigen", r)
	}
	if r := runIn(t, t.TempDir(), []string{"KIGEN_URL=kigen.example"}, "", "incident", "list"); r.code != 2 || !strings.Contains(r.stderr, "KIGEN_URL") {
		t.Errorf("%+v, want exit 2 and the name of the variable", r)
	}
}

func TestNewerDatabaseIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	worked(t, runIn(t, dir, english, "", "db", "migrate"))
	path := filepath.Join(dir, "kigen.db")
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), "INSERT INTO schema_versions (version_id, is_applied) VALUES (99999, 1)")
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve"}, {"db", "verify"}, {"db", "migrate"}, {"db", "backup", "copy.db"}, {"report", "2026-05"}} {
		r := runIn(t, dir, []string{"KIGEN_LANGUAGE=en", "KIGEN_LISTEN=127.0.0.1:0"}, "", args...)
		if r.code != 2 || !strings.Contains(r.stderr, "99999") || !strings.Contains(r.stderr, "newer") {
			t.Errorf("%v: %+v, want exit 2 and both versions", args, r)
		}
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the newer database was changed (%v)", err)
	}
}

func TestReportWritesAllOrNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	worked(t, runIn(t, dir, nil, "", "db", "migrate"))
	for _, name := range []string{"r.html", "r.csv", "r.json"} {
		worked(t, runIn(t, dir, nil, "", "report", "2026-05", "--out", name))
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Contains(text, []byte("sotas")) && !bytes.Contains(text, []byte("Sotas")) {
			t.Errorf("%s: %v, %.200s", name, err, text)
		}
	}
	if r := runIn(t, dir, nil, "", "report", "--schema"); r.code != 0 || !strings.Contains(r.stdout, "json-schema.org/draft/2020-12") {
		t.Errorf("report --schema: %+v", r)
	}
	for _, args := range [][]string{{"--table", "vendor", "--format", "csv"}, {"--table", "cases"}, {"--out", "r.docx"}, {"--format", "docx"}, {"--out", "nowhere/r.html"}} {
		if r := runIn(t, dir, nil, "", append([]string{"report", "2026-05"}, args...)...); r.code != 2 || r.stdout != "" {
			t.Errorf("%v: %+v, want exit 2", args, r)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "kigen.db") && !strings.HasPrefix(e.Name(), "r.") || e.Name() == "r.docx" {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func TestConfigInit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	worked(t, runIn(t, dir, nil, "", "config", "init"))
	worked(t, runIn(t, dir, nil, "", "config", "check", "kigen.yaml"))
	if r := runIn(t, dir, nil, "", "config", "init"); r.code != 2 || !strings.Contains(r.stderr, "kigen.yaml") {
		t.Errorf("%+v, want a refusal to overwrite", r)
	}
}

func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := "destinations: {soc: {slack: {token: xoxb-very-secret, channel: C1, api_url: \"http://127.0.0.1:1/\"}}}\n"
	if err := os.WriteFile(filepath.Join(dir, "kigen.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"config", "print"}, {"notify", "test", "soc"}} {
		r := runIn(t, dir, []string{"KIGEN_CONFIG=kigen.yaml"}, "", args...)
		if strings.Contains(r.stdout+r.stderr, "very-secret") {
			t.Errorf("%v shows the token: %+v", args, r)
		}
		if want := map[string]int{"print": 0, "test": 1}[args[1]]; r.code != want {
			t.Errorf("%v: exit %d, want %d: %s", args, r.code, want, r.stderr)
		}
	}
}

// TestErrorsDoNotControlTheTerminal: a name from outside, such as that of a file, is shown
// with escapes in place of characters that would change the screen.
func TestErrorsDoNotControlTheTerminal(t *testing.T) {
	r := runIn(t, t.TempDir(), english, "", "config", "check", "--config", "x\x1b[2J\x07.yaml")
	if r.code == 0 || strings.ContainsAny(r.stderr, "\x1b\x07") || !strings.Contains(r.stderr, `x\u001b[2J\u0007.yaml`) {
		t.Errorf("exit %d: %q", r.code, r.stderr)
	}
}
