package when

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// parts is a set of the parts of a text.
type parts uint8

const (
	hasDate parts = 1 << iota
	hasSpoken
	hasWeekday
	hasClock
	hasOffset
	hasNow
)

// written holds the parts of a text before they become an instant.
type written struct {
	has           parts
	wall          wallClock // year 0: not named
	era           *era      // that the year was counted in
	daysFromToday int
	weekday       time.Weekday
	offset        time.Duration
	zone          string // name of the parser's zone, which a text may repeat
}

func (w *written) setDate(t time.Time) {
	w.wall.year, w.wall.month, w.wall.day = t.Year(), int(t.Month()), t.Day()
}

// scanners each scan one part at the beginning of a text and return the rest, or
// the unchanged text if it begins with another part. Ambiguous beginnings are
// ordered, the longer first: 今日 before 今, a date before an hour.
var scanners = [...]func(*written, string) (string, error){
	(*written).readSpoken, (*written).readNow, (*written).readWeekday, (*written).readEra, (*written).readNumericDate,
	(*written).readJapaneseDate, (*written).readEnglishDate, (*written).readClock, (*written).readZone,
}

// scan splits a text into its parts.
func scan(text string, zone *time.Location) (written, error) {
	w := written{zone: strings.ToLower(zone.String())}
	if len(text) > longestText {
		return w, errShape()
	}
	rest := fold(text)
	if rest == "" {
		return w, errShape()
	}
	for rest != "" {
		before := rest
		for _, read := range scanners {
			var err error
			if rest, err = read(&w, rest); err != nil {
				return w, err
			}
			if rest != before {
				break
			}
		}
		if rest == before {
			return w, errPiece(rest, w.has)
		}
		rest = trim(rest)
	}
	return w, nil
}

// fold normalizes a text: full-width letters, digits and spaces, the single
// characters for eras and weekdays, kanji numerals, and the dashes that Japanese
// keyboards and word processors produce.
func fold(text string) string {
	text = strings.Map(func(r rune) rune {
		switch r {
		case '‐', '‑', '‒', '–', '—', '―', '−', 'ー', '─':
			return '-'
		case '\u200b', '\u200e', '\u200f', '\ufeff': // invisible, from web pages and spreadsheets
			return -1
		}
		if unicode.IsSpace(r) {
			return ' '
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(text))
	return trim(kanjiNumbers(text))
}

// trim drops separators between the parts. It drops a bracket, too, unless that
// contains a weekday, because 金 alone is recognized as one only in brackets.
func trim(s string) string {
	s = strings.TrimLeft(s, " ,、)]")
	if inner, ok := strings.CutPrefix(s, "("); ok && !beginsBracketedWeekday(s) {
		return trim(inner)
	}
	return strings.TrimRight(s, " ")
}

// claim records that a part was found, and refuses it a second time.
func (w *written) claim(p parts) error {
	if w.has&p == 0 {
		w.has |= p
		return nil
	}
	key := map[parts]string{
		hasDate: "part_date", hasClock: "part_clock", hasOffset: "part_zone", hasWeekday: "part_weekday", hasNow: "part_now",
	}[p]
	return errorf("there is a second %s: give one time only, such as 2026-05-02 22:10", catalog.Both(key))
}

// errPiece quotes the rest of a text that was not recognized; errShape stands in if
// no part was.
func errPiece(rest string, has parts) error {
	if has == 0 {
		return errShape()
	}
	if n := len(rest); n > 20 {
		rest = strings.ToValidUTF8(rest[:20], "") + "…"
	}
	return errorf("%q is not part of a time: write it as 2026-05-02 22:10, or with an offset as 2026-05-02T22:10:00+09:00", rest)
}

// word cuts off the longest of some words. A Latin word must not be followed by a
// letter.
func word[T any](s string, words []named[T]) (value T, rest string, ok bool) {
	for _, w := range words {
		rest, found := strings.CutPrefix(s, w.name)
		if !found {
			continue
		}
		next, _ := utf8.DecodeRuneInString(rest)
		if last := w.name[len(w.name)-1]; 'a' <= last && last <= 'z' && 'a' <= next && next <= 'z' {
			continue
		}
		return w.value, rest, true
	}
	return value, s, false
}

// named is a word and its value.
type named[T any] struct {
	name  string
	value T
}

// number cuts off a number of at most the given count of digits; a longer one is
// not accepted.
func number(s string, most int) (n int, rest string, ok bool) {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i == 0 || i > most {
		return 0, s, false
	}
	return digits(s[:i]), s[i:], true
}

// spaced drops spaces before the sign of a unit: 5 月.
func spaced(s string) string { return strings.TrimLeft(s, " ") }

// unit cuts a number and its unit off, such as 5月.
func unit(s string, most int, sign string) (n int, rest string, ok bool) {
	n, rest, ok = number(spaced(s), most)
	if !ok {
		return 0, s, false
	}
	rest, ok = strings.CutPrefix(spaced(rest), sign)
	if !ok {
		return 0, s, false
	}
	return n, rest, true
}
