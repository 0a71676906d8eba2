package render

import (
	"strings"
	"unicode"
)

// measure is the width of one character, in the unit of the line's width.
type measure func(r rune) float64

func (m measure) text(s string) float64 {
	width := 0.0
	for _, r := range s {
		width += m(r)
	}
	return width
}

// Characters that do not begin and do not end a line of Japanese (kinsoku).
const (
	neverFirst = "、。，．,.・：；:;？！?!ー―…‥゛゜々ゝゞヽヾ〻" +
		"ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ" +
		")]}）］｝〕〉》」』】〙〗”’»%％‰°′″"
	neverLast = "([{（［｛〔〈《「『【〘〖“‘«￥¥＄$#＃"
)

// wrap breaks a text into lines no wider than the given width: between words,
// and between Japanese characters where the rules of print allow it. What has
// no such place is broken anywhere. A text always has at least one line.
func wrap(text string, width float64, m measure) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		lines = append(lines, wrapParagraph([]rune(paragraph), width, m)...)
	}
	return lines
}

func wrapParagraph(text []rune, width float64, m measure) []string {
	var lines []string
	start, at := 0, 0 // of the line, and the last place to break it
	used := 0.0
	for i, r := range text {
		if i > start && mayBreak(text[i-1], r) {
			at = i
		}
		used += m(r)
		for used > width && r != ' ' && i > start {
			if at <= start {
				at = i
			}
			lines = append(lines, strings.TrimRight(string(text[start:at]), " "))
			start = at
			used = m.text(string(text[start : i+1]))
		}
	}
	return append(lines, strings.TrimRight(string(text[start:]), " "))
}

// mayBreak reports whether a line may end after a and the next begin with b.
func mayBreak(a, b rune) bool {
	switch {
	case b == ' ' || strings.ContainsRune(neverFirst, b) || strings.ContainsRune(neverLast, a):
		return false
	case a == ' ' || wide(a) || wide(b):
		return true
	default: // a path or a list of ids may be longer than a line
		return strings.ContainsRune("/_|", a) && unicode.IsLetter(b)
	}
}

// wide reports whether a character is set on a square, as Japanese ones are.
func wide(r rune) bool {
	return r >= 0x2e80 && r < 0xff61 || r >= 0xffe0 && r < 0xffe7
}

// cut shortens a text to one line of the width, with an ellipsis where
// something is left out.
func cut(text string, width float64, m measure) string {
	if m.text(text) <= width {
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

// cutLines keeps at most n lines; the last one kept says that more followed.
func cutLines(lines []string, n int, width float64, m measure) []string {
	if len(lines) <= n {
		return lines
	}
	kept := lines[:n:n]
	last := kept[n-1] + "…"
	if m.text(last) > width {
		last = cut(kept[n-1], width-m('…'), m)
	}
	return append(kept[:n-1:n-1], last)
}
