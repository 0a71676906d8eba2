package layout

import (
	"strings"
	"unicode"
)

// Measure is the width of a character, in the unit of the line's width.
type Measure func(r rune) float64

// Text returns the width of a text.
func (m Measure) Text(s string) float64 {
	width := 0.0
	for _, r := range s {
		width += m(r)
	}
	return width
}

// Characters that must not begin or end a line of Japanese (kinsoku).
const (
	neverFirst = "、。，．,.・：；:;？！?!ー―…‥゛゜々ゝゞヽヾ〻" +
		"ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ" +
		")]}）］｝〕〉》」』】〙〗”’»%％‰°′″"
	neverLast = "([{（［｛〔〈《「『【〘〖“‘«￥¥＄$#＃"
)

// Wrap breaks a text into lines of at most the given width: between words, and
// between Japanese characters where kinsoku allows it. Unbreakable text is broken
// anywhere. The result has at least one line.
func Wrap(text string, width float64, m Measure) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		lines = append(lines, wrapParagraph([]rune(paragraph), width, m)...)
	}
	return lines
}

func wrapParagraph(text []rune, width float64, m Measure) []string {
	var lines []string
	start, at := 0, 0 // start of the line, and its last break opportunity
	used := 0.0
	for i, r := range text {
		if i > start && MayBreak(text[i-1], r) {
			at = i
		}
		used += m(r)
		for used > width && r != ' ' && i > start {
			if at <= start {
				at = i
			}
			lines = append(lines, strings.TrimRight(string(text[start:at]), " "))
			start = at
			used = m.Text(string(text[start : i+1]))
		}
	}
	return append(lines, strings.TrimRight(string(text[start:]), " "))
}

// MayBreak reports whether a line may break between a and b.
func MayBreak(a, b rune) bool {
	switch {
	case b == ' ' || strings.ContainsRune(neverFirst, b) || strings.ContainsRune(neverLast, a):
		return false
	case a == ' ' || Wide(a) || Wide(b):
		return true
	default: // a long path or list of ids
		return strings.ContainsRune("/_|", a) && unicode.IsLetter(b)
	}
}

// Wide reports whether a character is full-width, as Japanese ones are.
func Wide(r rune) bool {
	return r >= 0x2e80 && r < 0xff61 || r >= 0xffe0 && r < 0xffe7
}

// Cut shortens a text to one line of the width and marks the omission with an
// ellipsis.
func Cut(text string, width float64, m Measure) string {
	if m.Text(text) <= width {
		return text
	}
	room := width - m('…')
	for i, r := range text {
		if room -= m(r); room < 0 {
			return strings.TrimRight(text[:i], " ") + "…"
		}
	}
	return text
}

// CutLines keeps at most n lines and marks an omission in the last one.
func CutLines(lines []string, n int, width float64, m Measure) []string {
	if len(lines) <= n {
		return lines
	}
	kept := lines[:n:n]
	last := kept[n-1] + "…"
	if m.Text(last) > width {
		last = Cut(kept[n-1], width-m('…'), m)
	}
	return append(kept[:n-1:n-1], last)
}
