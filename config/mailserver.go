package config

import (
	"crypto/x509"
	"encoding/pem"
	"net/mail"
	"net/url"
	"strconv"
	"strings"

	"kigen/config/tree"
)

// MailTLS is the encryption of the connection to a mail server.
type MailTLS string

// The values of ?tls=. smtps implies MailTLSImplicit.
const (
	MailTLSOpportunistic MailTLS = "opportunistic" // STARTTLS if offered; an attacker on the path can suppress the offer
	MailTLSRequired      MailTLS = "required"      // STARTTLS, or the mail is not sent
	MailTLSNone          MailTLS = "none"          // unencrypted
	MailTLSImplicit      MailTLS = "implicit"      // TLS from the first byte
)

// MailServer is a parsed smtp or smtps URL.
type MailServer struct {
	Host     string // a name or an address, IPv6 without brackets
	Port     int
	TLS      MailTLS
	User     string // empty: no login
	Password Secret
}

const (
	mailPort       = 25
	mailPortTLS    = 465
	submissionPort = 587
)

// Server parses the destination's URL, which Load has validated.
func (e *Email) Server() MailServer {
	server, _ := parseMailServer(e.SMTP.Reveal())
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

// parseMailServer parses smtp://user:password@host:port?tls=… It is the only parser of
// such URLs. remedy is empty for a valid URL and never quotes the URL, which may
// contain a password.
func parseMailServer(text string) (server MailServer, remedy string) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || !validPort(u.Port()) {
		return MailServer{}, "use a URL such as smtp://user:${SMTP_PASSWORD}@mail.example.jp:587 or smtps://…, special characters percent-encoded"
	}
	if strings.Count(u.Host, ":") > 1 && !strings.HasPrefix(u.Host, "[") {
		return MailServer{}, "has an IPv6 address without brackets: write it as smtp://[::1]:25"
	}
	if strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		return MailServer{}, "has something behind the port: end it there, percent-encode special characters of the password, and give options as ?tls=required"
	}
	server = MailServer{Host: u.Hostname(), User: u.User.Username()}
	password, _ := u.User.Password()
	server.Password = Secret(password)
	if u.User != nil && (server.User == "" || password == "") {
		return MailServer{}, "has half a login: give user and password as user:${SMTP_PASSWORD}@, or neither"
	}
	if server.TLS, remedy = mailTLS(u); remedy != "" {
		return MailServer{}, remedy
	}
	server.Port, remedy = mailServerPort(u)
	return server, remedy
}

// mailTLS derives the encryption from scheme, login and ?tls=.
func mailTLS(u *url.URL) (mode MailTLS, remedy string) {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", "has invalid options: the only one is ?tls=, such as ?tls=required"
	}
	for key, values := range query {
		if key != "tls" || len(values) > 1 {
			return "", "has unknown options: the only one is ?tls=, given once, such as ?tls=required"
		}
	}
	implicit, login := u.Scheme == "smtps", u.User != nil
	switch mode := MailTLS(query.Get("tls")); {
	case !query.Has("tls") && implicit, mode == MailTLSRequired && implicit:
		return MailTLSImplicit, ""
	case !query.Has("tls") && login, mode == MailTLSRequired:
		return MailTLSRequired, ""
	case !query.Has("tls"):
		return MailTLSOpportunistic, ""
	case mode != MailTLSOpportunistic && mode != MailTLSNone:
		return "", "has an unknown ?tls= value: use required (encrypted or not at all), opportunistic (encrypted where the server offers it) or none; for a self-signed certificate set ca: to its file"
	case implicit:
		return "", "contradicts itself, because smtps is encrypted from the first byte on: leave ?tls= out, or write smtp://"
	case login:
		return "", "would send the password unencrypted: use ?tls=required, or leave ?tls= out"
	default:
		return mode, ""
	}
}

// mailServerPort rejects a port of the other scheme: client and server would wait for
// each other until a timeout.
func mailServerPort(u *url.URL) (port int, remedy string) {
	implicit := u.Scheme == "smtps"
	if u.Port() == "" {
		if implicit {
			return mailPortTLS, ""
		}
		return mailPort, ""
	}
	port, err := strconv.Atoi(u.Port())
	switch {
	case err != nil:
		return 0, "has no valid port: use a number from 1 to 65535"
	case port == mailPortTLS && !implicit:
		return 0, "asks for STARTTLS on port 465, where servers are encrypted from the first byte on: write smtps://, or use port 587"
	case implicit && (port == mailPort || port == submissionPort):
		return 0, "asks for encryption from the first byte on at a port where servers begin in the clear: write smtp:// with ?tls=required, or use port 465"
	}
	return port, ""
}
