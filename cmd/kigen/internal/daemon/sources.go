package daemon

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"kigen/cmd/kigen/internal/intake/feed"
	"kigen/cmd/kigen/internal/intake/feed/fetch"
	"kigen/config"
)

// makeReaders makes the readers of all sources of the configuration.
func (d *deployment) makeReaders(previous *deployment) error {
	pages, err := d.makePages(previous)
	if err != nil {
		return err
	}
	if len(pages) > 0 {
		d.readers = append(d.readers, pages)
	}
	mails, err := mailboxReaders(d)
	d.readers = append(d.readers, mails...)
	return err
}

// makePages makes a poller of each source that is a page.
func (d *deployment) makePages(previous *deployment) (feed.Pollers, error) {
	in := &d.config.Intake
	if err := d.makeFetcher(previous); err != nil {
		return nil, err
	}
	var all feed.Pollers
	for _, name := range in.Names() {
		c := in.Sources[name]
		if !c.Kind.Polled() {
			continue
		}
		src, err := page(name, &c)
		if err != nil {
			return nil, fmt.Errorf("intake.%s: %w", name, err)
		}
		all = append(all, feed.New(src, feed.Options{
			Get: d.fetcher, Keep: &feed.Inbox{Service: d.intake, Source: src}, Now: clock, Jitter: jitter, Report: d.polled,
		}))
	}
	return all, nil
}

// makeFetcher makes the client of all pages. It outlives a reload, because it knows when
// each host was asked last.
func (d *deployment) makeFetcher(previous *deployment) (err error) {
	in := &d.config.Intake
	if previous != nil && slices.Equal(previous.config.Intake.AllowPrivate, in.AllowPrivate) {
		d.fetcher = previous.fetcher
		return nil
	}
	private := make([]string, len(in.AllowPrivate))
	for i, network := range in.AllowPrivate {
		private[i] = network.String()
	}
	d.fetcher, err = fetch.New(fetch.Options{Now: clock, Private: private, Agent: "kigen/" + d.options.Version})
	return err
}

// page maps the configuration of a source.
func page(name string, c *config.Source) (feed.Source, error) {
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
		src.Token = feed.Tokens(feed.Credentials{TokenURL: o.TokenURL, ClientID: o.ClientID, ClientSecret: o.ClientSecret.Reveal(), Scope: o.Scope}, clock)
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
func (d *deployment) polled(p feed.Poll) {
	switch {
	case p.Reason == "store":
		d.log.Error("a source's items were not kept, the next poll brings them again", "source", p.Source, "error", p.Err)
	case len(p.News) > 0 && p.Result == feed.Failed:
		d.log.Warn("a source can't be read", "source", p.Source, "reason", p.Reason, "error", p.Err)
	case len(p.News) > 0 && p.Partial != nil:
		d.log.Warn("a source can be read in part only", "source", p.Source, "error", p.Partial)
	case len(p.News) > 0:
		d.log.Info("a source can be read again", "source", p.Source)
	}
}
