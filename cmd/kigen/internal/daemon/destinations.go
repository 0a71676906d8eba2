package daemon

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"kigen/config"
	"kigen/notify"
)

// makeSenders maps the configured destinations onto senders, in the order of
// their names.
func (d *Daemon) makeSenders() ([]*notify.Sender, error) {
	writer := d.writer()
	var senders []*notify.Sender
	for _, name := range slices.Sorted(maps.Keys(d.config.Destinations)) {
		destination, err := Destination(d.config.Destinations[name], d.options)
		if err != nil {
			return nil, fmt.Errorf("destinations.%s: %w", name, err)
		}
		senders = append(senders, notify.NewSender(name, destination, d.outbox(name), writer, notify.Options{Log: d.log}))
	}
	return senders, nil
}

func (d *Daemon) writer() notify.Writer {
	return notify.Writer{
		Lang: d.config.Language, Zone: d.config.Timezone, BaseURL: d.config.BaseURL, Vendors: d.config.Catalogue,
	}
}

// outbox is the outbox as one destination's sender sees it.
func (d *Daemon) outbox(name string) notify.Outbox {
	o := newMeteredOutbox(d.store, d.meter, name)
	d.lines = append(d.lines, o)
	return o
}

// Destination makes the destination that the configuration describes. It
// makes no request yet.
func Destination(c config.Destination, o Options) (notify.Destination, error) {
	switch {
	case c.Slack != nil:
		return notify.NewSlack(notify.SlackOptions{Token: c.Slack.Token.Reveal(), Channel: c.Slack.Channel, APIURL: c.Slack.APIURL}), nil
	case c.Console != nil:
		return notify.NewConsole(o.Console, o.Colour), nil
	case c.Email != nil:
		return notify.NewEmail(notify.EmailOptions{SMTP: c.Email.SMTP.Reveal(), From: c.Email.From, To: c.Email.To, Log: o.Log})
	case c.Webhook != nil:
		return notify.NewWebhook(notify.WebhookOptions{URL: c.Webhook.URL.Reveal(), Secret: c.Webhook.Secret.Reveal()}), nil
	}
	return nil, errors.New("a destination names no kind: use slack, email, webhook or console")
}
