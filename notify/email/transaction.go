package email

import (
	"errors"
	"fmt"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"

	"kigen/notify"
	"kigen/notify/wire"
)

// transaction sends one message to the recipients of one group.
type transaction struct {
	email         *List
	session       *session
	message       *wire.Message
	answers       string          // Message-ID of the mail that it replies to; empty: none
	header        []*mail.Address // of its To header
	international bool
}

// outcome is the result of a mail for one recipient.
type outcome struct {
	recipient string
	failure   *wire.Failure // nil: accepted
	atRCPT    bool          // the failure concerns this recipient alone
	tooLarge  bool
}

type outcomes []outcome

// send sends the mail. For recipients whose server or mailbox refuses its size
// it sends the mail without files, then as a few lines.
func (m *transaction) send(to []*mail.Address) outcomes {
	form := m.firstForm()
	all := m.transaction(form, to)
	for form < short {
		form++
		if form == linked && len(m.message.Attachments) == 0 {
			continue // the same as mailWhole
		}
		var again []*mail.Address
		for _, a := range to {
			if slices.ContainsFunc(all, func(o outcome) bool { return o.recipient == a.Address && o.tooLarge }) {
				again = append(again, a)
			}
		}
		if len(again) == 0 {
			break
		}
		all = slices.DeleteFunc(all, func(o outcome) bool { return o.tooLarge })
		all = append(all, m.transaction(form, again)...)
	}
	return all
}

// transaction makes one attempt for several recipients and returns an outcome
// for each.
func (m *transaction) transaction(form form, to []*mail.Address) outcomes {
	content, err := m.write(form)
	if err != nil {
		return allOf(to, outcome{failure: &wire.Failure{Kind: wire.Refused, Reason: "mail not written: " + err.Error(), Err: err}})
	}
	if failed := m.sender(len(content)); failed != nil {
		return allOf(to, *failed)
	}
	var refused outcomes
	var accepted []*mail.Address
	for _, a := range to {
		err := m.session.command(commandTimeout, 25, "RCPT TO:<%s>", a.Address)
		if err == nil {
			accepted = append(accepted, a)
			continue
		}
		o := m.outcome(err, wire.Refused, "recipient")
		if !isReply(err) { // the session is over
			return allOf(to, o)
		}
		o.recipient, o.atRCPT = a.Address, true
		refused = append(refused, o)
	}
	if len(accepted) == 0 {
		return refused
	}
	return append(refused, allOf(accepted, m.data(content))...)
}

// sender begins the transaction. It returns nil when the server accepts.
func (m *transaction) sender(size int) *outcome {
	if largest := m.session.largest(); largest > 0 && size > largest {
		return &outcome{tooLarge: true, failure: &wire.Failure{
			Kind: wire.Refused, Reason: fmt.Sprintf("the mail has %d bytes and the server accepts %d at most", size, largest),
		}}
	}
	if m.session.begun { // an abandoned transaction may still be open
		if err := m.session.command(commandTimeout, 250, "RSET"); err != nil {
			o := m.outcome(err, wire.Broken, "sender")
			return &o
		}
	}
	m.session.begun = true
	line := "MAIL FROM:<" + m.email.from.Address + ">"
	if m.session.offers("SIZE") {
		line += fmt.Sprintf(" SIZE=%d", size)
	}
	if m.international {
		if !m.session.offers("SMTPUTF8") {
			return &outcome{atRCPT: true, failure: &wire.Failure{
				Kind: wire.Refused, Reason: "the server accepts no addresses outside ASCII (SMTPUTF8): use an address in ASCII",
			}}
		}
		line += " SMTPUTF8"
	}
	err := m.session.command(commandTimeout, 250, "%s", line)
	if err == nil {
		return nil
	}
	o := m.outcome(err, wire.Broken, "sender")
	if m.international && o.failure.Kind == wire.Broken {
		// The server may still accept this sender for addresses in ASCII.
		o.failure.Kind, o.atRCPT = wire.Refused, true
		o.failure.Reason += ": the server offers SMTPUTF8 and refuses it: use an address in ASCII"
	}
	return &o
}

// data sends the content of the mail. Without an answer, it can have arrived
// only if the final dot was sent.
func (m *transaction) data(content []byte) outcome {
	if err := m.session.command(dataTimeout, 354, "DATA"); err != nil {
		return m.outcome(err, wire.Refused, "mail")
	}
	dotted, err := m.session.body(content)
	switch {
	case err == nil:
		return outcome{}
	case dotted && !isReply(err) && !errors.Is(err, notify.ErrHeldBack):
		return outcome{failure: &wire.Failure{Kind: wire.Unknown, Reason: "no confirmation of the mail: " + m.email.said(err), Err: err}}
	default:
		return m.outcome(err, wire.Refused, "mail")
	}
}

// outcome classifies an answer. A 4xx reply asks to retry, a 5xx reply is
// permanent; without a reply, the mail did not arrive.
func (m *transaction) outcome(err error, permanent wire.Kind, what string) outcome {
	f := &wire.Failure{Kind: wire.Unreached, Reason: what + ": " + m.email.said(err), Err: err}
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		return outcome{failure: f}
	}
	f.Reason = what + " refused: " + m.email.said(err)
	if reply.Code < 500 {
		return outcome{failure: f}
	}
	f.Kind = permanent
	if permanent == wire.Broken {
		f.Reason += ": correct the destination's smtp or from"
	}
	tooLarge := saysTooLarge(reply)
	if tooLarge {
		f.Kind = wire.Refused
	}
	return outcome{failure: f, tooLarge: tooLarge}
}

// saysTooLarge recognises refusals of the size (RFC 1870 and RFC 3463): 552
// unless its enhanced code means a full mailbox, and the enhanced codes for
// size with any reply code.
func saysTooLarge(reply *textproto.Error) bool {
	enhanced, _, _ := strings.Cut(reply.Msg, " ")
	switch {
	case enhanced == "5.3.4", enhanced == "5.2.3":
		return true
	case strings.Count(enhanced, ".") == 2 && strings.HasPrefix(enhanced, "5."):
		return false
	}
	return reply.Code == 552
}

func isReply(err error) bool {
	var reply *textproto.Error
	return errors.As(err, &reply)
}

// allOf gives each recipient the same outcome.
func allOf(to []*mail.Address, o outcome) outcomes {
	all := make(outcomes, len(to))
	for i, a := range to {
		all[i] = o
		all[i].recipient = a.Address
	}
	return all
}

// err returns the error of the whole message: nil, a *Partial or a *Failure.
// alone means that the message was a copy for one recipient.
func (all outcomes) err(alone bool) error {
	var left []notify.Left
	for _, o := range all {
		if o.failure != nil {
			left = append(left, notify.Left{Recipient: o.recipient, Failure: o.failure})
		}
	}
	switch {
	case len(left) == 0:
		return nil
	case len(left) < len(all), alone && all[0].atRCPT:
		return &notify.Partial{Left: left}
	}
	return all.failure()
}

// failure returns the failure of a message that no recipient has. Outcomes that
// may have arrived take precedence, then those worth another attempt. If the
// server refuses every recipient, the destination is broken; if it refuses the
// content, this message is refused.
func (all outcomes) failure() *wire.Failure {
	rank := func(o outcome) int {
		return slices.Index([]wire.Kind{wire.Unknown, wire.Limited, wire.Unreached, wire.Refused, wire.Broken}, o.failure.Kind)
	}
	worst := slices.MinFunc(all, func(a, b outcome) int { return rank(a) - rank(b) })
	f := *worst.failure
	f.Reason = all.reasons()
	if f.Kind == wire.Refused && !slices.ContainsFunc(all, func(o outcome) bool { return !o.atRCPT || o.tooLarge }) {
		f.Kind = wire.Broken
		f.Reason = "every recipient refused: " + f.Reason + ": correct the destination's to"
	}
	return &f
}

// reasons lists the reason for each recipient, or one reason if all are equal.
func (all outcomes) reasons() string {
	same := !slices.ContainsFunc(all, func(o outcome) bool { return o.failure.Reason != all[0].failure.Reason })
	if same && !all[0].atRCPT {
		return all[0].failure.Reason
	}
	lines := make([]string, len(all))
	for i, o := range all {
		lines[i] = o.recipient + ": " + o.failure.Reason
	}
	return strings.Join(lines, "; ")
}
