package heartbeat

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
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
	h := New(Options{URL: address, Every: time.Minute, Alive: func(context.Context) error { return trouble }, Head: aHead, Log: slog.New(slog.NewTextHandler(&log, nil))})
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
		h := New(Options{URL: tc.address, Every: time.Minute, Alive: func(context.Context) error { return nil }, Head: aHead, Log: slog.New(slog.NewTextHandler(&log, nil))})
		h.once(t.Context())
		if h.latest.Load() != 0 || !strings.Contains(log.String(), tc.says) {
			t.Errorf("%s: log %s", name, &log)
		}
		if strings.Contains(log.String(), key) {
			t.Errorf("%s: the log shows the key: %s", name, &log)
		}
	}
}

// aHead is the head of some record.
func aHead(context.Context) (record.Head, error) {
	return record.Head{Count: 4711, Hash: record.Hash{1}}, nil
}
