package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/daemon"
	"kigen/config"
	"kigen/store"
)

// stopBound limits the shutdown of the daemon.
const stopBound = 30 * time.Second

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Args: cobra.NoArgs,
		Long: "Run the daemon until SIGINT or SIGTERM; SIGHUP or kigen reload reloads the configuration. Without a configuration it\n" +
			"keeps kigen.db in the working directory, uses the built-in vendors, prints alerts to standard output and\nlistens on 127.0.0.1:8080.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			return a.serve(cmd.Context(), c)
		},
	}
}

// serve writes logs to standard error and leaves standard output to people and
// console alerts.
func (a *app) serve(ctx context.Context, c *config.Config) error {
	if err := refuseMoved(c); err != nil {
		return err
	}
	surviveClosedPipes()
	out := &lineWriter{w: a.errOut}
	level := new(slog.LevelVar)
	level.Set(c.Logging.Level)
	log := slog.New(logHandler(out, c.Logging.JSON, level))
	limitMemory(log)
	d, err := daemon.New(ctx, c, daemon.Options{
		Version: buildVersion(), Console: a.out, Colour: takesColour(a.out, a.env("NO_COLOR")), Log: log, LogLevel: level, Load: a.load,
		Access: slog.New(slog.NewJSONHandler(out, nil)),
	})
	if err != nil {
		return databaseError(err)
	}
	for _, warning := range daemon.Warnings(d.Config(), c.Language, a.now()) {
		log.Warn("configuration", "warning", warning)
	}
	d.Start()
	returnMemory()
	stopReloads := reloadOnSignal(ctx, d)
	defer stopReloads()
	fmt.Fprintf(a.out, say(a.lang(c), "kigen_is_running_database_vendors"), d.URL(), store.Name(c.Database), len(d.Config().Catalogue))
	err = d.Wait(ctx)
	log.Info("stopping")
	// ctx has ended or Stop has failed to end; running work gets a last deadline.
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopBound)
	defer cancel()
	return errors.Join(databaseError(err), d.Stop(bound))
}

// logHandler writes lines of at least the level, which a reload may change.
func logHandler(out io.Writer, asJSON bool, level slog.Leveler) slog.Handler {
	options := &slog.HandlerOptions{Level: level}
	if asJSON {
		return slog.NewJSONHandler(out, options)
	}
	return slog.NewTextHandler(out, options)
}

// lineWriter lets two loggers write to one stream, a line at a time.
type lineWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lineWriter) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(line)
}

// returnMemory gives back to the system what the start has left behind: the first
// collection only retires what pools hold, such as the buffers of the migrations.
func returnMemory() {
	runtime.GC()
	debug.FreeOSMemory()
}

// memoryShare is the part of a container's or unit's memory that the Go runtime may
// use. SQLite's memory is outside of it.
const memoryShare = 0.8

// limitMemory sets the limit of the Go runtime by the memory that the container or
// the systemd unit may use, unless GOMEMLIMIT sets it: near the limit the runtime
// then collects garbage more often, before the kernel kills the process.
func limitMemory(log *slog.Logger) {
	_, err := memlimit.Set(memlimit.WithRatio(memoryShare), memlimit.WithProvider(memlimit.FromCgroup))
	if err != nil && !errors.Is(err, memlimit.ErrNoLimit) && !errors.Is(err, memlimit.ErrNoCgroup) && !errors.Is(err, memlimit.ErrCgroupsNotSupported) {
		log.Warn("memory limit of the container not read: set GOMEMLIMIT", "error", err)
	}
}

// databaseError marks a database of an unsupported version, or of a kind that cannot do
// what was asked for, as bad input.
func databaseError(err error) error {
	if errors.Is(err, store.ErrNewer) || errors.Is(err, store.ErrForeign) || errors.Is(err, store.ErrServer) {
		return badInput(err)
	}
	return err
}

// takesColour reports whether w is a terminal and NO_COLOR is not set.
func takesColour(w io.Writer, noColour string) bool {
	file, ok := w.(*os.File)
	if !ok || noColour != "" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
