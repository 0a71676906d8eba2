package mailbox

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"kigen/cmd/kigen/internal/intake/mailbox/imaptest"
)

// tokens is a token server, which answers what the mail server asks about a token, too.
func tokens(t *testing.T, good string) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.FormValue("client_id") != "kigen" || r.FormValue("client_secret") != "client-secret" || r.FormValue("scope") != "mail" || r.FormValue("grant_type") != "client_credentials" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprintf(w, `{"error": "invalid_client", "error_description": "not %s"}`, r.FormValue("client_secret"))
			return
		}
		_, _ = io.WriteString(w, `{"access_token": "the-token", "token_type": "Bearer", "expires_in": 3600}`)
	})
	mux.HandleFunc("GET /info", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("token") != good {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"username": %q, "active": true}`, imaptest.User)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

const byToken = `
auth_mechanisms = MECHANISM
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = DIR/oauth2.conf
}
`

func TestXOAUTH2(t *testing.T) {
	for mechanism, good := range map[string]string{"xoauth2": "the-token", "oauthbearer": "the-token", "xoauth2 plain": "another"} {
		t.Run(mechanism+" "+good, func(t *testing.T) {
			server := tokens(t, good)
			d := imaptest.Start(t, strings.ReplaceAll(byToken, "MECHANISM", mechanism))
			d.Write(t, "oauth2.conf", "tokeninfo_url = "+server.URL+"/info?token=\nusername_attribute = username\nactive_attribute = active\nactive_value = true\n")
			a, n := accountAt(d)
			a.Password, a.OAuth2 = "", &Credentials{server.URL + "/token", "kigen", "client-secret", "mail"}
			n.HTTP = server.Client()
			if good != "the-token" {
				wantFailure(t, NewServer, a, n, Refused)
				return
			}
			k := newKeeper()
			defer run(t, NewServer(a, n, realOptions(k)))()
			k.until(t, "the first look", k.read())
			d.Deliver(t, mailText("new"))
			k.until(t, "a new mail", k.came(1))
			k.want(t, false, "new")
			if t.Failed() {
				t.Log(d.Log())
			}
		})
	}
}

func TestTokenServerRefuses(t *testing.T) {
	server := tokens(t, "the-token")
	defer server.CloseClientConnections()
	a := Account{Host: "127.0.0.1", Port: closedPort(t), User: imaptest.User, Mailbox: "INBOX", OAuth2: &Credentials{server.URL + "/token", "kigen", "other client-secret", "mail"}}
	wantFailure(t, NewServer, a, Net{HTTP: server.Client()}, Refused)
	a.OAuth2 = &Credentials{server.URL + "/nothing", "kigen", "client-secret", "mail"}
	wantFailure(t, NewServer, a, Net{HTTP: server.Client()}, Token)
}

// script is a server that says the same whatever it is told.
func script(t *testing.T, answer func(line string) string, greeting string) (Account, Net) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { speak(c, answer, greeting) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return Account{Host: "127.0.0.1", Port: port, User: imaptest.User, Mailbox: "INBOX", Security: Plain, Password: imaptest.Password}, Net{}
}

func speak(c net.Conn, answer func(string) string, greeting string) {
	defer func() { _ = c.Close() }()
	_, _ = io.WriteString(c, greeting)
	buffer := make([]byte, 4096)
	for {
		n, err := c.Read(buffer)
		if err != nil {
			return
		}
		for line := range strings.Lines(string(buffer[:n])) {
			text := answer(strings.TrimSpace(line))
			for {
				if _, err := io.WriteString(c, text); err != nil {
					return
				}
				if !strings.HasSuffix(text, "…") { // else without an end
					break
				}
			}
		}
	}
}

func TestHostileServers(t *testing.T) {
	const ready = "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready\r\n"
	cases := map[string]struct {
		greeting string
		answer   func(tag, line string) string
		want     Reason
	}{
		"repeats the password": {"* OK [CAPABILITY IMAP4rev1] ready\r\n", func(tag, line string) string { return tag + " NO no such login: " + line + "\r\n" }, Refused},
		"wants TLS":            {ready, func(tag, _ string) string { return tag + " OK\r\n" }, Insecure},
		"says goodbye":         {"* BYE too many connections\r\n", func(tag, _ string) string { return tag + " OK\r\n" }, Network},
		"speaks HTTP":          {"HTTP/1.1 400 Bad Request\r\n\r\n", func(string, string) string { return "" }, Network},
		"never ends a line":    {"* OK [CAPABILITY IMAP4rev1] ready\r\n", func(tag, _ string) string { return tag + strings.Repeat(" x", 10000) + "…" }, Strange},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a, n := script(t, func(line string) string {
				tag, rest, _ := strings.Cut(line, " ")
				return c.answer(tag, rest)
			}, c.greeting)
			wantFailure(t, NewServer, a, n, c.want)
		})
	}
}
