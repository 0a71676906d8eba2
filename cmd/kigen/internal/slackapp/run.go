package slackapp

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

const (
	// longestRetry caps the pause between attempts with a refused token: the
	// token may be fixed on Slack's side.
	longestRetry = 5 * time.Minute
	// longestEnvelope bounds one message from Slack; a form with all fields full
	// is far smaller.
	longestEnvelope = 1 << 20
)

// Run keeps the connection up until ctx ends, then waits for running acts. It
// always returns nil: no failure of Slack ends it.
func (a *App) Run(ctx context.Context) error {
	defer a.working.Wait()
	for pause := a.Retry; ctx.Err() == nil; pause = min(2*pause, longestRetry) {
		held := a.connect(ctx)
		if ctx.Err() != nil {
			break
		}
		if held {
			pause = a.Retry
		}
		wait(ctx, pause)
	}
	a.health.lost("")
	return nil
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// connect runs one client of the library, which reconnects by itself and
// returns when the token is refused. held reports whether a connection was
// established.
func (a *App) connect(ctx context.Context) (held bool) {
	options := append(a.clientOptions(), slack.OptionAppLevelToken(a.AppToken))
	client := socketmode.New(slack.New("", options...), socketmode.OptionReadLimit(longestEnvelope))
	done := make(chan error, 1)
	go func() { done <- client.RunContext(ctx) }()
	for {
		select {
		case event := <-client.Events:
			held = held || event.Type == socketmode.EventTypeHello
			a.take(ctx, client, event)
		case err := <-done:
			if ctx.Err() == nil {
				a.lost(err)
			}
			return held
		}
	}
}

// take handles one event of the library.
func (a *App) take(ctx context.Context, client *socketmode.Client, event socketmode.Event) {
	switch event.Type {
	case socketmode.EventTypeHello:
		if a.health.up() {
			a.Log.Info("slack app connected")
		}
	case socketmode.EventTypeConnecting:
		a.health.lost("")
	case socketmode.EventTypeConnectionError:
		if failure, ok := event.Data.(*slack.ConnectionErrorEvent); ok && ctx.Err() == nil {
			a.lost(failure.ErrorObj)
		}
	case socketmode.EventTypeErrorBadMessage:
		if bad, ok := event.Data.(*socketmode.ErrorBadMessage); ok {
			a.Log.Warn("slack app: unreadable envelope", "error", a.reason(bad.Cause))
		}
	default:
		a.envelope(ctx, client, event)
	}
}

// lost records that the connection is down and logs each reason once.
func (a *App) lost(err error) {
	reason := a.reason(err)
	if a.health.lost(reason) {
		a.Log.Error("slack app is not connected; alerts are still sent, but /kigen and buttons do not work", "error", reason)
	}
}

// reason describes an error for the operator, with a remedy if one is known.
// Tokens and addresses, which may contain a ticket, are left out.
func (a *App) reason(err error) string {
	if err == nil {
		return ""
	}
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err
	}
	text := err.Error()
	for _, secret := range a.secrets() {
		text = strings.ReplaceAll(text, secret, "********")
	}
	switch text {
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type":
		text += ": put a valid app-level token (xapp-…) of the app into app_token"
	case "missing_scope":
		text += ": give the app-level token the scope connections:write"
	case "users.info: missing_scope":
		text += ": give the bot the scope users:read, or set slack: {act: anyone}"
	}
	return text
}

func (a *App) secrets() []string {
	secrets := []string{a.AppToken}
	for _, token := range a.Channels {
		secrets = append(secrets, token)
	}
	return secrets
}

// Health is the state of the connection.
type Health struct {
	Connected bool
	LastError string // why the connection is down; empty while connected or connecting
}

// Health returns the state of the connection. It never contains a secret.
func (a *App) Health() Health { return a.health.get() }

// Connected reports whether the connection to Slack is up.
func (a *App) Connected() bool { return a.Health().Connected }

type health struct {
	mu     sync.Mutex
	now    Health
	logged string // last logged reason; empty since the connection came up
	ever   bool   // a connection was established before
}

// up reports whether the new connection is worth a log line: Slack asks for a
// reconnect every few hours, which is not.
func (h *health) up() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	news := !h.ever || h.logged != ""
	h.now = Health{Connected: true}
	h.logged, h.ever = "", true
	return news
}

// lost reports whether the reason differs from the last one.
func (h *health) lost(reason string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now.Connected = false
	if reason == "" {
		return false
	}
	h.now.LastError = reason
	isNew := h.logged != reason
	h.logged = reason
	return isNew
}

func (h *health) get() Health {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}
