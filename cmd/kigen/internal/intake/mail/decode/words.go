package decode

import (
	"encoding/base64"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kigen/sla/pattern"
)

var encodedWord = pattern.New(`=\?([^?\s]{1,40})\?([bBqQ])\?([^?]*)\?=`)

// Words decodes the encoded words of a header field (RFC 2047). Adjacent words of one
// character set are joined before they are decoded, because mailers split them inside a
// character. fallback is the character set of bytes that are not encoded at all.
func Words(raw, fallback string) string {
	var (
		out     strings.Builder
		pending []byte
		charset string
		at      int
	)
	flush := func() {
		out.WriteString(Text(pending, charset))
		pending = nil
	}
	for _, m := range encodedWord.FindAllStringSubmatchIndex(raw, -1) {
		between := raw[at:m[0]]
		name, _, _ := strings.Cut(strings.ToLower(raw[m[2]:m[3]]), "*") // RFC 2231 appends the language
		if pending != nil && (strings.TrimSpace(between) != "" || name != charset) {
			flush()
		}
		if strings.TrimSpace(between) != "" || at == 0 {
			out.WriteString(Text([]byte(between), fallback))
		}
		charset = name
		pending = append(pending, wordBytes(raw[m[4]:m[5]], raw[m[6]:m[7]])...)
		if pending == nil {
			pending = []byte{}
		}
		at = m[1]
	}
	if pending != nil {
		flush()
	}
	out.WriteString(Text([]byte(raw[at:]), fallback))
	return strings.Map(func(r rune) rune {
		if r == '\r' || r == '\n' || r == 0 {
			return ' '
		}
		return r
	}, out.String())
}

func wordBytes(form, text string) []byte {
	if strings.EqualFold(form, "b") {
		return Base64([]byte(text))
	}
	b, _ := io.ReadAll(quotedprintable.NewReader(strings.NewReader(strings.ReplaceAll(text, "_", " ") + "=")))
	return b
}

// Base64 decodes what there is of a base64 text, whose foreign characters it skips.
func Base64(b []byte) []byte {
	kept := make([]byte, 0, len(b))
	for _, c := range b {
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '+', c == '/':
			kept = append(kept, c)
		case c == '-':
			kept = append(kept, '+')
		case c == '_':
			kept = append(kept, '/')
		}
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(kept)))
	n, _ := base64.RawStdEncoding.Decode(out, kept[:len(kept)-len(kept)%4])
	if tail := kept[len(kept)-len(kept)%4:]; len(tail) > 1 {
		m, _ := base64.RawStdEncoding.Decode(out[n:], tail)
		n += m
	}
	return out[:n]
}

// Transfer decodes the transfer encoding of a part. What is malformed ends it.
func Transfer(b []byte, encoding string) []byte {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return Base64(b)
	case "quoted-printable":
		out, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(string(b))))
		if err != nil && len(out) < len(b)/2 {
			return b
		}
		return out
	}
	return b
}

// MediaType reads a field such as Content-Type: its value in lower case, and its
// parameters with their continuations and character sets (RFC 2231). Parameters that are
// malformed are left out.
func MediaType(field string) (value string, parameters map[string]string) {
	value, rest, _ := strings.Cut(field, ";")
	value = strings.ToLower(strings.TrimSpace(value))
	if _, plain, err := mime.ParseMediaType(field); err == nil && !strings.Contains(rest, "*") && isPlain([]byte(field)) {
		for name, v := range plain {
			plain[name] = Words(v, "")
		}
		return value, plain
	}
	parameters = map[string]string{}
	var pieces []piece
	for _, p := range splitQuoted(rest) {
		name, v, ok := strings.Cut(p, "=")
		if !ok {
			continue
		}
		name, v = strings.ToLower(strings.TrimSpace(name)), strings.Trim(strings.TrimSpace(v), `"`)
		base, index, encoded := name, 0, strings.HasSuffix(name, "*")
		base = strings.TrimSuffix(base, "*")
		if before, n, ok := strings.Cut(base, "*"); ok {
			base = before
			index, _ = strconv.Atoi(n)
		}
		if base == name {
			parameters[name] = Words(v, "")
			continue
		}
		pieces = append(pieces, piece{base, index, encoded, v})
	}
	join(pieces, parameters)
	return value, parameters
}

// piece is one continuation of a parameter.
type piece struct {
	name    string
	index   int
	encoded bool
	value   string
}

// join joins the continuations of each parameter before it decodes them.
func join(pieces []piece, parameters map[string]string) {
	slices.SortStableFunc(pieces, func(a, b piece) int { return a.index - b.index })
	bytesOf, charsets := map[string][]byte{}, map[string]string{}
	for _, p := range pieces {
		v := p.value
		if p.encoded {
			if p.index == 0 {
				if parts := strings.SplitN(v, "'", 3); len(parts) == 3 {
					charsets[p.name], v = parts[0], parts[2]
				}
			}
			if unescaped, err := url.PathUnescape(v); err == nil {
				v = unescaped
			}
		}
		bytesOf[p.name] = append(bytesOf[p.name], v...)
	}
	for name, b := range bytesOf {
		parameters[name] = Text(b, charsets[name])
	}
}

// splitQuoted splits at semicolons outside of quotes.
func splitQuoted(s string) (parts []string) {
	quoted, from := false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ';' && !quoted:
			parts, from = append(parts, s[from:i]), i+1
		}
	}
	return append(parts, s[from:])
}
