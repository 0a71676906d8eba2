package mail

import (
	"slices"
	"strings"
	"time"

	"kigen/sla/pattern"

	"kigen/cmd/kigen/internal/intake"
	"kigen/sla/inbox"
)

// dateAhead bounds how far Date may lie after the receipt.
const dateAhead = 15 * time.Minute

// ofHeader lists what in the header and the form of a mail speaks against it.
func (c *reading) ofHeader(item *inbox.Item) (doubts []inbox.Reason) {
	because := func(key string) { doubts = append(doubts, intake.Because(key)) }
	m := c.m
	if c.arrival.At.IsZero() {
		because(intake.ReasonHeaderNoReceipt)
	}
	if dates := m.Values("Date"); len(dates) > 1 || !c.arrival.At.IsZero() && item.SentAt.Sub(c.arrival.At) > dateAhead {
		because(intake.ReasonHeaderDateAhead)
	}
	switch {
	case m.Unread != "":
		because(whyUnread(m.Unread))
	case m.Encrypted:
		because(intake.ReasonTextEncrypted)
	case m.Cut:
		because(intake.ReasonTextCut)
	}
	if m.Malformed || len(m.Values("Subject")) > 1 || len(m.Values("Message-Id")) > 1 || len(m.Values("In-Reply-To")) > 1 || len(m.Values("Content-Type")) > 1 {
		because(intake.ReasonTextMalformed)
	}
	if garbled(m.Text) {
		because(intake.ReasonTextGarbled)
	}
	if c.isAutoReply() {
		because(intake.ReasonAutoReply)
	}
	if m.Bounce {
		because(intake.ReasonAutoBounce)
	}
	if c.isBulk() {
		because(intake.ReasonCopyOfList)
	}
	if c.isForward() {
		because(intake.ReasonCopyForwarded)
	}
	if c.isOurLoop() {
		because(intake.ReasonOwnLoop)
	}
	return doubts
}

func whyUnread(why intake.Unread) string {
	switch why {
	case intake.UnreadOld:
		return intake.ReasonTextOld
	case intake.UnreadGone:
		return intake.ReasonTextGone
	case intake.UnreadBroken:
		return intake.ReasonTextBroken
	}
	return intake.ReasonTextTooLarge
}

// garbled reports whether more than a stray character of a text could not be decoded.
func garbled(text string) bool {
	n := strings.Count(text, "\ufffd")
	return n > 3 && n*100 > len([]rune(text))
}

// isAutoReply reads what a program says of itself (RFC 3834). A notice that a monitoring
// system sends is auto-generated, too: it is judged by its text, and left to a person.
func (c *reading) isAutoReply() bool {
	for _, field := range c.m.Values("Auto-Submitted") {
		word, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(field)), ";")
		if strings.TrimSpace(word) != "no" {
			return true
		}
	}
	precedence := strings.ToLower(c.m.Get("Precedence"))
	return precedence == "auto_reply" || precedence == "junk" || len(c.m.Values("X-Autoreply"))+len(c.m.Values("X-Autorespond")) > 0 || c.emptyReturn()
}

// replies reports whether the header says that a program answers a mail.
func (c *reading) replies() bool {
	for _, field := range c.m.Values("Auto-Submitted") {
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(field)), "auto-replied") {
			return true
		}
	}
	return strings.ToLower(c.m.Get("Precedence")) == "auto_reply" || len(c.m.Values("X-Autoreply"))+len(c.m.Values("X-Autorespond")) > 0
}

// emptyReturn: a mail without a return path is a report of a server or a program.
func (c *reading) emptyReturn() bool {
	paths := c.m.Values("Return-Path")
	return len(paths) > 0 && strings.TrimSpace(paths[0]) == "<>"
}

func (c *reading) isBulk() bool {
	switch strings.ToLower(c.m.Get("Precedence")) {
	case "bulk", "list":
		return true
	}
	for _, name := range []string{"List-Id", "List-Unsubscribe", "List-Post", "List-Help", "X-Ml-Name", "Mailing-List", "X-Campaign", "Feedback-Id"} {
		if len(c.m.Values(name)) > 0 {
			return true
		}
	}
	return listSubject.MatchString(c.subject)
}

// isList reports whether a mailing list passed the mail on.
func (c *reading) isList() bool {
	return len(c.m.Values("List-Id"))+len(c.m.Values("List-Post"))+len(c.m.Values("X-Ml-Name"))+len(c.m.Values("X-Original-From")) > 0 ||
		strings.EqualFold(c.m.Get("Precedence"), "list")
}

var (
	listSubject    = pattern.New(`^\s*[\[(][A-Za-z][\w.-]{1,40}[:# ]\s?\d{1,7}[\])]`)
	forwardSubject = pattern.New(`(?i)^\s*(?:(?:re|aw)\s*[:：]\s*)*(?:fwd?|fw|tr|wg|転送)\s*[:：]`)
)

// isForward reports whether somebody passed the mail on.
func (c *reading) isForward() bool {
	if len(c.m.Values("Resent-From"))+len(c.m.Values("Resent-Date"))+len(c.m.Values("X-Forwarded-For")) > 0 {
		return true
	}
	return forwardSubject.MatchString(c.subject) || c.parts.Marked || len(c.m.Forwarded) > 0 && !c.m.Bounce
}

// isOurLoop reports whether a mail is one that we sent.
func (c *reading) isOurLoop() bool {
	id := bare(c.m.Get("Message-Id"))
	for _, o := range c.incidents {
		if id != "" && slices.ContainsFunc(o.Chasers, func(sent string) bool { return bare(sent) == id }) {
			return true
		}
	}
	return len(c.m.Values("X-Loop")) > 0
}
