package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestOneDatabaseInAnyDirectory: a relative database lies beside its configuration, and
// only the commands that are meant to create one do.
func TestOneDatabaseInAnyDirectory(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	file := filepath.Join(dir, "kigen.yaml")
	write(t, file, "database: data.db\nlanguage: en\n")
	for _, args := range []string{
		"user list", "user passwd yamada", "user role yamada admin", "user disable yamada", "user log", "token list", "token revoke soar",
		"report 2026-05", "report 2026-05 --freeze", "db backup copy.db", "db verify", "db head", "db accept-clock", "deadline --replay 2026-05",
	} {
		r := runIn(t, elsewhere, nil, "", append(strings.Fields(args), "--config", file)...)
		if r.code == 0 || !strings.Contains(r.stderr, "data.db") {
			t.Errorf("kigen %s: exit %d, %q", args, r.code, r.stderr)
		}
	}
	for _, d := range []string{dir, elsewhere} {
		if found, err := filepath.Glob(filepath.Join(d, "*.db*")); err != nil || len(found) > 0 {
			t.Fatalf("a command that creates none left %v, %v", found, err)
		}
	}
	r := runIn(t, elsewhere, nil, "", "token", "add", "soar", "--config", file)
	if r.code != 0 || !strings.Contains(r.stderr, filepath.Join(dir, "data.db")+": new database created") || strings.Count(r.stdout, "\n") != 1 {
		t.Errorf("exit %d, %q, %q", r.code, r.stdout, r.stderr)
	}
	r = runIn(t, elsewhere, nil, "a long pass phrase\n", "user", "add", "yamada", "--password-stdin", "--config", file)
	if r.code != 0 || strings.Contains(r.stderr, "new database") {
		t.Errorf("exit %d, %q", r.code, r.stderr)
	}
	if found, err := filepath.Glob(filepath.Join(elsewhere, "*")); err != nil || len(found) > 0 {
		t.Errorf("left %v beside, %v", found, err)
	}
}

// TestADatabaseWhereOlderVersionsLooked: an upgrade does not silently begin a second
// database beside the configuration.
func TestADatabaseWhereOlderVersionsLooked(t *testing.T) {
	dir, working := t.TempDir(), t.TempDir()
	file := filepath.Join(dir, "kigen.yaml")
	write(t, file, "database: data.db\n")
	write(t, filepath.Join(working, "data.db"), "")
	for _, args := range []string{"serve", "db migrate", "token add soar"} {
		r := runIn(t, working, english, "", append(strings.Fields(args), "--config", file)...)
		if r.code != 2 || !strings.Contains(r.stderr, filepath.Join(working, "data.db")+" exists") {
			t.Errorf("kigen %s: exit %d, %q", args, r.code, r.stderr)
		}
	}
}

// TestURLIsHonouredOrRefused: no command answers from this machine as if the kigen at
// KIGEN_URL had.
func TestURLIsHonouredOrRefused(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "kigen.yaml"), "language: en\n")
	env := []string{"KIGEN_URL=http://127.0.0.1:1"}
	for _, args := range []string{
		"vendor list", "vendor show sotas", "vendor profile sotas", "deadline sotas --start 2026-05-01T18:00+09:00", "report 2026-05 --vendor sotas",
		"report 2026-05", "deadline --replay 2026-05", "user list", "token list", "db verify", "db migrate", "incident list", "reload",
	} {
		r := runIn(t, dir, env, "", strings.Fields(args)...)
		if r.code == 0 || !strings.Contains(r.stderr, "127.0.0.1:1") {
			t.Errorf("kigen %s: exit %d, %q %q", args, r.code, r.stdout, r.stderr)
		}
	}
	r := runIn(t, dir, env, "", "deadline", "sotas", "--start", "2026-05-01T18:00+09:00", "--config", "kigen.yaml")
	if r.code != 0 || !strings.Contains(r.stderr, "using the configuration kigen.yaml") {
		t.Errorf("exit %d, %q", r.code, r.stderr)
	}
	r = runIn(t, dir, []string{"KIGEN_URL=http://127.0.0.1:8080/"}, "", "vendor", "list") // its own address
	if r.code != 0 || r.stderr != "" {
		t.Errorf("exit %d, %q", r.code, r.stderr)
	}
}

// TestCheckNamesAllMistakes: a variable that is not set hides no other mistake, and a
// check without a file says so.
func TestCheckNamesAllMistakes(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "kigen.yaml"), "listen: nonsense\ndestinations:\n  soc: {slack: {token: \"${NOT_SET_HERE}\", channel: C0123456789}}\nalerts:\n  - {to: [nobody]}\nlanguag: ja\n")
	r := runIn(t, dir, english, "", "config", "check", "kigen.yaml")
	for _, want := range []string{"listen", "NOT_SET_HERE is not set", "nobody", "languag"} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("the check lacks %q:\n%s", want, r.stderr)
		}
	}
	if strings.Count(r.stderr, "NOT_SET_HERE") != 1 || strings.Contains(r.stderr, "token: \"") {
		t.Errorf("the unset variable is reported more than once:\n%s", r.stderr)
	}
	r = runIn(t, dir, english, "", "config", "check", "--lang", "en")
	if r.code != 0 || !strings.Contains(r.stdout, "neither --config nor KIGEN_CONFIG names a file), kigen.yaml in this directory was not checked") {
		t.Errorf("exit %d, %q", r.code, r.stdout)
	}
}

// TestHelpInOneLanguage: help is in the language asked for, and a mistyped vendor is
// guessed.
func TestHelpInOneLanguage(t *testing.T) {
	dir := t.TempDir()
	ja := runIn(t, dir, nil, "", "--lang", "ja", "--help")
	en := runIn(t, dir, nil, "", "--lang", "en", "--help")
	if !strings.Contains(ja.stdout, "ベンダーと約束を見る") || strings.Contains(ja.stdout, "Show vendors and their promises") ||
		!strings.Contains(en.stdout, "Show vendors and their promises") || strings.Contains(en.stdout, "ベンダーと約束を見る") {
		t.Errorf("ja:\n%s\nen:\n%s", ja.stdout, en.stdout)
	}
	for _, parent := range []string{"", "config", "db", "incident", "notify", "token", "user", "vendor"} {
		r := runIn(t, dir, nil, "", strings.Fields("--lang ja "+parent+" --help")...)
		_, list, _ := strings.Cut(r.stdout, "Available Commands:\n")
		list, _, _ = strings.Cut(list, "\n\n")
		for line := range strings.Lines(list) {
			if !strings.Contains(line, "completion") && !japanese.MatchString(line) {
				t.Errorf("kigen %s --help: no Japanese description: %q", parent, line)
			}
		}
	}
	for _, args := range []string{"vendor show sotsa", "deadline sotsa --start 2026-05-01T18:00+09:00"} {
		if r := runIn(t, dir, nil, "", strings.Fields(args)...); r.code != 2 || !strings.Contains(r.stderr, "did you mean sotas?") && !strings.Contains(r.stderr, "sotas の間違い") {
			t.Errorf("kigen %s: exit %d, %q", args, r.code, r.stderr)
		}
	}
	if r := runIn(t, dir, nil, "", "--version"); r.code != 0 || !strings.HasPrefix(r.stdout, "kigen ") {
		t.Errorf("exit %d, %q %q", r.code, r.stdout, r.stderr)
	}
}

// TestCompletion: the shell completes vendors, states, formats and the like.
func TestCompletion(t *testing.T) {
	for args, want := range map[string]string{
		"vendor show ": "sotas", "deadline ": "tatsujin", "incident log --vendor ": "superstream", "incident list --state ": "at_risk",
		"report 2026-05 --format ": "xlsx", "incident log --severity ": "critical", "user add x --role ": "analyst",
	} {
		r := runIn(t, t.TempDir(), nil, "", append([]string{"__complete"}, strings.Split(args, " ")...)...)
		if r.code != 0 || !strings.Contains(r.stdout, want) {
			t.Errorf("kigen %s: exit %d, %q %q", args, r.code, r.stdout, r.stderr)
		}
	}
}
