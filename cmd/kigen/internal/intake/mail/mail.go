// Package mail reads vendors' mails: the raw bytes of one, with what is known of vendors
// and open incidents, become an item of package intake. It knows no database, no clock
// and no network; a link or an image is never fetched.
//
//	raw bytes ── Read ──► Message ── Judge.Item(message, open incidents) ──► intake.Item
//
// Read never fails on a mail's content: what is malformed, too large or encrypted is still
// a message with its headers, which says so. Judge answers these questions in this order,
// each in a file or a package of its own:
//
//	who sent it         trust: lines of our own servers, alignment, look-alikes
//	when it reached us  trust: the first Received from the top that our MX wrote
//	what is new in it   fresh: without quotes, forwards and signatures
//	what it is about    wording: the kind, and what speaks against taking it by itself
//	which times         times: of the incident or of planned work
//	which incident      keys: ticket number, our chaser, [KGN-n], service and time
//
// Item.Auto is true only if every answer agrees; each doubt is a reason.
package mail

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"

	"github.com/emersion/go-message/textproto"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/intake/mail/decode"
	"kigen/cmd/kigen/internal/intake/mail/trust"
)

// Limit is the largest mail that is read whole: what mail servers accept.
const Limit = 25 << 20

// Bounds of the parts that are read.
const (
	mostHeader  = 1 << 20 // bytes of a header, of the mail or of a part
	mostParts   = 1000
	mostNesting = 20
	mostText    = 4 << 20 // bytes of text, over all parts
)

// Field is a header field, its value unfolded but not decoded.
type Field = trust.Field

// Message is a mail as it was read.
type Message struct {
	Fields      []Field // from the top
	Text        string  // of the plain parts, or made from HTML where there are none
	Calendars   [][]byte
	Attachments []Attachment
	Forwarded   []*Message // mails that it carries as attachments
	Hash        string     // SHA-256 of the mail, in hex; empty if it is too large
	BodyHash    string     // likewise of what follows the header

	Unread    intake.Unread // why only the header was read; empty: the whole mail was
	Encrypted bool          // the text, by S/MIME or PGP
	Bounce    bool          // a report of a mail server
	Cut       bool          // a bound ended the reading: parts, nesting, text
	Malformed bool          // the header has lines that are no fields
	FromHTML  bool          // the text was made from HTML alone

	charset string // of the first text, for header fields that declare none
}

// Attachment is a part that is no text of the mail.
type Attachment struct {
	Name, Type string
	Size       int
}

// Get returns the first field of a name, decoded.
func (m *Message) Get(name string) string {
	for _, f := range m.Fields {
		if strings.EqualFold(f.Name, name) {
			return strings.TrimSpace(decode.Words(f.Value, m.charset))
		}
	}
	return ""
}

// Values returns all fields of a name as they are written.
func (m *Message) Values(name string) (values []string) {
	for _, f := range m.Fields {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return values
}

// Read reads a mail. The error is that of r: a mail of any content is a Message. Of one
// beyond the limit only the header is kept, and reading stops.
func Read(r io.Reader, limit int64) (*Message, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	m := &Message{}
	if int64(len(raw)) > limit {
		m.Unread = intake.UnreadTooLarge
		head, _, whole := cutHeader(raw[:min(len(raw), mostHeader)])
		m.Fields, m.Malformed = fields(head)
		m.Malformed = m.Malformed || !whole
		return m, nil
	}
	m.Hash = hash(raw)
	parse(m, raw)
	return m, nil
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// parse reads a mail into m.
func parse(m *Message, raw []byte) {
	raw = withoutEnvelope(raw)
	head, body, _ := cutHeader(raw)
	m.Fields, m.Malformed = fields(head)
	m.BodyHash = hash(body)
	w := &walker{message: m}
	w.part(m.Fields, body, 0)
	m.Text = w.text()
	m.FromHTML = w.plain.Len() == 0 && w.html.Len() > 0
}

// withoutEnvelope drops the line "From …" that mailboxes put before a mail.
func withoutEnvelope(raw []byte) []byte {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(raw, []byte("From ")) {
		if _, rest, ok := bytes.Cut(raw, []byte("\n")); ok {
			return rest
		}
	}
	return raw
}

// cutHeader splits a mail or part at its first empty line.
func cutHeader(raw []byte) (head, body []byte, whole bool) {
	for at := 0; at < len(raw); {
		end := bytes.IndexByte(raw[at:], '\n')
		if end < 0 {
			break
		}
		if len(bytes.TrimRight(raw[at:at+end], "\r")) == 0 {
			return raw[:at], raw[at+end+1:], true
		}
		at += end + 1
	}
	return raw, nil, false
}

// fields reads the fields of a header. Lines that are none are left out and reported: a
// mail with one is still a mail, but nothing about it is certain.
func fields(head []byte) (list []Field, malformed bool) {
	if len(head) > mostHeader {
		head, malformed = head[:mostHeader], true
	}
	var clean bytes.Buffer
	folded := false // the line before belongs to a field
	for line := range bytes.Lines(head) {
		line = bytes.TrimRight(line, "\r\n")
		switch name, _, ok := bytes.Cut(line, []byte(":")); {
		case len(line) > 0 && (line[0] == ' ' || line[0] == '\t') && folded:
		case ok && isName(name):
			folded = true
		default:
			folded, malformed = false, true
			continue
		}
		clean.Write(bytes.ReplaceAll(line, []byte("\r"), []byte(" ")))
		clean.WriteString("\r\n")
	}
	clean.WriteString("\r\n")
	header, err := textproto.ReadHeader(bufio.NewReader(&clean))
	if err != nil && !errors.Is(err, io.EOF) {
		malformed = true
	}
	for f := header.Fields(); f.Next(); {
		list = append(list, Field{Name: f.Key(), Value: f.Value()})
	}
	return list, malformed
}

func isName(name []byte) bool {
	name = bytes.TrimRight(name, " \t")
	for _, c := range name {
		if c < 33 || c > 126 {
			return false
		}
	}
	return len(name) > 0 && len(name) < 100
}
