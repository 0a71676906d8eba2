package config

import (
	"regexp"
	"strings"

	"kigen/config/tree"
)

// Slack is a channel that messages reach through a bot, an incoming webhook, or the
// webhook while the bot fails.
type Slack struct {
	WebhookURL Secret // contains the key to the channel; empty: none

	Token    Secret // of the bot; empty: webhook only
	Channel  string // id such as C0123456789, or a name
	APIURL   string // ends with a slash; empty: Slack's own
	AppToken Secret // for the connection that receives acts from Slack; empty: messages only
}

var channelID = regexp.MustCompile(`^[CDG][A-Z0-9]{2,}$`)

// Name is slack.
func (*Slack) Name() string { return "slack" }

// Where returns the channel as it is configured.
func (s *Slack) Where() string { return s.Channel }

func (s *Slack) place() string {
	switch {
	case s.Token == "":
		return placeHash("slack webhook", withoutUser(s.WebhookURL.Reveal()))
	case s.channel() == "": // channel names are unique within a workspace only, which the token identifies
		return placeHash("slack", s.api(), strings.TrimPrefix(s.Channel, "#"), s.Token.Reveal())
	}
	return placeHash("slack", s.api(), s.Channel)
}

// Slack returns the settings of a Slack channel; nil for other kinds.
func (d Destination) Slack() *Slack {
	s, _ := d.Kind.(*Slack)
	return s
}

// Channel returns the Slack channel id of the destination; empty if the configuration
// does not contain it.
func (d Destination) Channel() string {
	if s := d.Slack(); s != nil {
		return s.channel()
	}
	return ""
}

func (s *Slack) channel() string {
	if s.Token == "" || !channelID.MatchString(s.Channel) {
		return ""
	}
	return s.Channel
}

// Account identifies, as a hash, the bot that can edit messages in its workspace's
// channels; empty for a destination without a bot.
func (d Destination) Account() string {
	s := d.Slack()
	if s == nil || s.Token == "" {
		return ""
	}
	return placeHash("slack account", s.api(), s.Token.Reveal())
}

// api returns the base URL of Slack's methods; empty for Slack's own.
func (s *Slack) api() string {
	if s.APIURL == "https://slack.com/api/" {
		return ""
	}
	return s.APIURL
}

func decodeSlack(d *decoder, n *tree.Node) Kind {
	required := []string{"token", "channel"}
	if n.Get("webhook_url") != nil && n.Get("token") == nil && n.Get("channel") == nil {
		required = nil // the webhook determines the channel
	}
	if !d.kindKeys(n, "slack", required...) {
		return nil
	}
	slack := &Slack{
		WebhookURL: Secret(d.webURL(n.Get("webhook_url"))),

		Token:    Secret(d.Text(n.Get("token"))),
		Channel:  d.Text(n.Get("channel")),
		APIURL:   d.openURL(n.Get("api_url")),
		AppToken: Secret(d.Text(n.Get("app_token"))),
	}
	d.appToken(n, slack)
	if slack.APIURL != "" && !strings.HasSuffix(slack.APIURL, "/") {
		slack.APIURL += "/" // method names are appended to it
	}
	return slack
}

// appToken checks the settings of the connection from Slack. Acts carry the
// channel's id, so channel must be an id and not a name.
func (d *decoder) appToken(n *tree.Node, s *Slack) {
	if s.AppToken == "" {
		return
	}
	if !strings.HasPrefix(string(s.AppToken), "xapp-") {
		d.Reportf(n.Get("app_token"), "is not an app-level token: use the one that starts with xapp-, with the scope connections:write")
	}
	if s.WebhookURL != "" && n.Get("token") == nil && n.Get("channel") == nil {
		d.Reportf(n.Get("app_token"), "also needs token and channel: a webhook alone cannot answer people")
	}
	if s.Channel != "" && !channelID.MatchString(s.Channel) {
		d.Reportf(n.Get("channel"), "is not a channel id: with app_token give the id, such as C0123456789 (at the end of the channel's details in Slack)")
	}
}
