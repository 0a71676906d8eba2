package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// heartbeatBound is how long the service that watches kigen may take to answer.
const heartbeatBound = 10 * time.Second

// heartbeat asks for a URL as long as alerts get through. Whoever waits at the
// other end raises the alarm that kigen can't raise any more.
type heartbeat struct {
	url    string // may hold a key, so it is never printed
	every  time.Duration
	client *http.Client
	alive  func(context.Context) error // why no beat may be sent; nil: it may
	log    *slog.Logger

	latest atomic.Int64 // when a beat last arrived, Unix nanoseconds; 0: never
	silent bool         // the last beat was withheld or lost; belongs to the goroutine of run
}

func newHeartbeat(address string, every time.Duration, alive func(context.Context) error, log *slog.Logger) *heartbeat {
	return &heartbeat{
		url: address, every: every, alive: alive, log: log,
		client: &http.Client{
			Timeout: heartbeatBound,
			// A redirect would carry the key to another host.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// last is when a beat last arrived; zero before the first.
func (h *heartbeat) last() time.Time {
	if ns := h.latest.Load(); ns != 0 {
		return time.Unix(0, ns)
	}
	return time.Time{}
}

// run beats until ctx ends. The first beat waits its turn: a kigen that is
// restarted again and again is not well.
func (h *heartbeat) run(ctx context.Context) {
	tick := time.NewTicker(h.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			h.once(ctx)
		}
	}
}

func (h *heartbeat) once(ctx context.Context) {
	err := h.alive(ctx)
	if err != nil {
		err = fmt.Errorf("withheld: %w", err)
	} else {
		err = h.beat(ctx)
	}
	if ctx.Err() != nil {
		return
	}
	switch {
	case err != nil:
		h.log.Error("no heartbeat", "error", err)
	case h.silent:
		h.log.Info("heartbeat again")
	}
	h.silent = err != nil
	if err == nil {
		h.latest.Store(time.Now().UnixNano())
	}
}

func (h *heartbeat) beat(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url, http.NoBody)
	if err != nil {
		return errors.New("heartbeat.url can't be asked for: check it")
	}
	response, err := h.client.Do(request)
	if err != nil {
		var failed *url.Error // its text holds the URL
		if errors.As(err, &failed) {
			err = failed.Err
		}
		return fmt.Errorf("the service at heartbeat.url can't be reached: %w", err)
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, 4<<10) // so that the connection can be used again
	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("the service at heartbeat.url answered %d: check the URL", response.StatusCode)
	}
	return nil
}

// alive says why no beat may be sent: something may keep an alert from
// arriving, or nobody has looked yet.
func (d *Daemon) alive(ctx context.Context) error {
	if err := d.ready(ctx); err != nil {
		return err
	}
	if !d.auditor.passes(wallNow()) {
		return errors.New("the audit has not passed yet")
	}
	return nil
}
