package config

import (
	"crypto/sha256"
	"encoding/hex"
	"net/mail"
	"net/url"
	"slices"
	"strings"
)

// Place identifies the recipient of a destination independently of its name: two
// destinations with the same place reach the same people. It is a hash, so that it
// can be stored without the secrets in an address. A new token or mail server does
// not change it.
func (d *Destination) Place() string {
	switch {
	case d.Slack != nil && d.Slack.Token == "":
		return placeHash("slack webhook", withoutUser(d.Slack.WebhookURL.Reveal()))
	case d.Slack != nil && d.Channel() == "": // channel names are unique within a workspace only, which the token identifies
		return placeHash("slack", d.api(), channelName(d.Slack.Channel), d.Slack.Token.Reveal())
	case d.Slack != nil:
		return placeHash("slack", d.api(), d.Slack.Channel)
	case d.Email != nil:
		return placeHash("email", mailboxes(d.Email.To)...)
	case d.Webhook != nil:
		return placeHash("webhook", withoutUser(d.Webhook.URL.Reveal()))
	}
	return placeHash("console")
}

// Channel returns the Slack channel id of the destination; empty if the configuration
// does not contain it.
func (d *Destination) Channel() string {
	if d.Slack == nil || d.Slack.Token == "" || !channelID.MatchString(d.Slack.Channel) {
		return ""
	}
	return d.Slack.Channel
}

// Account identifies, as a hash, the bot that can edit messages in its workspace's
// channels; empty for a destination without a bot.
func (d *Destination) Account() string {
	if d.Slack == nil || d.Slack.Token == "" {
		return ""
	}
	return placeHash("slack account", d.api(), d.Slack.Token.Reveal())
}

// api returns the base URL of Slack's methods; empty for Slack's own.
func (d *Destination) api() string {
	if d.Slack.APIURL == "https://slack.com/api/" {
		return ""
	}
	return d.Slack.APIURL
}

func channelName(channel string) string { return strings.TrimPrefix(channel, "#") }

// mailboxes returns the bare addresses, sorted. Domains are case-insensitive, and in
// practice so are mailboxes.
func mailboxes(to []string) []string {
	boxes := make([]string, len(to))
	for i, text := range to {
		boxes[i] = strings.ToLower(text)
		if address, err := mail.ParseAddress(text); err == nil {
			boxes[i] = strings.ToLower(address.Address)
		}
	}
	slices.Sort(boxes)
	return slices.Compact(boxes)
}

// withoutUser removes name and password from an address: short ones could be recovered
// from a hash.
func withoutUser(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	u.User = nil
	return u.String()
}

// placeHash hashes kind and parts.
func placeHash(kind string, parts ...string) string {
	sum := sha256.New()
	for _, part := range append([]string{kind}, parts...) {
		sum.Write([]byte(part))
		sum.Write([]byte{0})
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}
