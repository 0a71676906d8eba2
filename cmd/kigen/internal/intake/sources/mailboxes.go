package sources

import (
	"fmt"

	"kigen/cmd/kigen/internal/intake/mailbox"
	"kigen/config"
)

// Mailboxes makes a watcher of each source that is a mailbox. An error is a mistake in the
// configuration.
func Mailboxes(o Options) (mailbox.Watchers, error) {
	in := &o.Service.Config
	var all mailbox.Watchers
	for _, name := range in.Names() {
		src := in.Sources[name]
		if !src.Kind.Mail() {
			continue
		}
		w, err := watcher(&src, mailbox.Options{
			Source: name, Keep: mailbox.Inbox{Service: o.Service}, Every: src.Every, Now: o.Now, Jitter: jitter, Report: o.looked,
		})
		if err != nil {
			return nil, fmt.Errorf("intake.%s: %w", name, err)
		}
		all = append(all, w)
	}
	return all, nil
}

// watcher maps the configuration of a mailbox.
func watcher(src *config.Source, o mailbox.Options) (*mailbox.Watcher, error) {
	if src.Kind == config.SourceMaildir {
		return mailbox.NewMaildir(src.Place.Reveal(), o), nil
	}
	a, err := mailbox.ParseAccount(src.Place.Reveal())
	if err != nil {
		return nil, err
	}
	if src.Password != "" {
		a.Password = src.Password.Reveal()
	}
	if c := src.OAuth2; c != nil {
		a.OAuth2 = &mailbox.Credentials{TokenURL: c.TokenURL, ClientID: c.ClientID, ClientSecret: c.ClientSecret.Reveal(), Scope: c.Scope}
	}
	return mailbox.NewServer(a, mailbox.Net{}, o), nil
}

// looked logs what the operator should know of a look at a mailbox.
func (o *Options) looked(l mailbox.Look) {
	switch {
	case !l.Kept:
		o.Log.Error("a mailbox's mails were not kept, the next look brings them again", "source", l.Source, "error", l.Err)
	case len(l.News) > 0 && l.Err != nil:
		o.Log.Warn("a mailbox can't be read", "source", l.Source, "error", l.Err)
	case len(l.News) > 0:
		o.Log.Info("a mailbox can be read again", "source", l.Source)
	}
}
