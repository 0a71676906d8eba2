package notify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"kigen/sla"
)

// EmailOptions say through which server to whom mails go.
type EmailOptions struct {
	// SMTP is smtp://user:password@host:port or smtps://…; without a port 25
	// or 465. Over smtp, STARTTLS is used where it is offered, and demanded
	// where there is a password; ?tls=required demands it, ?tls=none forgoes it.
	SMTP string
	From string
	To   []string
	// Roots verify the server; nil: the system's.
	Roots *x509.CertPool
	Log   *slog.Logger // nil: silent
}

// Email is a list of mailboxes. All mails of one incident are one thread.
type Email struct {
	client   *mail.Client
	from     string
	to       []string
	domain   string // of the sender, for message ids
	password string // only to keep it out of errors
	log      *slog.Logger
}

// NewEmail makes the destination. It makes no connection yet.
func NewEmail(opts EmailOptions) (*Email, error) {
	server, err := url.Parse(opts.SMTP)
	if err != nil || server.Hostname() == "" || server.Scheme != "smtp" && server.Scheme != "smtps" {
		// The address itself may hold a password.
		return nil, errors.New("email: smtp is no such address: write it as smtp://host:25 or smtps://user:password@host:465")
	}
	if len(opts.To) == 0 {
		return nil, errors.New("email: to is empty: name at least one address")
	}
	_, domain, ok := strings.Cut(strings.TrimSuffix(opts.From, ">"), "@")
	if !ok {
		return nil, fmt.Errorf("email: from %q: write it as kigen@example.jp", opts.From)
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	password, _ := server.User.Password()
	e := &Email{from: opts.From, to: opts.To, domain: domain, password: password, log: opts.Log}
	settings, err := emailSettings(server, opts.Roots)
	if err != nil {
		return nil, err
	}
	if e.client, err = mail.NewClient(server.Hostname(), settings...); err != nil {
		return nil, fmt.Errorf("email: smtp: %s", redact(err.Error(), password))
	}
	return e, nil
}

// emailSettings maps the server's address onto the library's options.
func emailSettings(server *url.URL, roots *x509.CertPool) ([]mail.Option, error) {
	policy := mail.TLSOpportunistic
	if server.User != nil {
		policy = mail.TLSMandatory // a password does not travel in the clear
	}
	switch mode := server.Query().Get("tls"); mode {
	case "":
	case "required":
		policy = mail.TLSMandatory
	case "none":
		policy = mail.NoTLS
	default:
		return nil, fmt.Errorf("email: smtp: tls=%q: use required or none, or leave it out", mode)
	}
	settings := []mail.Option{
		mail.WithTimeout(requestTimeout),
		mail.WithTLSPolicy(policy),
		mail.WithTLSConfig(&tls.Config{ServerName: server.Hostname(), RootCAs: roots, MinVersion: tls.VersionTLS12}),
	}
	port := mail.DefaultPort
	if server.Scheme == "smtps" {
		port = mail.DefaultPortSSL
		settings = append(settings, mail.WithSSL())
	}
	if text := server.Port(); text != "" {
		var err error
		if port, err = strconv.Atoi(text); err != nil {
			return nil, fmt.Errorf("email: smtp: port %q: use a number", text)
		}
	}
	settings = append(settings, mail.WithPort(port))
	if server.User != nil {
		password, _ := server.User.Password()
		settings = append(settings, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover),
			mail.WithUsername(server.User.Username()), mail.WithPassword(password))
	}
	return settings, nil
}

// Post sends a mail. The receipt's TS is its Message-ID, which is the same at
// every attempt, so that a repeat can be told for one.
func (e *Email) Post(ctx context.Context, m *Message) (sla.Receipt, error) {
	return e.send(ctx, m, "")
}

// Update sends a mail in answer to the one that the receipt names.
func (e *Email) Update(ctx context.Context, r sla.Receipt, m *Message) error {
	_, err := e.send(ctx, m, r.TS)
	return err
}

func (e *Email) send(ctx context.Context, m *Message, answers string) (sla.Receipt, error) {
	letter, err := e.letter(m, answers)
	if err != nil {
		return sla.Receipt{}, &Failure{Kind: Broken, Reason: "the sender's or a recipient's address is not valid: " + err.Error(), Err: err}
	}
	conn, err := e.dial(ctx)
	if err != nil {
		return sla.Receipt{}, e.failure(err, Unreached, "no session with the mail server")
	}
	defer func() { _ = conn.Close() }()
	// The library does not watch the context once it is connected.
	unwatch := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer unwatch()
	if err := e.deliver(conn, letter); err != nil {
		return sla.Receipt{}, err
	}
	_ = conn.Quit() // the mail is accepted; how the server takes leave is its own affair
	return sla.Receipt{TS: e.messageID(m.Key)}, nil
}

// dial opens a session. The library stops listening to ctx once the server has
// taken the connection, and then waits for its greeting alone: a stop must not.
func (e *Email) dial(ctx context.Context) (*smtp.Client, error) {
	type session struct {
		conn *smtp.Client
		err  error
	}
	dialled := make(chan session, 1)
	go func() {
		conn, err := e.client.DialToSMTPClientWithContext(ctx)
		dialled <- session{conn, err}
	}()
	select {
	case s := <-dialled:
		return s.conn, s.err
	case <-ctx.Done():
		go func() {
			if s := <-dialled; s.err == nil {
				_ = s.conn.Close() // nobody waits for it any more
			}
		}()
		return nil, ctx.Err()
	}
}

// deliver hands one mail over. The library's own way stops at the first
// recipient that is refused, and then nobody is told.
func (e *Email) deliver(conn *smtp.Client, letter *mail.Msg) error {
	from, err := letter.GetSender(false)
	if err != nil {
		return e.failure(err, Broken, "sender")
	}
	if err := conn.Mail(from); err != nil {
		return e.failure(err, Unreached, "sender refused")
	}
	recipients, err := letter.GetRecipients()
	if err != nil {
		return e.failure(err, Broken, "recipients")
	}
	var refused error
	accepted := 0
	for _, to := range recipients {
		if err := conn.Rcpt(to); err != nil {
			e.log.Warn("recipient refused", "to", to, "error", redact(err.Error(), e.password))
			refused = err
			continue
		}
		accepted++
	}
	if accepted == 0 {
		return e.failure(refused, Unreached, "every recipient refused")
	}
	body, err := conn.Data()
	if err != nil {
		return e.failure(err, Unreached, "mail refused")
	}
	if _, err := letter.WriteTo(body); err != nil {
		return e.failure(err, Unknown, "connection lost")
	}
	if err := body.Close(); err != nil {
		return e.failure(err, Unknown, "no confirmation")
	}
	return nil
}

// letter writes the message as a mail; answers is the Message-ID of the mail
// that it answers, if any.
func (e *Email) letter(m *Message, answers string) (*mail.Msg, error) {
	letter := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := letter.From(e.from); err != nil {
		return nil, err
	}
	if err := letter.To(e.to...); err != nil {
		return nil, err
	}
	letter.Subject(m.Title)
	letter.SetDateWithValue(m.At)
	letter.SetGenHeader(mail.HeaderMessageID, e.messageID(m.Key))
	// No mail has the thread's own id, but all refer to it: that is what joins
	// them, also when the first one is lost.
	references := []string{e.messageID("thread/" + m.Thread)}
	if answers != "" {
		references = append(references, answers)
	}
	letter.SetGenHeader(mail.HeaderReferences, strings.Join(references, " "))
	letter.SetGenHeader(mail.HeaderInReplyTo, references[len(references)-1])
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // no out-of-office answers
	letter.SetGenHeader("X-Kigen-Delivery", m.Key)
	letter.SetBodyString(mail.TypeTextPlain, m.Text+"\n")
	for _, a := range m.Attachments {
		err := letter.AttachReader(a.Name, bytes.NewReader(a.Data), mail.WithFileContentType(mail.ContentType(a.Type)))
		if err != nil {
			return nil, err
		}
	}
	return letter, nil
}

// messageID derives a Message-ID from a key, the same one each time.
func (e *Email) messageID(key string) string {
	sum := sha256.Sum256([]byte(key))
	return "<" + hex.EncodeToString(sum[:16]) + "@" + e.domain + ">"
}

// failure classifies an error by the server's reply, or as otherwise where
// there was none. A reply of 4xx asks to come back; 5xx is for a person.
func (e *Email) failure(err error, otherwise Kind, what string) *Failure {
	f := &Failure{Kind: otherwise, Reason: what + ": " + redact(err.Error(), e.password), Err: err}
	var reply *textproto.Error
	var network net.Error
	connection := errors.As(err, &network) || errors.Is(err, context.Canceled) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	switch {
	case errors.As(err, &reply) && reply.Code >= 500:
		f.Kind = Broken
		f.Reason += ": correct the destination's smtp, from or to"
	case errors.As(err, &reply):
		f.Kind = Unreached // refused for now, so it did not arrive
	case otherwise == Unreached && !connection:
		f.Kind = Broken // no STARTTLS, no common way to sign on, a certificate
		f.Reason += ": correct the destination's smtp"
	}
	return f
}
