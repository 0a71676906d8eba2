package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// observances is a calendar of days that close nothing but a vendor that
// imports it.
const observances = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:7\r\nSUMMARY:七夕\r\nDTSTART;VALUE=DATE:%d0707\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// withShortCalendar writes a configuration whose vendor's calendar ends this
// year, 30 business days or not.
func withShortCalendar(t *testing.T) (dir string, year int) {
	t.Helper()
	dir, year = t.TempDir(), time.Now().Year()
	text := fmt.Sprintf(`calendars:
  office:
    hours: {mon-fri: "00:00-23:59"}
    years: 2020..%d
    closures: [{ics: observances.ics}]
vendors:
  - id: acme
    calendar: office
    promises:
      - {id: written-report, start: occurred, due: {business_days: 30, ends: close}}
`, year)
	for name, content := range map[string]string{"kigen.yaml": text, "observances.ics": fmt.Sprintf(observances, year)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, year
}

func TestConfigCheckWarns(t *testing.T) {
	t.Parallel()
	dir, year := withShortCalendar(t)
	out := worked(t, runIn(t, dir, english, "", "config", "check", "kigen.yaml", "--verbose", "--lang", "ja"))
	for _, want := range []string{
		`警告: kigen.yaml:3: calendars.office.hours.mon-fri: "00:00-23:59": 閉まる1分前の時刻が書かれています`,
		fmt.Sprintf(`警告: kigen.yaml:4: calendars.office.years: "2020..%d": acme/written-report の %d-`, year, year),
		fmt.Sprintf("2020..%d と書いてください", year+10),
		"office: iCalendar から取り込んだ休業日", fmt.Sprintf("%d年7月7日", year), "七夕", "observances.ics",
		"kigen.yaml: 問題ありません",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	if out := worked(t, runIn(t, dir, english, "", "config", "check", "kigen.yaml", "--lang", "en")); strings.Contains(out, "七夕") || !strings.Contains(out, "warning: ") {
		t.Errorf("without --verbose:\n%s", out)
	}
}

func TestVendorShowListsImportedDays(t *testing.T) {
	t.Parallel()
	dir, _ := withShortCalendar(t)
	out := worked(t, runIn(t, dir, nil, "", "vendor", "show", "acme", "--config", "kigen.yaml", "--lang", "en"))
	if !strings.Contains(out, "office: days closed by iCalendar files") || !strings.Contains(out, "七夕") {
		t.Errorf("got\n%s", out)
	}
	if out := worked(t, runIn(t, dir, nil, "", "vendor", "show", "sotas", "--config", "kigen.yaml")); strings.Contains(out, "七夕") {
		t.Errorf("sotas imports nothing:\n%s", out)
	}
}

// A vendor whose calendar ends too soon has a row that says so in the profile of
// all, beside the others, and is a failure of its own.
func TestProfileOfAllOutlivesAShortCalendar(t *testing.T) {
	t.Parallel()
	dir, year := withShortCalendar(t)
	all := runIn(t, dir, english, "", "vendor", "profile", "--config", "kigen.yaml", "--lang", "en")
	for _, want := range []string{fmt.Sprintf("the calendar of acme covers 2020 to %d", year), "sotas"} {
		if all.code != 1 || !strings.Contains(all.stdout, want) {
			t.Errorf("exit %d, lacks %q:\n%s", all.code, want, all.stdout)
		}
	}
	if r := runIn(t, dir, english, "", "vendor", "profile", "acme", "--config", "kigen.yaml"); r.code != 2 {
		t.Errorf("exit code %d\n%s", r.code, r.stderr)
	}
}
