package accesslog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"kigen/cmd/kigen/internal/schedule"
	"kigen/notify/wire"
	"kigen/store"
)

const (
	retry        = 5 * time.Second // doubled with each failure
	longestRetry = 5 * time.Minute
)

// lineJSON is a line of the access log as a receiver gets it.
type lineJSON struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Kind    string    `json:"kind"`
	Subject string    `json:"subject,omitempty"`
	Origin  string    `json:"origin,omitempty"`
}

func jsonOf(l *store.AccessLine) lineJSON {
	return lineJSON{ID: l.ID, At: l.At, Actor: l.Actor, Kind: l.Kind, Subject: l.Subject, Origin: l.Origin}
}

// Poster posts a signed JSON body; *notify.Webhook implements it.
type Poster interface {
	PostJSON(ctx context.Context, key string, body []byte, again bool) error
}

// Forwarder sends the access log to a webhook, in order and without a gap: how far
// it got is stored after each answer. A request whose answer was lost is sent again,
// with the same key.
type Forwarder struct {
	Lines Lines
	Hook  Poster
	Now   func() time.Time
	Log   *slog.Logger

	failing atomic.Bool
	most    int // lines of the next request; less than batch after a refusal
	tried   string
}

// Failing reports whether the webhook does not take the lines at present.
func (f *Forwarder) Failing() bool { return f.failing.Load() }

// Run sends until ctx ends.
func (f *Forwarder) Run(ctx context.Context) {
	wait := retry
	for ctx.Err() == nil {
		err := f.once(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if !f.failing.Swap(true) {
				f.Log.Error("access log not sent: it is kept and tried again", "error", err)
			}
			schedule.Pause(ctx, wait)
			wait = min(2*wait, longestRetry)
		default:
			if f.failing.Swap(false) {
				f.Log.Info("access log sent again")
			}
			wait = retry
			schedule.Pause(ctx, poll)
		}
	}
}

// once sends all lines that were not sent yet.
func (f *Forwarder) once(ctx context.Context) error {
	sent, err := f.Lines.AccessSent(ctx)
	for err == nil {
		var lines []store.AccessLine
		if f.most == 0 {
			f.most = batch
		}
		if lines, err = f.Lines.AccessLogAfter(ctx, sent.UpTo, f.most); err != nil || len(lines) == 0 {
			return err
		}
		if err = f.send(ctx, lines); err == nil {
			sent.UpTo = lines[len(lines)-1].ID
			if len(lines) < f.most { // the receiver has all
				f.most = batch
			}
			err = f.Lines.MarkAccessSent(ctx, sent.UpTo, f.Now())
		}
	}
	return err
}

// send posts lines in one request. A receiver that refuses a request may take its lines
// in smaller ones.
func (f *Forwarder) send(ctx context.Context, lines []store.AccessLine) error {
	key := fmt.Sprintf("access/%d-%d", lines[0].ID, lines[len(lines)-1].ID)
	list := make([]lineJSON, len(lines))
	for i := range lines {
		list[i] = jsonOf(&lines[i])
	}
	body, err := json.Marshal(map[string]any{"key": key, "kind": "access", "lines": list})
	if err != nil {
		return err
	}
	err = f.Hook.PostJSON(ctx, key, body, f.tried == key)
	f.tried = key
	var failure *wire.Failure
	if errors.As(err, &failure) && failure.Kind == wire.Refused {
		f.most = max(1, len(lines)/2)
	}
	if err != nil {
		return fmt.Errorf("audit.webhook: %w", err)
	}
	return nil
}
