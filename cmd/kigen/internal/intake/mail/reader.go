package mail

import (
	"bytes"

	"kigen/cmd/kigen/internal/intake"
	"kigen/sla/inbox"
)

// Reader reads raw mails for the inbox. It holds nothing: what it may know, it is given
// with each mail.
type Reader struct{}

// Read makes an item of a mail.
func (Reader) Read(raw []byte, known intake.Known) inbox.Item {
	j := Judge{Own: known.Own, Vendors: known.Vendors, Zone: known.Zone, Seen: seen(known.Earlier)}
	return j.Item(whole(raw), known.Open)
}

// ReadHeader makes an item of a mail of which only the header was read. What the mail says is
// not known: one of a vendor waits for a person.
func (Reader) ReadHeader(header []byte, why intake.Unread, known intake.Known) inbox.Item {
	m := &Message{Unread: why, Hash: hash(header), BodyHash: hash(header)}
	m.Fields, m.Malformed = fields(withoutEnvelope(bytes.TrimRight(header, "\r\n")))
	j := Judge{Own: known.Own, Vendors: known.Vendors, Zone: known.Zone}
	if why != intake.UnreadOld { // of a mail from before kigen, no earlier copy is looked for
		j.Seen = seen(known.Earlier)
	}
	return j.Item(m, known.Open)
}

// seen finds the hash of an earlier mail's body. One whose content is gone has none, so
// that it counts as another mail.
func seen(earlier func(messageID string) ([]byte, bool)) func(string) (string, bool) {
	if earlier == nil {
		return nil
	}
	return func(messageID string) (string, bool) {
		raw, ok := earlier(messageID)
		if !ok || len(raw) == 0 {
			return "", ok
		}
		return whole(raw).BodyHash, true
	}
}

// whole reads a mail that is in memory, which fails for no content.
func whole(raw []byte) *Message {
	m, err := Read(bytes.NewReader(raw), Limit)
	if err != nil {
		return &Message{Malformed: true}
	}
	return m
}
