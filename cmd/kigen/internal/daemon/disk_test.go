package daemon

import (
	"context"
	"log/slog"
	"testing"
)

// People are told once of each full disk, however often it is looked at.
func TestAFullDiskIsToldOnce(t *testing.T) {
	full, room, told := false, true, 0
	k := &disk{
		full: func() bool { return full },
		keep: func() (bool, error) {
			if room {
				full = false
			}
			return room, nil
		},
		alertFull: func(context.Context) { told++ }, failing: func() error { return nil },
		log: slog.New(slog.DiscardHandler),
	}
	look := func(want int) {
		t.Helper()
		for range 3 {
			k.once(t.Context())
		}
		if told != want {
			t.Errorf("told %d times, want %d", told, want)
		}
	}
	look(0)
	full, room = true, false
	look(1)
	room = true
	look(1)
	full, room = true, false
	look(2)
}
