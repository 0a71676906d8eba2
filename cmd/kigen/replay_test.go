package main_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// stricter is a configuration under which sotas has one hour at any time.
const stricter = `
language: en
vendors:
  - id: sotas
    name: {ja: Sotas株式会社, en: Sotas}
    calendar: {hours: {mon-fri: ["09:00-18:00"]}, holidays: jp}
    promises:
      - {id: incident-notice, source: {document: SECURITY WHITE PAPER}, start: occurred, due: 1h}
`

// What today's promises would make of past incidents is said, and nothing is
// written: not beside the daemon, not through it, not without it.
func TestReplay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "stricter.yaml"), []byte(stricter), 0o600); err != nil {
		t.Fatal(err)
	}
	first := start(t, dir, "serve")
	for _, vendor := range []string{"sotas", "tatsujin", "cybertrust"} {
		first.ask("incident", "log", "--vendor", vendor, "--title", "outage", "--occurred-at", "2026-05-01 18:00", "--aware-at", "2026-05-01 18:00")
	}
	history := first.get("/api/v1/incidents/1/events")
	first.signal(syscall.SIGTERM)
	before := databaseBytes(t, dir)

	replay := func(args ...string) string {
		t.Helper()
		args = append([]string{"deadline", "--replay"}, args...)
		return worked(t, runIn(t, dir, nil, "", args...), args...)
	}
	if out := replay("2026-05", "--lang", "en"); out != "2026-05: incidents recalculated with the current promises and calendars: 3; no differences.\n" {
		t.Errorf("under the same rules: %s", out)
	}
	if out := replay("2026-04", "--lang", "ja"); !strings.Contains(out, "インシデント0件") || !strings.Contains(out, "変わるものはありません") {
		t.Errorf("a month without incidents: %s", out)
	}
	if out := replay("2026-05", "--json"); out != `{"month":"2026-05","incidents":3,"cancelled":0,"unconfigured":0,"differences":[]}`+"\n" {
		t.Errorf("in JSON: %s", out)
	}
	for _, lang := range []string{"ja", "en"} {
		golden(t, "replay."+lang, replay("2026-05", "--config", "stricter.yaml", "--lang", lang))
	}
	direct := replay("2026-05", "--config", "stricter.yaml", "--json")
	if !bytes.Equal(databaseBytes(t, dir), before) {
		t.Error("the replay changed the database")
	}

	second := start(t, dir, "serve", "--config", "stricter.yaml")
	if served := second.ask("deadline", "--replay", "2026-05", "--json"); served != direct {
		t.Errorf("through the daemon: %s\ndirectly: %s", served, direct)
	}
	checkReplayJSON(t, second.get("/api/v1/replay/2026-05"))
	if now := second.get("/api/v1/incidents/1/events"); now != history {
		t.Errorf("the history was %s\nand is %s", history, now)
	}
}

// databaseBytes is the whole database of a kigen that was stopped.
func databaseBytes(t *testing.T, dir string) []byte {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, "kigen.db-wal")); err == nil {
		t.Fatal("the database has changes beside it")
	}
	text, err := os.ReadFile(filepath.Join(dir, "kigen.db"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func checkReplayJSON(t *testing.T, text string) {
	t.Helper()
	type outcome struct {
		State string  `json:"state"`
		Due   *string `json:"due"`
		Terms string  `json:"terms"`
	}
	var answer struct {
		Differences []struct {
			Incident string   `json:"incident"`
			Vendor   string   `json:"vendor"`
			Promise  string   `json:"promise"`
			Stands   *outcome `json:"stands"`
			Would    *outcome `json:"would"`
		} `json:"differences"`
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || len(answer.Differences) != 1 {
		t.Fatalf("%v in %s", err, text)
	}
	d := answer.Differences[0]
	if d.Incident != "KGN-1" || d.Vendor != "sotas" || d.Promise != "incident-notice" ||
		d.Stands.State != "overdue" || *d.Stands.Due != "2026-05-07T09:00:00+09:00" ||
		d.Would.State != "overdue" || *d.Would.Due != "2026-05-01T19:00:00+09:00" || d.Stands.Terms == d.Would.Terms {
		t.Errorf("%s", text)
	}
}
