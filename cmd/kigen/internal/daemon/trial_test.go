package daemon

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"testing"

	"kigen/cmd/kigen/internal/web"
	"kigen/config"
	"kigen/sla/tracker"
)

// running starts a whole daemon that prints its alerts into nothing.
func running(t *testing.T) *Daemon {
	t.Helper()
	c, err := config.Load("", []string{"KIGEN_LISTEN=127.0.0.1:0", "KIGEN_DATABASE=" + filepath.Join(t.TempDir(), "kigen.db")})
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(t.Context(), c, Options{Version: "test", Console: io.Discard, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	return d
}

func TestTrialThroughAWholeDaemon(t *testing.T) {
	t.Parallel()
	d := running(t)
	trial, err := d.try(t.Context(), "console")
	if err != nil || !trial.OK || len(trial.Stages) != 4 || trial.Failed != "" {
		t.Fatalf("%+v (%v)", trial, err)
	}
	if _, err := d.try(t.Context(), "nobody"); err == nil {
		t.Error("an unknown destination was tried")
	} else if _, ok := tracker.AsInvalid(err); !ok {
		t.Errorf("an unknown destination gave %v", err)
	}
	if _, err := d.metrics.Gather(); err != nil {
		t.Error(err)
	}
	h := d.health(t.Context())
	if len(h.Faults) > 0 || len(h.Destinations) != 1 || h.Destinations[0].LastSent.IsZero() {
		t.Errorf("health is %+v", h)
	}
	if err := d.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

// Whoever waits for a trial must not hold up a stop.
func TestAStopEndsATrial(t *testing.T) {
	t.Parallel()
	d := running(t)
	planned := make(chan struct{})
	d.trials.wake = func() { close(planned) }
	over := make(chan web.Trial, 1)
	go func() {
		trial, err := d.try(context.Background(), "console")
		if err != nil {
			t.Error(err)
		}
		over <- trial
	}()
	<-planned
	d.endTrials()
	if trial := <-over; trial.OK || trial.Failed != web.TrialRaised {
		t.Errorf("a trial that was ended: %+v", trial)
	}
	if err := d.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

// configured is running with a configuration.
func configured(t *testing.T, yaml string) *Daemon {
	t.Helper()
	c, err := config.Parse("kigen.yaml", []byte(yaml), []string{"KIGEN_LISTEN=127.0.0.1:0", "KIGEN_DATABASE=" + filepath.Join(t.TempDir(), "kigen.db")})
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(t.Context(), c, Options{Version: "test", Console: io.Discard, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	return d
}
