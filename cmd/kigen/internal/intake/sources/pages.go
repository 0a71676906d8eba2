// Package sources makes what reads the sources of a configuration.
package sources

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/intake/feed"
	"kigen/cmd/kigen/internal/intake/feed/fetch"
	"kigen/config"
)

// Options are what the readers depend on.
type Options struct {
	Service *intake.Service
	Fetch   *fetch.Client // of Fetcher
	Now     func() time.Time
	Log     *slog.Logger
}

// Fetcher makes the client of all pages. It is to outlive a reload of the same
// allow_private, because it knows when each host was asked last.
func Fetcher(in *config.Intake, version string, now func() time.Time) (*fetch.Client, error) {
	private := make([]string, len(in.AllowPrivate))
	for i, network := range in.AllowPrivate {
		private[i] = network.String()
	}
	return fetch.New(fetch.Options{Now: now, Private: private, Agent: "kigen/" + version})
}

// Pages makes a poller of each source that is a page. An error is a mistake in the
// configuration.
func Pages(o Options) (feed.Pollers, error) {
	in := &o.Service.Config
	var all feed.Pollers
	for _, name := range in.Names() {
		c := in.Sources[name]
		if !c.Kind.Polled() {
			continue
		}
		src, err := page(name, &c, o.Now)
		if err != nil {
			return nil, fmt.Errorf("intake.%s: %w", name, err)
		}
		all = append(all, feed.New(src, feed.Options{
			Get: o.Fetch, Keep: &feed.Inbox{Service: o.Service, Source: src}, Now: o.Now, Jitter: jitter, Report: o.polled,
		}))
	}
	return all, nil
}

// page maps the configuration of a source.
func page(name string, c *config.Source, now func() time.Time) (feed.Source, error) {
	docs, err := feed.Documents(string(c.Kind), c.Place.Reveal())
	if err != nil {
		return feed.Source{}, err
	}
	for i := range docs {
		docs[i].Select, docs[i].MustContain = c.Select, c.MustContain
	}
	src := feed.Source{
		Name: name, Vendor: c.Vendor, Service: c.Service, Services: c.Services, Documents: docs, Anchor: c.Anchor, Every: c.Every,
	}
	switch {
	case c.Token != "":
		src.Token = feed.Token(c.Token.Reveal())
	case c.OAuth2 != nil:
		o := c.OAuth2
		src.Token = feed.Tokens(feed.Credentials{TokenURL: o.TokenURL, ClientID: o.ClientID, ClientSecret: o.ClientSecret.Reveal(), Scope: o.Scope}, now)
	}
	return src, nil
}

// jitter spreads the requests of many installations over time.
func jitter(most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	return rand.N(most) //nolint:gosec // no secret
}

// polled logs what the operator should know of a poll.
func (o *Options) polled(p feed.Poll) {
	switch {
	case p.Reason == "store":
		o.Log.Error("a source's items were not kept, the next poll brings them again", "source", p.Source, "error", p.Err)
	case len(p.News) > 0 && p.Result == feed.Failed:
		o.Log.Warn("a source can't be read", "source", p.Source, "reason", p.Reason, "error", p.Err)
	case len(p.News) > 0 && p.Partial != nil:
		o.Log.Warn("a source can be read in part only", "source", p.Source, "error", p.Partial)
	case len(p.News) > 0:
		o.Log.Info("a source can be read again", "source", p.Source)
	}
}
