package phrase

import (
	"fmt"
	"strings"
	"unicode"
)

// Line writes a text from outside on one line. Characters that would break the
// line, control a terminal, change the direction of writing or be invisible are
// written as escapes such as \n or \u202e, so that one field can't pass for two.
func Line(text string) string { return escape(text, "") }

// Lines is Line for a text that may have several lines and tabs.
func Lines(text string) string { return escape(strings.ReplaceAll(text, "\r\n", "\n"), "\n\t") }

// BreaksLine reports whether a one-line field must not hold the character: a
// control character, or one that ends a line or a paragraph.
func BreaksLine(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp)
}

// hides reports whether a character is invisible. The joiners are not among them:
// some scripts and emoji are written with them.
func hides(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return BreaksLine(r) || unicode.Is(unicode.Cf, r) && r != nonJoiner && r != joiner
}

func escape(text, kept string) string {
	if !strings.ContainsFunc(text, hides) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case !hides(r), strings.ContainsRune(kept, r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}
