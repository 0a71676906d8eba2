package main_test

import (
	"bufio"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// An open board is told of what happens, and does not hold up the end.
func TestOpenBoardAndShutdown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "kigen.yaml"), []byte("url: https://soc.example.jp/kigen\ndatabase: live.db\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	kigen := serve(t, dir)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, kigen.url+"/kigen/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	told := func() string {
		for lines.Scan() {
			if id, found := strings.CutPrefix(lines.Text(), "id: "); found {
				return id
			}
		}
		return ""
	}
	first := told()
	kigen.ask("incident", "log", "--vendor", "cybertrust", "--title", "News")
	if second := told(); second == "" || second == first {
		t.Errorf("told %q, then %q", first, second)
	}
	began := time.Now()
	if code := kigen.signal(syscall.SIGTERM); code != 0 || time.Since(began) > 8*time.Second {
		t.Errorf("serve ended with %d after %s", code, time.Since(began))
	}
	if end := told(); end != "" {
		t.Errorf("told %q at the end", end)
	}
}
