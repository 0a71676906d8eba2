package main_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"filippo.io/age"
)

// TestFilesArePrivate: what kigen writes is for its owner alone under any umask, and is
// not written through a symbolic link that another user left in its place.
func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	dir, tools := t.TempDir(), t.TempDir()
	loose := filepath.Join(tools, "kigen")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(loose, []byte("#!/bin/sh\numask 0\nexec '"+binary+"' \"$@\"\n"), 0o700))
	victim := filepath.Join(tools, "victim")
	must(os.WriteFile(victim, []byte("precious"), 0o600))
	key, err := age.GenerateX25519Identity()
	must(err)
	kigen := startBinary(t, loose, dir, "serve")
	run := func(code int, args ...string) {
		t.Helper()
		env := []string{"KIGEN_URL=" + kigen.url}
		if args[0] == "db" || args[0] == "config" {
			env = nil // they work on files
		}
		cmd := command(t.Context(), dir, env, args...)
		cmd.Path, cmd.Args[0] = loose, loose
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != code {
			t.Fatalf("kigen %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	run(0, "incident", "log", "--vendor", "sotas", "--title", "outage")
	for _, format := range []string{"html", "pdf", "xlsx", "csv", "json"} {
		must(os.Symlink(victim, filepath.Join(dir, "linked."+format))) // replaced by the report
		run(0, "report", "2026-05", "--out", "report."+format)
		run(0, "report", "2026-05", "--out", "linked."+format)
	}
	run(0, "incident", "export", "KGN-1")
	run(0, "db", "backup", "copy.db")
	run(0, "db", "backup", "copy.db.age", "--age", key.Recipient().String())
	must(os.Symlink(victim, filepath.Join(dir, "linked.zip")))
	run(2, "incident", "export", "KGN-1", "--out", "linked.zip")
	must(os.Symlink(victim, filepath.Join(dir, "linked.yaml")))
	run(2, "config", "init", "linked.yaml")
	run(0, "config", "init", "new.yaml")
	kigen.signal(syscall.SIGTERM)
	run(0, "db", "restore", "copy.db")
	run(0, "db", "drill", "copy.db")
	if content, err := os.ReadFile(victim); err != nil || string(content) != "precious" {
		t.Errorf("a link was followed: %q %v", content, err)
	}
	seen := 0
	must(filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir || entry.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := entry.Info()
		if seen++; err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %04o", path, info.Mode().Perm())
		}
		return err
	}))
	if seen < 16 {
		t.Errorf("only %d files", seen)
	}
}
