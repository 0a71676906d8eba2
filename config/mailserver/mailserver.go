// Package mailserver reads the URL of a mail server: smtp:// or smtps:// with a login,
// a port and ?tls=.
package mailserver

import (
	"net/url"
	"strconv"
	"strings"

	"kigen/config/tree"
)

// TLS is the encryption of the connection to a mail server.
type TLS string

// The values of ?tls=. smtps implies Implicit.
const (
	Opportunistic TLS = "opportunistic" // STARTTLS if offered; an attacker on the path can suppress the offer
	Required      TLS = "required"      // STARTTLS, or the mail is not sent
	None          TLS = "none"          // unencrypted
	Implicit      TLS = "implicit"      // TLS from the first byte
)

// Server is a parsed smtp or smtps URL.
type Server struct {
	Host     string // a name or an address, IPv6 without brackets
	Port     int
	TLS      TLS
	User     string // empty: no login
	Password tree.Secret
}

const (
	mailPort       = 25
	mailPortTLS    = 465
	submissionPort = 587
)

// Parse parses smtp://user:password@host:port?tls=… It is the only parser of such
// URLs. remedy is empty for a valid URL and never quotes the URL, which may
// contain a password.
func Parse(text string) (server Server, remedy string) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || !ValidPort(u.Port()) {
		return Server{}, "use a URL such as smtp://user:${SMTP_PASSWORD}@mail.example.jp:587 or smtps://…, special characters percent-encoded"
	}
	if strings.Count(u.Host, ":") > 1 && !strings.HasPrefix(u.Host, "[") {
		return Server{}, "has an IPv6 address without brackets: write it as smtp://[::1]:25"
	}
	if strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		return Server{}, "has something behind the port: end it there, percent-encode special characters of the password, and give options as ?tls=required"
	}
	server = Server{Host: u.Hostname(), User: u.User.Username()}
	password, _ := u.User.Password()
	server.Password = tree.Secret(password)
	if u.User != nil && (server.User == "" || password == "") {
		return Server{}, "has half a login: give user and password as user:${SMTP_PASSWORD}@, or neither"
	}
	if server.TLS, remedy = mailTLS(u); remedy != "" {
		return Server{}, remedy
	}
	server.Port, remedy = mailServerPort(u)
	return server, remedy
}

// mailTLS derives the encryption from scheme, login and ?tls=.
func mailTLS(u *url.URL) (mode TLS, remedy string) {
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
	switch mode := TLS(query.Get("tls")); {
	case !query.Has("tls") && implicit, mode == Required && implicit:
		return Implicit, ""
	case !query.Has("tls") && login, mode == Required:
		return Required, ""
	case !query.Has("tls"):
		return Opportunistic, ""
	case mode != Opportunistic && mode != None:
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

// ValidPort reports whether the port of a URL is empty or a number from 1 to 65535.
func ValidPort(port string) bool {
	number, err := strconv.Atoi(port)
	return port == "" || err == nil && number > 0 && number < 65536
}
