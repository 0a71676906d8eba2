package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A list comes in whole or not at all, every bad row by its line; what went in
// comes out as evidence.
func TestImportAndExport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("kigen.yaml", "language: en\ndatabase: import.db\n")
	write("good.csv", "\ufeffTitle,vendor,occurred_at,tags,description\r\n\"Sign-in, fails\",sotas,2026-05-01 18:00,auth;prod,\"Two\nlines\"\r\nNothing promised,cybertrust,,,\r\n")
	kigen := serve(t, dir)

	refused := func(content, name string, wants ...string) {
		t.Helper()
		write(name, content)
		got := kigen.try("--lang", "en", "incident", "import", name, "--lang", "en")
		for _, want := range append(wants, "nothing was logged") {
			if got.code != 2 || !strings.Contains(got.stderr, want) {
				t.Errorf("exit %d, no %q in\n%s", got.code, want, got.stderr)
			}
		}
	}
	refused("vendor,title,description,impact\nsotas,Fine,,\nsotas,Second,\"Two\nlines\",huge\n", "schema.csv", `schema.csv, line 3: impact "huge"`)
	refused("vendor,title,description,occurred_at\nsotas,Fine,,\nsotos,Second,\"Two\nlines\",\nsotas,Third,,2026-02-30 10:00\n", "facts.csv",
		`facts.csv, line 3: vendor "sotos"`, `facts.csv, line 5: occurred_at "2026-02-30 10:00"`)
	if got := kigen.ask("incident", "import", "good.csv", "--dry-run", "--lang", "en"); !strings.Contains(got, "rows that can be logged: all 2") {
		t.Error(got)
	}
	if got := kigen.ask("incident", "list", "--lang", "en"); !strings.Contains(got, "no incidents") {
		t.Errorf("something was logged:\n%s", got)
	}
	for _, want := range []string{"incidents logged: 2 (KGN-1 to KGN-2)", "incidents logged before: 2; nothing was changed"} {
		if got := kigen.ask("incident", "import", "good.csv", "--lang", "en"); !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
	var long strings.Builder
	long.WriteString("vendor,title\n")
	for i := range 2300 {
		fmt.Fprintf(&long, "cybertrust,Row %d\n", i)
	}
	write("long.csv", long.String())
	got := kigen.try("--lang", "en", "incident", "import", "long.csv", "--lang", "ja")
	if got.code != 0 || !strings.Contains(got.stdout, "2300件を登録しました(KGN-3 から KGN-2302)") || !strings.Contains(got.stderr, "登録 2000 / 2300") {
		t.Errorf("%d %s %s", got.code, got.stdout, got.stderr)
	}

	write("mail.eml", "We are sorry.")
	kigen.ask("incident", "notice", "KGN-1", "--file", "mail.eml", "--channel", "email")
	if got := kigen.ask("incident", "export", "KGN-1", "--out", "KGN-1.zip", "--lang", "en"); !strings.Contains(got, "wrote KGN-1.zip") {
		t.Error(got)
	}
	if again := kigen.try("--lang", "en", "incident", "export", "KGN-1"); again.code != 2 || !strings.Contains(again.stderr, "already exists") {
		t.Errorf("a second export: %d %s", again.code, again.stderr)
	}
	packed, err := os.ReadFile(filepath.Join(dir, "KGN-1.zip"))
	if err != nil || !strings.Contains(string(packed), "-mail.eml") {
		t.Errorf("the bundle of %d bytes does not hold the mail: %v", len(packed), err)
	}
}

// What can't be read is refused before the daemon is asked.
func TestImportOfBrokenFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, tc := range map[string]struct{ content, says string }{
		"empty.csv":   {"", "start with the column names"},
		"header.csv":  {"vendor,title\n", "has no row"},
		"columns.csv": {"vendor,colour,vendor\nsotas,red,x\n", `column "colour": is unknown`},
		"missing.csv": {"vendor\nsotas\n", `column "title": is missing`},
		"narrow.csv":  {"vendor,title\nsotas\n", "narrow.csv, line 2: wrong number of fields"},
		"quote.csv":   {"vendor,title\nsotas,\"open\n", "quote texts that hold"},
		"sjis.csv":    {"vendor,title\nsotas,\x8f\xe1\x8aQ\xff\n", "holds a character that is not CP932"},
		"damaged.csv": {"vendor,title\nsotas,障害\xff\n", "holds a character that is not UTF-8"},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(tc.content), 0o600); err != nil {
			t.Fatal(err)
		}
		got := runIn(t, dir, []string{"KIGEN_URL=http://127.0.0.1:1"}, "", "incident", "import", name, "--lang", "en")
		if got.code != 2 || !strings.Contains(got.stderr, tc.says) || !strings.Contains(got.stderr, name) {
			t.Errorf("%s: %d %s", name, got.code, got.stderr)
		}
	}
	if got := runIn(t, dir, nil, "", "incident", "import", "absent.csv", "--lang", "en"); got.code != 2 || !strings.Contains(got.stderr, "absent.csv") {
		t.Errorf("%d %s", got.code, got.stderr)
	}
}
