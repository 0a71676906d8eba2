package when

import (
	"strings"
	"time"
	"unicode/utf8"
)

// mentioned reads one mention.
type mentioned struct {
	prose    Prose
	last     wallClock // the date mentioned last; year 0: none
	wall     wallClock
	date     bool // a date was read, of any kind
	absolute bool // it names month and day
	clock    bool
	evening  bool // 昨夜: an hour after midnight is of the next day
	unsure   bool
	zone     *time.Location
}

// read reads the parts of a mention and returns the rest; nothing is cut off where no
// mention begins.
func (s *mentioned) read(text string) string {
	rest, ok := s.readDate(text)
	if ok {
		rest = s.afterDate(rest)
	}
	after, named := s.readTimeOfDay(between(rest, s.date))
	if !named {
		return rest
	}
	after = s.readZone(after)
	if s.date {
		return after
	}
	// 10:20 am PST on Nov 12; 10:05 p.m. the same day
	if tail, ok := s.readDate(cutWord(strings.TrimLeft(after, " ,\n"), "on ", "of ", "(")); ok && after != "" {
		return s.readZone(s.afterDate(tail))
	}
	return after
}

// between drops what may stand between a date and its time of day.
func between(s string, afterDate bool) string {
	if !afterDate {
		return s
	}
	for range 3 {
		s = strings.TrimLeft(s, " ,、:\t")
		s = cutWord(s, "の", "at ", "from ", "between ", "around ", "about ", "approximately ", "approx. ", "@ ", "- ", "に", "頃")
	}
	return s
}

// cutWord drops one of some words at the beginning.
func cutWord(s string, words ...string) string {
	for _, w := range words {
		if rest, ok := strings.CutPrefix(s, w); ok {
			return rest
		}
	}
	return s
}

// afterDate reads a weekday, which proves nothing: the date counts.
func (s *mentioned) afterDate(rest string) string {
	trimmed := strings.TrimLeft(rest, " ,")
	for _, holiday := range []string{"・祝)", "祝)", "・休)"} {
		if _, after, ok := strings.Cut(trimmed, holiday); ok && strings.HasPrefix(trimmed, "(") && len(trimmed)-len(after) < 16 {
			return after
		}
	}
	if _, after, ok := word(trimmed, weekdays); ok {
		return after
	}
	if inner, ok := strings.CutPrefix(trimmed, "("); ok {
		for _, w := range []string{"本日", "今日", "昨日", "一昨日", "当日", "同日"} {
			if after, ok := strings.CutPrefix(inner, w+")"); ok {
				return after
			}
		}
		if _, after, ok := word(inner, weekdays); ok {
			return strings.TrimPrefix(after, ")")
		}
	}
	return rest
}

func (s *mentioned) set(year, month, day int) {
	s.wall.year, s.wall.month, s.wall.day, s.date = year, month, day, true
}

// readDate reads a date in any form.
func (s *mentioned) readDate(text string) (string, bool) {
	for _, read := range []func(string) (string, bool){s.readEra, s.readYMD, s.readMD, s.readSlashes, s.readEnglish, s.readRelative, s.readDay} {
		if rest, ok := read(text); ok {
			return rest, true
		}
	}
	return text, false
}

// readEra reads 令和8年11月15日 and r8.11.15.
func (s *mentioned) readEra(text string) (string, bool) {
	var w written
	rest, err := w.readEra(text)
	if err != nil || w.era == nil || !validDay(w.wall.year, w.wall.month, w.wall.day) {
		return text, false
	}
	s.set(w.wall.year, w.wall.month, w.wall.day)
	s.absolute = true
	return rest, true
}

// readYMD reads 2026年11月14日, 2026-11-14, 2026/11/14, 2026.11.14 and 20261114.
func (s *mentioned) readYMD(text string) (string, bool) {
	year, rest, ok := number(text, 8)
	switch size := len(text) - len(rest); {
	case !ok:
		return text, false
	case size == 8:
		if !validDay(year/10000, year/100%100, year%100) || rest == "" || rest[0] != ' ' && rest[0] != 't' {
			return text, false
		}
		s.set(year/10000, year/100%100, year%100)
		s.absolute = true
		return strings.TrimPrefix(rest, "t"), true
	case size != 4:
		return text, false
	}
	var month, day int
	if after, isKanji := strings.CutPrefix(spaced(rest), "年"); isKanji {
		if month, after, ok = unit(after, 2, "月"); ok {
			day, after, ok = unit(after, 2, "日")
		}
		rest = after
	} else {
		if rest == "" || !strings.ContainsRune("-/.", rune(rest[0])) {
			return text, false
		}
		separator := rest[:1]
		if month, after, ok = number(rest[1:], 2); ok {
			if after, ok = strings.CutPrefix(after, separator); ok {
				day, after, ok = number(after, 2)
			}
		}
		rest = after
	}
	if !ok || !validDay(year, month, day) {
		return text, false
	}
	s.set(year, month, day)
	s.absolute = true
	return afterDate(rest), true
}

// readMD reads 11月14日 and 11月14, without its year.
func (s *mentioned) readMD(text string) (string, bool) {
	month, rest, ok := unit(text, 2, "月")
	if !ok {
		return text, false
	}
	day, rest, ok := number(spaced(rest), 2)
	if !ok {
		return text, false
	}
	rest = strings.TrimPrefix(spaced(rest), "日")
	return s.withoutYear(text, rest, month, day)
}

// readSlashes reads 11/14, 11/14/2026 and 14/11/2026; 11/12/2026 is marked as unsure.
func (s *mentioned) readSlashes(text string) (string, bool) {
	first, rest, ok := number(text, 2)
	if !ok || rest == "" || rest[0] != '/' {
		return text, false
	}
	second, rest, ok := number(rest[1:], 2)
	if !ok || rest != "" && (rest[0] == '.' || rest[0] == '-' || rest[0] == '%' || 'a' <= rest[0] && rest[0] <= 'z') {
		return text, false
	}
	if !strings.HasPrefix(rest, "/") {
		return s.withoutYear(text, rest, first, second)
	}
	year, rest, ok := number(rest[1:], 4)
	if !ok || year < firstYear {
		return text, false
	}
	if first > 12 {
		first, second = second, first
	} else if second <= 12 && first != second {
		s.unsure = true
	}
	if !validDay(year, first, second) {
		return text, false
	}
	s.set(year, first, second)
	s.absolute = true
	return rest, true
}

// readEnglish reads Nov 14, 2026, 14 November and Saturday, November 21, 2026.
func (s *mentioned) readEnglish(text string) (string, bool) {
	begin := text
	if _, rest, ok := word(text, weekdays); ok {
		begin = strings.TrimLeft(rest, " ,")
	}
	if begin == "" || begin[0] >= utf8.RuneSelf {
		return text, false
	}
	var w written
	rest, err := w.readEnglishDate(begin)
	if err != nil || w.has&hasDate == 0 {
		return text, false
	}
	if w.wall.year == 0 {
		return s.withoutYear(text, rest, w.wall.month, w.wall.day)
	}
	if !validDay(w.wall.year, w.wall.month, w.wall.day) {
		return text, false
	}
	s.set(w.wall.year, w.wall.month, w.wall.day)
	s.absolute = true
	return rest, true
}

// relative lists the words for days that are counted from the day of writing.
var relative = []named[int]{
	{"earlier today", 0}, {"this morning", 0}, {"last night", -1}, {"今朝", 0}, {"昨夜", -1}, {"昨晩", -1}, {"昨深夜", -1}, {"今晩", 0}, {"今夜", 0}, {"明朝", 1}, {"明晩", 1},
}

// counted lists the words for days that are counted from the date mentioned last.
var counted = []named[int]{
	{"the same day", 0}, {"that same day", 0}, {"same day", 0}, {"the following day", 1}, {"the next day", 1}, {"the day before", -1},
	{"同日", 0}, {"同", 0}, {"当日", 0}, {"翌日", 1}, {"翌朝", 1}, {"翌", 1}, {"前日", -1},
}

// yearly lists the names of days of the year.
var yearly = []named[[2]int]{{"大晦日", [2]int{12, 31}}, {"元日", [2]int{1, 1}}, {"元旦", [2]int{1, 1}}}

// readRelative reads 本日, 昨夜, 同日, 先週の金曜日 and their like.
func (s *mentioned) readRelative(text string) (string, bool) {
	here := s.prose.Written.In(s.prose.Zone)
	if day, rest, ok := word(text, yearly); ok {
		return s.withoutYear(text, rest, day[0], day[1])
	}
	if days, rest, ok := word(text, counted); ok {
		from := s.last
		if from.year == 0 {
			from.year, from.month, from.day = here.Year(), int(here.Month()), here.Day()
		}
		at := time.Date(from.year, time.Month(from.month), from.day+days, 0, 0, 0, 0, time.UTC)
		s.set(at.Year(), int(at.Month()), at.Day())
		return rest, true
	}
	days, rest, ok := word(text, relative)
	s.evening = ok && (strings.ContainsAny(text[:len(text)-len(rest)], "夜晩") || strings.HasPrefix(text, "last night"))
	if !ok {
		days, rest, ok = word(text, spoken)
	}
	if !ok {
		if days, rest, ok = lastWeekday(text, here.Weekday()); !ok {
			return text, false
		}
	}
	at := here.AddDate(0, 0, days)
	s.set(at.Year(), int(at.Month()), at.Day())
	return rest, true
}

// lastWeekday reads 先週の金曜日, 金曜日 and last Friday as the day before today that has
// the name.
func lastWeekday(text string, today time.Weekday) (days int, rest string, ok bool) {
	lastWeek := false
	for _, w := range []string{"先週の", "先週"} {
		if rest, ok := strings.CutPrefix(text, w); ok {
			text, lastWeek = rest, true
			break
		}
	}
	text = cutWord(text, "last ", "on ")
	day, rest, ok := word(text, weekdays)
	if !ok || strings.HasPrefix(text, "(") {
		return 0, text, false
	}
	days = -((int(today-day)+6)%7 + 1)
	if lastWeek && (int(today)+6)%7 > (int(day)+6)%7 { // earlier in this week: the one before it
		days -= 7
	}
	return days, rest, true
}

// readDay reads 13日 as the last 13th, if a time of day follows.
func (s *mentioned) readDay(text string) (string, bool) {
	day, rest, ok := unit(text, 2, "日")
	if !ok || day < 1 || day > 31 {
		return text, false
	}
	probe := *s
	if _, named := probe.readTimeOfDay(between(s.afterDate(rest), true)); !named {
		return text, false
	}
	here := s.prose.Written.In(s.prose.Zone)
	month := time.Date(here.Year(), here.Month(), 1, 0, 0, 0, 0, time.UTC)
	if day > here.Day() && !s.prose.Ahead {
		month = month.AddDate(0, -1, 0)
	}
	if !validDay(month.Year(), int(month.Month()), day) {
		return text, false
	}
	s.set(month.Year(), int(month.Month()), day)
	return rest, true
}

// withoutYear completes a date by the year of the text.
func (s *mentioned) withoutYear(text, rest string, month, day int) (string, bool) {
	here := s.prose.Written.In(s.prose.Zone)
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return text, false
	}
	best := 0
	for _, year := range []int{here.Year() + 1, here.Year(), here.Year() - 1, here.Year() - 2} {
		if !validDay(year, month, day) {
			continue
		}
		away := time.Date(year, time.Month(month), day, 0, 0, 0, 0, here.Location()).Sub(here)
		if !s.prose.Ahead && away > 0 || s.prose.Ahead && away > 183*24*time.Hour {
			continue
		}
		best = year
		break
	}
	if best == 0 {
		return text, false
	}
	s.set(best, month, day)
	s.absolute = true
	return rest, true
}

func validDay(year, month, day int) bool {
	return year >= firstYear && year <= lastYear && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
}
