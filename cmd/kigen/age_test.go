package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
)

// TestEncryptedBackups: only the secret key restores them, a drill leaves a record, and
// nothing readable is left behind.
func TestEncryptedBackups(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for name, identity := range map[string]*age.X25519Identity{"key.txt": key, "other.txt": other} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("# "+name+"\n"+identity.String()+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := "listen: 127.0.0.1:0\nlanguage: en\nbackup: {dir: backups, age_recipient: " + key.Recipient().String() + "}\n"
	if err := os.WriteFile(filepath.Join(dir, "kigen.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	try := func(code int, says string, args ...string) {
		t.Helper()
		r := runIn(t, dir, nil, "", append(args, "--config", "kigen.yaml")...)
		if r.code != code || !strings.Contains(r.stdout+r.stderr, says) {
			t.Errorf("%v: %+v, want exit %d and %q", args, r, code, says)
		}
		if strings.Contains(r.stdout+r.stderr, key.String()) {
			t.Errorf("%v shows the secret key", args)
		}
	}
	try(0, "up to date", "db", "migrate")
	try(1, "holds no backup", "db", "drill", "--identity", "key.txt")
	try(2, "is not an age recipient", "db", "backup", "copy.db.age", "--age", "age1nonsense")
	try(0, "verified backup", "db", "backup", "copy.db.age", "--age", key.Recipient().String())
	try(0, "verified backup", "db", "backup", "copy.db.age", "--age", key.Recipient().String()) // replaces an older one
	try(1, "is not an encrypted backup", "db", "backup", "key.txt", "--age", key.Recipient().String())
	content, err := os.ReadFile(filepath.Join(dir, "copy.db.age"))
	if err != nil || !strings.HasPrefix(string(content), "age-encryption.org/") || strings.Contains(string(content), "SQLite format") {
		t.Errorf("the copy is readable: %v", err)
	}
	try(0, "intact", "db", "verify", "copy.db.age", "--identity", "key.txt")
	try(1, "is encrypted: name the file", "db", "restore", "copy.db.age")
	try(1, "no identity matched", "db", "restore", "copy.db.age", "--identity", "other.txt")
	try(1, "is encrypted: name the file", "db", "drill", "copy.db.age")
	try(0, "restore drill failed", "user", "log")
	try(0, "can be restored", "db", "drill", "copy.db.age", "--identity", "key.txt")
	try(0, "copy.db.age ", "user", "log")
	try(0, "restored from the verified backup", "db", "restore", "copy.db.age", "--identity", "key.txt")
	try(0, "intact", "db", "verify")

	kigen := serve(t, dir)
	newest := filepath.Join("backups", "kigen-20260507T030000Z.db.age")
	if err := os.MkdirAll(filepath.Join(dir, "backups"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{newest, filepath.Join("backups", "kigen-20260506T030000Z.db")} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	try(0, newest+" can be restored", "db", "drill", "--identity", "key.txt")
	if metrics := kigen.get("/metrics"); strings.Contains(metrics, "kigen_restore_drill_timestamp_seconds 0\n") || !strings.Contains(metrics, "kigen_restore_drill_timestamp_seconds ") {
		t.Error("the metrics do not know the drill")
	}
	if page := kigen.get("/health?lang=en"); !strings.Contains(page, "Restore drill") {
		t.Error("the health page does not know the drill")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".kigen-") || strings.Contains(e.Name(), "readable") {
			t.Errorf("%s is left behind", e.Name())
		}
	}
}
