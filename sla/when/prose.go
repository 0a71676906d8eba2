package when

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Prose finds the times that a running text mentions, such as a vendor's mail. Unlike
// a Parser, which refuses what a person should write again, it takes a text as it is: a
// wrong weekday is ignored, 25時10分 is 01:10 of the next day, and a time of day without
// a date has the date that was mentioned last. What could mean several instants, such as
// 11/12/2026 or the zone IST, is marked instead of guessed.
type Prose struct {
	Written time.Time      // when the text was written: the base of today and of a date without a year
	Zone    *time.Location // of times without one
	// Ahead: the text is about what will happen, so a date without a year is the nearest
	// one, and not the last before Written.
	Ahead bool
}

// Mention is a date, a time of day or both in a text.
type Mention struct {
	From, To int // its bytes in the folded text
	HasDate  bool
	HasClock bool
	Dated    bool // the date stands in the mention itself, not in what was mentioned before
	Unsure   bool // it names several instants: a date in an unclear order, an ambiguous zone
	Zone     *time.Location
	wall     wallClock
}

// At is the instant of a mention, with zone where the mention names none. It is zero
// without a time of day or a date, and where clocks in the zone skip that time.
func (m Mention) At(zone *time.Location) time.Time {
	if !m.HasClock || !m.HasDate || m.Unsure {
		return time.Time{}
	}
	if m.Zone != nil {
		zone = m.Zone
	}
	c := m.wall
	return time.Date(c.year, time.Month(c.month), c.day, c.hour, c.minute, c.second, 0, zone)
}

// On returns the mention with the date of another, the day after it where days is 1.
func (m Mention) On(other Mention, days int) Mention {
	m.HasDate = other.HasDate
	m.wall.year, m.wall.month, m.wall.day = other.wall.year, other.wall.month, other.wall.day+days
	return m
}

// FoldProse normalizes a text for Mentions line by line: full-width letters, digits and
// dashes, kanji numerals before a unit, and lower case.
func FoldProse(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		line = norm.NFKC.String(strings.TrimRight(line, "\r\n"))
		line = strings.Map(func(r rune) rune {
			switch r {
			case '‐', '‑', '‒', '–', '—', '―', '−':
				return '-'
			case '\u200b', '\u200c', '\u200d', '\u200e', '\u200f', '\u2060', '\ufeff', '\u00ad':
				return -1
			}
			if unicode.IsSpace(r) && r != '\t' {
				return ' '
			}
			return unicode.ToLower(r)
		}, line)
		out.WriteString(kanjiNumbers(keepTemporarily(line)))
		out.WriteByte('\n')
	}
	return out.String()
}

// keepTemporarily keeps 一時 from becoming an hour where it means "for a while".
func keepTemporarily(line string) string {
	const hour = "一時"
	var out strings.Builder
	for {
		before, after, ok := strings.Cut(line, hour)
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		isHour := false
		for _, named := range []string{"午前", "午後", "十", "深夜", "未明", "日", "翌", "夜"} {
			isHour = isHour || strings.HasSuffix(before, named)
		}
		if isHour {
			out.WriteString(hour)
		} else {
			out.WriteString("いちじ")
		}
		line = after
	}
}

// mostMentions bounds the mentions of one text: more are no notice, but a log.
const mostMentions = 500

// Mentions finds the dates and times of a folded text in their order.
func (p Prose) Mentions(folded string) []Mention {
	if p.Zone == nil {
		p.Zone = time.UTC
	}
	var (
		found []Mention
		last  wallClock // the date mentioned last
	)
	for i := 0; i < len(folded) && len(found) < mostMentions; {
		if !mayBegin(folded, i) {
			_, size := utf8.DecodeRuneInString(folded[i:])
			i += size
			continue
		}
		s := mentioned{prose: p, last: last}
		rest := s.read(folded[i:])
		if n := len(folded[i:]) - len(rest); n > 0 && (s.clock || s.absolute) {
			m := s.mention()
			m.From, m.To = i, i+n
			found = append(found, m)
			if m.HasDate && m.Dated && !m.Unsure {
				last = m.wall
			}
			i += n
			continue
		}
		i = skip(folded, i)
	}
	return found
}

// mayBegin reports whether a date or time can begin at a byte: not inside a number, a
// word, an address or a version.
func mayBegin(s string, i int) bool {
	c := s[i]
	if c < utf8.RuneSelf && !isDigit(c) && (c < 'a' || c > 'z') {
		return false
	}
	if i == 0 || c >= utf8.RuneSelf {
		return true
	}
	before := s[i-1]
	switch {
	case before == '=' && (i < 2 || s[i-2] >= utf8.RuneSelf || s[i-2] == ' '): // 発生日時=2026-11-14
		return true
	case before == '-' && i > 1 && (isDigit(s[i-2]) || s[i-2] == ' ') && beginsClock(s[i:]): // 22:00-23:00
		return true
	}
	return !isDigit(before) && (before < 'a' || before > 'z') && !strings.ContainsRune("-/.:_#@=+&%$", rune(before)) ||
		before == ':' && (i < 2 || !isDigit(s[i-2])) || before == '/' && (i < 2 || s[i-2] == ' ')
}

// beginsClock reports whether a text begins with 23:00.
func beginsClock(s string) bool {
	_, rest, ok := number(s, 2)
	return ok && len(rest) > 2 && matches(rest[:3], ":00")
}

// skip passes over the rest of a Latin word or number, which no date begins in.
func skip(s string, i int) int {
	if s[i] >= utf8.RuneSelf {
		_, size := utf8.DecodeRuneInString(s[i:])
		return i + size
	}
	digit := isDigit(s[i])
	for i < len(s) && (digit && isDigit(s[i]) || !digit && 'a' <= s[i] && s[i] <= 'z') {
		i++
	}
	return i
}
