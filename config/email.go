package config

import (
	"crypto/x509"
	"encoding/pem"
	"net/mail"
	"slices"
	"strings"

	"kigen/config/mailserver"
	"kigen/config/reading"
	"kigen/config/tree"
)

// Email is a destination that sends mails by SMTP.
type Email struct {
	SMTP    Secret              // smtp://user:password@host:port or smtps://…; see Server
	Trusted []*x509.Certificate // CAs for the server's certificate; empty: the system's
	From    string
	To      []string
}

// Name is email.
func (*Email) Name() string { return "email" }

// Where lists the recipients.
func (e *Email) Where() string { return strings.Join(e.To, ", ") }

func (e *Email) place() string { return placeHash("email", mailboxes(e.To)...) }

// Email returns the settings of a mail destination; nil for other kinds.
func (d Destination) Email() *Email {
	e, _ := d.Kind.(*Email)
	return e
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

func decodeEmail(d *decoder, n *tree.Node) Kind {
	if !d.kindKeys(n, "email", "smtp", "from", "to") {
		return nil
	}
	email := &Email{
		SMTP:    Secret(d.smtp(n.Get("smtp"))),
		Trusted: d.certificates(n.Get("ca")),
		From:    d.Text(n.Get("from")),
		To:      d.Texts(n.Get("to")),
	}
	if ca := n.Get("ca"); ca != nil && email.Server().TLS == mailserver.None {
		d.Reportf(ca, "has no effect, because ?tls=none turns encryption off: remove one of the two")
	}
	d.mailbox(n.Get("from"), email.From)
	if to := n.Get("to"); to != nil && len(email.To) == 0 {
		d.Reportf(to, "has no recipient: give at least one address, such as [soc@example.jp]")
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
		d.Reportf(n, "use an address such as soc@example.jp")
	}
}

func (d *decoder) smtp(n *tree.Node) string {
	text := d.Text(n)
	if text == "" {
		return ""
	}
	if _, remedy := mailserver.Parse(text); remedy != "" {
		d.Reportf(n, "%s", remedy)
	}
	return text
}

// certificates reads a PEM file with the CA certificates for a mail server.
func (d *decoder) certificates(n *tree.Node) (trusted []*x509.Certificate) {
	path := d.file(n)
	if path == "" {
		return nil
	}
	data, err := reading.ReadFile(path)
	if err != nil {
		d.Reportf(n, "can't be read: %v: name a PEM file with the certificate of the mail server, or of its authority", err)
		return nil
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			d.Reportf(n, "contains an unreadable certificate: %v: name a PEM file", err)
			return nil
		}
		trusted = append(trusted, certificate)
	}
	if len(trusted) == 0 {
		d.Reportf(n, "contains no certificate: name a PEM file with the certificate of the mail server, or of its authority")
	}
	return trusted
}
