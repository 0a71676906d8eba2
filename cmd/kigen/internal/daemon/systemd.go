package daemon

import (
	"log/slog"
	"sync"

	systemd "github.com/coreos/go-systemd/v22/daemon"
)

// supervisor tells systemd how the daemon fares, where systemd started it and
// asks to be told. It is ready, and its watchdog is fed, by steps that were
// committed alone: a loop that only turns watches over nothing.
type supervisor struct {
	log   *slog.Logger
	ready sync.Once
}

// stepped is called after each step that worked.
func (s *supervisor) stepped() {
	s.ready.Do(func() { s.tell(systemd.SdNotifyReady) })
	s.tell(systemd.SdNotifyWatchdog)
}

func (s *supervisor) stopping() { s.tell(systemd.SdNotifyStopping) }

func (s *supervisor) tell(state string) {
	if _, err := systemd.SdNotify(false, state); err != nil {
		s.log.Warn("systemd not told", "state", state, "error", err)
	}
}
