package notify_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"kigen/notify"
	"kigen/notify/email"
	"kigen/notify/fakemail"
	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
)

const mailPassword = "p@ss/word very secret"

// mailServer is a real SMTP server on loopback that misbehaves when told.
type mailServer struct {
	mu      sync.Mutex
	letters []fakemail.Letter
	refuse  map[string]error // by command: AUTH, MAIL, DATA, or a recipient
	hangUp  bool             // drop the connection instead of confirming a mail
}

func (s *mailServer) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, encrypted := c.TLSConnectionState()
	return &mailSession{server: s, conn: c, Letter: fakemail.Letter{TLS: encrypted}}, nil
}

func (s *mailServer) refusal(command string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refuse[command]
}

func (s *mailServer) received() []fakemail.Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]fakemail.Letter(nil), s.letters...)
}

type mailSession struct {
	server *mailServer
	conn   *smtp.Conn
	fakemail.Letter
}

func (s *mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if err := s.server.refusal("AUTH"); err != nil {
			return err
		}
		if password != mailPassword {
			return smtp.ErrAuthFailed
		}
		s.User = user
		return nil
	}), nil
}

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	s.From = from
	return s.server.refusal("MAIL")
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := s.server.refusal(to); err != nil {
		return err
	}
	s.To = append(s.To, to)
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.server.refusal("DATA"); err != nil {
		return err
	}
	s.Raw = string(raw)
	s.server.mu.Lock()
	s.server.letters = append(s.server.letters, s.Letter)
	drop := s.server.hangUp
	s.server.mu.Unlock()
	if drop {
		return s.conn.Conn().Close()
	}
	return nil
}

func (s *mailSession) Reset()        { s.To, s.Raw = nil, "" }
func (s *mailSession) Logout() error { return nil }

// serveMail starts the server; implicit means TLS from the first byte.
func serveMail(t *testing.T, implicit bool, config *tls.Config) (server *mailServer, address string) {
	t.Helper()
	server = &mailServer{refuse: map[string]error{}}
	s := smtp.NewServer(server)
	s.Domain, s.TLSConfig, s.ErrorLog = "localhost", config, discardLog{}
	var listen net.ListenConfig
	listener, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = listener.Addr().String()
	if implicit {
		listener = tls.NewListener(listener, config)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(listener) // ends with the Close below
	}()
	t.Cleanup(func() { _ = s.Close(); <-done })
	return server, address
}

type discardLog struct{}

func (discardLog) Printf(string, ...any) {}
func (discardLog) Println(...any)        {}

// certificate makes a certificate for 127.0.0.1, which is its own authority.
func certificate(t *testing.T) (*tls.Config, []*x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, []*x509.Certificate{parsed}
}

func mailboxesAt(t *testing.T, smtpURL string, trusted []*x509.Certificate) *email.List {
	t.Helper()
	server := mailServerAt(t, smtpURL)
	server.Trusted = trusted
	e, err := email.New(email.Options{
		Server: server, From: "kigen <kigen@example.jp>", To: []string{"lead@example.jp", "SOC <soc@example.jp>"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// mailServerAt is what the configuration makes of an address.
func mailServerAt(t *testing.T, smtpURL string) email.Server {
	t.Helper()
	u, err := url.Parse(smtpURL)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	server := email.Server{Host: u.Hostname(), Port: port, User: u.User.Username(), Password: password}
	switch {
	case u.Scheme == "smtps":
		server.Encryption = email.Implicit
	case u.Query().Get("tls") == "required", server.User != "":
		server.Encryption = email.Required
	case u.Query().Get("tls") == "none":
		server.Encryption = email.Clear
	}
	return server
}

func TestEmailThread(t *testing.T) {
	server, address := serveMail(t, false, nil)
	e := mailboxesAt(t, "smtp://"+address, nil)
	d := overdue()
	d.Incident.Title = "改行\r\nBcc: evil@example.com"
	receipt, err := e.Post(t.Context(), writer("ja").Write(d, may7(9, 0)))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := e.Post(t.Context(), writer("ja").Write(d, may7(9, 5))); err != nil || again != receipt {
		t.Errorf("the second attempt has the Message-ID %q, want the first one's %q (%v)", again.TS, receipt.TS, err)
	}
	answered(d, sla.Late, may7(11, 10))
	d.Kind, d.Key = outbox.Update, d.Key+"/2"
	if err := e.Update(t.Context(), receipt, writer("ja").Write(d, may7(11, 11))); err != nil {
		t.Fatal(err)
	}

	letters := server.received()
	if len(letters) != 3 {
		t.Fatalf("%d mails, want 3", len(letters))
	}
	first, last := letters[0].Message(t), letters[2].Message(t)
	if letters[0].From != "kigen@example.jp" || strings.Join(letters[0].To, " ") != "lead@example.jp soc@example.jp" {
		t.Errorf("envelope %+v", letters[0])
	}
	if first.Header.Get("Message-ID") != receipt.TS || last.Header.Get("Message-ID") == receipt.TS {
		t.Errorf("message ids %q and %q, receipt %q", first.Header.Get("Message-ID"), last.Header.Get("Message-ID"), receipt.TS)
	}
	thread := first.Header.Get("References")
	if thread == "" || last.Header.Get("References") != thread+" "+receipt.TS || last.Header.Get("In-Reply-To") != receipt.TS {
		t.Errorf("references %q, then %q in answer to %q", thread, last.Header.Get("References"), last.Header.Get("In-Reply-To"))
	}
	if first.Header.Get("Bcc") != "" {
		t.Error("a title put a header into the mail")
	}
	if subject := decoded(t, last.Header.Get("Subject")); !strings.HasPrefix(subject, "【遅延】Sotas株式会社") {
		t.Errorf("subject %q", subject)
	}
	if date, err := first.Header.Date(); err != nil || !date.Equal(may7(9, 0)) {
		t.Errorf("date %s, %v", date, err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(last.Body))
	if err != nil || !strings.Contains(string(body), "11:10 通知あり(期限の2時間10分後)") {
		t.Errorf("body %q, %v", body, err)
	}
}

func decoded(t *testing.T, header string) string {
	t.Helper()
	text, err := new(mime.WordDecoder).DecodeHeader(header)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEmailEncryptionAndAuth(t *testing.T) {
	config, roots := certificate(t)
	user := url.UserPassword("kigen", mailPassword).String() + "@"
	tests := []struct {
		name           string
		scheme, query  string
		user           string
		offered        *tls.Config
		trusted        []*x509.Certificate
		encrypted      bool
		fails          string
		implicitServer bool
	}{
		{name: "plain relay", scheme: "smtp"},
		{name: "STARTTLS where offered", scheme: "smtp", offered: config, trusted: roots, encrypted: true},
		{name: "STARTTLS with password", scheme: "smtp", user: user, offered: config, trusted: roots, encrypted: true},
		{name: "smtps with password", scheme: "smtps", user: user, offered: config, trusted: roots, encrypted: true, implicitServer: true},
		{name: "tls=none", scheme: "smtp", query: "?tls=none", offered: config},
		{name: "password without encryption", scheme: "smtp", user: user, fails: "STARTTLS"},
		{name: "tls=required and not offered", scheme: "smtp", query: "?tls=required", fails: "STARTTLS"},
		{name: "unknown authority", scheme: "smtp", offered: config, fails: "certificate"},
		{name: "wrong password", scheme: "smtp", user: "kigen:wrong@", offered: config, trusted: roots, fails: "535"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server, address := serveMail(t, test.implicitServer, test.offered)
			e := mailboxesAt(t, test.scheme+"://"+test.user+address+test.query, test.trusted)
			_, err := e.Post(t.Context(), writer("en").Write(overdue(), may7(9, 0)))
			if test.fails != "" {
				wantFailure(t, err, wire.Broken, test.fails)
				if len(server.received()) != 0 {
					t.Error("a mail went out all the same")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := server.received()[0]
			if got.TLS != test.encrypted || (got.User != "") != (test.user != "") {
				t.Errorf("encrypted %v, signed on as %q", got.TLS, got.User)
			}
		})
	}
}

func wantFailure(t *testing.T, err error, kind wire.Kind, says string) {
	t.Helper()
	var failure *wire.Failure
	if !errors.As(err, &failure) {
		t.Fatalf("%v is no Failure", err)
	}
	if failure.Kind != kind || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: %v; want %s saying %q", failure.Kind, err, kind, says)
	}
}

func TestEmailFailures(t *testing.T) {
	later := &smtp.SMTPError{Code: 451, Message: "come back later " + mailPassword}
	never := &smtp.SMTPError{Code: 550, Message: "no such thing " + mailPassword}
	everyone := func(err error) map[string]error {
		return map[string]error{"lead@example.jp": err, "soc@example.jp": err}
	}
	tests := []struct {
		name   string
		refuse map[string]error
		hangUp bool
		kind   wire.Kind
		says   string
	}{
		{"sender refused", map[string]error{"MAIL": never}, false, wire.Broken, "sender refused"},
		{"sender refused for now", map[string]error{"MAIL": later}, false, wire.Unreached, "come back later [secret]"},
		{"every recipient refused", everyone(never), false, wire.Broken, "every recipient refused"},
		{"every recipient refused for now", everyone(later), false, wire.Unreached, "lead@example.jp: recipient refused: 451"},
		{"content refused", map[string]error{"DATA": never}, false, wire.Refused, "no such thing [secret]"},
		{"content refused for now", map[string]error{"DATA": later}, false, wire.Unreached, "come back later"},
		{"accepted and not confirmed", nil, true, wire.Unknown, "no confirmation"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config, roots := certificate(t)
			server, address := serveMail(t, false, config)
			server.hangUp = test.hangUp
			if test.refuse != nil {
				server.refuse = test.refuse
			}
			e := mailboxesAt(t, "smtp://"+url.UserPassword("kigen", mailPassword).String()+"@"+address, roots)
			_, err := e.Post(t.Context(), writer("en").Write(overdue(), may7(9, 0)))
			wantFailure(t, err, test.kind, test.says)
			if strings.Contains(err.Error(), mailPassword) {
				t.Errorf("the password is in: %v", err)
			}
		})
	}
}

// One bad address must not keep the alert from the others.
func TestEmailOneRecipientRefused(t *testing.T) {
	server, address := serveMail(t, false, nil)
	server.refuse["lead@example.jp"] = &smtp.SMTPError{Code: 550, Message: "unknown user"}
	_, err := mailboxesAt(t, "smtp://"+address, nil).Post(t.Context(), writer("en").Write(overdue(), may7(9, 0)))
	var partial *notify.Partial
	if !errors.As(err, &partial) || len(partial.Left) != 1 || partial.Left[0].Recipient != "lead@example.jp" ||
		partial.Left[0].Failure.Kind != wire.Refused || !strings.Contains(err.Error(), "unknown user") {
		t.Errorf("got %v, want that lead@example.jp is refused", err)
	}
	if got := server.received(); len(got) != 1 || strings.Join(got[0].To, " ") != "soc@example.jp" {
		t.Errorf("mails %+v", got)
	}
}

func TestEmailServerAway(t *testing.T) {
	_, address := serveMail(t, false, nil)
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	e := mailboxesAt(t, "smtp://"+host+":1", nil) // nobody listens on port 1
	_, err = e.Post(t.Context(), writer("en").Write(overdue(), may7(9, 0)))
	wantFailure(t, err, wire.Unreached, "no session")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = mailboxesAt(t, "smtp://"+address, nil).Post(ctx, writer("en").Write(overdue(), may7(9, 0)))
	wantFailure(t, err, wire.Unreached, "no session")
}

func TestEmailBadOptions(t *testing.T) {
	good := email.Options{Server: email.Server{Host: "127.0.0.1", Port: 25}, From: "kigen@example.jp", To: []string{"a@example.jp"}}
	tests := []struct {
		change func(*email.Options)
		says   string
	}{
		{func(o *email.Options) { o.Server.Host = "" }, "smtp://host:25"},
		{func(o *email.Options) { o.Server.Port = 0 }, "smtp://host:25"},
		{func(o *email.Options) { o.Server.User, o.Server.Password = "kigen", token }, "tls=required"},
		{func(o *email.Options) { o.To = []string{"soc"} }, "soc@example.jp"},
		{func(o *email.Options) { o.From = "kigen" }, "kigen@example.jp"},
		{func(o *email.Options) { o.To = nil }, "at least one"},
	}
	for _, test := range tests {
		opts := good
		test.change(&opts)
		_, err := email.New(opts)
		if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), token) {
			t.Errorf("%v, want it to say %q and no secret", err, test.says)
		}
	}
}

// A server that takes the connection and says nothing must not hold up a stop.
func TestStopWhileTheMailServerIsSilent(t *testing.T) {
	silent, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		conn, err := silent.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		stop()
		_, _ = io.Copy(io.Discard, conn) // until the client gives up
	}()
	mailboxes, err := email.New(email.Options{
		Server: mailServerAt(t, "smtp://"+silent.Addr().String()), From: "kigen@example.jp", To: []string{"soc@example.jp"},
	})
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	_, err = mailboxes.Post(ctx, writer("en").Write(overdue(), may7(9, 0)))
	var failure *wire.Failure
	if !errors.As(err, &failure) || failure.Kind != wire.Unreached {
		t.Errorf("got %v, want that nothing was reached", err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("the stop took %s", took)
	}
}
