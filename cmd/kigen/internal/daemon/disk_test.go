package daemon

import (
	"context"
	"errors"
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

// A server's disk is full until it is shown to have room, whatever small change succeeds.
func TestAServersFullDiskIsToldOnce(t *testing.T) {
	full, told := true, 0
	var room error
	k := &disk{
		full: func() bool { return full }, failing: func() error { return nil }, log: slog.New(slog.DiscardHandler),
		room: func(context.Context) error {
			full = room != nil
			return room
		},
		alertFull: func(context.Context) { told++ },
	}
	for want := 1; want <= 2; want++ {
		full, room = true, errors.New("no space left on device")
		for range 3 {
			k.once(t.Context())
		}
		room = nil
		for range 3 {
			k.once(t.Context())
		}
		if told != want || full {
			t.Errorf("told %d times, want %d; full: %t", told, want, full)
		}
	}
}
