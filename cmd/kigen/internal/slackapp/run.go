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
	// longestRetry is how often a token that Slack refuses is tried at least:
	// somebody may mend it on Slack's side.
	longestRetry = 5 * time.Minute
	// longestEnvelope bounds what we read at once; a form with all its fields
	// full stays far below it.
	longestEnvelope = 1 << 20
)

// Run keeps the connection up until ctx ends, and returns when what was being
// done then is done. It returns nil: no failure of Slack's ends it.
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

// connect runs one client of the library, which itself connects again after
// lost connections, and gives up when the token is refused. It reports whether
// there ever was a connection.
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

// take deals with one event of the library.
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
			a.Log.Warn("slack app got an envelope that it can't read", "error", a.reason(bad.Cause))
		}
	default:
		a.envelope(ctx, client, event)
	}
}

// lost notes that there is no connection, and logs each reason once.
func (a *App) lost(err error) {
	reason := a.reason(err)
	if a.health.lost(reason) {
		a.Log.Error("slack app is not connected; alerts are sent all the same, /kigen and buttons do not work", "error", reason)
	}
}

// reason words an error for the operator: without tokens and addresses, which
// may hold a ticket, and with the remedy where we know one.
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

// Health says how the connection stands.
type Health struct {
	Connected bool
	LastError string // why there is none; empty: there is one, or it is being made
}

// Health says how the connection stands. It never holds a secret.
func (a *App) Health() Health { return a.health.get() }

// Connected reports whether Slack can reach the app right now.
func (a *App) Connected() bool { return a.Health().Connected }

type health struct {
	mu   sync.Mutex
	now  Health
	told string // the reason that was logged last; empty since the connection stood
	ever bool   // there was a connection
}

// up reports whether that is news to the operator: Slack asks for a new
// connection every few hours, which is none.
func (h *health) up() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	news := !h.ever || h.told != ""
	h.now = Health{Connected: true}
	h.told, h.ever = "", true
	return news
}

// lost reports whether the reason is a new one.
func (h *health) lost(reason string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now.Connected = false
	if reason == "" {
		return false
	}
	h.now.LastError = reason
	isNew := h.told != reason
	h.told = reason
	return isNew
}

func (h *health) get() Health {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}
