package main_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-runewidth"

	"kigen/sla/profile"
)

var update = flag.Bool("update", false, "write the goldens in testdata anew")

// golden compares text with what stands in testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal([]byte(text), want) {
		t.Errorf("%s differs from what is printed now; look at it, then run with -update\n%s", path, text)
	}
}

func TestProfileForPeople(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"ja", "en"} {
		golden(t, "profile.all."+lang, kigen(t, "vendor", "profile", "--year", "2026", "--lang", lang))
		golden(t, "profile.sotas."+lang, kigen(t, "vendor", "profile", "sotas", "--year", "2026", "--lang", lang))
		golden(t, "profile.cybertrust."+lang, kigen(t, "vendor", "profile", "cybertrust", "--year", "2026", "--lang", lang))
	}
}

// Whatever the length of the waits, no line is wider than a terminal, and what
// is no terminal gets no colours.
func TestProfileFitsATerminal(t *testing.T) {
	t.Parallel()
	width := &runewidth.Condition{StrictEmojiNeutral: true}
	for _, args := range [][]string{{"sotas"}, {"tatsujin"}, {"sustaina"}, {}} {
		for _, lang := range []string{"ja", "en"} {
			out := kigen(t, append([]string{"vendor", "profile", "--year", "2026", "--lang", lang}, args...)...)
			for line := range strings.Lines(out) {
				if width.StringWidth(line) > 120 || strings.Contains(line, "\x1b") {
					t.Errorf("%v %s: %d columns: %q", args, lang, width.StringWidth(line), line)
				}
			}
		}
	}
}

func TestProfileJSON(t *testing.T) {
	t.Parallel()
	var one profile.VendorYear
	if err := json.Unmarshal([]byte(kigen(t, "vendor", "profile", "sotas", "--year", "2026", "--json")), &one); err != nil {
		t.Fatal(err)
	}
	if p := one.Promises[0]; one.Vendor != "sotas" || time.Duration(p.Max) != 135*time.Hour || p.Starts != 365*24*60 {
		t.Errorf("got %s, %d starts, longest %v", one.Vendor, p.Starts, time.Duration(p.Max))
	}
	var all []profile.VendorYear
	if err := json.Unmarshal([]byte(kigen(t, "vendor", "profile", "--json", "sustaina", "cybertrust")), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all[0].Vendor != "sustaina" || all[1].Promises[0].Starts != 0 || all[0].Year < 2026 {
		t.Errorf("got %+v", all)
	}
}
