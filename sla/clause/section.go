package clause

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"kigen/sla/pattern"
)

// sections follows the numbering of a paper: a chapter, the number of the last heading, and
// numbered paragraphs below it, which many papers count from 1 again.
type sections struct {
	chapter string
	base    string // the number of the last heading without the chapter
	indent  int    // of the line of base, in columns
	nested  int    // the last number of a paragraph below base
	current string
	plain   bool // the last mark was a plain number, which items of lists have as well
}

var (
	chapterMark = pattern.New(`^第[\d一二三四五六七八九十百]{1,4}[章編]`)
	articleMark = pattern.New(`^第[\d一二三四五六七八九十百]{1,4}[条節項款](?:の\d{1,2})?`)
	namedMark   = pattern.New(`^(?i:CLD|Annex|Appendix|Schedule|Exhibit|Section|Article|Clause)\.? ?(?:[A-Z]\.)?\d{1,3}(?:\.\d{1,3})*\.?`)
	romanMark   = pattern.New(`^[IVX]{1,5}\.`)
	dottedMark  = pattern.New(`^(?:[A-Z]\.)?\d{1,2}(?:\.\d{1,2}){1,4}[.)]?|^[A-Z]\.\d{1,2}[.)]?`)
	numberMark  = pattern.New(`^(\d{1,2})([.)]?)`)
)

// mark reads the number at the beginning of a normalised line, after its bullet. It returns
// the bytes of the number, or 0 if the line begins with none; "7日前" is a length.
func (s *sections) mark(text string, indent int) int {
	s.plain = false
	if m := chapterMark.FindString(text); m != "" {
		*s = sections{chapter: m, current: m}
		return len(m)
	}
	for _, form := range []*pattern.Pattern{articleMark, namedMark, romanMark, dottedMark} {
		m := form.FindString(text)
		if m == "" || counted(text[len(m):]) {
			continue
		}
		if rest := text[len(m):]; form == dottedMark && rest != "" && !strings.ContainsAny(rest[:1], " -") && m[len(m)-1] >= '0' && rest[0] < utf8.RuneSelf && !unicode.IsUpper(rune(rest[0])) && rest[0] != '(' {
			continue // 2.5x, 1.2:
		}
		s.enter(strings.TrimRight(m, ".)"), indent)
		return len(m)
	}
	m := numberMark.FindStringSubmatch(text)
	if len(m) == 0 || m[2] == "" && counted(text[len(m[0]):]) {
		return 0
	}
	rest := strings.TrimLeft(text[len(m[0]):], " ")
	r, _ := utf8.DecodeRuneInString(rest)
	if m[2] == "" && (!headingLike(rest) || !japaneseRune(r) && !unicode.IsUpper(r)) || rest != "" && unicode.IsDigit(r) {
		return 0
	}
	s.number(m[1], rest, indent)
	s.plain = true
	return len(m[0])
}

// enter begins the section with a number.
func (s *sections) enter(number string, indent int) {
	s.base, s.indent, s.nested = number, indent, 0
	s.current = strings.TrimSpace(s.chapter + " " + number)
}

// number begins the section of a plain number: a heading's, or that of a paragraph below
// the last heading.
func (s *sections) number(number, rest string, indent int) {
	n, _ := strconv.Atoi(number) // two digits
	before, _ := strconv.Atoi(leadingDigits.FindString(s.base))
	deeper := s.base != "" && indent > s.indent
	next := n == before+1 && (headingLike(rest) || s.nested+1 != n)
	below := s.base != "" && !next && (n == s.nested+1 || n == 1)
	switch {
	case deeper || below || strings.HasPrefix(s.base, "第"):
		s.nested = n
		separator := "."
		if strings.HasPrefix(s.base, "第") {
			separator = " "
		}
		s.current = strings.TrimSpace(s.chapter + " " + s.base + separator + number)
	default:
		s.enter(number, indent)
	}
}

var (
	leadingDigits = pattern.New(`^\d+`)
	unitAfter     = pattern.New(`^ ?(?:[:/%~,]|日|時|分|秒|週|か月|カ月|ヶ月|ヵ月|ケ月|箇月|ヶ所|月|年|営業|人|名|件|回|文字|世代|社|つ|種|以上|以下|倍|円|歳|桁|度|` +
		`(?i:minute|hour|day|week|month|year|business|working|calendar|percent|times)|\d)`)
)

// counted reports whether what follows a number makes it a quantity.
func counted(rest string) bool { return unitAfter.MatchString(rest) }

var (
	sentenceEnd = pattern.New(`(?:[。.:;,、!?]|ます|です|ません|ました|でした|下さい|ください|である|とする|こと)$`)
	englishVerb = pattern.New(`(?i)\b(?:shall|will|must|may|should|is|are|can)\b`)
)

// headingLike reports whether a line reads like a heading: short, and no sentence.
func headingLike(text string) bool {
	text = strings.TrimSpace(text)
	if text == "" || sentenceEnd.MatchString(text) || strings.Contains(text, "。") || strings.Contains(text, "|") {
		return false
	}
	if strings.IndexFunc(text, japaneseRune) >= 0 {
		return utf8.RuneCountInString(text) <= 45
	}
	return len(text) <= 90 && len(strings.Fields(text)) <= 12 && !englishVerb.MatchString(text)
}
