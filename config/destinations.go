package config

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/mail"
	"strings"

	"kigen/config/mailserver"
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
	if ca := n.Get("ca"); ca != nil && email.Server().TLS == mailserver.None {
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
	if _, remedy := mailserver.Parse(text); remedy != "" {
		d.reportf(n, "%s", remedy)
	}
	return text
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

// Server parses the destination's URL, which Load has validated.
func (e *Email) Server() mailserver.Server {
	server, _ := mailserver.Parse(e.SMTP.Reveal())
	return server
}

// Addresses returns the recipients without their names.
func (e *Email) Addresses() []string {
	addresses := make([]string, 0, len(e.To))
	for _, to := range e.To {
		if parsed, err := mail.ParseAddress(to); err == nil { // validated by Load
			addresses = append(addresses, parsed.Address)
		}
	}
	return addresses
}

// certificates reads a PEM file with the CA certificates for a mail server.
func (d *decoder) certificates(n *tree.Node) (trusted []*x509.Certificate) {
	path := d.file(n)
	if path == "" {
		return nil
	}
	data, err := readFile(path)
	if err != nil {
		d.reportf(n, "can't be read: %v: name a PEM file with the certificate of the mail server, or of its authority", err)
		return nil
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			d.reportf(n, "contains an unreadable certificate: %v: name a PEM file", err)
			return nil
		}
		trusted = append(trusted, certificate)
	}
	if len(trusted) == 0 {
		d.reportf(n, "contains no certificate: name a PEM file with the certificate of the mail server, or of its authority")
	}
	return trusted
}
