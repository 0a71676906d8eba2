// Package demo shows kigen at work within half a minute: a throw-away
// database, one incident at each built-in vendor, a deadline that passes in
// silence, its alert, and the notice that comes at last.
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

	"kigen/calendar"
	"kigen/cmd/kigen/internal/daemon"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/tracker"
)

// Options adjust a demo.
type Options struct {
	Out, Err io.Writer
	Colour   bool          // whether Out takes colours
	Lang     string        // ja or en; empty: as the environment says
	For      time.Duration // ends by itself after this; 0: when ctx does
	Version  string
	Environ  []string // only the language and the zone are taken from it
}

const (
	// The deadline that passes does so this long after the start, and is
	// answered that long after it.
	deadlineAfter = 10 * time.Second
	noticeAfter   = 20 * time.Second
	stopBound     = 10 * time.Second
)

// Run shows the demo until ctx ends or its time is over, and leaves nothing
// behind.
func Run(ctx context.Context, o Options) (err error) {
	dir, err := os.MkdirTemp("", "kigen-demo-")
	if err != nil {
		return fmt.Errorf("a place for the throw-away database: %w: set TMPDIR to a directory that can be written", err)
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

// environment takes from the user's only what can't send anything anywhere.
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

// show is one run of the demo.
type show struct {
	out    io.Writer
	lang   string
	daemon *daemon.Daemon
	begun  time.Time
}

// say prints a line in the language of the demo.
func (s *show) say(ja, en string, args ...any) {
	fmt.Fprintf(s.out, calendar.Text{Ja: ja, En: en}.In(s.lang)+"\n", args...)
}

// introduce says in the first lines what will happen and what to try.
func (s *show) introduce() {
	url := s.daemon.URL()
	s.say("kigen デモ: 5社でインシデントが起きました。データベースは終了時に消えます。",
		"kigen demo: an incident at each of five vendors. The database is deleted at the end.")
	s.say("  約%d秒後に CCJ の通知期限(確認から24時間)が過ぎ、約%d秒後に通知が届きます。アラートはこの画面に出ます。",
		"  In %d s the deadline of CCJ (24 hours after confirmation) passes in silence; at %d s its notice comes. Alerts show here.",
		int(deadlineAfter.Seconds()), int(noticeAfter.Seconds()))
	s.say("  ボード     %s/", "  board      %s/", url)
	s.say("  別の端末で KIGEN_URL=%s kigen incident list", "  try        KIGEN_URL=%s kigen incident list", url)
	s.say("             kigen deadline sotas --start \"2026-05-01 18:00\"", "             kigen deadline sotas --start \"2026-05-01 18:00\" --lang en")
	s.say("             (kigen が入っていなければ go run ./cmd/kigen)", "             (not installed: go run ./cmd/kigen in place of kigen)")
	s.say("  終了は Ctrl-C\n", "  Ctrl-C ends it\n")
}

// play logs the incidents and records the notice when its time has come.
func (s *show) play(ctx context.Context) error {
	var silent sla.IncidentID
	for _, entry := range s.entries() {
		inc, err := s.daemon.Tracker().Log(ctx, "demo", "", entry)
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
	s.say("\n→ CCJ からメールが届きました。kigen incident notice %s --channel email として記録します。",
		"\n→ An e-mail from CCJ. It is recorded as: kigen incident notice %s --channel email", silent)
	_, err := s.daemon.Tracker().Notice(ctx, "demo", silent, tracker.NoticeEntry{
		Channel: "email", Text: calendar.Text{
			Ja: "お客様環境への不正アクセスを確認しました。詳細は追ってご報告します。",
			En: "We have confirmed unauthorised access to your environment. Details will follow.",
		}.In(s.lang),
	})
	return ended(err)
}

// ended forgives an error that only says that the demo was over.
func ended(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// wait reports whether the time passed before ctx ended.
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

// lockedWriter keeps the narration and the alerts from mixing within a line.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

// Write writes p whole.
func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
