package clause

import (
	"fmt"
	"strconv"
	"strings"

	"kigen/sla/pattern"
)

// Extent is how much of a paper is text that can be read.
type Extent struct {
	Japanese int // sentences in Japanese
	English  int // sentences in English
	Other    int // sentences in another language
	Letters  int // of all of them
}

// Readable reports whether a part of the paper is in Japanese or English.
func (e Extent) Readable() bool { return e.Japanese+e.English > 0 }

var commonEn = pattern.New(`(?i)\b(?:the|of|and|to|in|is|are|be|will|shall|for|with|by|we|our|you|your|any|on|from|within|not|this|that|or|as|it|an|at|if|than|may|once|per|upon|which|least|either|each|its|their|has|have|been|when|after|must|can|only|all)\b`)

// count adds a sentence. Text with Chinese characters and no kana is Chinese once it is long
// enough that Japanese would hold some.
func (e *Extent) count(text string) {
	letters, kanas, hans, latin := 0, 0, 0, 0
	for _, r := range text {
		switch {
		case kana(r):
			kanas++
		case han(r):
			hans++
		case r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z':
			latin++
		case r > 0x7f && japaneseRune(r):
			continue
		case r <= 0x7f:
			continue
		}
		letters++
	}
	e.Letters += letters
	switch {
	case letters < 12:
	case kanas*12 >= kanas+hans && kanas > 0:
		e.Japanese++
	case hans*2 > letters:
		if strings.ContainsAny(text, chineseOnly) {
			e.Other++
		} else {
			e.Japanese++ // a title without kana
		}
	case latin*2 > letters && strings.Count(text, " ") < 8, latin*2 > letters && len(commonEn.FindAllStringIndex(text, 40))*12 >= strings.Count(text, " "):
		e.English++
	default:
		e.Other++
	}
}

// chineseOnly lists frequent characters of Chinese, in both writings, that Japanese does
// not write.
const chineseOnly = "们这为对时间务据户护产应该过您從們這為會將與對於個還說讓關續應處權裡"

func itoa(n int) string { return strconv.Itoa(n) }

func isoDate(year, month, day string) string {
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	if m < 1 || m > 12 || d < 1 || d > 31 {
		return ""
	}
	return fmt.Sprintf("%s-%02d-%02d", year, m, d)
}
