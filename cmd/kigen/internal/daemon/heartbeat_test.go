package daemon

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kigen/sla/record"
)

const key = "a-key-that-nobody-may-see"

// watcher is the service that waits for heartbeats.
func watcher(t *testing.T, answer http.HandlerFunc) (address string, beats *int) {
	t.Helper()
	beats = new(int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*beats++
		if r.Method != http.MethodGet || r.URL.Path != "/ping/"+key {
			t.Errorf("asked for %s %s", r.Method, r.URL.Path)
		}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/ping/" + key, beats
}

func TestHeartbeatIsWithheldWhileAlertsDoNotGetThrough(t *testing.T) {
	address, beats := watcher(t, func(http.ResponseWriter, *http.Request) {})
	trouble := errors.New("nobody was told")
	var log bytes.Buffer
	h := newHeartbeat(address, time.Minute, func(context.Context) error { return trouble }, aHead, slog.New(slog.NewTextHandler(&log, nil)))
	h.once(t.Context())
	if *beats != 0 || h.latest.Load() != 0 || !strings.Contains(log.String(), "withheld: nobody was told") {
		t.Errorf("%d beats, log %s", *beats, &log)
	}
	trouble = nil
	h.once(t.Context())
	if *beats != 1 || h.latest.Load() == 0 || !strings.Contains(log.String(), "heartbeat again") {
		t.Errorf("%d beats after the trouble, log %s", *beats, &log)
	}
}

func TestHeartbeatFailures(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	redirect, _ := watcher(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusFound) // the watcher complains when it is followed
	})
	refused, _ := watcher(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	for name, tc := range map[string]struct{ address, says string }{
		"nobody there": {gone.URL + "/ping/" + key, "can't be reached"},
		"redirect":     {redirect, "answered 302"},
		"refused":      {refused, "answered 404"},
	} {
		var log bytes.Buffer
		h := newHeartbeat(tc.address, time.Minute, func(context.Context) error { return nil }, aHead, slog.New(slog.NewTextHandler(&log, nil)))
		h.once(t.Context())
		if h.latest.Load() != 0 || !strings.Contains(log.String(), tc.says) {
			t.Errorf("%s: log %s", name, &log)
		}
		if strings.Contains(log.String(), key) {
			t.Errorf("%s: the log shows the key: %s", name, &log)
		}
	}
}

// systemd hears that kigen is ready when the loop runs, and the watchdog is fed
// when it turns, also while every step fails: a restart would keep the last
// resort from ever speaking.
func TestSystemdHearsOfTurns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	heard := func() string {
		if err := socket.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		text := make([]byte, 100)
		n, err := socket.Read(text)
		if err != nil {
			return ""
		}
		return string(text[:n])
	}

	log := slog.New(slog.DiscardHandler)
	var fails error
	s := &supervisor{log: log}
	loop := newWatch(func(context.Context) (time.Time, error) { return time.Time{}, fails }, s.turned, log)
	fails = errors.New("disk full")
	loop.once(t.Context())
	loop.once(t.Context())
	if !loop.failing.Load() {
		t.Error("the loop does not know that its step failed")
	}
	fails = nil
	loop.once(t.Context())
	s.stopping()
	for _, want := range []string{"READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"} {
		if got := heard(); got != want {
			t.Errorf("systemd heard %q, want %q", got, want)
		}
	}
}

// aHead is the head of some record.
func aHead(context.Context) (record.Head, error) {
	return record.Head{Count: 4711, Hash: record.Hash{1}}, nil
}
