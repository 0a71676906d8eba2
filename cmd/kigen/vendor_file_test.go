package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A register goes out, is changed in a spreadsheet and comes back; the commands that name
// vendors see what was published while the daemon runs.
func TestVendorsAsAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("kigen.yaml", "language: en\ndatabase: register.db\n")
	kigen := serve(t, dir)
	here := func(args ...string) string {
		args = append(args, "--config", "kigen.yaml")
		return worked(t, runIn(t, dir, english, "", args...), args...)
	}
	for _, format := range []string{"csv", "yaml"} {
		if got := kigen.ask("vendor", "export", "--format", format, "--out", "all."+format, "--lang", "en"); !strings.Contains(got, "wrote all."+format) {
			t.Error(got)
		}
		if got := kigen.ask("vendor", "import", "all."+format, "--reason", "nothing", "--lang", "en"); !strings.Contains(got, "the file changes nothing") {
			t.Errorf("%s: %s", format, got)
		}
	}
	write("acme.yaml", "vendors:\n  - id: acme\n    name: Acme\n    promises: [{id: notice, start: detected, due: 24h, source: {document: Paper, quote: within 24 hours}}]\n")
	if got := kigen.ask("vendor", "import", "acme.yaml", "--dry-run", "--lang", "en"); !strings.Contains(got, "acme: is new") || !strings.Contains(got, "nothing was published") {
		t.Error(got)
	}
	if got := runIn(t, dir, english, "", "deadline", "acme", "--start", "2026-05-02T22:10+09:00", "--config", "kigen.yaml"); got.code != 2 {
		t.Errorf("a dry run published: %+v", got)
	}
	if got := kigen.ask("vendor", "import", "acme.yaml", "--reason", "contract", "--lang", "en"); !strings.Contains(got, "acme: is new (version 1)") {
		t.Error(got)
	}
	for _, args := range [][]string{
		{"deadline", "acme", "--start", "2026-05-02T22:10+09:00"}, {"vendor", "list"}, {"vendor", "show", "acme"}, {"vendor", "profile", "acme"},
	} {
		if got := here(args...); !strings.Contains(strings.ToLower(got), "acme") {
			t.Errorf("%v: %s", args, got)
		}
	}
	if got := kigen.ask("vendor", "export", "acme"); !strings.Contains(got, "- id: acme") || strings.Contains(got, "sotas") {
		t.Error(got)
	}
	write("next.yaml", "vendors:\n  - id: acme\n    name: Acme\n    promises: [{id: notice, start: detected, due: 12h, source: {document: Paper, quote: within 12 hours}}]\n")
	kigen.ask("vendor", "import", "next.yaml", "--reason", "second edition", "--from", "2026-10-01")
	for start, due := range map[string]string{"2026-09-30T22:10+09:00": "2026-10-01T22:10", "2026-10-01T10:10+09:00": "2026-10-01T22:10"} {
		if got := here("deadline", "acme", "--start", start, "--json"); !strings.Contains(got, due) {
			t.Errorf("from %s: %s", start, got)
		}
	}
	write("bad.csv", "vendor,contract to\nacme,2026-02-30\n")
	if got := kigen.try("vendor", "import", "bad.csv", "--reason", "x", "--lang", "en"); got.code != 2 || !strings.Contains(got.stderr, "bad.csv, line 2: contract to") {
		t.Errorf("%d %s", got.code, got.stderr)
	}
	for _, args := range [][]string{{"vendor", "import", "bad.csv"}, {"vendor", "export", "--format", "pdf"}, {"vendor", "import", "none.csv", "--reason", "x"}} {
		if got := kigen.try(args...); got.code != 2 {
			t.Errorf("%v: %+v", args, got)
		}
	}
}
