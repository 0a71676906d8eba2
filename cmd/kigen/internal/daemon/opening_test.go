package daemon

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A database that is being migrated gets time from systemd as long as it is written to,
// and not for a migration that is stuck.
func TestAMigrationThatProgressesGetsTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.db")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(path, "older")
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex // virtual time orders the goroutines, and the race detector knows nothing of that
		var states []string
		o := &opening{path: path, log: slog.New(slog.DiscardHandler), notify: func(state string) {
			mu.Lock()
			defer mu.Unlock()
			states = append(states, state)
		}}
		o.was, _ = o.written()
		ctx, cancel := context.WithCancel(t.Context())
		go o.run(ctx)
		const asked = "EXTEND_TIMEOUT_USEC=180000000"
		var want []string
		for _, step := range []struct {
			progress func()
			gets     bool
		}{
			{func() {}, false},
			{func() { write(path+"-wal", "a page") }, true},
			{func() {}, false},
			{func() { write(path+"-wal", "a page, another page") }, true},
			{func() { write(path, "older and newer") }, true},
		} {
			step.progress()
			time.Sleep(openingLook)
			synctest.Wait()
			if step.gets {
				want = append(want, asked)
			}
			mu.Lock()
			if !slices.Equal(states, want) {
				t.Errorf("systemd was told %q, want %q", states, want)
			}
			mu.Unlock()
		}
		cancel()
	})
}
