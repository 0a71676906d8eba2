package notify_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"kigen/notify/email"
)

// mailScript is a mail server whose every answer a test decides. It speaks on
// pipes, so that it works inside a bubble as well.
type mailScript struct {
	offers  []string                 // extensions, as EHLO lists them
	answer  func(line string) string // to a command; empty: as a good server does
	dot     func(mail letter) string // to a whole mail; empty: accepted. It may sleep
	starts  *tls.Config              // for STARTTLS
	mu      sync.Mutex
	mails   []letter // confirmed or not
	lines   []string // all commands
	dialled []string // addresses
}

// server is how kigen reaches it.
func (s *mailScript) server() email.Server {
	return email.Server{Host: "mail.example.jp", Port: 25, Dial: s.dial}
}

func (s *mailScript) dial(_ context.Context, _, address string) (net.Conn, error) {
	s.mu.Lock()
	s.dialled = append(s.dialled, address)
	s.mu.Unlock()
	ours, theirs := net.Pipe()
	go s.serve(theirs)
	return ours, nil
}

func (s *mailScript) email(t testing.TB, to ...string) *email.List {
	t.Helper()
	e, err := email.New(email.Options{Server: s.server(), From: "kigen@example.jp", To: to})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (s *mailScript) received() []letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]letter(nil), s.mails...)
}

func (s *mailScript) commands() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

func (s *mailScript) serve(conn net.Conn) {
	defer func() { conn.Close() }()
	var mail letter
	r := textproto.NewReader(bufio.NewReader(conn))
	say := func(text string) { _, _ = fmt.Fprintf(conn, "%s\r\n", text) }
	say("220 ready")
	for {
		line, err := r.ReadLine()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.lines = append(s.lines, line)
		answer := s.answer
		s.mu.Unlock()
		verb, _, _ := strings.Cut(line, " ")
		reply := ""
		if answer != nil {
			reply = answer(line)
		}
		switch {
		case reply != "":
			say(reply)
			if verb != "DATA" || reply[0] != '3' {
				continue
			}
		case verb == "EHLO":
			say("250-mail.example.jp")
			for _, offer := range s.offers {
				say("250-" + offer)
			}
			say("250 HELP")
		case verb == "STARTTLS":
			say("220 go ahead")
			encrypted := tls.Server(conn, s.starts)
			conn, r = encrypted, textproto.NewReader(bufio.NewReader(encrypted))
			mail.tls = true
		case verb == "MAIL" && mail.from != "":
			say("503 nested MAIL command")
		case verb == "MAIL":
			mail.from, mail.to = line, nil
			say("250 ok")
		case verb == "RSET":
			mail.from, mail.to = "", nil
			say("250 ok")
		case verb == "RCPT":
			mail.to = append(mail.to, strings.TrimSuffix(strings.TrimPrefix(line, "RCPT TO:<"), ">"))
			say("250 ok")
		case verb == "DATA":
			say("354 go ahead")
			raw, err := io.ReadAll(r.DotReader())
			if err != nil {
				return
			}
			mail.raw = string(raw)
			s.mu.Lock()
			s.mails = append(s.mails, mail)
			s.mu.Unlock()
			reply := ""
			if s.dot != nil {
				reply = s.dot(mail)
			}
			if reply == "" {
				reply = "250 accepted"
			}
			say(reply)
			mail.from, mail.to = "", nil
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// refuseRecipients decides the answers of RCPT by the address.
func (s *mailScript) refuseRecipients(replies map[string]func() string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = func(line string) string {
		address, isRCPT := strings.CutPrefix(line, "RCPT TO:<")
		if reply := replies[strings.TrimSuffix(address, ">")]; isRCPT && reply != nil {
			return reply()
		}
		return ""
	}
}

func always(reply string) func() string { return func() string { return reply } }

// until gives the reply for a while and then agrees.
func until(end time.Time, reply string) func() string {
	return func() string {
		if time.Now().Before(end) {
			return reply
		}
		return ""
	}
}

// addressees counts how many mails each address got.
func (s *mailScript) addressees() map[string]int {
	counts := map[string]int{}
	for _, mail := range s.received() {
		for _, to := range mail.to {
			counts[to]++
		}
	}
	return counts
}
