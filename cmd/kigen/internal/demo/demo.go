// Package demo demonstrates kigen within half a minute: a temporary database, one
// incident at each built-in vendor, a deadline that passes without a notice, its
// alert, and a late notice.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"kigen/cmd/kigen/internal/daemon"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/tracker"
)

// Options configure a demo.
type Options struct {
	Out, Err io.Writer
	Colour   bool          // whether Out supports colours
	Lang     string        // ja or en; empty: from the environment
	For      time.Duration // stops after this; 0: when ctx ends
	Version  string
	Environ  []string // only language and zone are used
}

const (
	// The missed deadline passes deadlineAfter the start; its notice arrives
	// noticeAfter the start.
	deadlineAfter = 10 * time.Second
	noticeAfter   = 20 * time.Second
	stopBound     = 10 * time.Second
)

// Run runs the demo until ctx ends or its time is over, and removes all its files.
func Run(ctx context.Context, o Options) (err error) {
	dir, err := os.MkdirTemp("", "kigen-demo-")
	if err != nil {
		return fmt.Errorf("create the temporary database: %w: set TMPDIR to a writable directory", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	o.Out = &lockedWriter{w: o.Out}
	c, err := config.Load("", o.environment(dir))
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(o.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	d, err := daemon.New(ctx, c, daemon.Options{Version: o.Version, Console: o.Out, Colour: o.Colour, Log: log})
	if err != nil {
		return err
	}
	if o.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.For)
		defer cancel()
	}
	s := &show{out: o.Out, lang: c.Language, daemon: d, begun: time.Now()}
	s.introduce()
	d.Start()
	defer func() {
		bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopBound)
		defer cancel()
		err = errors.Join(err, d.Stop(bound))
	}()
	if err := s.play(ctx); err != nil {
		return err
	}
	return d.Wait(ctx)
}

// environment keeps only variables that cannot send messages anywhere.
func (o *Options) environment(dir string) []string {
	env := []string{"KIGEN_LISTEN=127.0.0.1:0", "KIGEN_DATABASE=" + filepath.Join(dir, "kigen.db")}
	for _, line := range o.Environ {
		if strings.HasPrefix(line, "KIGEN_TIMEZONE=") || strings.HasPrefix(line, "KIGEN_LANGUAGE=") && o.Lang == "" {
			env = append(env, line)
		}
	}
	if o.Lang != "" {
		env = append(env, "KIGEN_LANGUAGE="+o.Lang)
	}
	return env
}

// show is a running demo.
type show struct {
	out    io.Writer
	lang   string
	daemon *daemon.Daemon
	begun  time.Time
}

// say prints a line.
func (s *show) say(key string, args ...any) { fmt.Fprintf(s.out, s.text(key)+"\n", args...) }

func (s *show) text(key string) string { return texts.In(s.lang).Say(key) }

// introduce prints what will happen and which commands to try.
func (s *show) introduce() {
	url := s.daemon.URL()
	s.say("begins")
	s.say("what_happens",
		int(deadlineAfter.Seconds()), int(noticeAfter.Seconds()))
	s.say("board", url)
	s.say("elsewhere", url)
	s.say("example")
	s.say("not_installed")
	s.say("stop")
}

// play logs the incidents and later records the notice.
func (s *show) play(ctx context.Context) error {
	var silent sla.IncidentID
	for _, entry := range s.entries() {
		inc, err := s.daemon.Tracker().Log(ctx, tracker.Request{Actor: "demo"}, entry)
		if err != nil {
			return ended(err)
		}
		if entry.Vendor == silentVendor {
			silent = inc.ID
		}
	}
	if !wait(ctx, time.Until(s.begun.Add(noticeAfter))) {
		return nil
	}
	s.say("notice_came", silent)
	_, err := s.daemon.Tracker().Notice(ctx, tracker.Request{Actor: "demo"}, silent, tracker.NoticeEntry{
		Channel: "email", Text: s.text("notice_text"),
	})
	return ended(err)
}

// ended drops errors caused by the end of the demo.
func ended(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// wait sleeps for d; false if ctx ended first.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// lockedWriter keeps the demo's text and the alerts from mixing within a line.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
