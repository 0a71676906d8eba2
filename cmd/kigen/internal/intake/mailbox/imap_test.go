package mailbox

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake/mailbox/imaptest"
)

// run runs a watcher until the test ends or stop is called.
func run(t testing.TB, w *Watcher) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = w.Run(ctx)
	}()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

// accountAt is the mailbox of a server by TLS.
func accountAt(d *imaptest.Server) (Account, Net) {
	return Account{Host: "127.0.0.1", Port: d.TLS, User: imaptest.User, Mailbox: "INBOX", Security: TLS, Password: imaptest.Password}, Net{Roots: d.Roots}
}

// closedPort is one at which nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func realOptions(k Keeper) Options {
	return Options{Source: "mail", Keep: k, Every: time.Hour, Now: time.Now}
}

func (k *memoryKeeper) read() func() bool {
	return func() bool { k.mu.Lock(); defer k.mu.Unlock(); return len(k.steps) > 0 }
}

func (k *memoryKeeper) came(n int) func() bool {
	return func() bool { return len(k.mails(false)) >= n }
}

// TestDovecot: an old mail, one by IDLE, and nothing marked.
func TestDovecot(t *testing.T) {
	d := imaptest.Start(t, imaptest.Passwords)
	d.Deliver(t, mailText("old"))
	for _, security := range []Security{TLS, StartTLS, Plain} {
		t.Run(string(security), func(t *testing.T) {
			a, n := accountAt(d)
			if a.Security = security; security != TLS {
				a.Port = d.Plain
			}
			k := newKeeper()
			defer run(t, NewServer(a, n, realOptions(k)))()
			k.until(t, "the first look", k.read())
			before := len(k.mails(true))
			if before == 0 {
				t.Error("the old mail did not come")
			}
			d.Deliver(t, mailText("by "+string(security)))
			k.until(t, "a new mail", k.came(1))
			k.want(t, false, "by "+string(security))
			if m := k.mails(false)[0]; string(m.Raw) != mailText("by "+string(security)) || m.Arrived.IsZero() {
				t.Errorf("the mail is %+v\n%s", m, m.Raw)
			}
		})
	}
	d.Stop()
	files, err := filepath.Glob(filepath.Join(d.Dir, "Mail/*/*:2,*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f, ":2,") {
			t.Errorf("a mail was marked: %s", filepath.Base(f))
		}
	}
	if left, _ := filepath.Glob(filepath.Join(d.Dir, "Mail/[nc]*/*.test*")); len(left) != 4 {
		t.Errorf("%d mails are left, want 4", len(left))
	}
}

func TestDovecotRenumbers(t *testing.T) {
	d := imaptest.Start(t, imaptest.Passwords)
	d.Deliver(t, mailText("old one"), mailText("old two"))
	a, n := accountAt(d)
	k := newKeeper()
	stop := run(t, NewServer(a, n, realOptions(k)))
	k.until(t, "the first look", k.read())
	d.Deliver(t, mailText("new"))
	k.until(t, "a new mail", k.came(1))
	stop()
	validity := k.kept(t).Box.Validity
	d.Deliver(t, mailText("newer"))
	d.Renumber(t)
	a.Port = d.TLS
	if got := k.kept(t).Box; got.Validity != validity || got.Resync != 0 {
		t.Fatalf("state %+v", got)
	}
	run(t, NewServer(a, n, realOptions(k)))
	k.until(t, "a mail under another numbering", k.came(2))
	k.until(t, "the end of the comparison", func() bool { return k.kept(t).Box.Resync == 0 })
	k.want(t, true, "old one", "old two")
	k.want(t, false, "new", "newer")
	if got := k.kept(t).Box; got.Validity == validity {
		t.Errorf("the numbering did not change: %+v", got)
	}
}

// proxy passes connections on and cuts them.
type proxy struct {
	net.Listener
	to string

	mu    sync.Mutex
	conns []net.Conn
	shut  bool
	wg    sync.WaitGroup
}

func proxyTo(t testing.TB, port string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: l, to: "127.0.0.1:" + port}
	p.wg.Go(p.serve)
	t.Cleanup(func() { _ = l.Close(); p.cut(); p.wg.Wait() })
	return p
}

func (p *proxy) serve() {
	for {
		in, err := p.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", p.to)
		p.mu.Lock()
		if err != nil || p.shut {
			_ = in.Close()
			if out != nil {
				_ = out.Close()
			}
			p.mu.Unlock()
			continue
		}
		p.conns = append(p.conns, in, out)
		p.mu.Unlock()
		p.wg.Go(func() { _, _ = io.Copy(in, out); _ = in.Close() })
		p.wg.Go(func() { _, _ = io.Copy(out, in); _ = out.Close() })
	}
}

func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}

func TestCutConnectionToDovecot(t *testing.T) {
	d := imaptest.Start(t, imaptest.Passwords)
	a, n := accountAt(d)
	p := proxyTo(t, a.Port)
	_, a.Port, _ = net.SplitHostPort(p.Addr().String())
	k := newKeeper()
	run(t, NewServer(a, n, realOptions(k)))
	k.until(t, "the first look", k.read())
	var want []string
	for i := range 3 {
		p.cut()
		text := fmt.Sprint("after cut ", i)
		want = append(want, text)
		d.Deliver(t, mailText(text))
		k.until(t, text, k.came(len(want)))
	}
	k.want(t, false, want...)
}

func TestWrongPassword(t *testing.T) {
	d := imaptest.Start(t, imaptest.Passwords)
	a, n := accountAt(d)
	a.Password = "hunter2 wrong"
	wantFailure(t, NewServer, a, n, Refused)
}

// wantFailure wants the first look to fail for a reason, in a line without secrets.
func wantFailure(t *testing.T, make func(Account, Net, Options) *Watcher, a Account, n Net, want Reason) {
	t.Helper()
	k := newKeeper()
	defer run(t, make(a, n, realOptions(k)))()
	k.until(t, "a failure", k.read())
	k.mu.Lock()
	defer k.mu.Unlock()
	failed := k.steps[0].Failed
	if failed == nil || reasonOf(failed) != want || k.steps[0].Health.OK() {
		t.Fatalf("failed with %v (%s), want %s", failed, reasonOf(failed), want)
	}
	all, err := json.Marshal(k.steps[0])
	if err != nil {
		t.Fatal(err)
	}
	text := failed.Error() + string(all)
	for _, secret := range []string{a.Password, "client-secret", "the-token"} {
		if secret != "" && strings.Contains(text, secret) {
			t.Errorf("the failure tells a secret: %s", text)
		}
	}
	if strings.Contains(failed.Error(), "\n") || len(failed.Error()) > 120 {
		t.Errorf("the failure is no short line: %q", failed)
	}
}

func TestFailuresAtDovecot(t *testing.T) {
	d := imaptest.Start(t, imaptest.Passwords)
	a, n := accountAt(d)
	t.Run("unknown certificate", func(t *testing.T) {
		wantFailure(t, NewServer, a, Net{Roots: x509.NewCertPool()}, Insecure)
	})
	t.Run("certificate of another name", func(t *testing.T) {
		b := a
		b.Host = "localhost"
		wantFailure(t, NewServer, b, n, Insecure)
	})
	t.Run("no TLS", func(t *testing.T) {
		b := a
		b.Port = d.Plain
		wantFailure(t, NewServer, b, n, Insecure)
	})
	t.Run("no mailbox", func(t *testing.T) {
		b := a
		b.Mailbox = "Nowhere"
		wantFailure(t, NewServer, b, n, Absent)
	})
	t.Run("no server", func(t *testing.T) {
		b := a
		b.Port = closedPort(t)
		wantFailure(t, NewServer, b, n, Network)
	})
}

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

// BenchmarkFirstLook is the first look at a mailbox with 10,000 old mails.
func BenchmarkFirstLook(b *testing.B) {
	const mails = 10_000
	d := imaptest.Start(b, imaptest.Passwords)
	for i := range mails {
		d.Deliver(b, mailText(fmt.Sprint("old ", i))+strings.Repeat("A line of text in the body of a mail.\r\n", 100))
	}
	a, n := accountAt(d)
	for b.Loop() {
		k := newKeeper()
		w := NewServer(a, n, realOptions(k))
		if err := w.once(context.Background()); err != nil {
			b.Fatal(err)
		}
		if got := len(k.mails(true)); got != mails {
			b.Fatalf("%d mails, want %d\n%s", got, mails, d.Log())
		}
		w.place.close()
	}
	b.ReportMetric(float64(mails*b.N)/b.Elapsed().Seconds(), "mails/s")
}
