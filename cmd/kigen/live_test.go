package main_test

import (
	"bufio"
	"io"
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
	if err := os.WriteFile(filepath.Join(dir, "kigen.yaml"), []byte("url: http://localhost/kigen\ndatabase: live.db\n"), 0o600); err != nil {
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

// What ends a stream is done beside the daemon, straight in the database: the
// first token ends those of an open kigen, and revoking it those that it opened.
func TestStreamsEndBesideTheDaemon(t *testing.T) {
	t.Parallel()
	_, dir := workspace(t)
	kigen := serve(t, dir)
	run := func(args ...string) string {
		return worked(t, runIn(t, dir, nil, "", append(args, "--config", "kigen.yaml")...))
	}
	listen := func(token string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, kigen.url+"/events", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		res, err := (&http.Client{Timeout: time.Minute}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = res.Body.Close() })
		return res
	}
	ends := func(res *http.Response, why string) {
		t.Helper()
		if _, err := io.Copy(io.Discard, res.Body); res.StatusCode != http.StatusOK || err != nil {
			t.Errorf("%s: the stream, %s, ended with %v", why, res.Status, err)
		}
	}
	open := listen("none")
	token := strings.TrimSpace(run("token", "add", "wall"))
	ends(open, "the first token")
	if res := listen("none"); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: %s", res.Status)
	}
	wall := listen(token)
	run("token", "revoke", "wall")
	ends(wall, "revoked")
	if res := listen(token); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("with the revoked token: %s", res.Status)
	}
}
