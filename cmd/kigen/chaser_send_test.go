package main_test

import (
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// office is a real mail server that counts the letters to vendors.
type office struct {
	mailbox
	address string
	letters atomic.Int32
}

func (o *office) NewSession(*smtp.Conn) (smtp.Session, error) {
	return &letters{mailbox: o.mailbox, office: o}, nil
}

// letters is a session of an office.
type letters struct {
	mailbox
	office *office
	desk   bool // the letter is for the vendor
}

// Rcpt takes a recipient.
func (l *letters) Rcpt(to string, o *smtp.RcptOptions) error {
	l.desk = strings.HasPrefix(to, "desk@")
	return l.mailbox.Rcpt(to, o)
}

// Data counts a letter to a vendor.
func (l *letters) Data(r io.Reader) error {
	if l.desk {
		l.office.letters.Add(1)
	}
	return l.mailbox.Data(r)
}

func openOffice(t *testing.T) *office {
	t.Helper()
	o := &office{mailbox: mailbox{map[string]error{
		"gone@sotas.example": &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"},
	}}}
	server := smtp.NewServer(o)
	server.Domain, server.ErrorLog = "localhost", silent{}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.address = listener.Addr().String()
	go func() { _ = server.Serve(listener) }() // ends with the Close below
	t.Cleanup(func() { _ = server.Close() })
	return o
}

// kigen incident chaser shows the letter, and sends it by the daemon with --send: once, unless it is
// to go again.
func TestChase(t *testing.T) {
	t.Parallel()
	office := openOffice(t)
	dir := t.TempDir()
	yaml := `language: en
destinations: {lead: {email: {smtp: "smtp://` + office.address + `?tls=none", from: kigen@example.jp, to: [lead@example.jp]}}}
`
	if err := os.WriteFile(filepath.Join(dir, "kigen.yaml"), []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	kigen := serve(t, dir)
	kigen.ask("incident", "log", "--vendor", "sotas", "--title", "Sign-in fails", "--impact", "serious", "--occurred-at", time.Now().Add(-240*time.Hour).Format(time.RFC3339))
	if shown := kigen.ask("incident", "chaser", "KGN-1", "--lang", "en"); !strings.Contains(shown, "KGN-1") || office.letters.Load() != 0 {
		t.Errorf("%d letters, and it shows\n%s", office.letters.Load(), shown)
	}
	sent := kigen.ask("incident", "chaser", "KGN-1", "--send", "--to", "desk@sotas.example", "--lang", "en")
	if office.letters.Load() != 1 || !strings.Contains(sent, "desk@sotas.example") || !strings.Contains(sent, "[KGN-1]") || !strings.Contains(sent, "Message-ID: <chaser.KGN-1.") {
		t.Fatalf("%d letters, and it says\n%s", office.letters.Load(), sent)
	}
	if r := kigen.try("incident", "chaser", "KGN-1", "--send", "--to", "desk@sotas.example", "--lang", "ja"); r.code != 1 && r.code != 2 || !strings.Contains(r.stderr, "送信済み") || office.letters.Load() != 1 {
		t.Errorf("a second one: exit %d, %d letters: %s", r.code, office.letters.Load(), r.stderr)
	}
	if r := kigen.try("incident", "chaser", "KGN-1", "--send", "--again", "--to", "gone@sotas.example", "--lang", "en"); r.code == 0 || !strings.Contains(r.stderr, "nothing was sent") || !strings.Contains(r.stderr, "no such user") {
		t.Errorf("to nobody: exit %d: %s", r.code, r.stderr)
	}
	again := kigen.ask("incident", "chaser", "KGN-1", "--send", "--again", "--to", "desk@sotas.example", "--via", "lead", "--json")
	var answer struct {
		Outcome   string
		MessageID string `json:"message_id"`
	}
	if err := json.Unmarshal([]byte(again), &answer); err != nil || answer.Outcome != "accepted" || office.letters.Load() != 2 {
		t.Errorf("%d letters, %v: %s", office.letters.Load(), err, again)
	}
	if shown := kigen.ask("incident", "show", "KGN-1", "--json"); strings.Count(shown, "<chaser.KGN-1.") < 2 || !strings.Contains(shown, answer.MessageID) {
		t.Errorf("on record is %s", shown)
	}
	if r := kigen.try("incident", "chaser", "KGN-1", "--to", "desk@sotas.example"); r.code != 2 {
		t.Errorf("--to without --send: exit %d: %s", r.code, r.stderr)
	}
}
