package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/wneessen/go-mail"
)

// form is how much of a message a mail carries.
type form uint8

// The forms, from all to least.
const (
	whole  form = iota
	linked      // links in the place of the files
	short       // the title, and where the rest is
)

// firstForm is the form that is tried first. After a refusal of the content it
// is a shorter one.
func (m *transaction) firstForm() form {
	switch {
	case !m.message.Plain:
		return whole
	case len(m.message.Attachments) > 0:
		return linked
	default:
		return short
	}
}

// write encodes the message as a mail. Headers and body are ASCII, except for
// internationalised addresses.
func (m *transaction) write(form form) ([]byte, error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	msg.SetAddrHeaderFromMailAddress(mail.HeaderFrom, m.email.from)
	msg.SetAddrHeaderFromMailAddress(mail.HeaderTo, m.header...)
	msg.Subject(m.message.Title)
	msg.SetDateWithValue(m.message.At)
	msg.SetGenHeader(mail.HeaderMessageID, m.email.messageID(m.message.Key))
	// No mail has the thread's own id, but all refer to it, so that mail programs
	// join them even if the first one is lost.
	references := []string{m.email.messageID("thread/" + m.message.Thread)}
	if m.answers != "" {
		references = append(references, m.answers)
	}
	msg.SetGenHeader(mail.HeaderReferences, strings.Join(references, " "))
	msg.SetGenHeader(mail.HeaderInReplyTo, references[len(references)-1])
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // no out-of-office answers
	msg.SetGenHeader("X-Kigen-Delivery", m.message.Key)
	msg.SetBodyString(mail.TypeTextPlain, m.text(form)+"\n")
	if form == whole {
		for _, a := range m.message.Attachments {
			err := msg.AttachReader(a.Name, bytes.NewReader(a.Data), mail.WithFileContentType(mail.ContentType(a.Type)))
			if err != nil {
				return nil, err
			}
		}
	}
	var written bytes.Buffer
	_, err := msg.WriteTo(&written)
	return written.Bytes(), err
}

// text returns the body in a form.
func (m *transaction) text(form form) string {
	text := catalog.In(m.message.Lang).Say
	switch {
	case form == short:
		lines := []string{m.message.Title, "* " + text("mail_short")}
		if link := m.message.Link; link.URL != "" {
			lines = append(lines, link.Text+": "+link.URL)
		}
		return strings.Join(lines, "\n")
	case form == linked && len(m.message.Attachments) > 0:
		lines := []string{m.message.Text, "* " + text("mail_no_files")}
		for _, f := range m.message.Files {
			if f.Link != "" {
				lines = append(lines, f.Title+": "+f.Link)
			}
		}
		return strings.Join(lines, "\n")
	}
	return m.message.Text
}

// messageID derives a Message-ID from a key.
func (e *List) messageID(key string) string {
	sum := sha256.Sum256([]byte(key))
	return "<" + hex.EncodeToString(sum[:16]) + "@" + e.domain + ">"
}
