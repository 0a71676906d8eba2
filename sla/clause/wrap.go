package clause

import (
	"regexp"
	"strings"
	"unicode"
)

// continues reports whether a line goes on where the last block broke off, also across
// blank lines and page numbers.
func (l *layout) continues(cells []cell, text string) bool {
	if len(l.blocks) == 0 || !l.open {
		return false
	}
	last := &l.blocks[len(l.blocks)-1]
	if last.kind == row || closed(last.cells) {
		return false
	}
	if japaneseRune(cells[0].r) || japaneseRune(last.cells[len(last.cells)-1].r) {
		return l.continuesJapanese(last, text)
	}
	return l.continuesEnglish(last, cells)
}

var (
	closedEnd  = regexp.MustCompile(`(?:ます|です|ません|ました|下さい|ください|について|である)$`)
	mustFollow = regexp.MustCompile(`^(?:[をにはがのもでとへや、。)」』]|から|より|まで|ので|ため|れる|られ|する|した|して|され|させ|ます|ません|なお?く|おり|いた|き|く|っ|ん)`)
)

func (l *layout) continuesJapanese(last *block, text string) bool {
	before := last.text()
	length := len(last.cells)
	switch {
	case last.kind == heading:
		return !l.gap && l.full(last.cells) && mustFollow.MatchString(text)
	case !l.gap:
		return l.full(last.cells) || !headingLike(text) && length > 20 && !closedEnd.MatchString(before) || mustFollow.MatchString(text)
	case closedEnd.MatchString(before) && !mustFollow.MatchString(text):
		return false
	case mustFollow.MatchString(text):
		return length >= 15
	}
	return length >= 30 && l.full(last.cells)
}

func (l *layout) continuesEnglish(last *block, cells []cell) bool {
	lower := unicode.IsLower(cells[0].r) || unicode.IsDigit(cells[0].r)
	if l.gap || last.kind == heading {
		return lower && l.full(last.cells) && unicode.IsLower(cells[0].r)
	}
	return lower || l.full(last.cells) || strings.ContainsRune(`("'[`, cells[0].r) || len(last.cells) > 60
}

// full reports whether the last line of cells is about as long as the lines of the paper,
// so that it may be broken there.
func (l *layout) full(cells []cell) bool {
	line, n := cells[len(cells)-1].line, 0
	for i := len(cells) - 1; i >= 0 && cells[i].line == line; i-- {
		n++
	}
	return n >= min(l.width*7/10, 60)
}

// closed reports whether a text ends as a sentence does.
func closed(cells []cell) bool {
	for i := len(cells) - 1; i >= 0; i-- {
		switch cells[i].r {
		case ')', '"', '\'', '」', '』', ' ', ']':
			continue
		case '。', '.', '!', '?', ':', ';':
			return !(cells[i].r == '.' && i > 0 && unicode.IsDigit(cells[i-1].r) && i == len(cells)-1 && japaneseText(cells))
		}
		return false
	}
	return false
}

func japaneseText(cells []cell) bool {
	for _, c := range cells {
		if kana(c.r) {
			return true
		}
	}
	return false
}

// join appends the cells of the next line: directly in Japanese, after a space elsewhere,
// and without the hyphen of a divided word.
func join(cells, next []cell) []cell {
	last := cells[len(cells)-1]
	switch {
	case japaneseRune(last.r) || japaneseRune(next[0].r):
	case last.r == '-' && len(cells) > 1 && unicode.IsLetter(cells[len(cells)-2].r) && unicode.IsLower(next[0].r):
		if !compound(cells) {
			cells = cells[:len(cells)-1]
		}
	case last.r == '-':
	default:
		cells = append(cells, cell{' ', next[0].line, next[0].from, next[0].from})
	}
	return append(cells, next...)
}

// compound reports whether the word before a hyphen stands on its own, as in
// "sub-processor": it is short, or a word of a length.
func compound(cells []cell) bool {
	n := 0
	for i := len(cells) - 2; i >= 0 && unicode.IsLetter(cells[i].r); i-- {
		n++
	}
	return n <= 3
}
