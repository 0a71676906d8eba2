package mailbox

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
)

// This file alone knows the IMAP library, which is a beta. Beside its dialogues it has no
// bounds of time for a server that falls silent, and none of bytes for one that never ends
// a line: the connection has both here, set anew for each command.

const (
	dialBound    = 30 * time.Second
	commandBound = 2 * time.Minute
	bodyBound    = 10 * time.Minute
	goodbyeBound = 2 * time.Second
	// longestIdle is how long the word of a server is waited for until it is asked: what
	// lies between may have forgotten the connection.
	longestIdle = 9 * time.Minute

	commandBytes = 4 << 20
	searchBytes  = 64 << 20 // millions of numbers
)

// conn is a connection with a bound of bytes.
type conn struct {
	net.Conn
	left    atomic.Int64
	flooded atomic.Bool
}

var errFlood = errors.New("the answer has no end")

// Read reads until the bound.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.left.Add(-int64(n)) < 0 {
		c.flooded.Store(true)
		return 0, errFlood
	}
	return n, err
}

// dialer opens an account.
type dialer struct {
	account Account
	net     Net
	tickets *tickets // nil: by the password
}

// open connects and logs in.
func (d *dialer) open(ctx context.Context) (*imapSession, error) {
	token := ""
	if d.tickets != nil {
		var err error
		if token, err = d.tickets.get(ctx); err != nil {
			return nil, err
		}
	}
	dialing, cancel := context.WithTimeout(ctx, dialBound)
	defer cancel()
	raw, err := d.net.Dial(dialing, "tcp", net.JoinHostPort(d.account.Host, d.account.Port))
	if err != nil {
		return nil, broken(err, nil)
	}
	s := &imapSession{conn: &conn{Conn: raw}, mailbox: d.account.Mailbox, news: make(chan struct{}, 1)}
	if err = s.within(ctx, commandBound, commandBytes, func() error { return d.greet(dialing, s) }); err == nil {
		err = s.within(ctx, commandBound, commandBytes, func() error { return d.login(s.client, token) })
	}
	if err != nil {
		if s.client != nil {
			_ = s.client.Close()
		}
		_ = raw.Close()
		if d.tickets != nil && reasonOf(err) == Refused {
			d.tickets.forget()
		}
		return nil, err
	}
	return s, nil
}

// greet makes a client of a connection and encrypts it.
func (d *dialer) greet(ctx context.Context, s *imapSession) error {
	config := &tls.Config{ServerName: d.account.Host, RootCAs: d.net.Roots, MinVersion: tls.VersionTLS12, NextProtos: []string{"imap"}}
	options := &imapclient.Options{TLSConfig: config, UnilateralDataHandler: s.handler()}
	switch d.account.Security {
	case StartTLS:
		config.NextProtos = nil
		client, err := imapclient.NewStartTLS(s.conn, options)
		if err != nil {
			if _, refused := statusOf(err); refused {
				return &Error{Insecure, errors.New("the mail server offers no STARTTLS: use imaps://")}
			}
			return err
		}
		s.client = client
	case Plain:
		s.client = imapclient.New(s.conn, options)
	default:
		encrypted := tls.Client(s.conn.Conn, config)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			return err
		}
		s.conn.Conn = encrypted
		s.client = imapclient.New(s.conn, options)
	}
	return s.client.WaitGreeting()
}

// login logs in by the best way that the server offers.
func (d *dialer) login(c *imapclient.Client, token string) error {
	if c.State() != imap.ConnStateNotAuthenticated { // the connection itself is the login
		return nil
	}
	caps := c.Caps()
	user := d.account.User
	var err error
	switch {
	case token != "" && caps.Has("AUTH=OAUTHBEARER") && !caps.Has("AUTH=XOAUTH2"):
		err = c.Authenticate(sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: user, Token: token}))
	case token != "":
		err = c.Authenticate(&xoauth2{user, token})
	case caps.Has("AUTH=PLAIN"):
		err = c.Authenticate(sasl.NewPlainClient("", user, d.account.Password))
	case caps.Has(imap.CapLoginDisabled):
		return &Error{Insecure, errors.New("the mail server takes no password without TLS: use imaps://")}
	default:
		err = c.Login(user, d.account.Password).Wait()
	}
	code, refused := statusOf(err)
	switch {
	case !refused:
		return err
	case slices.Contains([]imap.ResponseCode{imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeLimit, imap.ResponseCodeServerBug}, code):
		return &Error{Network, errors.New("the mail server takes no logins now")}
	case token != "":
		return &Error{Refused, errors.New("the mail server refuses the token: check the rights of the client and the user")}
	}
	return &Error{Refused, errors.New("the mail server refuses the login: check the user and the password")}
}

// imapSession is a session by the library.
type imapSession struct {
	conn    *conn
	client  *imapclient.Client
	mailbox string
	news    chan struct{}
}

func (s *imapSession) handler() *imapclient.UnilateralDataHandler {
	return &imapclient.UnilateralDataHandler{Mailbox: func(data *imapclient.UnilateralDataMailbox) {
		if data.NumMessages == nil {
			return
		}
		select {
		case s.news <- struct{}{}:
		default: // there is news already
		}
	}}
}

// within runs commands in bounds of time and bytes. Where either ends, so does the
// connection, and with it every command.
func (s *imapSession) within(ctx context.Context, bound time.Duration, most int64, f func() error) error {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	s.conn.left.Store(most)
	raw := s.conn.Conn // f may encrypt it
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	defer stop()
	err := f()
	switch {
	case err == nil:
		return nil
	case s.conn.flooded.Load():
		return &Error{Strange, errFlood}
	case ctx.Err() != nil:
		return broken(ctx.Err(), err)
	}
	return broken(err, nil)
}

func (s *imapSession) close() {
	ctx, cancel := context.WithTimeout(context.Background(), goodbyeBound)
	defer cancel()
	_ = s.within(ctx, goodbyeBound, commandBytes, func() error { return s.client.Logout().Wait() })
	_ = s.client.Close()
}

func (s *imapSession) examine(ctx context.Context) (o opened, err error) {
	select {
	case <-s.news: // it is asked for now
	default:
	}
	err = s.within(ctx, commandBound, commandBytes, func() error {
		data, err := s.client.Select(s.mailbox, &imap.SelectOptions{ReadOnly: true}).Wait()
		if err == nil {
			o = opened{data.UIDValidity, uint32(data.UIDNext)}
		} else if code, refused := statusOf(err); refused && code != imap.ResponseCodeUnavailable && code != imap.ResponseCodeInUse {
			return &Error{Absent, errors.New("the mail server does not open the mailbox: check its name and the user's rights")}
		}
		return err
	})
	return o, err
}

func (s *imapSession) newer(ctx context.Context, after uint32) (uids []uint32, err error) {
	if after == 1<<32-1 {
		return nil, nil
	}
	err = s.within(ctx, commandBound, searchBytes, func() error {
		criteria := &imap.SearchCriteria{UID: []imap.UIDSet{{{Start: imap.UID(after + 1), Stop: 0}}}}
		data, err := s.client.UIDSearch(criteria, nil).Wait()
		if err != nil {
			return err
		}
		for _, uid := range data.AllUIDs() {
			if uint32(uid) > after { // "n:*" is the last mail where there is none above
				uids = append(uids, uint32(uid))
			}
		}
		return nil
	})
	slices.Sort(uids)
	return uids, err
}

func (s *imapSession) heads(ctx context.Context, uids []uint32) (list []head, err error) {
	section := &imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, Peek: true, Partial: &imap.SectionPartial{Size: mostHeader}}
	options := &imap.FetchOptions{UID: true, RFC822Size: true, InternalDate: true, BodySection: []*imap.FetchItemBodySection{section}}
	err = s.within(ctx, bodyBound, commandBytes+2*int64(len(uids))*mostHeader, func() error {
		return s.fetch(uids, options, mostHeader, func(h *head) { list = append(list, *h) })
	})
	slices.SortFunc(list, func(a, b head) int { return cmp.Compare(a.uid, b.uid) })
	return slices.CompactFunc(list, func(a, b head) bool { return a.uid == b.uid }), err
}

func (s *imapSession) body(ctx context.Context, uid uint32, most int64) (raw []byte, err error) {
	section := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Size: most}}
	options := &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}}
	err = s.within(ctx, bodyBound, commandBytes+most, func() error {
		return s.fetch([]uint32{uid}, options, most, func(h *head) { raw = h.header })
	})
	if err == nil && raw == nil {
		return nil, errGone
	}
	return raw, err
}

// fetch hands out mails with one section of theirs.
func (s *imapSession) fetch(uids []uint32, options *imap.FetchOptions, most int64, each func(*head)) error {
	var set imap.UIDSet
	for _, uid := range uids {
		set.AddNum(imap.UID(uid))
	}
	cmd := s.client.Fetch(set, options)
	for {
		msg := cmd.Next()
		if msg == nil {
			return cmd.Close()
		}
		h, err := readItems(msg, most)
		if err != nil {
			_ = cmd.Close()
			return err
		}
		if h.header != nil && set.Contains(imap.UID(h.uid)) {
			each(h)
		}
	}
}

func readItems(msg *imapclient.FetchMessageData, most int64) (*head, error) {
	h := &head{}
	for {
		switch item := msg.Next().(type) {
		case nil:
			return h, nil
		case imapclient.FetchItemDataUID:
			h.uid = uint32(item.UID)
		case imapclient.FetchItemDataRFC822Size:
			h.size = item.Size
		case imapclient.FetchItemDataInternalDate:
			h.arrived = item.Time.UTC()
		case imapclient.FetchItemDataBodySection:
			if item.Literal == nil {
				continue
			}
			var b bytes.Buffer
			b.Grow(int(min(max(item.Literal.Size(), 0), most)))
			if _, err := io.Copy(&b, io.LimitReader(item.Literal, most)); err != nil {
				return nil, err
			}
			h.header = append([]byte{}, b.Bytes()...)
		}
	}
}

func (s *imapSession) wait(ctx context.Context, most time.Duration) error {
	t := time.NewTimer(min(most, longestIdle))
	defer t.Stop()
	var idle *imapclient.IdleCommand
	if s.client.Caps().Has(imap.CapIdle) {
		err := s.within(ctx, commandBound, commandBytes, func() (err error) {
			idle, err = s.client.Idle()
			return err
		})
		if err != nil {
			return err
		}
	}
	cut := false
	select {
	case <-s.news:
	case <-t.C:
	case <-ctx.Done():
	case <-s.client.Closed():
		cut = true
	}
	if idle != nil {
		err := s.within(ctx, commandBound, commandBytes, func() error {
			if err := idle.Close(); err != nil {
				return err
			}
			return idle.Wait()
		})
		if err != nil {
			return err
		}
	}
	if cut {
		return broken(io.EOF, nil)
	}
	return ctx.Err()
}

func statusOf(err error) (imap.ResponseCode, bool) {
	var status *imap.Error
	if errors.As(err, &status) && status.Type != imap.StatusResponseTypeBye {
		return status.Code, true
	}
	return "", false
}

// broken says in a line what went wrong. The library's text is left out: it may repeat
// what the server says, and a server may repeat what it was sent.
func broken(err, cause error) error {
	var own *Error
	var unverified *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var otherName x509.HostnameError
	var notTLS tls.RecordHeaderError
	var noHost *net.DNSError
	var timeout net.Error
	switch _, status := statusOf(err); {
	case errors.As(err, &own):
		return own
	case errors.As(cause, &own):
		return own
	case errors.Is(err, context.Canceled):
		return &Error{Network, err}
	case errors.As(err, &otherName):
		return &Error{Insecure, errors.New("the mail server's certificate is for another name")}
	case errors.As(err, &unverified), errors.As(err, &unknown):
		return &Error{Insecure, errors.New("the mail server's certificate is not valid here")}
	case errors.As(err, &notTLS):
		return &Error{Insecure, errors.New("the mail server does not speak TLS at this port")}
	case errors.As(err, &noHost):
		return &Error{Network, errors.New("the name of the mail server can't be resolved")}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &Error{Network, errors.New("the mail server refuses connections")}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return &Error{TooSlow, errors.New("the mail server does not answer in time")}
	case status:
		return &Error{Strange, errors.New("the mail server refuses a command")}
	}
	return &Error{Network, errors.New("the connection to the mail server was cut")}
}
