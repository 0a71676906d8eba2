package mail

import (
	"bytes"

	"kigen/cmd/kigen/internal/intake"
)

// Reader reads raw mails for the inbox. It holds nothing: what it may know, it is given
// with each mail.
type Reader struct{}

// Read makes an item of a mail.
func (Reader) Read(raw []byte, known intake.Known) intake.Item {
	j := Judge{Own: known.Own, Vendors: known.Vendors, Zone: known.Zone, Seen: seen(known.Earlier)}
	return j.Item(whole(raw), known.Open)
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
