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
	"math/big"
	"strings"
	"testing"
	"time"

	"kigen/notify"
	"kigen/notify/email"
	"kigen/notify/fakemail"
	"kigen/notify/wire"
	"kigen/sla/outbox"
)

// plainMail is a report with files.
func plainMail() *wire.Message {
	d := report()
	d.Alert.Body = []byte(`{"title": "Monthly report", "lines": ["2 incidents"], "link": "/reports/2026-10",
		"files": [{"name": "kigen-2026-10.pdf", "title": "The report (PDF)", "link": "/reports/2026-10?format=pdf"}]}`)
	d.Files = []outbox.Attachment{{Name: "kigen-2026-10.pdf", Type: "application/pdf", Data: make([]byte, 100_000)}}
	return writer("en").Write(d, may7(9, 0))
}

// A report that is too large for the server, or for a mailbox, goes as summary
// with links; a message that is nothing but text goes as a few lines.
func TestEmailTooLarge(t *testing.T) {
	large := func(mail fakemail.Letter) bool { return len(mail.Raw) > 20_000 }
	bySize := func(reply string) func(string) string {
		return func(line string) string {
			if _, size, ok := strings.Cut(line, " SIZE="); ok && len(size) > 5 {
				return reply
			}
			return ""
		}
	}
	atDot := func(reply string) func(fakemail.Letter) string {
		return func(mail fakemail.Letter) string {
			if large(mail) {
				return reply
			}
			return ""
		}
	}
	forOne := false
	tests := []struct {
		name   string
		server *fakemail.Server
	}{
		{"announced", &fakemail.Server{Offers: []string{"SIZE 20000"}}},
		{"at MAIL", &fakemail.Server{Offers: []string{"SIZE"}, Answer: bySize("552 too big")}},
		{"at the dot", &fakemail.Server{Dot: atDot("552 5.3.4 Message size exceeds fixed limit")}},
		{"at the dot, no enhanced code", &fakemail.Server{Dot: atDot("552 size")}},
		{"at DATA", &fakemail.Server{Answer: largeAtData()}},
		{"by the enhanced code", &fakemail.Server{Dot: atDot("554 5.3.4 too big")}},
		{"the mailbox's own limit", &fakemail.Server{Dot: atDot("550 5.2.3 too long")}},
		{"for one recipient", &fakemail.Server{Answer: func(line string) string {
			if strings.HasPrefix(line, "RCPT TO:<b@") && !forOne {
				forOne = true
				return "552 5.2.3 too long for this mailbox"
			}
			return ""
		}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := listFor(t, test.server, "a@example.jp", "b@example.jp").Post(t.Context(), plainMail())
			if err != nil {
				t.Fatal(err)
			}
			mails := test.server.Letters()
			last := mails[len(mails)-1]
			if large(last) || !strings.Contains(last.Raw, "https://kigen.example/reports/2026-10") ||
				!strings.Contains(last.Raw, "could not be attached") || !strings.Contains(last.Raw, "The report (PDF)") {
				t.Errorf("the mail in its place is\n%.2000s", last.Raw)
			}
		})
	}
}

// largeAtData refuses the first DATA.
func largeAtData() func(string) string {
	refused := false
	return func(line string) string {
		if line == "DATA" && !refused {
			refused = true
			return "552 5.3.4 too big"
		}
		return ""
	}
}

func TestEmailTooLargeWithoutFiles(t *testing.T) {
	server := &fakemail.Server{Offers: []string{"SIZE 1000"}}
	_, err := listFor(t, server, "a@example.jp").Post(t.Context(), writer("en").Write(overdue(), may7(9, 0)))
	if err != nil {
		t.Fatal(err)
	}
	if mails := server.Letters(); len(mails) != 1 || !strings.Contains(mails[0].Raw, "refused the whole message") ||
		!strings.Contains(mails[0].Raw, "kigen.example/incidents/KGN-42") {
		t.Errorf("got %+v", mails)
	}
}

// A full mailbox is no large mail, and a temporary answer is none for good.
func TestEmailNotTooLarge(t *testing.T) {
	for reply, kind := range map[string]wire.Kind{
		"552 5.2.2 mailbox full":       wire.Refused,
		"554 5.7.1 spam":               wire.Refused,
		"452 4.3.1 out of space":       wire.Unreached,
		"451 4.7.1 greylisted content": wire.Unreached,
	} {
		server := &fakemail.Server{Dot: func(fakemail.Letter) string { return reply }}
		_, err := listFor(t, server, "a@example.jp").Post(t.Context(), plainMail())
		wantFailure(t, err, kind, reply)
		if n := len(server.Letters()); n != 1 {
			t.Errorf("%s: tried %d times in one session", reply, n)
		}
	}
}

// What a filter refuses goes once more without what it may have refused.
func TestEmailPlain(t *testing.T) {
	server := &fakemail.Server{}
	m := plainMail()
	m.Plain = true
	if _, err := listFor(t, server, "a@example.jp").Post(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	alert := writer("en").Write(overdue(), may7(9, 0))
	alert.Plain = true
	if _, err := listFor(t, server, "a@example.jp").Post(t.Context(), alert); err != nil {
		t.Fatal(err)
	}
	mails := server.Letters()
	if strings.Contains(mails[0].Raw, "application/pdf") || !strings.Contains(mails[1].Raw, "refused the whole message") {
		t.Errorf("got %+v", mails)
	}
}

// SMTPUTF8 is asked for where an address needs it, and nowhere else: servers
// that offer it and refuse it are met with plain mails.
func TestEmailInternationalAddresses(t *testing.T) {
	broken := func(reply string) func(string) string {
		return func(line string) string {
			if strings.Contains(line, "SMTPUTF8") || strings.Contains(line, "8BITMIME") {
				return reply
			}
			return ""
		}
	}
	tests := []struct {
		name   string
		offers []string
		answer func(string) string
		to     []string
		left   string
		asked  bool
	}{
		{name: "needed by nobody", offers: []string{"8BITMIME", "SMTPUTF8"}, answer: broken("502 not implemented"), to: []string{"soc@example.jp"}},
		{name: "answered 555", offers: []string{"8BITMIME", "SMTPUTF8"}, answer: broken("555 unknown parameter"), to: []string{"soc@example.jp"}},
		{name: "works", offers: []string{"SMTPUTF8"}, to: []string{"soc@example.jp", "課長@example.jp"}, asked: true},
		{name: "not offered", to: []string{"soc@example.jp", "課長@example.jp"}, left: "課長@example.jp refused"},
		{name: "offered and refused", offers: []string{"SMTPUTF8"}, answer: broken("502 not implemented"), to: []string{"課長@example.jp", "soc@example.jp"}, left: "課長@example.jp refused", asked: true},
		{name: "a name is no address", offers: []string{"SMTPUTF8"}, answer: broken("555 no"), to: []string{"課長 <soc@example.jp>"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := &fakemail.Server{Offers: test.offers, Answer: test.answer}
			_, err := listFor(t, server, test.to...).Post(t.Context(), writer("ja").Write(overdue(), may7(9, 0)))
			var partial *notify.Partial
			if test.left == "" && err != nil || test.left != "" && (!errors.As(err, &partial) || !strings.Contains(err.Error(), test.left)) {
				t.Errorf("got %v, want %q", err, test.left)
			}
			if got := addressees(server)["soc@example.jp"]; got != 1 {
				t.Errorf("the address in ASCII got %d mails", got)
			}
			if asked := strings.Contains(server.Commands(), " SMTPUTF8"); asked != test.asked {
				t.Errorf("SMTPUTF8 was asked for: %v in\n%s", asked, server.Commands())
			}
			first := server.Letters()[0].Raw
			if strings.ContainsFunc(first, func(r rune) bool { return r > 126 }) {
				t.Errorf("the mail to addresses in ASCII is not ASCII:\n%s", first)
			}
		})
	}
}

// IPv6 addresses need their brackets to be dialled.
func TestEmailAddressOfTheServer(t *testing.T) {
	server := &fakemail.Server{}
	at := serverOf(server)
	at.Host = "::1"
	e, err := email.New(email.Options{Server: at, From: "kigen@example.jp", To: []string{"soc@example.jp"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Post(t.Context(), writer("en").Write(overdue(), may7(9, 0))); err != nil {
		t.Error(err)
	}
	if len(server.Dialled()) != 1 || server.Dialled()[0] != "[::1]:25" {
		t.Errorf("dialled %q", server.Dialled())
	}
}

// snakeoil is the certificate that an MTA makes for itself: for the machine's
// name alone.
func snakeoil(t *testing.T) (*tls.Config, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "host7"}, DNSNames: []string{"host7"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, parsed
}

// smtp://127.0.0.1:25 before an MTA with a certificate of its own: the error
// names what to set, and both work.
func TestEmailOwnCertificate(t *testing.T) {
	config, own := snakeoil(t)
	_, another := snakeoil(t)
	tests := []struct {
		name    string
		change  func(*email.Server)
		refused []string
		tls     bool
	}{
		{name: "as it is", change: func(*email.Server) {}, refused: []string{"certificate", "?tls=none", "ca:"}},
		{name: "required", change: func(s *email.Server) { s.Encryption = email.Required }, refused: []string{"?tls=none", "ca:"}},
		{name: "none", change: func(s *email.Server) { s.Encryption = email.Clear }},
		{name: "trusted", change: func(s *email.Server) { s.Trusted = []*x509.Certificate{own} }, tls: true},
		{name: "another is trusted", change: func(s *email.Server) { s.Trusted = []*x509.Certificate{another} }, refused: []string{"ca:"}},
		{name: "with a login", change: func(s *email.Server) {
			s.Encryption, s.User, s.Password = email.Required, "kigen", mailPassword
		}, refused: []string{"ca:"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			script := &fakemail.Server{Offers: []string{"STARTTLS"}, TLS: config}
			server := serverOf(script)
			server.Host = "127.0.0.1"
			test.change(&server)
			e, err := email.New(email.Options{Server: server, From: "kigen@example.jp", To: []string{"soc@example.jp"}})
			if err != nil {
				t.Fatal(err)
			}
			_, err = e.Post(context.Background(), writer("en").Write(overdue(), may7(9, 0)))
			for _, word := range test.refused {
				wantFailure(t, err, wire.Broken, word)
			}
			if len(test.refused) > 0 {
				if server.User != "" && strings.Contains(err.Error(), "tls=none") {
					t.Errorf("advises to send the password unencrypted: %v", err)
				}
				return
			}
			if err != nil || len(script.Letters()) != 1 || script.Letters()[0].TLS != test.tls {
				t.Errorf("%+v, %v", script.Letters(), err)
			}
		})
	}
}

// A server that takes leave rudely has the mail all the same, and one that
// hangs up in the middle does not.
func TestEmailConnectionEnds(t *testing.T) {
	tests := []struct {
		name   string
		server *fakemail.Server
		kind   wire.Kind
		fails  bool
	}{
		{"at QUIT", &fakemail.Server{Answer: func(line string) string {
			if line == "QUIT" {
				return "421 go away"
			}
			return ""
		}}, 0, false},
		{"421 at RCPT", &fakemail.Server{Answer: func(line string) string {
			if strings.HasPrefix(line, "RCPT") {
				return "421 shutting down"
			}
			return ""
		}}, wire.Unreached, true},
		{"554 at the greeting of the mail", &fakemail.Server{Answer: func(line string) string {
			if line == "DATA" {
				return "554 no valid recipients"
			}
			return ""
		}}, wire.Refused, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := listFor(t, test.server, "soc@example.jp").Post(t.Context(), writer("en").Write(overdue(), may7(9, 0)))
			if !test.fails {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantFailure(t, err, test.kind, "")
		})
	}
}
