package mailbox

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// Account is a mailbox on a server with its login: a password, or client credentials.
type Account struct {
	Host, Port string
	User       string
	Mailbox    string
	Security   Security
	Password   string
	OAuth2     *Credentials // nil: by the password
}

// Security is how a connection is encrypted.
type Security string

// The ways.
const (
	TLS      Security = "tls"      // from the first byte
	StartTLS Security = "starttls" // before the login, or there is none
	Plain    Security = "plain"    // not at all: on this machine
)

var errAccount = errors.New("the address of the mailbox is none: write it as imaps://kigen@imap.example.jp/INBOX")

// ParseAccount reads an address such as imaps://kigen@imap.example.jp/INBOX. One of imap://
// is encrypted by STARTTLS, unless it is of this machine. A password in it is that of the
// account.
func ParseAccount(address string) (Account, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "imap" && u.Scheme != "imaps" || u.Hostname() == "" || u.User.Username() == "" || u.RawQuery != "" || u.Fragment != "" {
		return Account{}, errAccount // that of url.Parse may hold the password
	}
	a := Account{Host: u.Hostname(), Port: u.Port(), User: u.User.Username(), Mailbox: strings.Trim(u.Path, "/"), Security: TLS}
	a.Password, _ = u.User.Password()
	if a.Mailbox == "" {
		a.Mailbox = "INBOX"
	}
	port := "993"
	if u.Scheme == "imap" {
		port, a.Security = "143", StartTLS
		if loopback(a.Host) {
			a.Security = Plain
		}
	}
	if a.Port == "" {
		a.Port = port
	}
	for _, text := range []string{a.User, a.Mailbox} {
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return Account{}, errAccount
		}
	}
	return a, nil
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// Net is by what servers are reached. Each has a default.
type Net struct {
	Dial  func(ctx context.Context, network, address string) (net.Conn, error)
	Roots *x509.CertPool // nil: the system's
	HTTP  *http.Client   // of the token server
}

// NewServer returns a watcher of a mailbox on a server.
func NewServer(a Account, n Net, o Options) *Watcher {
	if n.Dial == nil {
		n.Dial = (&net.Dialer{}).DialContext
	}
	d := &dialer{account: a, net: n}
	if a.OAuth2 != nil {
		d.tickets = newTickets(*a.OAuth2, n.HTTP, o.Now)
	}
	return newWatcher(o, &server{
		name: a.User + "/" + a.Mailbox, host: net.JoinHostPort(a.Host, a.Port),
		open: func(ctx context.Context) (session, error) { return d.open(ctx) },
	})
}
