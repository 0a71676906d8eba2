package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// library is a directory with an empty database.
func library(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	worked(t, runIn(t, dir, nil, "", "db", "migrate"))
	return dir
}

func TestReportRefuses(t *testing.T) {
	t.Parallel()
	dir := library(t)
	for _, c := range []struct {
		args string
		says []string
	}{
		{"2026-Q5", []string{"2026-Q5", "a quarter as 2026-Q3"}},
		{"2026-09..2026-04", []string{"2026-09..2026-04", "earlier end first"}},
		{"2026-04..2026-04-30", []string{"2026-04..2026-04-30", "both ends"}},
		{"2999", []string{"2999", "not begun", "latest month"}},
		{"2025-05 --vendor nobody", []string{"vendor", "nobody", "sotas"}},
		{"2025-05 --frozen", []string{"2025-05", "--freeze"}},
		{"2025-05 --verify", []string{"2025-05", "--freeze"}},
		{"2999-05 --freeze", []string{"2999-05", "not begun"}},
		{"2025-05 --freeze --frozen", []string{"freeze", "frozen"}},
		{"2025-05 --freeze --vendor sotas", []string{"freeze", "vendor"}},
		{"2025-05 --frozen --vendor sotas", []string{"--frozen --vendor", "vendor out"}},
	} {
		r := runIn(t, dir, english, "", append([]string{"report"}, strings.Fields(c.args)...)...)
		if r.code != 2 || r.stdout != "" {
			t.Errorf("report %s: exit %d, stdout %q, want exit 2 and nothing", c.args, r.code, r.stdout)
		}
		for _, want := range c.says {
			if !strings.Contains(r.stderr, want) {
				t.Errorf("report %s says %q, which lacks %q", c.args, r.stderr, want)
			}
		}
	}
	r := runIn(t, dir, []string{"KIGEN_LANGUAGE=en", "KIGEN_URL=http://127.0.0.1:1"}, "", "report", "2025-05", "--freeze")
	if r.code != 2 || !strings.Contains(r.stderr, "KIGEN_URL") || !strings.Contains(r.stderr, "database itself") {
		t.Errorf("--freeze from afar: %+v", r)
	}
}

func TestReportPeriods(t *testing.T) {
	t.Parallel()
	dir := library(t)
	for _, label := range []string{"2025-05", "2025-Q2", "2025", "2024-11..2025-02", "2025-05-01..2025-05-15"} {
		var r struct {
			Period   struct{ Label string }
			Vendors  []struct{ ID string }
			Trend    []struct{ Month string }
			Versions struct{ Kigen string }
		}
		if err := json.Unmarshal([]byte(worked(t, runIn(t, dir, nil, "", "report", label, "--vendor", "sotas"))), &r); err != nil {
			t.Fatal(err)
		}
		if r.Period.Label != label || len(r.Vendors) != 1 || r.Vendors[0].ID != "sotas" || len(r.Trend) != 12 || r.Versions.Kigen == "" {
			t.Errorf("%s: %+v", label, r)
		}
	}
}

func TestReportIsKeptByHand(t *testing.T) {
	t.Parallel()
	_, dir := workspace(t)
	running := serve(t, dir) // its database can be kept in beside it
	config := []string{"KIGEN_CONFIG=kigen.yaml"}
	run := func(args ...string) string { return worked(t, runIn(t, dir, config, "", args...), args...) }
	live := run("report", "2025-05")
	first := run("report", "2025-05", "--freeze")
	if !strings.HasPrefix(first, "2025-05 edition 1  ") || !strings.Contains(first, "sha256:") || strings.Contains(first, "unchanged") {
		t.Errorf("--freeze says %q", first)
	}
	if again := run("report", "2025-05", "--freeze"); again != strings.TrimSuffix(first, "\n")+" (unchanged)\n" {
		t.Errorf("--freeze says again %q", again)
	}
	if kept := run("report", "2025-05", "--frozen"); kept != live {
		t.Errorf("the kept report is\n%s\nnot\n%s", kept, live)
	}
	if verified := run("report", "2025-05", "--verify"); verified != strings.TrimSuffix(first, "\n")+" intact\n" {
		t.Errorf("--verify says %q", verified)
	}
	run("report", "2025-05", "--frozen", "--format", "html", "--out", "kept.html")
	if page, err := os.ReadFile(filepath.Join(dir, "kept.html")); err != nil || !strings.Contains(string(page), "<!doctype html>") {
		t.Errorf("kept.html: %v", err)
	}
	if code := running.signal(syscall.SIGTERM); code != 0 {
		t.Errorf("serve ended with %d", code)
	}
	run("db", "verify")
}

// A full disk is said, and ends with an error.
func TestReportOnAFullDisk(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	cmd := command(t.Context(), library(t), english, "report", "2025-05")
	var stderr strings.Builder
	cmd.Stdout, cmd.Stderr = full, &stderr
	if err := cmd.Run(); err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(stderr.String(), "no space left") {
		t.Errorf("exit %d: %s", cmd.ProcessState.ExitCode(), stderr.String())
	}
}
