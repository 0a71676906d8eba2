package web_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"kigen/sla/when"
)

// TestScripts plays testdata/scripts: what is asked (> lines: method and path,
// headers, body) and what comes back (< lines: status, then texts that the
// answer holds; <! what it does not hold; <: header: what a header holds).
// A line "@ time" sets the clock and lets time do its work.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/scripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			script, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := newSite(t)
			for i, block := range strings.Split(string(script), "\n\n") {
				s.play(file+" block "+strconv.Itoa(i+1), strings.Split(strings.TrimSpace(block), "\n"))
			}
		})
	}
}

// play runs one block of a script.
func (s *site) play(where string, lines []string) {
	s.t.Helper()
	var asked, want []string
	for _, line := range lines {
		switch {
		case strings.HasPrefix(line, "@ "):
			s.setClock(line[2:])
		case strings.HasPrefix(line, "> "):
			asked = append(asked, line[2:])
		case strings.HasPrefix(line, "<"):
			want = append(want, line[1:])
		case line != "" && !strings.HasPrefix(line, "#"):
			s.t.Fatalf("%s: %q is no line of a script", where, line)
		}
	}
	if len(asked) == 0 {
		return
	}
	method, path, _ := strings.Cut(asked[0], " ")
	var headers, body []string
	for _, line := range asked[1:] {
		if len(body) == 0 && line[0] >= 'A' && line[0] <= 'Z' {
			headers = append(headers, line)
			continue
		}
		body = append(body, line)
	}
	res := s.send(method, path, strings.Join(body, "\n"), headers...)
	got := text(s.t, res)
	if len(want) == 0 || strings.TrimSpace(want[0]) != strconv.Itoa(res.StatusCode) {
		s.t.Fatalf("%s: %s: got %d, want %v\n%s", where, asked[0], res.StatusCode, want, got)
	}
	for _, line := range want[1:] {
		kind, rest := line[0], strings.TrimSpace(line[1:])
		name, value, _ := strings.Cut(rest, ": ")
		switch {
		case kind == ' ' && !strings.Contains(got, rest),
			kind == '!' && strings.Contains(got, rest),
			kind == ':' && !strings.Contains(res.Header.Get(name), value):
			s.t.Errorf("%s: %s: want <%s\n%v\n%.1500s", where, asked[0], line, res.Header, got)
		}
	}
}

func (s *site) setClock(at string) {
	s.t.Helper()
	now, err := when.ISO(at, s.options.Zone)
	if err != nil {
		s.t.Fatal(err)
	}
	s.set(now)
	s.step()
}
