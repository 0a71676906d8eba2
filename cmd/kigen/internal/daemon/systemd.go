package daemon

import (
	"fmt"
	"log/slog"
	"sync"

	systemd "github.com/coreos/go-systemd/v22/daemon"
)

// supervisor reports the state of the daemon to systemd, if systemd started it. The
// daemon is ready when the database is open and the watch loop runs. Each turn of
// the loop feeds the watchdog, also when its step fails: a restart repairs no
// damaged row, and repeated restarts would prevent fallback alerts.
type supervisor struct {
	log   *slog.Logger
	ready sync.Once
}

// turned is called at each turn of the watch loop.
func (s *supervisor) turned() {
	s.ready.Do(func() { s.notify(systemd.SdNotifyReady) })
	s.notify(systemd.SdNotifyWatchdog)
}

func (s *supervisor) stopping() { s.notify(systemd.SdNotifyStopping) }

func (s *supervisor) notify(state string) {
	if _, err := systemd.SdNotify(false, state); err != nil {
		s.log.Warn("systemd not notified", "state", state, "error", err)
	}
}

// reloading reports the start of a reload. Without the monotonic clock, systemd
// waits for reloaded alone.
func (s *supervisor) reloading() {
	state := systemd.SdNotifyReloading
	if now, ok := monotonicMicros(); ok {
		state += fmt.Sprintf("\nMONOTONIC_USEC=%d", now)
	}
	s.notify(state)
}

// reloaded reports the end of a reload, successful or not.
func (s *supervisor) reloaded() { s.notify(systemd.SdNotifyReady) }
