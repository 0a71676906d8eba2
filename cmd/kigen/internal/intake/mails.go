package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"kigen/sla/inbox"
	"kigen/sla/tracker"
)

// RawMail is a mail as it lies in a mailbox, or as it was sent.
type RawMail struct {
	Raw     []byte
	Unread  Unread    // why Raw is the header alone; empty: it is the whole mail
	Arrived time.Time // in the mailbox; zero: not known
	Place   string    // in the mailbox, unlike that of any other mail there; empty: it came from none
}

// Unread says why only the header of a mail was read. That of a broken mail may be empty.
type Unread string

// The reasons.
const (
	UnreadOld      Unread = "old"       // it was there before its mailbox was watched
	UnreadTooLarge Unread = "too_large" // for a mailbox's reader
	UnreadGone     Unread = "gone"      // somebody took it away before it was read
	UnreadBroken   Unread = "broken"    // each attempt to read it failed
)

// ReadMails makes entries of mails, in their order, against what is known now.
func (s *Service) ReadMails(ctx context.Context, mails []RawMail) ([]Entry, error) {
	known, err := s.Known(ctx)
	if err != nil {
		return nil, err
	}
	// A sender may use a Message-ID twice within one look, too.
	earlier, here := known.Earlier, map[string][]byte{}
	known.Earlier = func(messageID string) ([]byte, bool) {
		if raw, ok := here[messageID]; ok {
			return raw, true
		}
		return earlier(messageID)
	}
	entries := make([]Entry, len(mails))
	for i := range mails {
		entries[i] = s.readMail(&mails[i], known)
		if id := entries[i].SourceID; here[id] == nil && mails[i].Unread == "" {
			here[id] = mails[i].Raw
		}
	}
	return entries, nil
}

// readMail makes an entry of a mail. The content of an old one is not kept: nothing follows
// from it, and it may be anybody's.
func (s *Service) readMail(m *RawMail, known Known) (e Entry) {
	sum := sha256.Sum256(m.Raw)
	hash := hex.EncodeToString(sum[:])
	if m.Unread == "" {
		e.Item = s.Mails.Read(m.Raw, known)
		e.Document = inbox.Document{Name: "mail.eml", Type: "message/rfc822", Content: m.Raw}
	} else {
		e.Item = s.Mails.ReadHeader(m.Raw, m.Unread, known)
		e.Document = inbox.Document{Name: "header.txt", Type: "text/rfc822-headers"}
		if m.Unread != UnreadOld {
			e.Content = m.Raw
		}
	}
	e.Evidence = hash
	if e.SourceID == "" {
		e.SourceID = "sha256:" + hash
	}
	if len(m.Raw) == 0 {
		e.SourceID, e.Title = "place:"+m.Place, m.Place
	}
	if e.ReceivedAt.IsZero() {
		e.ReceivedAt = m.Arrived
	}
	return e
}

// storableText leaves out what a database on a server does not take in a text.
func storableText(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}

// storable makes the texts of an item storable.
func storable(it *inbox.Item) {
	for _, s := range []*string{&it.SourceID, &it.Vendor, &it.Service, &it.Title, &it.Text, &it.Channel, &it.Reference, &it.Link} {
		*s = storableText(*s)
	}
}

// readPushed makes an entry of a mail that was sent.
func (s *Service) readPushed(ctx context.Context, raw []byte) ([]Entry, error) {
	if len(raw) == 0 {
		return nil, tracker.Invalidf("body", "", "is empty: send the mail as it came, such as a file that a mail program saved as .eml")
	}
	if s.Mails == nil {
		return nil, tracker.Invalidf("Content-Type", "message/rfc822", "can't be read here: this kigen has no reader of mails")
	}
	return s.ReadMails(ctx, []RawMail{{Raw: raw}})
}
