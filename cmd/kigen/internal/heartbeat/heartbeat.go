// Package heartbeat lets a monitoring service outside know that kigen is alive and its
// alerts get through: it requests a URL of the service at a regular pace, and leaves that
// out while something is wrong.
package heartbeat

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

// bound bounds the request to the monitoring service.
const bound = 10 * time.Second

// headerRecord carries the head of the record, as count, colon and hash.
const headerRecord = "Kigen-Record"

// Options say where heartbeats go and when.
type Options struct {
	URL   string // may hold a key, so it is never printed
	Every time.Duration
	Alive func(context.Context) error                // an error withholds the heartbeat
	Head  func(context.Context) (record.Head, error) // of the record; it goes with the request
	Log   *slog.Logger
}

// Heartbeat requests a URL of a monitoring service as long as alerts get through.
// The service raises an alarm when the heartbeats stop.
type Heartbeat struct {
	Options
	client *http.Client

	latest atomic.Int64 // when a beat last arrived, Unix nanoseconds; 0: never
	silent bool         // the last beat was withheld or lost; belongs to the goroutine of Run
}

// New makes a heartbeat, which Run starts.
func New(o Options) *Heartbeat {
	return &Heartbeat{
		Options: o,
		client: &http.Client{
			Timeout: bound,
			// A redirect would carry the key to another host.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Inherit takes over the observations of a heartbeat that was stopped.
func (h *Heartbeat) Inherit(previous *Heartbeat) {
	h.latest.Store(previous.latest.Load())
	h.silent = previous.silent
}

// Last returns when a heartbeat last arrived; zero before the first.
func (h *Heartbeat) Last() time.Time {
	if ns := h.latest.Load(); ns != 0 {
		return time.Unix(0, ns)
	}
	return time.Time{}
}

// Run sends heartbeats until ctx ends. The first one comes after a full period, so
// that a kigen that restarts all the time sends none.
func (h *Heartbeat) Run(ctx context.Context) {
	tick := time.NewTicker(h.Every)
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

func (h *Heartbeat) once(ctx context.Context) {
	err := h.Alive(ctx)
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
		h.Log.Error("no heartbeat", "error", err)
	case h.silent:
		h.Log.Info("heartbeat again")
	}
	h.silent = err != nil
	if err == nil {
		h.latest.Store(time.Now().UnixNano())
	}
}

func (h *Heartbeat) beat(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL, http.NoBody)
	if err != nil {
		return errors.New("heartbeat.url is not a valid URL: check it")
	}
	head, err := h.Head(ctx)
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
