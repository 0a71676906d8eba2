package email

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"kigen/notify"
)

// The timeouts of RFC 5321, section 4.5.3.2, for each answer of a mail server.
const (
	connectTimeout = 30 * time.Second
	commandTimeout = 5 * time.Minute
	dataTimeout    = 2 * time.Minute
	blockTimeout   = 3 * time.Minute
	dotTimeout     = 10 * time.Minute
	// sessionTimeout bounds a whole session. It leaves enough for dotTimeout even
	// if every command before was slow.
	sessionTimeout = 20 * time.Minute
	quitTimeout    = 5 * time.Second
)

// session is one open session. It belongs to one goroutine.
type session struct {
	client *smtp.Client
	conn   net.Conn // for deadlines; under the encryption, if any
	forget func() bool
	begun  bool // a transaction was started
}

// open connects, encrypts and logs in.
func (e *List) open(ctx context.Context) (*session, error) {
	conn, err := e.server.connect(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{conn: conn}
	// The library's reads do not take a context: closing the connection ends them.
	s.forget = context.AfterFunc(ctx, func() { _ = conn.Close() })
	if err := s.begin(&e.server); err != nil {
		s.forget()
		_ = conn.Close()
		return nil, errors.Join(err, ctx.Err())
	}
	return s, nil
}

func (s *session) begin(server *Server) error {
	if err := s.grant(commandTimeout); err != nil {
		return err
	}
	var err error
	if s.client, err = smtp.NewClient(s.conn, server.Host); err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	if err := s.grant(commandTimeout); err != nil {
		return err
	}
	if err := s.client.Hello(ownName()); err != nil {
		return fmt.Errorf("EHLO: %w", err)
	}
	if err := s.encrypt(server); err != nil {
		return err
	}
	if server.User == "" {
		return nil
	}
	return s.login(server)
}

// ownName is the host name that kigen sends in EHLO.
func ownName() string {
	name, err := os.Hostname()
	outside := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.'
	}
	if err != nil || name == "" || strings.ContainsFunc(name, outside) {
		return "localhost"
	}
	return name
}

var errNoSTARTTLS = errors.New("the server offers no STARTTLS: use its port for submission (587) or smtps://, or make it offer STARTTLS")

func (s *session) encrypt(server *Server) error {
	offered, _ := s.client.Extension("STARTTLS")
	switch {
	case server.Encryption == Implicit, server.Encryption == Clear:
		return nil
	case !offered && server.Encryption == Required:
		return errNoSTARTTLS
	case !offered:
		return nil
	}
	if err := s.grant(commandTimeout); err != nil {
		return err
	}
	if err := s.client.StartTLS(server.tlsConfig()); err != nil {
		return fmt.Errorf("STARTTLS: %w", err)
	}
	return nil
}

// login uses the strongest mechanism that both sides support. The connection is
// encrypted: New allows no password otherwise.
func (s *session) login(server *Server) error {
	_, offered := s.client.Extension("AUTH")
	mechanisms := strings.Fields(strings.ToUpper(offered))
	state, err := s.client.GetTLSConnectionState()
	if err != nil {
		return fmt.Errorf("login: %w", err)
	}
	user, password := server.User, server.Password
	for _, way := range []struct {
		name string
		auth func() smtp.Auth
	}{
		{"SCRAM-SHA-256-PLUS", func() smtp.Auth { return smtp.ScramSHA256PlusAuth(user, password, state) }},
		{"SCRAM-SHA-256", func() smtp.Auth { return smtp.ScramSHA256Auth(user, password) }},
		{"SCRAM-SHA-1-PLUS", func() smtp.Auth { return smtp.ScramSHA1PlusAuth(user, password, state) }},
		{"SCRAM-SHA-1", func() smtp.Auth { return smtp.ScramSHA1Auth(user, password) }},
		{"CRAM-MD5", func() smtp.Auth { return smtp.CRAMMD5Auth(user, password) }},
		{"PLAIN", func() smtp.Auth { return smtp.PlainAuth("", user, password, server.Host, false) }},
		{"LOGIN", func() smtp.Auth { return smtp.LoginAuth(user, password, server.Host, false) }},
		{"NTLM", func() smtp.Auth { return smtp.NTLMAuth(user, password, "") }},
	} {
		if !slices.Contains(mechanisms, way.name) {
			continue
		}
		if err := s.grant(commandTimeout); err != nil {
			return err
		}
		if err := s.client.Auth(way.auth()); err != nil {
			return fmt.Errorf("login: %w", err)
		}
		return nil
	}
	return fmt.Errorf("the server offers no login mechanism that kigen supports (AUTH %s): use its port for submission, or leave user and password out", offered)
}

// grant sets the deadline for the next answer.
func (s *session) grant(d time.Duration) error { return s.conn.SetDeadline(time.Now().Add(d)) }

// command sends one line and waits for an answer that begins with the code.
// The library's own commands add parameters that a mail does not need, and
// some servers refuse those although they offer them.
func (s *session) command(wait time.Duration, code int, format string, args ...any) error {
	if err := s.grant(wait); err != nil {
		return err
	}
	line := fmt.Sprintf(format, args...)
	if strings.ContainsAny(line, "\r\n") {
		return errors.New("an address contains a line break")
	}
	id, err := s.client.Text.Cmd("%s", line)
	if err != nil {
		return err
	}
	s.client.Text.StartResponse(id)
	defer s.client.Text.EndResponse(id)
	if _, _, err = s.client.Text.ReadResponse(code); err != nil && !isReply(err) {
		_ = s.conn.Close() // a late answer would be read as the next command's
	}
	return err
}

// offers reports whether the server supports an extension.
func (s *session) offers(extension string) bool {
	ok, _ := s.client.Extension(extension)
	return ok
}

// largest is the server's limit for the size of a mail in bytes; 0: none
// announced.
func (s *session) largest() int {
	_, size := s.client.Extension("SIZE")
	largest, err := strconv.Atoi(strings.TrimSpace(size))
	if err != nil || largest < 0 {
		return 0
	}
	return largest
}

// body sends the content after DATA and waits for the confirmation. The final
// dot completes the mail: an error before it means that it did not arrive.
func (s *session) body(content []byte) (dotted bool, err error) {
	if err := s.grant(blockTimeout); err != nil {
		return false, err
	}
	w := s.client.Text.DotWriter()
	for len(content) > 0 {
		block := content[:min(len(content), 64<<10)]
		if err := s.grant(blockTimeout); err != nil {
			return false, err
		}
		if _, err := w.Write(block); err != nil {
			return false, s.lastWord(err)
		}
		content = content[len(block):]
	}
	if err := s.grant(dotTimeout); err != nil {
		return false, err
	}
	if err := w.Close(); err != nil {
		return true, err
	}
	_, _, err = s.client.Text.ReadResponse(250)
	return true, err
}

// lastWord returns the answer of a server that closed the connection in the
// middle of a mail, or else the error of the connection. It closes the
// connection, because the next command would complete the mail.
func (s *session) lastWord(broken error) error {
	defer func() { _ = s.conn.Close() }()
	if errors.Is(broken, notify.ErrHeldBack) {
		return broken // the server waits for the rest
	}
	if err := s.grant(quitTimeout); err != nil {
		return broken
	}
	if _, _, err := s.client.Text.ReadResponse(250); isReply(err) {
		return err
	}
	return broken
}

// quit sends QUIT and waits briefly.
func (s *session) quit() { _ = s.command(quitTimeout, 221, "QUIT") }

func (s *session) close() {
	s.forget()
	_ = s.conn.Close()
}
