package daemon

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"
)

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
