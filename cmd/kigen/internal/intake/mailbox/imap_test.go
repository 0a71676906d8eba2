package mailbox

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake"
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
	files, err := filepath.Glob(filepath.Join(d.Dir, "Mail", "*", "*:2,*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f, ":2,") {
			t.Errorf("a mail was marked: %s", filepath.Base(f))
		}
	}
	if left, _ := filepath.Glob(filepath.Join(d.Dir, "Mail", "[nc]*", "*.test*")); len(left) != 4 {
		t.Errorf("%d mails are left, want 4", len(left))
	}
}

// TestFolderOfDovecot reads a folder with a Japanese name, in which a mail is too large.
func TestFolderOfDovecot(t *testing.T) {
	d := imaptest.Start(t, imaptest.Passwords)
	a, n := accountAt(d)
	a.Mailbox = "障害 連絡"
	const folder = ".&lpxbsw- &kCN9YQ-" // as IMAP spells it
	d.Folder(t, folder)
	d.DeliverTo(t, folder, mailText("old"))
	k := newKeeper()
	run(t, NewServer(a, n, realOptions(k)))
	k.until(t, "the first look", k.read())
	d.Deliver(t, mailText("elsewhere"))
	d.DeliverTo(t, folder, mailText("large")+strings.Repeat(strings.Repeat("x", 78)+"\r\n", Limit/80), mailText("new"))
	k.until(t, "new mails", k.came(2))
	k.want(t, true, "old")
	k.want(t, false, "large", "new")
	if m := k.mails(false)[0]; m.Unread != intake.UnreadTooLarge || len(m.Raw) > 1000 {
		t.Errorf("%q with %d bytes", m.Unread, len(m.Raw))
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
func wantFailure(t *testing.T, of func(Account, Net, Options) *Watcher, a Account, n Net, want Reason) {
	t.Helper()
	k := newKeeper()
	stop := run(t, of(a, n, realOptions(k)))
	defer stop()
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
