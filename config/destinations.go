package config

import (
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
)

// destinationKeys lists the keys of each kind of destination.
func destinationKeys() map[string][]string {
	return map[string][]string{
		"slack":   {"token", "channel", "api_url", "app_token", "webhook_url"},
		"email":   {"smtp", "from", "to"},
		"webhook": {"url", "secret"},
		"console": {},
	}
}

func (d *decoder) destinations(n *node) map[string]Destination {
	destinations := make(map[string]Destination)
	if !d.is(n, object) {
		return destinations
	}
	for _, f := range n.fields {
		if !identifier.MatchString(f.key) {
			d.reportf(f.value, "the name %q can't be used: %s", f.key, identifierRule)
		}
		destinations[f.key] = d.destination(f.value)
	}
	d.fallbacks(n, destinations)
	return destinations
}

func (d *decoder) destination(n *node) Destination {
	const remedy = "give exactly one of slack, email, webhook or console, such as {console: {}}"
	if n.kind == null || n.kind == object && len(n.fields) == 0 {
		d.reportf(n, remedy)
		return Destination{}
	}
	if !d.keys(n, "slack", "email", "webhook", "console", "fallback", "quiet") {
		return Destination{}
	}
	destination := Destination{Fallback: d.text(n.get("fallback"))}
	if kinds := len(n.fields) - given(n, "fallback", "quiet"); kinds != 1 {
		d.reportf(n, remedy)
	}
	for _, f := range n.fields {
		switch f.key {
		case "slack":
			destination.Slack = d.slack(f.value)
		case "email":
			destination.Email = d.email(f.value)
		case "webhook":
			destination.Webhook = d.webhook(f.value)
		case "console":
			destination.Console = d.console(f.value)
		}
	}
	return destination
}

// given counts which of the keys an object has.
func given(n *node, keys ...string) (count int) {
	for _, key := range keys {
		if n.field(key) != nil {
			count++
		}
	}
	return count
}

// kindKeys checks the keys of one kind of destination and that those it can't
// do without are there.
func (d *decoder) kindKeys(n *node, kindName string, required ...string) bool {
	if n.kind == null {
		d.reportf(n, "is empty: give it %s", strings.Join(required, " and "))
		return false
	}
	if !d.keys(n, destinationKeys()[kindName]...) {
		return false
	}
	for _, key := range required {
		if n.get(key) == nil {
			d.missing(n, key, fmt.Sprintf("a destination of kind %s needs %s", kindName, strings.Join(required, " and ")))
		}
	}
	return true
}

func (d *decoder) slack(n *node) *Slack {
	required := []string{"token", "channel"}
	if n.get("webhook_url") != nil && n.get("token") == nil && n.get("channel") == nil {
		required = nil // a webhook knows its channel
	}
	if !d.kindKeys(n, "slack", required...) {
		return nil
	}
	slack := &Slack{
		WebhookURL: Secret(d.webURL(n.get("webhook_url"))),

		Token:    Secret(d.text(n.get("token"))),
		Channel:  d.text(n.get("channel")),
		APIURL:   d.openURL(n.get("api_url")),
		AppToken: Secret(d.text(n.get("app_token"))),
	}
	d.appToken(n, slack)
	if slack.APIURL != "" && !strings.HasSuffix(slack.APIURL, "/") {
		slack.APIURL += "/" // method names are appended to it as they are
	}
	return slack
}

func (d *decoder) email(n *node) *Email {
	if !d.kindKeys(n, "email", "smtp", "from", "to") {
		return nil
	}
	email := &Email{
		SMTP: Secret(d.smtp(n.get("smtp"))),
		From: d.text(n.get("from")),
		To:   d.texts(n.get("to")),
	}
	d.mailbox(n.get("from"), email.From)
	if to := n.get("to"); to != nil && len(email.To) == 0 {
		d.reportf(to, "names nobody: give at least one address, such as [soc@example.jp]")
	}
	for i, address := range email.To {
		if to := n.get("to"); to.kind == list {
			d.mailbox(to.items[i], address)
		} else {
			d.mailbox(to, address)
		}
	}
	return email
}

func (d *decoder) mailbox(n *node, address string) {
	if address == "" {
		return
	}
	if _, err := mail.ParseAddress(address); err != nil {
		d.reportf(n, "use an address such as soc@example.jp")
	}
}

func (d *decoder) smtp(n *node) string {
	text := d.text(n)
	if text == "" {
		return ""
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "smtp" && u.Scheme != "smtps") || u.Hostname() == "" || !validPort(u.Port()) {
		d.reportf(n, "use a URL such as smtp://user:${SMTP_PASSWORD}@mail.example.jp:587 or smtps://…, special characters percent-encoded")
	}
	return text
}

func validPort(port string) bool {
	number, err := strconv.Atoi(port)
	return port == "" || err == nil && number > 0 && number < 65536
}

func (d *decoder) webhook(n *node) *Webhook {
	if !d.kindKeys(n, "webhook", "url") {
		return nil
	}
	return &Webhook{URL: Secret(d.webURL(n.get("url"))), Secret: Secret(d.text(n.get("secret")))}
}

func (d *decoder) console(n *node) *Console {
	if n.kind != null {
		d.keys(n)
	}
	return &Console{}
}
