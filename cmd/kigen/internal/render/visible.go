package render

import (
	"io"
	"slices"
	"unicode/utf8"

	"kigen/sla/phrase"
)

// visible writes text so that each character shows: what would control a terminal or
// change the direction of writing becomes an escape, as on paper and in spreadsheets.
type visible struct {
	out  io.Writer
	rest []byte // the beginning of a character, or a carriage return whose line feed may follow
}

// Write writes whole characters and keeps the beginning of one for the next call.
func (v *visible) Write(p []byte) (int, error) {
	text := slices.Concat(v.rest, p)
	whole := wholeUntil(text)
	v.rest = append([]byte(nil), text[whole:]...)
	if _, err := io.WriteString(v.out, phrase.Lines(string(text[:whole]))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close writes the rest.
func (v *visible) Close() error {
	_, err := io.WriteString(v.out, phrase.Lines(string(v.rest)))
	return err
}

// wholeUntil is the length of the text without an unfinished character at its end.
func wholeUntil(text []byte) int {
	for back := 1; back <= min(utf8.UTFMax, len(text)); back++ {
		if start := len(text) - back; utf8.RuneStart(text[start]) {
			if text[start] == '\r' || !utf8.FullRune(text[start:]) {
				return start
			}
			break
		}
	}
	return len(text)
}
