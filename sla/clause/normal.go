package clause

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// cell is one character of normalised text with its origin: the bytes [from, to) of a line.
type cell struct {
	r        rune
	line     int32 // index into the lines of the paper
	from, to int32
}

// maxLine is the number of bytes of a line that is read. A longer one is no text that a
// person wrote.
const maxLine = 1 << 16

// Normalise returns a text as the finder compares it: NFKC, radicals as ideographs, one kind
// of dash, tilde and quotation mark, single spaces, and none beside Japanese characters.
func Normalise(s string) string { return textOf(normalise(0, s, 0)) }

// normalise returns the normalised text of a line from a byte offset on. What is left out
// can bring characters together that compose, as the sound mark in か**゛, so that the text
// is read again until it changes no more. Normal form is no end to wait for: a run of more
// than 30 combining marks never has it.
func normalise(line int, s string, offset int) []cell {
	if len(s) > maxLine {
		s = strings.ToValidUTF8(s[:maxLine], "")
	}
	raw := make([]cell, 0, len(s)-offset)
	for at, text := offset, ideographs(s[offset:]); text != ""; {
		r, size := utf8.DecodeRuneInString(text)
		raw = append(raw, cell{r, int32(line), int32(at), int32(at + size)}) //nolint:gosec // a line has at most maxLine bytes
		at, text = at+size, text[size:]
	}
	cells := compose(raw)
	for text := textOf(cells); !norm.NFKC.IsNormalString(text); {
		cells = compose(cells)
		next := textOf(cells)
		if next == text {
			break
		}
		text = next
	}
	return cells
}

// compose writes cells in NFKC and in the characters that patterns use. A character that
// several have become stands where they all stood.
func compose(cells []cell) []cell {
	out := make([]cell, 0, len(cells))
	for text := textOf(cells); text != ""; {
		size := norm.NFKC.NextBoundaryInString(text, true)
		n := utf8.RuneCountInString(text[:size])
		first, last := cells[0], cells[n-1]
		for _, r := range norm.NFKC.String(text[:size]) {
			if r = plain(r); r != 0 {
				out = push(out, cell{r, first.line, first.from, last.to})
			}
		}
		text, cells = text[size:], cells[n:]
	}
	return out
}

// push appends a cell and keeps the rule of spaces: none doubled, none beside Japanese. A
// pair of asterisks, which marks bold text in Markdown, is left out.
func push(cells []cell, c cell) []cell {
	n := len(cells)
	switch {
	case c.r == ' ' && (n == 0 || cells[n-1].r == ' ' || japaneseRune(cells[n-1].r)):
		return cells
	case c.r == '*' && n > 0 && cells[n-1].r == '*':
		return cells[:n-1]
	case japaneseRune(c.r) && n > 0 && cells[n-1].r == ' ':
		cells[n-1] = c
		return cells
	}
	return append(cells, c)
}

// ideographs replaces radicals. Each pair has the same length in UTF-8 except a few beyond
// the basic plane, which are left as they are, so that offsets stay.
func ideographs(s string) string {
	if !strings.Contains(s, "\xe2\xba") && !strings.Contains(s, "\xe2\xbb") {
		return s
	}
	return strings.Map(func(r rune) rune {
		if to, ok := radicals()[r]; ok && utf8.RuneLen(to) == utf8.RuneLen(r) {
			return to
		}
		return r
	}, s)
}

// plain maps a character to the one that patterns use, or to 0 if it has no width.
func plain(r rune) rune {
	switch r {
	case '〜', '∼', '～':
		return '~'
	case '‐', '‑', '‒', '–', '—', '―', '−', '─':
		return '-'
	case '’', '‘', '′':
		return '\''
	case '“', '”', '″':
		return '"'
	case '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad', '\u200e', '\u200f', '\ufffd':
		return 0
	case '\t', '\n', '\r', '\v', '\f':
		return ' '
	case '､':
		return '、'
	}
	if unicode.IsSpace(r) {
		return ' '
	}
	if unicode.IsControl(r) || unicode.Is(unicode.Co, r) {
		return 0
	}
	return r
}

// japaneseRune reports whether a character is one of Japanese text, beside which a space
// means nothing.
func japaneseRune(r rune) bool {
	return r >= 0x3001 && r <= 0x303f || kana(r) || han(r)
}

func kana(r rune) bool { return r >= 0x3041 && r <= 0x30ff }

func han(r rune) bool {
	return r >= 0x3400 && r <= 0x9fff || r >= 0xf900 && r <= 0xfaff || r == '々' || r >= 0x20000 && r <= 0x3ffff
}

func textOf(cells []cell) string {
	var b strings.Builder
	b.Grow(len(cells) * 3)
	for _, c := range cells {
		b.WriteRune(c.r)
	}
	return b.String()
}

// quote returns the original text of cells, one line for each line of the paper that they
// stand on, so that a page number between two of them is no part of it.
func quote(lines []Line, cells []cell) string {
	var b strings.Builder
	for i := 0; i < len(cells); {
		j := i
		for j+1 < len(cells) && cells[j+1].line == cells[i].line {
			j++
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		line, from := lines[cells[i].line].Text, cells[i].from
		if i > 0 && bulletOnly(line[:from]) {
			from = 0
		}
		b.WriteString(strings.TrimSpace(line[from:cells[j].to]))
		i = j + 1
	}
	return b.String()
}

// bulletOnly reports whether what stands before the text of a line is its bullet or number.
func bulletOnly(s string) bool {
	return len(s) <= 24 && strings.IndexFunc(s, func(r rune) bool { return unicode.IsLetter(r) && r < 0x2000 || kana(r) && r != '・' || han(r) }) < 0
}
