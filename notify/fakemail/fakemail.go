// Package fakemail is a mail server (SMTP, RFC 5321) whose every answer a test decides. It
// speaks on pipes, so that it works in virtual time, and listens on loopback. It is for
// tests only.
package fakemail

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"sync"
	"testing"
)

// HangUp is an answer that closes the connection instead of answering.
const HangUp = "hang up"

// Letter is a mail whose content arrived, whether it was confirmed or not.
type Letter struct {
	From string // the command that named the sender
	To   []string
	Raw  string
	User string // who has signed in
	TLS  bool
}

// Message reads a letter. One that can't be read fails the test and has no fields.
func (l Letter) Message(t testing.TB) *mail.Message {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(l.Raw))
	if err != nil {
		t.Errorf("a mail that can't be read: %v in\n%s", err, l.Raw)
		return &mail.Message{Header: mail.Header{}, Body: strings.NewReader("")}
	}
	return m
}

// Server is a mail server. Its zero value takes every mail.
type Server struct {
	Offers []string // extensions, as EHLO lists them
	// Answer answers a command, or the start of a connection, of which the line is empty. It
	// returns an empty text to have the server do as a good one does. It may sleep.
	Answer func(line string) string
	// Dot answers a whole mail; an empty text: accepted. It may sleep.
	Dot func(Letter) string
	TLS *tls.Config // for STARTTLS

	mu       sync.Mutex
	letters  []Letter
	accepted []Letter
	commands []string
	dialled  []string // addresses
}

// Listen serves on loopback until the test ends, and returns the address.
func (s *Server) Listen(t testing.TB) (address string) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.Serve(conn)
		}
	}()
	return listener.Addr().String()
}

// Dial connects to the server by a pipe, and records the address.
func (s *Server) Dial(_ context.Context, _, address string) (net.Conn, error) {
	s.mu.Lock()
	s.dialled = append(s.dialled, address)
	s.mu.Unlock()
	ours, theirs := net.Pipe()
	go s.Serve(theirs)
	return ours, nil
}

// Letters returns the mails whose content arrived.
func (s *Server) Letters() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Letter(nil), s.letters...)
}

// Accepted returns the mails that the server confirmed.
func (s *Server) Accepted() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Letter(nil), s.accepted...)
}

// AcceptedFor returns the confirmed mails of which an address is a recipient.
func (s *Server) AcceptedFor(address string) (letters []Letter) {
	for _, l := range s.Accepted() {
		for _, to := range l.To {
			if to == address {
				letters = append(letters, l)
			}
		}
	}
	return letters
}

// Dialled returns the addresses that Dial was given.
func (s *Server) Dialled() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.dialled...)
}

// Commands returns all commands, one on a line.
func (s *Server) Commands() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.commands, "\n")
}

// SetAnswer replaces Answer while connections are served.
func (s *Server) SetAnswer(answer func(line string) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Answer = answer
}

// AnswerRecipients answers RCPT by the address, and the rest as a good server.
func (s *Server) AnswerRecipients(replies map[string]func() string) {
	s.SetAnswer(func(line string) string {
		address, isRCPT := strings.CutPrefix(line, "RCPT TO:<")
		address, _, _ = strings.Cut(address, ">")
		if reply := replies[address]; isRCPT && reply != nil {
			return reply()
		}
		return ""
	})
}

// Always gives a recipient the same answer each time.
func Always(reply string) func() string { return func() string { return reply } }

// answer is the test's answer to a command.
func (s *Server) answer(line string) string {
	s.mu.Lock()
	if line != "" {
		s.commands = append(s.commands, line)
	}
	answer := s.Answer
	s.mu.Unlock()
	if answer == nil {
		return ""
	}
	return answer(line)
}

// session is one connection.
type session struct {
	*Server
	conn   net.Conn
	r      *textproto.Reader
	letter Letter
}

func (s *session) say(text string) { _, _ = fmt.Fprintf(s.conn, "%s\r\n", text) }

// Serve serves one connection until it ends.
func (s *Server) Serve(conn net.Conn) {
	one := &session{Server: s, conn: conn, r: textproto.NewReader(bufio.NewReader(conn))}
	defer func() { _ = one.conn.Close() }()
	if reply := s.answer(""); reply != "" {
		one.say(reply)
		return
	}
	one.say("220 ready")
	for {
		line, err := one.r.ReadLine()
		if err != nil || !one.command(line) {
			return
		}
	}
}

// command answers a command; false: the connection ends.
func (s *session) command(line string) (goOn bool) {
	verb, _, _ := strings.Cut(line, " ")
	reply := s.answer(line)
	switch {
	case reply == HangUp:
		return false
	case reply != "":
		s.say(reply)
		return verb != "DATA" || reply[0] != '3' || s.content()
	case verb == "DATA":
		s.say("354 go ahead")
		return s.content()
	case verb == "QUIT":
		s.say("221 bye")
		return false
	case verb == "STARTTLS":
		s.say("220 go ahead")
		s.conn = tls.Server(s.conn, s.TLS)
		s.r = textproto.NewReader(bufio.NewReader(s.conn))
		s.letter.TLS = true
		return true
	default:
		s.say(s.envelope(verb, line))
		return true
	}
}

// envelope is a good server's answer to what comes before the content.
func (s *session) envelope(verb, line string) (reply string) {
	l := &s.letter
	switch {
	case verb == "EHLO":
		for _, offer := range s.Offers {
			reply += "250-" + offer + "\r\n"
		}
		return "250-mail.example.jp\r\n" + reply + "250 HELP"
	case verb == "MAIL" && l.From != "":
		return "503 nested MAIL command"
	case verb == "MAIL":
		l.From, l.To = line, nil
	case verb == "RSET":
		l.From, l.To = "", nil
	case verb == "RCPT":
		address, _, _ := strings.Cut(strings.TrimPrefix(line, "RCPT TO:<"), ">")
		l.To = append(l.To, address)
	}
	return "250 ok"
}

// content takes what follows DATA.
func (s *session) content() (goOn bool) {
	raw, err := io.ReadAll(s.r.DotReader())
	if err != nil {
		return false
	}
	s.letter.Raw = string(raw)
	s.mu.Lock()
	s.letters = append(s.letters, s.letter)
	s.mu.Unlock()
	reply := ""
	if s.Dot != nil {
		reply = s.Dot(s.letter)
	}
	if reply == HangUp {
		return false
	}
	if reply == "" {
		reply = "250 accepted"
	}
	if reply[0] == '2' {
		s.mu.Lock()
		s.accepted = append(s.accepted, s.letter)
		s.mu.Unlock()
	}
	s.say(reply)
	s.letter.From, s.letter.To = "", nil
	return true
}
