package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"kigen/notify"
	"kigen/store"
)

const (
	// accessPoll is how long a new line of the access log waits at most. Other processes
	// write lines too, such as kigen user add.
	accessPoll  = 2 * time.Second
	accessBatch = 200 // lines read, or sent in one request

	// Lines that the process log takes of each kind, per second and in a burst.
	accessLogRate  = 5
	accessLogBurst = 100

	accessRetry        = 5 * time.Second // doubled with each failure
	longestAccessRetry = 5 * time.Minute
)

// accessLog reads the lines of the access log; *store.DB implements it.
type accessLog interface {
	AccessLogAfter(ctx context.Context, id int64, limit int) ([]store.AccessLine, error)
	AccessSent(ctx context.Context) (store.AccessSent, error)
	MarkAccessSent(ctx context.Context, upTo int64, now time.Time) error
}

// accessLineJSON is a line of the access log as a receiver gets it.
type accessLineJSON struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Kind    string    `json:"kind"`
	Subject string    `json:"subject,omitempty"`
	Origin  string    `json:"origin,omitempty"`
}

func jsonOf(l *store.AccessLine) accessLineJSON {
	return accessLineJSON{ID: l.ID, At: l.At, Actor: l.Actor, Kind: l.Kind, Subject: l.Subject, Origin: l.Origin}
}

// accessPrinter writes new lines of the access log to the process log. Each kind has
// a rate of its own, so that refusals do not displace the rest.
type accessPrinter struct {
	lines accessLog
	log   *slog.Logger // of lines
	own   *slog.Logger // of the printer's own failures
	now   func() time.Time

	last    int64
	limits  map[string]*rate.Limiter
	skipped map[string]int
}

// begin skips the lines that an earlier process has printed.
func (p *accessPrinter) begin(ctx context.Context, newest func(context.Context, int) ([]store.AccessLine, error)) error {
	lines, err := newest(ctx, 1)
	if len(lines) > 0 {
		p.last = lines[0].ID
	}
	return err
}

// run prints until ctx ends.
func (p *accessPrinter) run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := p.once(ctx); err != nil && ctx.Err() == nil {
			p.own.Error("access log not read", "error", err)
		}
		pause(ctx, accessPoll)
	}
}

// once prints the lines that are new.
func (p *accessPrinter) once(ctx context.Context) error {
	for {
		lines, err := p.lines.AccessLogAfter(ctx, p.last, accessBatch)
		if err != nil {
			return err
		}
		for i := range lines {
			p.print(ctx, &lines[i])
			p.last = lines[i].ID
		}
		if len(lines) < accessBatch {
			return nil
		}
	}
}

func (p *accessPrinter) print(ctx context.Context, l *store.AccessLine) {
	if p.limits == nil {
		p.limits, p.skipped = map[string]*rate.Limiter{}, map[string]int{}
	}
	if p.limits[l.Kind] == nil {
		p.limits[l.Kind] = rate.NewLimiter(accessLogRate, accessLogBurst)
	}
	if !p.limits[l.Kind].AllowN(p.now(), 1) {
		p.skipped[l.Kind]++
		return
	}
	args := []any{"id", l.ID, "at", l.At, "actor", l.Actor, "kind", l.Kind, "subject", l.Subject, "origin", l.Origin}
	if n := p.skipped[l.Kind]; n > 0 {
		args = append(args, "skipped", n)
		p.skipped[l.Kind] = 0
	}
	p.log.InfoContext(ctx, "access", args...)
}

// poster posts a signed JSON body; *notify.Webhook implements it.
type poster interface {
	PostJSON(ctx context.Context, key string, body []byte, again bool) error
}

// accessForwarder sends the access log to a webhook, in order and without a gap: how far
// it got is stored after each answer. A request whose answer was lost is sent again,
// with the same key.
type accessForwarder struct {
	lines accessLog
	hook  poster
	now   func() time.Time
	log   *slog.Logger

	failing atomic.Bool
	most    int // lines of the next request; less than accessBatch after a refusal
	tried   string
}

// run sends until ctx ends.
func (f *accessForwarder) run(ctx context.Context) {
	wait := accessRetry
	for ctx.Err() == nil {
		err := f.once(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if !f.failing.Swap(true) {
				f.log.Error("access log not sent: it is kept and tried again", "error", err)
			}
			pause(ctx, wait)
			wait = min(2*wait, longestAccessRetry)
		default:
			if f.failing.Swap(false) {
				f.log.Info("access log sent again")
			}
			wait = accessRetry
			pause(ctx, accessPoll)
		}
	}
}

// once sends all lines that were not sent yet.
func (f *accessForwarder) once(ctx context.Context) error {
	sent, err := f.lines.AccessSent(ctx)
	for err == nil {
		var lines []store.AccessLine
		if f.most == 0 {
			f.most = accessBatch
		}
		if lines, err = f.lines.AccessLogAfter(ctx, sent.UpTo, f.most); err != nil || len(lines) == 0 {
			return err
		}
		if err = f.send(ctx, lines); err == nil {
			sent.UpTo = lines[len(lines)-1].ID
			if len(lines) < f.most { // the receiver has all
				f.most = accessBatch
			}
			err = f.lines.MarkAccessSent(ctx, sent.UpTo, f.now())
		}
	}
	return err
}

// send posts lines in one request. A receiver that refuses a request may take its lines
// in smaller ones.
func (f *accessForwarder) send(ctx context.Context, lines []store.AccessLine) error {
	key := fmt.Sprintf("access/%d-%d", lines[0].ID, lines[len(lines)-1].ID)
	list := make([]accessLineJSON, len(lines))
	for i := range lines {
		list[i] = jsonOf(&lines[i])
	}
	body, err := json.Marshal(map[string]any{"key": key, "kind": "access", "lines": list})
	if err != nil {
		return err
	}
	err = f.hook.PostJSON(ctx, key, body, f.tried == key)
	f.tried = key
	var failure *notify.Failure
	if errors.As(err, &failure) && failure.Kind == notify.Refused {
		f.most = max(1, len(lines)/2)
	}
	if err != nil {
		return fmt.Errorf("audit.webhook: %w", err)
	}
	return nil
}

// makeAccessLog makes the jobs that pass on the access log.
func (d *deployment) makeAccessLog(ctx context.Context, previous *deployment) error {
	if previous != nil {
		d.printer = previous.printer
	} else if d.options.Access != nil {
		d.printer = &accessPrinter{lines: d.store, log: d.options.Access, own: d.log, now: wallNow}
		if err := d.printer.begin(ctx, d.store.AccessLog); err != nil {
			return err
		}
	}
	if hook := d.config.Audit.Webhook; hook != nil {
		d.forwarder = &accessForwarder{
			lines: d.store, now: wallNow, log: d.log,
			hook: notify.NewWebhook(notify.WebhookOptions{URL: hook.URL.Reveal(), Secret: hook.Secret.Reveal()}),
		}
	}
	return nil
}
