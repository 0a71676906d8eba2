package mail

import (
	"bytes"
	"io"
	"strings"

	"github.com/emersion/go-message/textproto"

	"kigen/cmd/kigen/internal/intake/mail/decode"
)

// walker walks the parts of a mail within its bounds.
type walker struct {
	message *Message
	parts   int
	texts   int // bytes of text so far
	plain   strings.Builder
	html    strings.Builder
}

// text is the text of the mail: the plain one, unless that only points at the HTML.
func (w *walker) text() string {
	if plain := w.plain.String(); strings.TrimSpace(plain) != "" {
		if w.html.Len() > 0 && pointsAtHTML(plain) {
			return decode.HTML(w.html.String())
		}
		return plain
	}
	if w.html.Len() > 0 {
		w.plain.Reset()
		return decode.HTML(w.html.String())
	}
	return ""
}

// pointsAtHTML reports whether the plain text only says that the mail is in HTML.
func pointsAtHTML(plain string) bool {
	plain = strings.ToLower(strings.TrimSpace(plain))
	return len(plain) < 300 && strings.Contains(plain, "html")
}

// part reads one part.
func (w *walker) part(header []Field, body []byte, depth int) {
	m := w.message
	if w.parts++; w.parts > mostParts || depth > mostNesting {
		m.Cut = true
		return
	}
	value := first(header, "Content-Type")
	kind, parameters := decode.MediaType(value)
	if kind == "" || !strings.Contains(kind, "/") {
		kind = "text/plain"
	}
	disposition, named := decode.MediaType(first(header, "Content-Disposition"))
	name := named["filename"]
	if name == "" {
		name = parameters["name"]
	}
	encoding := first(header, "Content-Transfer-Encoding")
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		w.multipart(kind, parameters, decodeOuter(body, encoding), depth)
	case kind == "message/rfc822" || kind == "message/global":
		w.forwarded(decode.Transfer(body, encoding), depth)
	case kind == "message/delivery-status" || kind == "message/disposition-notification":
		m.Bounce = true
	case kind == "application/pkcs7-mime" || kind == "application/x-pkcs7-mime":
		w.secured(parameters["smime-type"], name)
	case kind == "text/calendar" && len(m.Calendars) < 10:
		if b := decode.Transfer(body, encoding); len(b) < mostHeader {
			m.Calendars = append(m.Calendars, []byte(decode.Text(b, parameters["charset"])))
		}
	case strings.HasPrefix(kind, "text/") && disposition != "attachment" && (kind == "text/plain" || kind == "text/html" || kind == "text/enriched"):
		w.words(kind, parameters, decode.Transfer(body, encoding))
	default:
		w.attach(name, kind, decode.Transfer(body, encoding), depth)
	}
}

// attach notes an attachment. A mail that is attached as a file is a forwarded one.
func (w *walker) attach(name, kind string, content []byte, depth int) {
	if strings.HasSuffix(strings.ToLower(name), ".eml") {
		w.forwarded(content, depth)
		return
	}
	if strings.HasSuffix(strings.ToLower(name), ".ics") && len(content) < mostHeader && len(w.message.Calendars) < 10 {
		w.message.Calendars = append(w.message.Calendars, content)
		return
	}
	if strings.HasSuffix(kind, "pkcs7-signature") || strings.HasSuffix(kind, "pgp-signature") {
		return
	}
	if len(w.message.Attachments) < 100 {
		w.message.Attachments = append(w.message.Attachments, Attachment{name, kind, len(content)})
	}
}

func first(header []Field, name string) string {
	for _, f := range header {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// decodeOuter decodes a multipart that is itself encoded, which the standard forbids and
// some gateways do.
func decodeOuter(body []byte, encoding string) []byte {
	if bytes.Contains(body, []byte("--")) {
		return body
	}
	return decode.Transfer(body, encoding)
}

func (w *walker) multipart(kind string, parameters map[string]string, body []byte, depth int) {
	m := w.message
	switch kind {
	case "multipart/encrypted":
		m.Encrypted = true
		return
	case "multipart/report":
		m.Bounce = true
	}
	boundary := parameters["boundary"]
	if boundary == "" || len(boundary) > 1000 {
		m.Malformed = true
		return
	}
	parts := textproto.NewMultipartReader(bytes.NewReader(body), boundary)
	for {
		p, err := parts.NextPart()
		if err != nil {
			if err != io.EOF { //nolint:errorlint // the reader returns it bare
				m.Malformed = true
			}
			return
		}
		if w.parts >= mostParts {
			m.Cut = true
			return
		}
		content, err := io.ReadAll(p)
		if err != nil && len(content) == 0 {
			m.Malformed = true
			return
		}
		var header []Field
		for f := p.Header.Fields(); f.Next(); {
			header = append(header, Field{Name: f.Key(), Value: f.Value()})
		}
		w.part(header, content, depth+1)
	}
}

// forwarded reads a mail inside the mail.
func (w *walker) forwarded(raw []byte, depth int) {
	if depth+1 > mostNesting || len(w.message.Forwarded) >= 5 {
		w.message.Cut = true
		return
	}
	inner := &Message{}
	raw = withoutEnvelope(raw)
	head, body, _ := cutHeader(raw)
	inner.Fields, inner.Malformed = fields(head)
	inside := &walker{message: inner, parts: w.parts, texts: w.texts}
	inside.part(inner.Fields, body, depth+1)
	inner.Text = inside.text()
	w.parts, w.texts = inside.parts, inside.texts
	w.message.Cut = w.message.Cut || inner.Cut
	w.message.Forwarded = append(w.message.Forwarded, inner)
}

// secured notes an S/MIME part. The text of a signed one stands inside it unencrypted, but
// in a container whose signature nobody here could check.
func (w *walker) secured(kind, name string) {
	if kind == "certs-only" {
		return
	}
	w.message.Encrypted = true
	w.message.Attachments = append(w.message.Attachments, Attachment{Name: name, Type: "application/pkcs7-mime"})
}

// words adds the text of a part.
func (w *walker) words(kind string, parameters map[string]string, b []byte) {
	m := w.message
	if w.texts += len(b); w.texts > mostText {
		m.Cut = true
		return
	}
	charset := parameters["charset"]
	if m.charset == "" {
		m.charset = charset
	}
	if charset == "" && kind == "text/html" {
		charset = decode.Declared(b)
	}
	text := decode.Text(b, charset)
	if strings.Contains(text, "-----BEGIN PGP MESSAGE-----") {
		m.Encrypted = true
		return
	}
	if kind == "text/plain" {
		if strings.EqualFold(parameters["format"], "flowed") {
			text = unflow(text, strings.EqualFold(parameters["delsp"], "yes"))
		}
		w.plain.WriteString(strings.ReplaceAll(text, "\r\n", "\n"))
		w.plain.WriteByte('\n')
		return
	}
	w.html.WriteString(text)
}

// unflow joins the lines that format=flowed has split (RFC 3676), within one depth of
// quoting.
func unflow(text string, deleteSpace bool) string {
	var out strings.Builder
	open, depth := false, 0
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		rest := strings.TrimLeft(line, ">")
		quotes := len(line) - len(rest)
		content := strings.TrimPrefix(rest, " ") // space-stuffing
		if open && quotes == depth && content != "-- " {
			line = content
		} else {
			if open {
				out.WriteByte('\n')
			}
			if quotes == 0 {
				line = content
			}
		}
		depth = quotes
		open = strings.HasSuffix(line, " ") && line != "-- "
		if open && deleteSpace {
			line = strings.TrimSuffix(line, " ")
		}
		out.WriteString(line)
		if !open {
			out.WriteByte('\n')
		}
	}
	return out.String()
}
