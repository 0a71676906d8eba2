package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVerifyOfNoDatabase: an empty file is refused and stays empty, and restoring it
// takes nothing from the database.
func TestVerifyOfNoDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	worked(t, runIn(t, dir, english, "", "db", "migrate"))
	for _, command := range []string{"verify", "restore"} {
		r := runIn(t, dir, english, "", "db", command, "empty.db")
		if r.code != 2 || !strings.Contains(r.stderr, "it is empty") {
			t.Errorf("db %s: %+v, want exit 2 and that the file is empty", command, r)
		}
		if info, err := os.Stat(empty); err != nil || info.Size() != 0 {
			t.Errorf("db %s wrote to the file: %v, %v", command, info, err)
		}
	}
	if r := runIn(t, dir, english, "", "db", "verify", "nowhere.db"); r.code != 2 || !strings.Contains(r.stderr, "does not exist") {
		t.Errorf("verify of nothing: %+v, want exit 2", r)
	}
	if r := runIn(t, dir, english, "", "db", "verify", "--head", "x"); r.code != 2 || !strings.Contains(r.stderr, "64 hexadecimal digits") {
		t.Errorf("a head that is none: %+v, want exit 2", r)
	}
	if r := runIn(t, dir, english, "", "db", "verify", "--at", "3"); r.code != 2 || !strings.Contains(r.stderr, "--head") {
		t.Errorf("a count without its hash: %+v, want exit 2", r)
	}
	// A copy by other means than kigen db backup.
	content, err := os.ReadFile(filepath.Join(dir, "kigen.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "copied.db"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"verify", "restore"} {
		r := runIn(t, dir, english, "", "db", command, "copied.db", "--lang", "en")
		if r.code != 0 || !strings.Contains(r.stderr, "has no log copied.db-wal beside it") {
			t.Errorf("db %s of a copy without its log: %+v", command, r)
		}
	}
}
