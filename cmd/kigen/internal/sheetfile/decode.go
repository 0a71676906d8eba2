package sheetfile

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// coding is the encoding of a text file.
type coding struct {
	name  string
	codec encoding.Encoding // nil: UTF-8
}

var (
	isUTF8    = coding{name: "UTF-8"}
	isUTF16LE = coding{"UTF-16", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)}
	isUTF16BE = coding{"UTF-16", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)}
	isCP932   = coding{"CP932 (Shift_JIS)", japanese.ShiftJIS} // with the characters of Windows
)

// marks are the byte order marks.
var marks = []struct {
	mark string
	of   coding
}{{"\xef\xbb\xbf", isUTF8}, {"\xff\xfe", isUTF16LE}, {"\xfe\xff", isUTF16BE}}

// decode returns the text as UTF-8, without a byte order mark, and its encoding. What
// the encoding does not hold becomes U+FFFD, or stays invalid in UTF-8.
func decode(raw []byte) (string, coding) {
	of := codingOf(raw)
	for _, m := range marks {
		raw = bytes.TrimPrefix(raw, []byte(m.mark))
	}
	if of.codec == nil {
		return string(raw), of
	}
	decoded, err := of.codec.NewDecoder().Bytes(raw)
	if err != nil { // never: these decoders replace what they can't read
		return string(raw), isUTF8
	}
	return string(decoded), of
}

// codingOf detects the encoding: a byte order mark decides, then zero bytes, which only
// UTF-16 has, then whether the bytes are UTF-8. Text that is mostly UTF-8 is a damaged
// file, which CP932 would read as other characters.
func codingOf(raw []byte) coding {
	for _, m := range marks {
		if bytes.HasPrefix(raw, []byte(m.mark)) {
			return m.of
		}
	}
	if of, ok := utf16Of(raw); ok {
		return of
	}
	if utf8.Valid(raw) || mostlyUTF8(raw) {
		return isUTF8
	}
	return isCP932
}

// utf16Of detects UTF-16 without a mark. A separator or a line break has its zero byte
// in the high half of a unit, and no text has zero units.
func utf16Of(raw []byte) (coding, bool) {
	var zeros [2]int
	for i, b := range raw {
		if b == 0 {
			zeros[i%2]++
		}
	}
	enough := len(raw)%2 == 0 && (zeros[0]+zeros[1])*16 >= len(raw)
	switch {
	case enough && zeros[0] == 0:
		return isUTF16LE, true
	case enough && zeros[1] == 0:
		return isUTF16BE, true
	}
	return coding{}, false
}

// mostlyUTF8 reports whether most bytes beyond ASCII belong to UTF-8 sequences of three
// bytes or more, as Japanese has them. In CP932 such sequences are rare.
func mostlyUTF8(raw []byte) bool {
	inside, beyond := 0, 0
	for len(raw) > 0 {
		_, size := utf8.DecodeRune(raw)
		switch {
		case size >= 3:
			inside += size
			beyond += size
		case raw[0] >= utf8.RuneSelf:
			beyond += size
		}
		raw = raw[size:]
	}
	return inside*2 > beyond
}

// undecodable reports whether a cell holds a character that its encoding does not.
func (c coding) undecodable(cell string) bool {
	if c.codec == nil {
		return !utf8.ValidString(cell)
	}
	return bytes.ContainsRune([]byte(cell), utf8.RuneError)
}
