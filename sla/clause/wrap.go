package clause

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"kigen/sla/pattern"

	"kigen/sla/clause/length"
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
	closedEnd  = pattern.New(`(?:ます|です|ません|ました|下さい|ください|について|である)$`)
	mustFollow = pattern.New(`^(?:[をにはがのもでとへや、。)」』]|から|より|まで|ので|ため|れる|られ|する|した|して|され|させ|ます|ません|なお?く|おり|いた|き|く|っ|ん)`)
)

func (l *layout) continuesJapanese(last *block, text string) bool {
	before := last.text()
	size := len(last.cells)
	switch {
	case last.kind == heading:
		return !l.gap && l.full(last.cells) && mustFollow.MatchString(text)
	case !l.gap:
		return l.full(last.cells) || !headingLike(text) && size > 20 && !closedEnd.MatchString(before) || mustFollow.MatchString(text)
	case divided(before, text):
		return true
	case closedEnd.MatchString(before) && !mustFollow.MatchString(text):
		return false
	case mustFollow.MatchString(text):
		return size >= 15
	}
	return size >= 30 && l.full(last.cells)
}

// dividedWords lists words of the field of two characters and more.
var dividedWords = []string{
	"利用者", "契約者", "お客様", "顧客", "当社", "弊社", "通知", "連絡", "報告", "公表", "影響", "発生", "検知", "確認", "時間", "営業日", "以内", "以上", "削除", "消去",
	"廃棄", "情報", "実施", "対応", "脆弱性", "事前", "停止", "終了", "解約", "変更", "場合", "期間", "保管", "保存", "取得", "可能性", "重大", "目標", "速やか",
}

// divided reports whether the break between two lines stands inside a word.
func divided(before, next string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(next)
	if last >= 0x30a1 && last <= 0x30ff && last != '・' && first >= 0x30a1 && first <= 0x30ff && first != '・' {
		return utf8.RuneCountInString(before) > 12
	}
	for _, w := range dividedWords {
		for i := range w {
			if i > 0 && strings.HasSuffix(before, w[:i]) && strings.HasPrefix(next, w[i:]) {
				return true
			}
		}
	}
	return false
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
	return l.fullLine(l.lines[cells[len(cells)-1].line].Text)
}

func (l *layout) fullLine(raw string) bool {
	n := utf8.RuneCountInString(strings.TrimSpace(raw))
	if l.wrapped {
		return n >= l.width*85/100
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
			number := cells[i].r == '.' && i > 0 && unicode.IsDigit(cells[i-1].r)
			return !number || i != len(cells)-1 || !japaneseText(cells)
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
	word := strings.ToLower(textOf(cells[len(cells)-1-n : len(cells)-1]))
	return n <= 3 || length.IsTens(word)
}
