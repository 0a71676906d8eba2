package config

import (
	"fmt"
	"net/mail"
	"strconv"
	"strings"

	"kigen/config/tree"
)

func destinationKeys() map[string][]string {
	return map[string][]string{
		"slack":   {"token", "channel", "api_url", "app_token", "webhook_url"},
		"email":   {"smtp", "ca", "from", "to"},
		"webhook": {"url", "secret"},
		"console": {},
	}
}

func (d *decoder) destinations(n *tree.Node) map[string]Destination {
	destinations := make(map[string]Destination)
	if !d.is(n, tree.Object) {
		return destinations
	}
	for _, f := range n.Fields {
		if !tree.IsIdentifier(f.Key) {
			d.reportf(f.Value, "the name %q can't be used: %s", f.Key, identifierRule)
		}
		destinations[f.Key] = d.destination(f.Value)
	}
	d.fallbacks(n, destinations)
	return destinations
}

func (d *decoder) destination(n *tree.Node) Destination {
	const remedy = "give exactly one of slack, email, webhook or console, such as {console: {}}"
	if n.Kind == tree.Null || n.Kind == tree.Object && len(n.Fields) == 0 {
		d.reportf(n, remedy)
		return Destination{}
	}
	if !d.keys(n, "slack", "email", "webhook", "console", "fallback", "quiet") {
		return Destination{}
	}
	destination := Destination{Fallback: d.text(n.Get("fallback"))}
	if kinds := len(n.Fields) - given(n, "fallback", "quiet"); kinds != 1 {
		d.reportf(n, remedy)
	}
	for _, f := range n.Fields {
		switch f.Key {
		case "slack":
			destination.Slack = d.slack(f.Value)
		case "email":
			destination.Email = d.email(f.Value)
		case "webhook":
			destination.Webhook = d.webhook(f.Value)
		case "console":
			destination.Console = d.console(f.Value)
		}
	}
	return destination
}

// given counts how many of the keys an object has.
func given(n *tree.Node, keys ...string) (count int) {
	for _, key := range keys {
		if n.Field(key) != nil {
			count++
		}
	}
	return count
}

// kindKeys checks that one kind of destination has only known keys and all required
// ones.
func (d *decoder) kindKeys(n *tree.Node, kindName string, required ...string) bool {
	if n.Kind == tree.Null {
		d.reportf(n, "is empty: give it %s", strings.Join(required, " and "))
		return false
	}
	if !d.keys(n, destinationKeys()[kindName]...) {
		return false
	}
	for _, key := range required {
		if n.Get(key) == nil {
			d.missing(n, key, fmt.Sprintf("a destination of kind %s needs %s", kindName, strings.Join(required, " and ")))
		}
	}
	return true
}

func (d *decoder) slack(n *tree.Node) *Slack {
	required := []string{"token", "channel"}
	if n.Get("webhook_url") != nil && n.Get("token") == nil && n.Get("channel") == nil {
		required = nil // the webhook determines the channel
	}
	if !d.kindKeys(n, "slack", required...) {
		return nil
	}
	slack := &Slack{
		WebhookURL: Secret(d.webURL(n.Get("webhook_url"))),

		Token:    Secret(d.text(n.Get("token"))),
		Channel:  d.text(n.Get("channel")),
		APIURL:   d.openURL(n.Get("api_url")),
		AppToken: Secret(d.text(n.Get("app_token"))),
	}
	d.appToken(n, slack)
	if slack.APIURL != "" && !strings.HasSuffix(slack.APIURL, "/") {
		slack.APIURL += "/" // method names are appended to it
	}
	return slack
}

func (d *decoder) email(n *tree.Node) *Email {
	if !d.kindKeys(n, "email", "smtp", "from", "to") {
		return nil
	}
	email := &Email{
		SMTP:    Secret(d.smtp(n.Get("smtp"))),
		Trusted: d.certificates(n.Get("ca")),
		From:    d.text(n.Get("from")),
		To:      d.texts(n.Get("to")),
	}
	if ca := n.Get("ca"); ca != nil && email.Server().TLS == MailTLSNone {
		d.reportf(ca, "has no effect, because ?tls=none turns encryption off: remove one of the two")
	}
	d.mailbox(n.Get("from"), email.From)
	if to := n.Get("to"); to != nil && len(email.To) == 0 {
		d.reportf(to, "has no recipient: give at least one address, such as [soc@example.jp]")
	}
	for i, address := range email.To {
		if to := n.Get("to"); to.Kind == tree.List {
			d.mailbox(to.Items[i], address)
		} else {
			d.mailbox(to, address)
		}
	}
	return email
}

func (d *decoder) mailbox(n *tree.Node, address string) {
	if address == "" {
		return
	}
	if _, err := mail.ParseAddress(address); err != nil {
		d.reportf(n, "use an address such as soc@example.jp")
	}
}

func (d *decoder) smtp(n *tree.Node) string {
	text := d.text(n)
	if text == "" {
		return ""
	}
	if _, remedy := parseMailServer(text); remedy != "" {
		d.reportf(n, "%s", remedy)
	}
	return text
}

func validPort(port string) bool {
	number, err := strconv.Atoi(port)
	return port == "" || err == nil && number > 0 && number < 65536
}

func (d *decoder) webhook(n *tree.Node) *Webhook {
	if !d.kindKeys(n, "webhook", "url") {
		return nil
	}
	return &Webhook{URL: Secret(d.webURL(n.Get("url"))), Secret: Secret(d.text(n.Get("secret")))}
}

func (d *decoder) console(n *tree.Node) *Console {
	if n.Kind != tree.Null {
		d.keys(n)
	}
	return &Console{}
}
