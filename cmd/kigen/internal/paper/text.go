package paper

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// decodeText decodes a text in UTF-8, UTF-16 with a mark, or one of the older Japanese
// encodings. It reports false for what is no text.
func decodeText(data []byte) (string, bool) {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		text, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(data)
		return string(text), err == nil && !binary(string(text))
	case utf8.Valid(data):
		text := strings.TrimPrefix(string(data), "\ufeff")
		return text, !binary(text)
	case bytes.IndexByte(data, 0) >= 0:
		return "", false
	}
	best, fewest := "", len(data)
	for _, form := range []encoding.Encoding{japanese.ShiftJIS, japanese.EUCJP} {
		text, err := form.NewDecoder().Bytes(data)
		if err != nil {
			continue
		}
		if wrong := bytes.Count(text, []byte("\ufffd")) + odd(string(text)); wrong < fewest {
			best, fewest = string(text), wrong
		}
	}
	if fewest*50 <= utf8.RuneCountInString(best) && !binary(best) {
		return best, true
	}
	text := strings.ToValidUTF8(string(data), "\ufffd")
	return text, !binary(text)
}

// odd counts the half-width katakana of a text, which a wrong decoding is full of.
func odd(text string) int {
	n := 0
	for _, r := range text {
		if r >= 0xff61 && r <= 0xff9f {
			n++
		}
	}
	return n
}
