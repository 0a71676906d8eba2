// Package slackapp lets people work with kigen from Slack: the command /kigen
// and its forms, and the buttons on alerts. It connects to Slack by Socket
// Mode, so that nothing has to be reachable from outside.
//
// Slack delivers an act in an envelope, wants an acknowledgement within three
// seconds, and delivers again what it believes lost. So what changes something
// is stored before it is acknowledged, and everything else acknowledged first.
// Each act is done once: while the process lives by what it remembers, and
// across a restart by the tracker's idempotency keys.
//
// Whoever is in one of the configured channels may act; from elsewhere only
// help is given. Slack itself keeps the list of who is in a channel, and
// incidents are told there anyway.
package slackapp

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"kigen/sla"
	"kigen/sla/tracker"
)

// Incidents lists incidents, page by page.
type Incidents interface {
	List(ctx context.Context, q tracker.Query) (tracker.Page, error)
}

// Options is what the app works with. All but APIURL, BaseURL, Chaser, Retry
// and Log must be set.
type Options struct {
	AppToken string            // app-level, with the scope connections:write
	Channels map[string]string // the bot token for each channel, by its id, that people may act from
	APIURL   string            // with a slash at the end; empty: Slack's own

	Tracker   *tracker.Tracker
	Incidents Incidents
	Catalogue sla.Catalogue
	Zone      *time.Location // in which times are read and shown
	Lang      string         // "ja" or "en"
	BaseURL   string         // of the board, for links; empty: none
	Now       func() time.Time

	// Chaser writes the message by which a vendor is asked where its notice
	// is; empty: there is nothing to ask. Nil: none can be had.
	Chaser func(inc *sla.Incident, lang string) string

	Retry time.Duration // first pause after Slack refused the app token, doubled each time; 0: 5 s
	Log   *slog.Logger  // nil: nothing is logged
}

// App is the connection to Slack and what it answers. It is made by New and
// run once.
type App struct {
	Options
	words   speaker
	http    *http.Client
	bots    map[string]*slack.Client // by channel
	acts    *acts
	working sync.WaitGroup
	health  health

	ackBound time.Duration // how long an acknowledgement waits for what is to be stored
}

// requestTimeout bounds each request to Slack; the library has no bound.
const requestTimeout = 10 * time.Second

// New makes the app. It makes no request yet.
func New(o Options) *App {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Retry == 0 {
		o.Retry = 5 * time.Second
	}
	a := &App{
		Options: o, words: newSpeaker(o.Lang), bots: map[string]*slack.Client{}, acts: newActs(),
		http: &http.Client{Timeout: requestTimeout}, ackBound: ackBound,
	}
	for channel, token := range o.Channels {
		a.bots[channel] = slack.New(token, a.clientOptions()...)
	}
	return a
}

func (a *App) clientOptions() []slack.Option {
	options := []slack.Option{slack.OptionHTTPClient(a.http)}
	if a.APIURL != "" {
		options = append(options, slack.OptionAPIURL(a.APIURL))
	}
	return options
}
