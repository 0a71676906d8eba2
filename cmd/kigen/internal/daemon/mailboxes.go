package daemon

import (
	"fmt"

	"kigen/cmd/kigen/internal/intake/mailbox"
	"kigen/config"
)

// mailboxReaders makes the reader of the mailboxes of the configuration; none without one.
func mailboxReaders(d *deployment) ([]sourceReader, error) {
	in := &d.config.Intake
	var all mailbox.Watchers
	for _, name := range in.Names() {
		src := in.Sources[name]
		if !src.Kind.Mail() {
			continue
		}
		w, err := watcherOf(&src, mailbox.Options{
			Source: name, Keep: mailbox.Inbox{Service: d.intake}, Every: src.Every, Now: clock, Jitter: jitter, Report: d.looked,
		})
		if err != nil {
			return nil, fmt.Errorf("intake.%s: %w", name, err)
		}
		all = append(all, w)
	}
	if len(all) == 0 {
		return nil, nil
	}
	return []sourceReader{all}, nil
}

// watcherOf maps the configuration of a mailbox.
func watcherOf(src *config.Source, o mailbox.Options) (*mailbox.Watcher, error) {
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
func (d *deployment) looked(l mailbox.Look) {
	switch {
	case !l.Kept:
		d.log.Error("a mailbox's mails were not kept, the next look brings them again", "source", l.Source, "error", l.Err)
	case len(l.News) > 0 && l.Err != nil:
		d.log.Warn("a mailbox can't be read", "source", l.Source, "error", l.Err)
	case len(l.News) > 0:
		d.log.Info("a mailbox can be read again", "source", l.Source)
	}
}
