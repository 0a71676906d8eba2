package email

import (
	"bytes"
	"context"
	"net/mail"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"kigen/notify"
	"kigen/notify/wire"
)

// letterBound bounds the sending of a letter: a person waits for it.
const letterBound = 90 * time.Second

// Letter is a mail to people outside the destination.
type Letter struct {
	To         []*mail.Address
	Subject    string
	Body       string
	MessageID  string   // with its angle brackets
	References []string // Message-IDs of earlier mails about the same thing, the last one last
	At         time.Time
}

// Domain is the domain of the sender, for Message-IDs.
func (e *List) Domain() string { return e.domain }

// Letter sends a letter once. When the server has accepted the sender and some recipients,
// and before it gets the content, record is called with those; after an error of record
// nothing was sent. Letter returns the recipients that the server refuses, and an error,
// which is a *notify.Failure of kind Unknown where the letter may have arrived. recorded
// reports whether record was called and succeeded.
func (e *List) Letter(ctx context.Context, l *Letter, record func(to []string) error) (refused []notify.Left, recorded bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), letterBound)
	defer cancel()
	content, err := e.writeLetter(l)
	if err != nil {
		return nil, false, &wire.Failure{Kind: wire.Refused, Reason: "mail not written: " + err.Error(), Err: err}
	}
	session, err := e.open(ctx)
	if err != nil {
		return nil, false, e.sessionFailure(err)
	}
	defer session.close()
	m := transaction{email: e, session: session, international: !isASCII(e.from.Address) || slices.ContainsFunc(l.To, func(a *mail.Address) bool { return !isASCII(a.Address) })}
	if failed := m.sender(len(content)); failed != nil {
		return nil, false, failed.failure
	}
	accepted, refused, failure := m.recipients(l.To)
	if failure != nil {
		return refused, false, failure
	}
	if err := record(accepted); err != nil {
		return refused, false, err // the session ends before the content
	}
	if o := m.data(content); o.failure != nil {
		return refused, true, o.failure
	}
	session.quit()
	return refused, true, nil
}

// recipients names the recipients to the server.
func (m *transaction) recipients(to []*mail.Address) (accepted []string, refused []notify.Left, failure error) {
	for _, a := range to {
		err := m.session.command(commandTimeout, 25, "RCPT TO:<%s>", a.Address)
		if err == nil {
			accepted = append(accepted, a.Address)
			continue
		}
		o := m.outcome(err, wire.Refused, "recipient")
		if !isReply(err) { // the session is over
			return nil, refused, o.failure
		}
		refused = append(refused, notify.Left{Recipient: a.Address, Failure: o.failure})
	}
	if len(accepted) == 0 {
		return nil, refused, refused[0].Failure
	}
	return accepted, refused, nil
}

func (e *List) writeLetter(l *Letter) ([]byte, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.SetAddrHeaderFromMailAddress(gomail.HeaderFrom, e.from)
	msg.SetAddrHeaderFromMailAddress(gomail.HeaderTo, l.To...)
	msg.Subject(l.Subject)
	msg.SetDateWithValue(l.At)
	msg.SetGenHeader(gomail.HeaderMessageID, l.MessageID)
	if n := len(l.References); n > 0 {
		msg.SetGenHeader(gomail.HeaderReferences, strings.Join(l.References, " "))
		msg.SetGenHeader(gomail.HeaderInReplyTo, l.References[n-1])
	}
	msg.SetBodyString(gomail.TypeTextPlain, l.Body)
	var written bytes.Buffer
	_, err := msg.WriteTo(&written)
	return written.Bytes(), err
}
