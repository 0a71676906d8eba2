package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestHealth asks a daemon on this machine, with its address and with the configuration alone.
func TestHealth(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "kigen.yaml"), "language: en\n")
	p := serve(t, dir)
	for _, args := range [][]string{{"health"}, {"health", "--replica"}, {"health", "--url", p.url}} {
		if r := runIn(t, dir, nil, "", append(args, "--config", "kigen.yaml")...); r.code != 0 || r.stdout != "ready\n" {
			t.Errorf("kigen %v: %+v", args, r)
		}
	}
	if r := runIn(t, dir, nil, "", "health", "--config", "kigen.yaml", "--lang", "ja"); r.stdout != "正常に稼働しています\n" {
		t.Errorf("in Japanese: %+v", r)
	}
	if r := runIn(t, dir, nil, "", "health", "--config", "kigen.yaml", "--json"); r.stdout != `{"ready":true,"faults":[]}`+"\n" {
		t.Errorf("as JSON: %+v", r)
	}
	p.signal(syscall.SIGTERM)
	r := runIn(t, dir, nil, "", "health", "--url", p.url, "--config", "kigen.yaml")
	if r.code != 1 || !strings.Contains(r.stderr, "no kigen answers at "+p.url) {
		t.Errorf("after the end: %+v", r)
	}
	if r := runIn(t, dir, english, "", "health", "--url", "127.0.0.1:8080"); r.code != 2 {
		t.Errorf("an address without a scheme: %+v", r)
	}
}

// A kigen that is not ready says why, to those who may read it, and the exit code is 1.
func TestHealthOfOneThatIsNotReady(t *testing.T) {
	t.Parallel()
	const faults = `{"faults":[{"text":{"ja":"ディスクに空きがありません","en":"the disk is full"},"alerts":true}]}`
	for _, c := range []struct {
		lang, content, body string
		status              int
		stdout, stderr      string
	}{
		{"en", "application/json", faults, 503, "the disk is full\n", "is not ready: kigen help operations says"},
		{"ja", "application/json", faults, 503, "ディスクに空きがありません\n", "正常に稼働していません"},
		{"en", "text/plain", "not ready\n", 503, "", "is not ready"},
		{"en", "text/html", "<p>not here</p>", 404, "", "answered 404 Not Found"},
		{"en", "application/json", "[", 503, "", "unexpected response"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.String() != "/below/readyz?replica" || r.Header.Get("Authorization") != "Bearer kt_x" {
				t.Errorf("asked for %s with %q", r.URL, r.Header.Get("Authorization"))
			}
			w.Header().Set("Content-Type", c.content)
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}))
		r := runIn(t, t.TempDir(), []string{"KIGEN_URL=" + server.URL + "/below", "KIGEN_TOKEN=kt_x"}, "", "health", "--replica", "--lang", c.lang)
		server.Close()
		if r.code != 1 || r.stdout != c.stdout || !strings.Contains(r.stderr, c.stderr) || strings.Contains(r.stderr, "kt_x") {
			t.Errorf("%d %s in %s: %+v", c.status, c.body, c.lang, r)
		}
	}
}

// With TLS the listener itself is asked: the public name leads nowhere here, and no
// authority of this machine knows the certificate.
func TestHealthOverTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeCertificate(t, dir)
	port := freePort(t)
	write(t, filepath.Join(dir, "kigen.yaml"), fmt.Sprintf(
		"language: en\nlisten: 127.0.0.1:%d\nurl: https://kigen.invalid\ntls: {cert: kigen.crt, key: kigen.key}\n", port))
	worked(t, runIn(t, dir, nil, "a password that is long enough\n", "user", "add", "admin", "--role", "admin", "--password-stdin", "--config", "kigen.yaml"))
	p := &process{t: t, dir: dir, out: &output{}}
	p.cmd = command(t.Context(), dir, nil, "serve", "--config", "kigen.yaml")
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.signal(syscall.SIGKILL) })
	var r result
	eventually(t, 20*time.Second, "a kigen that is ready", func() bool {
		r = runIn(t, dir, nil, "", "health", "--config", "kigen.yaml")
		return r.code == 0
	})
	if r.stdout != "ready\n" {
		t.Errorf("%+v", r)
	}
}

// freePort returns a port of loopback that is free now.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return port
}

// kigen version --json names the build; scripts rely on the keys.
func TestVersionJSON(t *testing.T) {
	t.Parallel()
	var built map[string]any
	if err := json.Unmarshal([]byte(kigen(t, "version", "--json")), &built); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"version", "commit", "commit_time", "modified", "go", "os", "arch", "sqlite", "tags"} {
		if _, there := built[key]; !there {
			t.Errorf("%v lacks %s", built, key)
		}
	}
	if version, _ := built["sqlite"].(string); !strings.HasPrefix(version, "3.") {
		t.Errorf("SQLite is %v", built["sqlite"])
	}
	if out := kigen(t, "version", "--licenses"); !strings.Contains(out, "\ngithub.com/mattn/go-sqlite3 v") || !strings.Contains(out, "May you do good and not evil") {
		t.Errorf("the licences:\n%.400s", out)
	}
}
