package main_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
)

// mailbox is a real mail server that knows some addresses and no others.
type mailbox struct{ refuse map[string]error }

func (m mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return m, nil }
func (m mailbox) Mail(string, *smtp.MailOptions) error        { return nil }
func (m mailbox) Rcpt(to string, _ *smtp.RcptOptions) error   { return m.refuse[to] }
func (m mailbox) Data(r io.Reader) error                      { _, err := io.Copy(io.Discard, r); return err }
func (m mailbox) Reset()                                      {}
func (m mailbox) Logout() error                               { return nil }

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// kigen notify test fails where one recipient is refused, and names it.
func TestNotifyTestNamesRecipients(t *testing.T) {
	t.Parallel()
	server := smtp.NewServer(mailbox{map[string]error{
		"gone@example.jp": &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"},
	}})
	server.Domain, server.ErrorLog = "localhost", silent{}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }() // ends with the Close below
	t.Cleanup(func() { _ = server.Close() })
	dir := t.TempDir()
	test := func(to string) result {
		yaml := `destinations: {lead: {email: {smtp: "smtp://` + listener.Addr().String() + `", from: kigen@example.jp, to: [` + to + "]}}}\n"
		if err := os.WriteFile(filepath.Join(dir, "kigen.yaml"), []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		return runIn(t, dir, nil, "", "notify", "test", "lead", "--config", "kigen.yaml", "--lang", "en")
	}
	if r := test("ok@example.jp"); r.code != 0 {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
	for _, to := range []string{"ok@example.jp, gone@example.jp", "gone@example.jp"} {
		r := test(to)
		if r.code != 1 || !strings.Contains(r.stderr, "gone@example.jp") || !strings.Contains(r.stderr, "no such user") || strings.Contains(r.stderr, "ok@") {
			t.Errorf("to %s: exit %d: %s", to, r.code, r.stderr)
		}
	}
}
