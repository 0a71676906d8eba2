// Package email is the destination of mails: a list of mailboxes, written to by
// SMTP in one session a message.
package email

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"kigen/notify"
	"kigen/notify/wire"
	"kigen/sla/outbox"
)

// Options configure the server, the sender and the recipients.
type Options struct {
	Server Server
	From   string
	To     []string
}

// List is a list of mailboxes. All mails of one incident form one thread. If
// the server refuses some of the recipients, the others still get the mail, and
// Post and Update return the refused ones in a *Partial.
type List struct {
	server Server
	from   *mail.Address
	to     []*mail.Address
	domain string // of the sender, for message ids
}

// New makes the destination. It makes no connection yet.
func New(opts Options) (*List, error) {
	if opts.Server.Host == "" || opts.Server.Port < 1 || opts.Server.Port > 65535 {
		return nil, errors.New("email: smtp has no host or port: write it as smtp://host:25 or smtps://user:password@host:465")
	}
	if opts.Server.User != "" && opts.Server.Encryption != Implicit && opts.Server.Encryption != Required {
		return nil, errors.New("email: smtp would send the password unencrypted: use ?tls=required, or leave ?tls= out")
	}
	e := &List{server: opts.Server}
	var err error
	if e.from, err = mail.ParseAddress(opts.From); err != nil {
		return nil, fmt.Errorf("email: from %q: write it as kigen@example.jp", opts.From)
	}
	e.domain = e.from.Address[strings.LastIndex(e.from.Address, "@")+1:]
	if !isASCII(e.domain) {
		e.domain = "kigen" // some servers accept only ASCII in a Message-ID
	}
	for _, to := range opts.To {
		address, err := mail.ParseAddress(to)
		if err != nil {
			return nil, fmt.Errorf("email: to %q: write it as soc@example.jp", to)
		}
		if !slices.ContainsFunc(e.to, func(known *mail.Address) bool { return known.Address == address.Address }) {
			e.to = append(e.to, address)
		}
	}
	if len(e.to) == 0 {
		return nil, errors.New("email: to is empty: name at least one address")
	}
	return e, nil
}

// Patience is how long a mail may take: the sum of the timeouts that RFC 5321
// grants a server, up to its confirmation.
func (e *List) Patience() time.Duration { return sessionTimeout }

// Digest merges many alerts into one mail with the whole list, and sends each
// change once.
func (*List) Digest() outbox.DigestForm { return notify.ListedOnce() }

// Post sends a mail. The receipt's TS is its Message-ID, which is the same at
// every attempt, so that a reader can recognise a repeat.
func (e *List) Post(ctx context.Context, m *wire.Message) (outbox.Receipt, error) {
	return e.send(ctx, m, "")
}

// Update sends a mail in reply to the one that the receipt names.
func (e *List) Update(ctx context.Context, r outbox.Receipt, m *wire.Message) error {
	_, err := e.send(ctx, m, r.TS)
	return err
}

// send sends a mail in one session. Recipients whose address needs SMTPUTF8 get
// their own transaction, so that a server without it still accepts the mail for
// the others.
func (e *List) send(ctx context.Context, m *wire.Message, answers string) (outbox.Receipt, error) {
	recipients, err := e.recipients(m)
	if err != nil {
		return outbox.Receipt{}, err
	}
	session, err := e.open(ctx)
	if err != nil {
		return outbox.Receipt{}, e.sessionFailure(err)
	}
	defer session.close()
	receipt := outbox.Receipt{TS: e.messageID(m.Key)}
	var all outcomes
	for _, group := range e.groups(recipients) {
		mailing := transaction{email: e, session: session, message: m, answers: answers, header: group.header, international: group.international}
		all = append(all, mailing.send(group.to)...)
	}
	session.quit() // its result does not change the outcomes
	return receipt, all.err(m.To != "")
}

// recipients returns the mailboxes that the message is for: m.To if it is set,
// else all of the destination's.
func (e *List) recipients(m *wire.Message) ([]*mail.Address, error) {
	if m.To == "" {
		return e.to, nil
	}
	for _, to := range e.to {
		if to.Address == m.To {
			return []*mail.Address{to}, nil
		}
	}
	return nil, &notify.Partial{Left: []notify.Left{{Recipient: m.To, Failure: &wire.Failure{Kind: wire.Refused, Reason: "the destination no longer has this recipient"}}}}
}

// group is the recipients of one transaction, and the addresses of its To header.
type group struct {
	to, header    []*mail.Address
	international bool
}

// groups splits recipients by whether a mail to them needs SMTPUTF8. The header
// has the same addresses at each attempt, even if only one recipient is left.
func (e *List) groups(recipients []*mail.Address) (groups []group) {
	plain := func(a *mail.Address) bool { return isASCII(e.from.Address) && isASCII(a.Address) }
	for _, international := range []bool{false, true} {
		g := group{international: international}
		for _, to := range e.to {
			if plain(to) == international {
				continue
			}
			g.header = append(g.header, to)
			if slices.Contains(recipients, to) {
				g.to = append(g.to, to)
			}
		}
		if len(g.to) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

func isASCII(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r > 0x7e }) < 0
}
