package email

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"

	"kigen/notify"
	"kigen/notify/wire"
	"kigen/sla/phrase"
)

// sessionFailure classifies an error that occurred before any mail was sent. It
// is Broken if a person has to correct something, Unreached if it may pass.
func (e *List) sessionFailure(err error) *wire.Failure {
	f := &wire.Failure{Kind: wire.Unreached, Reason: "no session with the mail server: " + e.said(err), Err: err}
	var reply *textproto.Error
	var network net.Error
	switch remedy := e.certificateRemedy(err); {
	case remedy != "":
		f.Kind = wire.Broken
		f.Reason += ": " + remedy
	case errors.As(err, &reply) && reply.Code >= 500:
		f.Kind = wire.Broken
		f.Reason += ": correct the destination's smtp"
	case errors.As(err, &reply), errors.As(err, &network), errors.Is(err, context.Canceled), errors.Is(err, net.ErrClosed), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, notify.ErrHeldBack):
	default:
		f.Kind = wire.Broken // no STARTTLS, no common login mechanism, a server that does not speak SMTP
		f.Reason += ": correct the destination's smtp"
	}
	return f
}

// certificateRemedy returns the setting that helps with an untrusted
// certificate; empty for any other error.
func (e *List) certificateRemedy(err error) string {
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	trust := "name a file with the server's certificate, or with its authority's, as ca: beside smtp"
	none := ", or add ?tls=none to smtp where the path to the server is safe, as on this machine"
	if e.server.User != "" || e.server.Encryption == Implicit {
		none = "" // a password needs the encryption
	}
	switch {
	case errors.As(err, &authority):
		return trust + none
	case errors.As(err, &name):
		return "set the host of smtp to a name in the certificate, or " + trust + none
	case errors.As(err, &invalid):
		return "renew the server's certificate, or " + trust + none
	}
	return ""
}

// said returns an error's text without the password, which a server may echo,
// and with control characters made visible.
func (e *List) said(err error) string {
	text := err.Error()
	var reply *textproto.Error
	if errors.As(err, &reply) {
		text = strings.Replace(text, reply.Error(), fmt.Sprintf("%d %s", reply.Code, reply.Msg), 1)
	}
	return phrase.Line(wire.Redact(text, e.server.Password))
}
