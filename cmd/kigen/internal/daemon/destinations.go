package daemon

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"kigen/config"
	"kigen/config/mailserver"
	"kigen/notify"
	"kigen/notify/destinations"
	"kigen/notify/email"
	"kigen/notify/slack"
)

// makeSenders makes a sender for each configured destination, in the order of
// their names. An unchanged destination keeps its state.
func (d *deployment) makeSenders(previous *deployment) error {
	for _, name := range d.destinationNames() {
		c := d.config.Destinations[name]
		o := d.options
		o.head, o.fence, o.BaseURL = d.store.Head, d.fence, d.config.BaseURL
		destination, err := Destination(c, o)
		if err != nil {
			return fmt.Errorf("destinations.%s: %w", name, err)
		}
		writer := d.writer()
		channel := c.Slack()
		writer.Interactive = channel != nil && channel.AppToken != "" // without an app token no click arrives
		class := c.Class()
		options := notify.Options{
			Class: &class,
			// Budgets are shared: two destinations may write to one channel, and a
			// reload does not renew them.
			Log: d.log, Now: clock, Budgets: d.budgets, Fallback: c.Fallback, Replicas: d.lease.Contended(),
		}
		line := newMeteredOutbox(d.store, d.meter, name)
		if known := previous.unchanged(name, c); known >= 0 {
			line, options.After = previous.lines[known], previous.senders[known]
		}
		d.lines = append(d.lines, line)
		d.senders = append(d.senders, notify.NewSender(name, destination, line, writer, options))
	}
	return nil
}

// unchanged returns the index of the sender of a destination whose configuration
// equals c; -1 if there is none.
func (d *deployment) unchanged(name string, c config.Destination) int {
	if d == nil || !reflect.DeepEqual(d.config.Destinations[name], c) {
		return -1
	}
	return slices.Index(d.destinationNames(), name)
}

func (d *deployment) destinationNames() []string {
	return slices.Sorted(maps.Keys(d.config.Destinations))
}

func (d *deployment) writer() notify.Writer {
	return notify.Writer{
		Lang: d.config.Language, Zone: d.config.Timezone, BaseURL: d.config.BaseURL, Vendors: d.config.Catalogue, Duties: d.config.Duties,
	}
}

// Destination makes a configured destination. It makes no request yet.
func Destination(c config.Destination, o Options) (notify.Destination, error) {
	switch kind := c.Kind.(type) {
	case *config.Slack:
		return slackDestination(kind, o), nil
	case *config.Console:
		return notify.NewConsole(o.Console, o.Colour), nil
	case *config.Email:
		return email.New(email.Options{Server: mailServer(kind, o), From: kind.From, To: kind.To})
	case *config.Webhook:
		return notify.NewWebhook(notify.WebhookOptions{URL: kind.URL.Reveal(), Secret: kind.Secret.Reveal(), Head: o.head, Transport: o.fence.Transport()}), nil
	case *config.Spoken:
		row := kind.Kind()
		return notify.NewSpoken(&row, kind.Values(), destinations.Surroundings{BaseURL: o.BaseURL}, o.fence.Transport()), nil
	}
	return nil, fmt.Errorf("a destination names no kind: use one of %s", config.KindNames())
}

// mailServer maps the configuration of a mail server.
func mailServer(c *config.Email, o Options) email.Server {
	server := c.Server()
	encryption := map[mailserver.TLS]email.Encryption{
		mailserver.Opportunistic: email.Opportunistic, mailserver.Required: email.Required,
		mailserver.Implicit: email.Implicit, mailserver.None: email.Clear,
	}
	return email.Server{
		Host: server.Host, Port: server.Port, Encryption: encryption[server.TLS],
		User: server.User, Password: server.Password.Reveal(), Trusted: c.Trusted, Dial: o.fence.Dialer(),
	}
}

// slackDestination posts by a bot, by a webhook, or by both.
func slackDestination(c *config.Slack, o Options) notify.Destination {
	hook := slack.NewHook(slack.HookOptions{URL: c.WebhookURL.Reveal(), Transport: o.fence.Transport()})
	if c.Token == "" {
		return hook
	}
	bot := slack.New(slack.Options{Token: c.Token.Reveal(), Channel: c.Channel, APIURL: c.APIURL, Transport: o.fence.Transport()})
	if c.WebhookURL == "" {
		return bot
	}
	return slack.NewChannelWithHook(bot, hook, o.Log)
}
