// Package decode turns the bytes of mails into text: character sets as they are used and
// misused in Japan, encoded words, parameters and HTML. Bytes that no character set
// explains become U+FFFD; nothing is an error, because a mail that cannot be read well is
// still a mail that somebody must see.
package decode

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// names lists the names of character sets that mails use and browsers do not know.
var names = map[string]encoding.Encoding{
	"cp932": japanese.ShiftJIS, "ms932": japanese.ShiftJIS, "windows-932": japanese.ShiftJIS, "shift_jis-2004": japanese.ShiftJIS, "shift_jisx0213": japanese.ShiftJIS, "cp943c": japanese.ShiftJIS,
	"eucjp-ms": japanese.EUCJP, "eucjp-win": japanese.EUCJP, "cp51932": japanese.EUCJP, "ujis": japanese.EUCJP,
	"utf8": unicode.UTF8, "utf-8mb4": unicode.UTF8,
	"utf-16": unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "utf16": unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	"utf-16be": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "utf-16le": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
}

// isJIS reports whether a name is of the seven-bit family of ISO-2022-JP.
func isJIS(name string) bool {
	return strings.HasPrefix(name, "iso-2022-jp") || strings.HasPrefix(name, "csiso2022jp") || name == "jis" || strings.HasPrefix(name, "cp5022")
}

// Text decodes bytes of a declared character set; empty: none is declared. A wrong
// declaration is overruled by bytes that only another character set explains.
func Text(b []byte, declared string) string {
	declared = strings.ToLower(strings.Trim(strings.TrimSpace(declared), `"'`))
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return strings.ToValidUTF8(string(b[3:]), "\ufffd")
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		return with(unicode.UTF16(unicode.BigEndian, unicode.UseBOM), b)
	case isJIS(declared):
		return jis(b)
	}
	if bytes.Contains(b, []byte("\x1b$")) || bytes.Contains(b, []byte("\x1b(I")) {
		if !strings.HasPrefix(declared, "utf-16") {
			return jis(b)
		}
	}
	known := encodingOf(declared)
	if known == nil || isASCII(declared) {
		return guess(b)
	}
	text := with(known, b)
	if isLatin(declared) && utf8.Valid(b) && !isPlain(b) {
		return string(b) // UTF-8 under the name of a Latin set
	}
	if strings.ContainsRune(text, '\ufffd') {
		if other := guess(b); strings.Count(other, "\ufffd") < strings.Count(text, "\ufffd") {
			return other
		}
	}
	return text
}

func encodingOf(name string) encoding.Encoding {
	if e := names[name]; e != nil {
		return e
	}
	e, err := htmlindex.Get(name)
	if err != nil || e == encoding.Replacement {
		return nil
	}
	return e
}

func isASCII(name string) bool {
	return name == "us-ascii" || name == "ascii" || name == "ansi_x3.4-1968"
}

func isLatin(name string) bool {
	return strings.HasPrefix(name, "iso-8859-") || strings.HasPrefix(name, "windows-125") || name == "latin1"
}

func isPlain(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func with(e encoding.Encoding, b []byte) string {
	text, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	return strings.ToValidUTF8(string(text), "\ufffd")
}

// guess decodes bytes without a usable declaration: UTF-8 if they are that, else the
// Japanese set with fewer faults and more of the letters that Japanese texts consist of.
func guess(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	best, most := strings.ToValidUTF8(string(b), "\ufffd"), -1<<30
	for _, e := range []encoding.Encoding{unicode.UTF8, japanese.ShiftJIS, japanese.EUCJP} {
		text := with(e, b)
		score := 0
		for _, r := range text {
			switch {
			case r == '\ufffd':
				score -= 20
			case r >= 'ぁ' && r <= 'ヶ':
				score += 2
			case r >= '一' && r <= '龠', r == '、', r == '。':
				score++
			case r >= 'ｦ' && r <= 'ﾟ': // what EUC-JP looks like as Shift_JIS
				score -= 2
			}
		}
		if score > most {
			best, most = text, score
		}
	}
	return best
}

// jis decodes ISO-2022-JP with what mailers in Japan put into it: half-width kana by
// escape, by shift-out or as bytes, and lines that end without their escape. Each line
// begins in ASCII (RFC 1468).
func jis(b []byte) string {
	var out strings.Builder
	for line := range bytes.Lines(b) {
		if bytes.IndexByte(line, 0x1b) < 0 && bytes.IndexByte(line, 0x0e) < 0 {
			out.WriteString(eightBit(line))
			continue
		}
		jisLine(&out, line)
	}
	return out.String()
}

// jisLine decodes a line run by run.
func jisLine(out *strings.Builder, line []byte) {
	set := "B"
	for len(line) > 0 {
		if name, rest, ok := escape(line); ok {
			set, line = name, rest
			continue
		}
		end := bytes.IndexAny(line[1:], "\x1b\x0e\x0f") + 1
		if end == 0 {
			end = len(line)
		}
		run := line[:end]
		line = line[end:]
		tail := len(run)
		for tail > 0 && (run[tail-1] == '\n' || run[tail-1] == '\r') {
			tail--
		}
		text := run[:tail]
		switch set {
		case "I": // half-width kana in seven bits
			for _, c := range text {
				if c >= 0x21 && c <= 0x5f {
					out.WriteRune(rune(c) - 0x21 + '｡')
				} else {
					out.WriteByte(c & 0x7f)
				}
			}
		case "$":
			out.WriteString(with(japanese.ISO2022JP, append([]byte("\x1b$B"), text...)))
		case "$D":
			out.WriteString(with(japanese.ISO2022JP, append([]byte("\x1b$(D"), text...)))
		default:
			out.WriteString(eightBit(text))
		}
		out.Write(run[tail:])
	}
}

// escapes lists the sequences that switch between the sets.
var escapes = []struct{ sequence, set string }{
	{"\x1b$B", "$"}, {"\x1b$@", "$"}, {"\x1b&@\x1b$B", "$"}, {"\x1b$(B", "$"}, {"\x1b$(@", "$"}, {"\x1b$(D", "$D"}, {"\x1b$(Q", "$"}, {"\x1b$(O", "$"},
	{"\x1b(B", "B"}, {"\x1b(J", "B"}, {"\x1b(H", "B"}, {"\x1b(I", "I"}, {"\x0e", "I"}, {"\x0f", "B"},
}

func escape(line []byte) (set string, rest []byte, ok bool) {
	for _, e := range escapes {
		if rest, ok := bytes.CutPrefix(line, []byte(e.sequence)); ok {
			return e.set, rest, true
		}
	}
	return "", line, false
}

// eightBit decodes bytes of a text that should have seven bits.
func eightBit(b []byte) string {
	if isPlain(b) {
		return string(b)
	}
	return guess(b)
}
