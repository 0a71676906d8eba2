package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Rules over two moments can be tried, and what was typed is echoed with its zone.
func TestDeadlineTakesMoments(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	strict := `
vendors:
  - id: strict
    name: Strict
    calendar: {zone: Asia/Tokyo, hours: {mon-fri: ["09:00-18:00"]}, holidays: jp}
    promises:
      - {id: notice, source: {document: D}, start: detected, due: {by_severity: {critical: 15m, default: 24h}}}
`
	if err := os.WriteFile(filepath.Join(dir, "strict.yaml"), []byte(strict), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		stdout []string
		stderr []string
	}{
		{[]string{"tatsujin", "--detected-at", "2026年4月28日 16時", "--lang", "en"},
			[]string{"Tue 28 Apr", "16:00 +09:00 (detected", "Thu 7 May", "17:00 +09:00"},
			[]string{`kigen: --detected-at "2026年4月28日 16時": read as Tue 28 Apr 2026 16:00 +09:00 (Asia/Tokyo)`}},
		{[]string{"tatsujin", "--aware", "R8.4.28 午後4時", "--lang", "ja"},
			[]string{"16:00 +09:00(当社の認知で仮に起算)"},
			[]string{"--aware-at 「R8.4.28 午後4時」を2026年4月28日(火) 16:00 +09:00(Asia/Tokyo)と解釈しました"}},
		{[]string{"tatsujin", "--start", "2026-04-28T10:00+09:00", "--detected_at", "2026-04-29T10:00:00+09:00", "--lang", "en"},
			[]string{"Wed 29 Apr", "(detected"}, nil},
		{[]string{"strict", "--config", "strict.yaml", "--detected-at", "2026-04-28T10:00:00+09:00", "--lang", "en"}, []string{"(detected by the vendor)\n", "15 min after the start"}, nil},
		{[]string{"tatsujin", "--occurred-at", "2026-04-28T16:00:00Z", "--lang", "en"}, []string{"not yet known", "start unknown"}, nil},
		{[]string{"sotas", "--start", "2026/5/1 18:00", "--lang", "en"}, []string{"18:00 +09:00\n", "09:00 +09:00"}, nil},
		{[]string{"sotas", "--start", "0:00", "--lang", "en"}, []string{"00:00 +09:00"}, []string{`--start "0:00": read as`, "the date is missing, today is meant"}},
	} {
		r := runIn(t, dir, english, "", append([]string{"deadline"}, c.args...)...)
		if r.code != 0 || (r.stderr == "") != (c.stderr == nil) {
			t.Errorf("%v: exit %d, said %q", c.args, r.code, r.stderr)
		}
		for _, part := range c.stdout {
			if !strings.Contains(r.stdout, part) {
				t.Errorf("%v: %q is missing in\n%s", c.args, part, r.stdout)
			}
		}
		for _, part := range c.stderr {
			if !strings.Contains(r.stderr, part) {
				t.Errorf("%v: %q is missing in %s", c.args, part, r.stderr)
			}
		}
	}
	for _, c := range []struct{ args, says string }{
		{"deadline sotas --start 5/1/2026", "5/1/2026 is ambiguous"},
		{"deadline sotas --detected-at 2026/5/1", `detected_at "2026/5/1": the time of day is missing`},
		{"deadline sotas --start 2026-05-01T18:00 --stage final", `stage "final"`},
		{"deadline sotas --start 2026-05-01T18:00 --service mail", `service "mail"`},
		{"deadline --batch - --detected-at 18:00", "leave VENDOR, --start, --service and the moments out"},
	} {
		if r := runIn(t, dir, english, "", strings.Fields(c.args)...); r.code != 2 || r.stdout != "" || !strings.Contains(r.stderr, c.says) {
			t.Errorf("kigen %s: %+v, want exit 2 and %q", c.args, r, c.says)
		}
	}
}

// A time that clocks show twice is resolved with a sentence where a person
// reads it, and refused where none does.
func TestDeadlineOfATimeThatComesTwice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := []string{"KIGEN_LANGUAGE=en", "KIGEN_TIMEZONE=America/New_York"}
	r := runIn(t, dir, env, "", "deadline", "sustaina", "--start", "2026-11-01 01:30", "--json", "--lang", "en")
	if r.code != 0 || !strings.Contains(r.stdout, `"start":"2026-11-01T14:30:00+09:00"`) || !strings.Contains(r.stderr, "clocks show this time twice, the first is meant: add -05:00 for the second") {
		t.Errorf("%+v", r)
	}
	r = runIn(t, dir, env, "vendor,start\nsustaina,2026-11-01 01:30\n", "deadline", "--batch", "-")
	if r.code != 2 || r.stdout != "" || !strings.Contains(r.stderr, `line 2: start "2026-11-01 01:30"`) || !strings.Contains(r.stderr, "-04:00 for the first or -05:00 for the second") {
		t.Errorf("%+v", r)
	}
	r = runIn(t, dir, env, "", "deadline", "sustaina", "--start", "2026/3/8 2:30")
	if r.code != 2 || !strings.Contains(r.stderr, "skip this time") {
		t.Errorf("%+v", r)
	}
}

// The keys are a contract, in this order.
func TestDeadlineKeys(t *testing.T) {
	t.Parallel()
	want := []string{"vendor", "promise", "stage", "start", "start_from", "due", "state", "not_provable", "rule", "explanation", "reading", "alternatives"}
	out := kigen(t, "deadline", "sotas", "--start", "2026-05-01 18:00", "--json")
	for i, key := range want {
		at := strings.Index(out, `"`+key+`":`)
		if at < 0 || i > 0 && at < strings.Index(out, `"`+want[i-1]+`":`) {
			t.Errorf("the key %q is missing or out of order in %s", key, out)
		}
	}
}

// The commands hand on what was typed; the daemon reads it in its own zone and
// says what it read.
func TestIncidentCommandsEchoTimes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "kigen.yaml"), []byte("language: en\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	k := serve(t, dir)
	said := func(r result, parts ...string) {
		t.Helper()
		for _, part := range parts {
			if r.code != 0 || !strings.Contains(r.stderr, part) {
				t.Errorf("%+v, want %q", r, part)
			}
		}
	}
	said(k.try("incident", "log", "--vendor", "sotas", "--title", "x", "--occurred-at", "2026/5/1 18:00", "--detected-at", "令和8年5月1日 午後6時半", "--lang", "en"),
		`--occurred-at "2026/5/1 18:00": read as Fri 1 May 2026 18:00 +09:00 (Asia/Tokyo)`, `--detected-at "令和8年5月1日 午後6時半": read as Fri 1 May 2026 18:30 +09:00`)
	said(k.try("incident", "amend", "KGN-1", "--detected-at", "2026-05-01 18:45", "--lang", "ja"), "「2026-05-01 18:45」を2026年5月1日(金) 18:45 +09:00(Asia/Tokyo)と解釈しました")
	said(k.try("incident", "ack", "KGN-1", "--until", "明日 23:00", "--lang", "en"), `--until "明日 23:00": read as `)
	said(k.try("incident", "notice", "KGN-1", "--received-at", "now", "--sent-at", "Fri, 01 May 2026 19:00:00 +0900 (JST)", "--lang", "en"), `--received-at "now": read as `, `--sent-at "Fri, 01 May 2026`)
	if r := k.try("incident", "log", "--vendor", "sotas", "--title", "x", "--occurred-at", "2026-05-01T18:00:00+09:00"); r.code != 0 || r.stderr != "" {
		t.Errorf("a whole time: %+v", r)
	}
	if r := k.try("incident", "log", "--vendor", "sotas", "--title", "x", "--occurred-at", "5/1 18:00", "--lang", "en"); r.code != 2 || !strings.Contains(r.stderr, "5/1 is ambiguous") {
		t.Errorf("an ambiguous time: %+v", r)
	}

	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("bad.csv", "vendor,title,occurred_at\nsotas,A,2026/5/1 18:00\nsotas,B,18:00\nsotas,C,5/1/2026 18:00\n")
	if r := k.try("incident", "import", "bad.csv", "--lang", "en"); r.code != 2 || !strings.Contains(r.stderr, `bad.csv, line 3: occurred_at "18:00": a file must name the date`) ||
		!strings.Contains(r.stderr, "bad.csv, line 4") || strings.Contains(r.stderr, "line 2") {
		t.Errorf("%+v", r)
	}
	utf16 := "\xff\xfe"
	for _, r := range "vendor\ttitle\toccurred_at\r\nsotas\tExcel\t2026/5/1 9:05\r\n" {
		utf16 += string([]byte{byte(r), 0})
	}
	write("unicode.txt", utf16)
	k.ask("incident", "import", "unicode.txt")
	if got := k.ask("incident", "list", "-q", "Excel", "--json"); !strings.Contains(got, `"occurred_at":"2026-05-01T09:05:00+09:00"`) {
		t.Error(got)
	}
}

// A file that is named is used, and a daemon of other rules is not asked in
// its place.
func TestReplayUsesTheFileThatIsNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "stricter.yaml"), []byte(stricter), 0o600); err != nil {
		t.Fatal(err)
	}
	k := start(t, dir, "serve")
	k.ask("incident", "log", "--vendor", "sotas", "--title", "outage", "--occurred-at", "2026-05-01 18:00", "--aware-at", "2026-05-01 18:00")
	if r := k.try("deadline", "--replay", "2026-05", "--lang", "en"); r.code != 0 || !strings.Contains(r.stdout, "no differences") || r.stderr != "" {
		t.Errorf("the daemon's own: %+v", r)
	}
	r := k.try("deadline", "--replay", "2026-05", "--config", "stricter.yaml", "--lang", "en")
	if r.code != 0 || !strings.Contains(r.stdout, "clocks that would change: 1") || !strings.Contains(r.stderr, "using the promises of stricter.yaml and the incidents of the database kigen.db") {
		t.Errorf("the file's: %+v", r)
	}
	env := []string{"KIGEN_URL=" + k.url, "KIGEN_CONFIG=stricter.yaml"}
	r = runIn(t, dir, env, "", "deadline", "--replay", "2026-05", "--lang", "en")
	if r.code != 0 || !strings.Contains(r.stdout, "no differences") || !strings.Contains(r.stderr, "using the promises of the kigen at KIGEN_URL; add --config stricter.yaml") {
		t.Errorf("a file of the environment: %+v", r)
	}
	elsewhere := filepath.Join(t.TempDir(), "stricter.yaml")
	if err := os.WriteFile(elsewhere, []byte(stricter), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := runIn(t, dir, env[:1], "", "deadline", "--replay", "2026-05", "--config", elsewhere); r.code != 2 || r.stdout != "" || !strings.Contains(r.stderr, "does not exist") {
		t.Errorf("no database there: %+v", r)
	}
}

// One vendor whose calendar ends keeps no other from being shown.
func TestProfileOfABrokenVendor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	broken := `
vendors:
  - id: short
    name: {ja: 短い, en: Short}
    calendar: {hours: {mon-fri: ["09:00-18:00"]}, holidays: jp, years: 2020..2026}
    promises:
      - {id: notice, source: {document: D}, start: occurred, due: {business_days: 30}}
`
	if err := os.WriteFile(filepath.Join(dir, "kigen.yaml"), []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) result {
		return runIn(t, dir, []string{"KIGEN_LANGUAGE=en", "KIGEN_CONFIG=kigen.yaml"}, "", append([]string{"vendor", "profile", "--year", "2026", "--lang", "en"}, args...)...)
	}
	if r := run(); r.code != 1 || !strings.Contains(r.stdout, "sotas") || !strings.Contains(r.stdout, "cybertrust") || !strings.Contains(r.stderr, "short") {
		t.Errorf("all: %+v", r)
	}
	r := run("--json")
	var all []struct {
		Vendor string `json:"vendor"`
	}
	if err := json.Unmarshal([]byte(r.stdout), &all); err != nil || r.code != 1 || len(all) != 6 { // the broken one says why
		t.Errorf("%v, %+v", err, r)
	}
	if r := run("short", "sotas"); r.code != 1 || !strings.Contains(r.stdout, "sotas") {
		t.Errorf("two: %+v", r)
	}
	if r := run("short"); r.code != 2 || r.stdout != "" || !strings.Contains(r.stderr, "short") {
		t.Errorf("alone: %+v", r)
	}
}
