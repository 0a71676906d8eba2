package board

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/unicode/norm"
)

// names compares names as a Japanese index lists them: signs, digits, Latin letters, kana by
// their sound, kanji in the order of JIS X 0208. Width, case, accents, small and voiced kana
// matter only between names that are alike without them. The tables of
// golang.org/x/text/collate, which also orders the scripts of the rest of the world, would
// be a thirtieth of the whole binary. Not safe for concurrent use.
type names struct{ keys map[string]string }

func newNames() *names { return &names{map[string]string{}} }

func (n *names) compare(a, b string) int {
	return cmp.Or(strings.Compare(n.key(a), n.key(b)), strings.Compare(a, b))
}

// key returns a text whose bytes are in the order of the names.
func (n *names) key(name string) string {
	key, known := n.keys[name]
	if !known {
		var b strings.Builder
		var before rune
		for _, r := range norm.NFKD.String(name) {
			if unicode.Is(unicode.Mn, r) { // an accent, or the mark of a voiced kana
				continue
			}
			if r == prolonged {
				r = vowel(before)
			}
			b.WriteString(weight(unicode.ToLower(r)))
			before = r
		}
		key = b.String()
		n.keys[name] = key
	}
	return key
}

// prolonged lengthens the vowel of the kana before it.
const prolonged = 'ー'

// vowels lists the kana that end in each vowel, which stands first.
var vowels = [...]string{"あかさたなはまやらわ", "いきしちにひみりゐ", "うくすつぬふむゆる", "えけせてねへめれゑ", "おこそとのほもよろを"}

// vowel returns the kana that a prolonged sound after another one is read as.
func vowel(before rune) rune {
	for _, same := range vowels {
		if strings.ContainsRune(same, large(before)) {
			first, _ := utf8.DecodeRuneInString(same)
			return first
		}
	}
	return prolonged
}

// The scripts in their order; a letter of another script comes last.
const (
	signs = iota
	digits
	latin
	kana
	kanji
	others
)

// weight returns the place of a character as a text that is compared by its bytes.
func weight(r rune) string {
	switch {
	case unicode.IsDigit(r):
		return string([]rune{digits, r})
	case unicode.Is(unicode.Latin, r):
		return string([]rune{latin, r})
	case unicode.In(r, unicode.Hiragana, unicode.Katakana):
		return string([]rune{kana, large(r)})
	case unicode.Is(unicode.Han, r):
		if code, err := japanese.ShiftJIS.NewEncoder().String(string(r)); err == nil {
			return string(rune(kanji)) + code
		}
		return string([]rune{others, r})
	case unicode.IsLetter(r):
		return string([]rune{others, r})
	}
	return string([]rune{signs, r})
}

// large returns the full-sized hiragana of a kana.
func large(r rune) rune {
	const toHiragana = 'ァ' - 'ぁ'
	if r >= 'ァ' && r <= 'ヶ' {
		r -= toHiragana
	}
	switch r {
	case 'ぁ', 'ぃ', 'ぅ', 'ぇ', 'ぉ', 'っ', 'ゃ', 'ゅ', 'ょ', 'ゎ':
		return r + 1
	}
	return r
}
