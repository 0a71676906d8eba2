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

	"kigen/calendar"
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

func (s *show) say(ja, en string, args ...any) {
	fmt.Fprintf(s.out, calendar.Text{Ja: ja, En: en}.In(s.lang)+"\n", args...)
}

// introduce prints what will happen and which commands to try.
func (s *show) introduce() {
	url := s.daemon.URL()
	s.say("kigen デモ: 5社でインシデントが起きました。データベースは終了時に消えます。",
		"kigen demo: an incident at each of five vendors. The database is deleted at the end.")
	s.say("  約%d秒後に CCJ の通知期限(確認から24時間)が過ぎ、約%d秒後に通知が届きます。アラートはこの画面に出ます。",
		"  In %d s the deadline of CCJ (24 hours after confirmation) passes without a notice; after %d s the notice arrives. Alerts are printed here.",
		int(deadlineAfter.Seconds()), int(noticeAfter.Seconds()))
	s.say("  ボード     %s/", "  board      %s/", url)
	s.say("  別の端末で KIGEN_URL=%s kigen incident list", "  try        KIGEN_URL=%s kigen incident list", url)
	s.say("             kigen deadline sotas --start \"2026-05-01 18:00\"", "             kigen deadline sotas --start \"2026-05-01 18:00\" --lang en")
	s.say("             (kigen が入っていなければ go run ./cmd/kigen)", "             (not installed: go run ./cmd/kigen in place of kigen)")
	s.say("  終了は Ctrl-C\n", "  Ctrl-C stops it\n")
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
	s.say("\n→ CCJ からメールが届きました。kigen incident notice %s --channel email として記録します。",
		"\n→ E-mail from CCJ, recorded with: kigen incident notice %s --channel email", silent)
	_, err := s.daemon.Tracker().Notice(ctx, tracker.Request{Actor: "demo"}, silent, tracker.NoticeEntry{
		Channel: "email", Text: calendar.Text{
			Ja: "お客様環境への不正アクセスを確認しました。詳細は追ってご報告します。",
			En: "We have confirmed unauthorised access to your environment. Details will follow.",
		}.In(s.lang),
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
