package main_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// With format: json each line of the log is an object, also those of the access log; a
// reload changes the level at once and the format with a restart.
func TestJSONLog(t *testing.T) {
	t.Parallel()
	w := &town{t: t, dir: t.TempDir()}
	write := func(log string) {
		w.t.Helper()
		text := "language: en\ndestinations: {soc: {console: {}}}\nlog: " + log + "\n"
		if err := os.WriteFile(filepath.Join(w.dir, "kigen.yaml"), []byte(text), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	write("{format: json}")
	w.kigen = serve(t, w.dir)
	write("{format: text, level: error}")
	if out := w.reload(); !strings.Contains(out, "log.format") {
		t.Errorf("kigen reload does not say that the format waits for a restart:\n%s", out)
	}
	write("{format: json, level: debug}")
	w.reload()
	if code := w.kigen.signal(syscall.SIGTERM); code != 0 {
		t.Errorf("serve ended with %d", code)
	}
	reloads := 0
	for lines := bufio.NewScanner(strings.NewReader(w.kigen.out.String())); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "kigen is running") {
			continue // standard output, for people
		}
		var line struct {
			Time  time.Time `json:"time"`
			Level string    `json:"level"`
			Msg   string    `json:"msg"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil || line.Time.IsZero() || line.Level == "" {
			t.Errorf("%q is no line of a JSON log: %v", lines.Text(), err)
		}
		if line.Msg == "configuration reloaded" {
			reloads++
		}
	}
	if reloads != 1 {
		t.Errorf("%d reloads in the log, want that at level debug alone", reloads)
	}
}
