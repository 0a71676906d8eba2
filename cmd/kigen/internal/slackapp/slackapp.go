// Package slackapp lets people work with kigen from Slack: the command /kigen
// and its forms, and the buttons on alerts. It connects by Socket Mode, so no
// port has to be reachable from outside.
//
// Slack delivers an act in an envelope, expects an acknowledgement within
// three seconds, and redelivers if none arrives. So a change is stored before
// it is acknowledged, and everything else is acknowledged first. Each act runs
// once: the process remembers recent acts, and the tracker's idempotency keys
// cover a restart.
//
// Every full member of the workspace may act in a configured channel, unless Who
// says otherwise: a channel may also have guests and members of other
// organisations. In other channels only help is given. Slack keeps the list of
// members, and alerts about incidents are posted to these channels anyway.
package slackapp

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"kigen/cmd/kigen/internal/intake"
	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/tracker"
)

// Incidents lists incidents in pages.
type Incidents interface {
	List(ctx context.Context, q tracker.Query) (tracker.Page, error)
}

// Inbox is what came in from vendors. intake.Service is one.
type Inbox interface {
	ItemTold(ctx context.Context, id int64) (inbox.Told, error)
	Accept(ctx context.Context, by tracker.Request, id int64, a intake.Acceptance) (*inbox.Item, error)
	Dismiss(ctx context.Context, by tracker.Request, id int64, reason string, version int64) (*inbox.Item, error)
}

// Options configures the app. All fields except APIURL, BaseURL, Chaser, Inbox, Post,
// Denied, Retry and Log are required.
type Options struct {
	AppToken string            // app-level, with the scope connections:write
	Channels map[string]string // bot token by id of each channel that may act
	APIURL   string            // with a trailing slash; empty: Slack's own

	Tracker   *tracker.Tracker
	Incidents Incidents
	Catalogue sla.Catalogue
	Zone      *time.Location // for reading and showing times
	Lang      string         // "ja" or "en"
	Who       Who            // who may act
	BaseURL   string         // of the board, for links; empty: no links
	Now       func() time.Time

	// Chaser writes the reminder that asks a vendor for its notice; it returns
	// "" when no notice is outstanding. Nil: the feature is off.
	Chaser func(inc *sla.Incident, lang string) string

	// Post sends that reminder, where a person says so. Nil: it is sent by hand.
	Post Post

	// Inbox answers the buttons of candidates. Nil: the feature is off.
	Inbox Inbox

	// Denied writes a denial to the access log: by whom, from where, what was asked. Nil:
	// denials are not logged.
	Denied func(ctx context.Context, actor, from, request string) error

	Retry time.Duration // first pause after Slack refused the app token, doubled each time; 0: 5 s
	Log   *slog.Logger  // nil: no logging
}

// App is the connection to Slack and the handlers of its envelopes. Run must be
// called once only.
type App struct {
	Options
	texts   texts
	http    *http.Client
	bots    map[string]*slack.Client // by channel
	acts    *acts
	working sync.WaitGroup
	health  health
	members members

	ackBound time.Duration // how long an acknowledgement waits for the change to be stored
}

// requestTimeout bounds each request to Slack; the library sets no bound.
const requestTimeout = 10 * time.Second

// New creates the app without making a request.
func New(o Options) *App {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Retry == 0 {
		o.Retry = 5 * time.Second
	}
	a := &App{
		Options: o, texts: texts{catalog.In(o.Lang)}, bots: map[string]*slack.Client{}, acts: newActs(),
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
