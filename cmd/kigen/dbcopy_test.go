package main_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kigen/store/pgtest"
)

// TestDatabaseCopied moves an installation to a server by the commands of the page, and
// back. No output shows the server's password.
func TestDatabaseCopied(t *testing.T) {
	dir := t.TempDir()
	address, err := url.Parse(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword(address.User.Username(), "geheim") // which trust accepts
	server := address.String()
	file, onServer := filepath.Join(dir, "kigen.yaml"), filepath.Join(dir, "server.yaml")
	write(t, file, "database: kigen.db\nlanguage: en\n")
	write(t, onServer, "database: \"${URL}\"\nlanguage: en\n")
	env := []string{"URL=" + server}
	run := func(code int, want string, args ...string) result {
		t.Helper()
		r := runIn(t, dir, env, "a long pass phrase\n", args...)
		if r.code != code || !strings.Contains(r.stdout+r.stderr, want) || strings.Contains(r.stdout+r.stderr, "geheim") {
			t.Fatalf("kigen %s: exit %d, want %d and %q\n%s%s", strings.ReplaceAll(strings.Join(args, " "), server, "URL"), r.code, code, want, r.stdout, r.stderr)
		}
		return r
	}
	run(0, "", "user", "add", "yamada", "--password-stdin", "--config", file)
	run(2, "--from", "db", "copy", "--config", file)
	run(2, "does not exist", "db", "copy", "--from", "none.db", "--config", onServer)
	run(2, "kigen db backup", "db", "copy", "--from", "kigen.db", "--to", "other.db", "--config", file)
	run(0, "compared one by one, verified", "db", "copy", "--from", "kigen.db", "--to", server, "--config", file)
	run(2, "is not empty", "db", "copy", "--from", "kigen.db", "--config", onServer)
	run(2, "空ではありません", "db", "copy", "--from", "kigen.db", "--config", onServer, "--lang", "ja")
	run(0, "yamada", "user", "list", "--config", onServer)
	run(2, "name a file that does not exist", "db", "copy", "--to", "kigen.db", "--config", onServer)
	run(0, "never", "db", "copy", "--help")
	back := run(0, "Do not start it on postgres://", "db", "copy", "--to", "back.db", "--config", onServer)
	head := run(0, "", "db", "head", "--config", file)
	count, hash, _ := strings.Cut(strings.TrimSpace(head.stdout), " ")
	if !strings.Contains(back.stdout, count) || !strings.Contains(back.stdout, hash) {
		t.Errorf("the copy's head is not %s:\n%s", head.stdout, back.stdout)
	}
	run(0, "intact", "db", "verify", filepath.Join(dir, "back.db"), "--head", hash, "--at", count, "--config", file)
	if info, err := os.Stat(filepath.Join(dir, "back.db")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file of the copy: %v, %v", info.Mode(), err)
	}
}
