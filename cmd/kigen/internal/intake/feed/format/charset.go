package format

import (
	"bytes"
	"mime"
	"slices"
	"strings"
	"unicode/utf8"

	"kigen/sla/pattern"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

var (
	declaration = pattern.New(`^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]+)["']`)
	prolog      = pattern.New(`^\s*<\?xml[^>]*\?>`)
)

// aliases are names of Windows-31J that the index of the web does not have. Its Shift_JIS
// is that character set, too.
var aliases = map[string]string{"cp932": "windows-31j", "ms932": "windows-31j", "windows-932": "windows-31j", "x-ms-cp932": "windows-31j", "cp943": "windows-31j", "cp51932": "euc-jp", "eucjp": "euc-jp"}

// decode returns the text of a document: by its byte order mark, then the header, then
// the declaration. A header that the bytes contradict gives way to the declaration.
func decode(body []byte, contentType string, f Format) (string, error) {
	if e, rest := mark(body); e != nil {
		return decodeAs(e, rest)
	}
	labels := []string{header(contentType)}
	if declared := declaration.FindSubmatch(head(body)); declared != nil {
		labels = append(labels, string(declared[1]))
	}
	if f == WatchedPage {
		if _, name, certain := charset.DetermineEncoding(head(body), ""); certain || name != "windows-1252" {
			labels = append(labels, name)
		}
	}
	labels = append(labels, "utf-8")
	if weak(labels[0]) { // a server's default says less than the document
		labels = append(labels[1:], labels[0])
	}
	best, fewest := "", -1
	for _, label := range labels {
		e := lookup(label)
		if e == nil {
			continue
		}
		text, broken := convert(e, body)
		if broken == 0 {
			return withoutProlog(text), nil
		}
		if fewest < 0 || broken < fewest {
			best, fewest = text, broken
		}
	}
	// A few broken characters are the vendor's; many are another character set.
	if fewest < 0 || garbled(best, fewest) {
		return "", refuse(Charset, "the document's characters cannot be read: neither its header nor its declaration names their encoding")
	}
	return withoutProlog(best), nil
}

// garbled reports whether a text has so many broken characters that it is in another
// encoding.
func garbled(text string, broken int) bool {
	foreign := 0
	for _, r := range text {
		if r >= utf8.RuneSelf {
			foreign++
		}
	}
	return broken > len(text) || broken > 3 && broken*5 > foreign
}

// mark finds the encoding by a byte order mark, or by the zero bytes of a JSON document
// in UTF-16.
func mark(body []byte) (encoding.Encoding, []byte) {
	switch {
	case bytes.HasPrefix(body, []byte{0xef, 0xbb, 0xbf}):
		return unicode.UTF8, body[3:]
	case bytes.HasPrefix(body, []byte{0xfe, 0xff}):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), body[2:]
	case bytes.HasPrefix(body, []byte{0xff, 0xfe}):
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), body[2:]
	case len(body) >= 2 && body[0] == 0 && body[1] != 0:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), body
	case len(body) >= 2 && body[0] != 0 && body[1] == 0:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), body
	}
	return nil, body
}

func decodeAs(e encoding.Encoding, body []byte) (string, error) {
	text, broken := convert(e, body)
	if garbled(text, broken) {
		return "", refuse(Charset, "the document's characters cannot be read: they are not in the encoding that its first bytes name")
	}
	return withoutProlog(text), nil
}

// convert returns the text, and how many characters of it are broken.
func convert(e encoding.Encoding, body []byte) (string, int) {
	if e == unicode.UTF8 {
		if utf8.Valid(body) {
			return string(body), 0
		}
		text := string(bytes.ToValidUTF8(body, []byte("\ufffd")))
		return text, strings.Count(text, "\ufffd")
	}
	out, err := e.NewDecoder().Bytes(body)
	if err != nil {
		return "", len(body) + 1
	}
	return string(out), bytes.Count(out, []byte("\ufffd"))
}

func header(contentType string) string {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return params["charset"]
}

// weak are the encodings that servers name by default, and in which any bytes are a text.
func weak(label string) bool {
	return slices.Contains([]string{"iso-8859-1", "us-ascii", "ascii", "latin1", "windows-1252"}, strings.ToLower(label))
}

func lookup(label string) encoding.Encoding {
	label = strings.ToLower(strings.TrimSpace(label))
	if to, ok := aliases[label]; ok {
		label = to
	}
	if label == "" {
		return nil
	}
	if label == "utf-8" || label == "utf8" {
		return unicode.UTF8
	}
	e, err := htmlindex.Get(label)
	if err != nil {
		return nil
	}
	return e
}

func head(body []byte) []byte { return body[:min(len(body), 1024)] }

// withoutProlog drops the declaration, which names an encoding that the text has no more.
func withoutProlog(text string) string {
	text = strings.TrimPrefix(text, "\ufeff")
	return text[len(prolog.FindString(text[:min(len(text), 1024)])):]
}
