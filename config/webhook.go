package config

import (
	"net/url"

	"kigen/config/tree"
)

// Webhook is a URL that receives signed JSON.
type Webhook struct {
	URL    Secret // may contain the key to the receiver
	Secret Secret // signs each request; empty: unsigned
}

// Name is webhook.
func (*Webhook) Name() string { return "webhook" }

// Where returns the host of the receiver.
func (w *Webhook) Where() string {
	u, err := url.Parse(w.URL.Reveal())
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func (w *Webhook) place() string { return placeHash("webhook", withoutUser(w.URL.Reveal())) }

func decodeWebhook(d *decoder, n *tree.Node) Kind {
	if w := d.webhook(n); w != nil {
		return w
	}
	return nil
}

func (d *decoder) webhook(n *tree.Node) *Webhook {
	if !d.kindKeys(n, "webhook", "url") {
		return nil
	}
	return &Webhook{URL: Secret(d.webURL(n.Get("url"))), Secret: Secret(d.Text(n.Get("secret")))}
}
