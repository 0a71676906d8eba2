package main_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
)

// What a person can mend ends with code 2, prints nothing to standard output
// and names the field, the value and the remedy.
func TestBadInput(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("header.csv", "start,vendor\n2026-05-01 18:00,sotas\n")
	write("unknown-key.yaml", "timezone: Asia/Tokyo\nlistn: 127.0.0.1:8080\n")
	write("never-opens.yaml", "calendars:\n  void: {zone: Asia/Tokyo, hours: {mon-fri: [\"09:00-18:00\"]}, closures: [{yearly: 01-01..12-31, name: {ja: 閉鎖, en: Closed}}]}\n")
	write("no.db", "this is no database, it is a letter to my aunt, and longer than a header")
	future := time.Now().AddDate(0, 2, 0).Format("2006-01")
	for _, c := range []struct {
		args string
		says []string
	}{
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
	} {
		r := runIn(t, dir, nil, "", strings.Fields(c.args)...)
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
	worked(t, runIn(t, dir, nil, "", "db", "migrate"))
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
		r := runIn(t, dir, []string{"KIGEN_LISTEN=127.0.0.1:0"}, "", args...)
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
