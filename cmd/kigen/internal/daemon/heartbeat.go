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

	"kigen/sla/record"
)

// heartbeatBound bounds the request to the monitoring service.
const heartbeatBound = 10 * time.Second

// headerRecord carries the head of the record, as count, colon and hash.
const headerRecord = "Kigen-Record"

// heartbeat requests a URL of a monitoring service as long as alerts get through.
// The service raises an alarm when the heartbeats stop.
type heartbeat struct {
	url    string // may hold a key, so it is never printed
	every  time.Duration
	client *http.Client
	alive  func(context.Context) error                // an error withholds the heartbeat
	head   func(context.Context) (record.Head, error) // of the record; it goes with the request
	log    *slog.Logger

	latest atomic.Int64 // when a beat last arrived, Unix nanoseconds; 0: never
	silent bool         // the last beat was withheld or lost; belongs to the goroutine of run
}

func newHeartbeat(address string, every time.Duration, alive func(context.Context) error, head func(context.Context) (record.Head, error), log *slog.Logger) *heartbeat {
	return &heartbeat{
		url: address, every: every, alive: alive, head: head, log: log,
		client: &http.Client{
			Timeout: heartbeatBound,
			// A redirect would carry the key to another host.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// last returns when a heartbeat last arrived; zero before the first.
func (h *heartbeat) last() time.Time {
	if ns := h.latest.Load(); ns != 0 {
		return time.Unix(0, ns)
	}
	return time.Time{}
}

// run sends heartbeats until ctx ends. The first one comes after a full period, so
// that a kigen that restarts all the time sends none.
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
		h.latest.Store(clock().UnixNano())
	}
}

func (h *heartbeat) beat(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url, http.NoBody)
	if err != nil {
		return errors.New("heartbeat.url is not a valid URL: check it")
	}
	head, err := h.head(ctx)
	if err != nil {
		return err
	}
	// Services keep the user agent of a request, if anything of it.
	request.Header.Set("User-Agent", "kigen (record "+head.String()+")")
	request.Header.Set(headerRecord, head.String())
	response, err := h.client.Do(request)
	if err != nil {
		var failed *url.Error // its text holds the URL
		if errors.As(err, &failed) {
			err = failed.Err
		}
		return fmt.Errorf("the service at heartbeat.url can't be reached: %w", err)
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, 4<<10) // to reuse the connection
	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("the service at heartbeat.url answered %d: check the URL", response.StatusCode)
	}
	return nil
}

// alive returns an error if alerts may not get through, or if the first audit has
// not passed yet.
func (d *deployment) alive(ctx context.Context) error {
	if err := d.ready(ctx); err != nil {
		return err
	}
	if !d.auditor.passes(wallNow()) {
		return errors.New("the audit has not passed yet")
	}
	return nil
}
