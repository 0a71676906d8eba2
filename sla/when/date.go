package when

import (
	"strings"
	"time"
)

// spoken lists the words for days relative to today.
var spoken = []named[int]{
	{"the day before yesterday", -2}, {"yesterday", -1}, {"today", 0}, {"tomorrow", 1},
	{"一昨日", -2}, {"おととい", -2}, {"昨日", -1}, {"きのう", -1}, {"今日", 0}, {"本日", 0}, {"きょう", 0},
	{"明後日", 2}, {"あさって", 2}, {"明日", 1}, {"あした", 1},
}

func (w *written) readSpoken(s string) (string, error) {
	days, rest, ok := word(s, spoken)
	if !ok {
		return s, nil
	}
	w.daysFromToday = days
	w.has |= hasSpoken
	return rest, w.claim(hasDate)
}

var nowWords = []named[bool]{{"now", true}, {"今すぐ", true}, {"今", true}, {"現在", true}, {"いま", true}}

func (w *written) readNow(s string) (string, error) {
	_, rest, ok := word(s, nowWords)
	if !ok {
		return s, nil
	}
	return rest, w.claim(hasNow)
}

var weekdays = []named[time.Weekday]{
	{"sunday", 0}, {"monday", 1}, {"tuesday", 2}, {"wednesday", 3}, {"thursday", 4}, {"friday", 5}, {"saturday", 6},
	{"sun.", 0}, {"mon.", 1}, {"tue.", 2}, {"wed.", 3}, {"thu.", 4}, {"fri.", 5}, {"sat.", 6},
	{"sun", 0}, {"mon", 1}, {"tues", 2}, {"tue", 2}, {"wed", 3}, {"thurs", 4}, {"thu", 4}, {"fri", 5}, {"sat", 6},
	{"日曜日", 0}, {"月曜日", 1}, {"火曜日", 2}, {"水曜日", 3}, {"木曜日", 4}, {"金曜日", 5}, {"土曜日", 6},
	{"日曜", 0}, {"月曜", 1}, {"火曜", 2}, {"水曜", 3}, {"木曜", 4}, {"金曜", 5}, {"土曜", 6},
	{"(日)", 0}, {"(月)", 1}, {"(火)", 2}, {"(水)", 3}, {"(木)", 4}, {"(金)", 5}, {"(土)", 6},
}

// beginsBracketedWeekday reports whether the bracket that s begins with holds
// a weekday of one character.
func beginsBracketedWeekday(s string) bool {
	_, _, ok := word(s, weekdays)
	return ok
}

func (w *written) readWeekday(s string) (string, error) {
	day, rest, ok := word(s, weekdays)
	if !ok {
		return s, nil
	}
	w.weekday = day
	return rest, w.claim(hasWeekday)
}

// readNumericDate reads 2026-05-01, 2026/5/1, 2026.5.1 and 20260501, and
// refuses a date that does not begin with the year.
func (w *written) readNumericDate(s string) (string, error) {
	if year, rest, ok := number(s, 8); ok && len(s)-len(rest) == 8 {
		return w.readCompact(year, rest)
	}
	if year, rest, ok := number(s, 4); ok && len(s)-len(rest) == 4 && w.lacksYear() && (rest == "" || rest[0] == ' ') {
		w.wall.year = year // Fri May  1 18:00:00 JST 2026
		return rest, nil
	}
	first, rest, ok := number(s, 4)
	if !ok || rest == "" || !strings.ContainsRune("-/.", rune(rest[0])) {
		return s, nil
	}
	separator, size := rest[:1], len(s)-len(rest)
	second, rest, ok := number(rest[1:], 2)
	if !ok {
		return s, nil
	}
	after, more := strings.CutPrefix(rest, separator)
	third, after, ok := number(after, 4)
	switch {
	case size != 4:
		return s, errOrder(s)
	case !more || !ok || len(rest)-len(after) > len("-01"):
		return s, nil
	}
	w.wall.year, w.wall.month, w.wall.day = first, second, third
	return afterDate(after), w.claim(hasDate)
}

// readCompact reads the time of day that may follow 20260501: T180000.
func (w *written) readCompact(date int, rest string) (string, error) {
	w.wall.year, w.wall.month, w.wall.day = date/10000, date/100%100, date%100
	if err := w.claim(hasDate); err != nil {
		return rest, err
	}
	after := afterDate(rest)
	clock, tail, ok := number(after, 6)
	if !ok || len(after) == len(rest) {
		return after, nil
	}
	switch len(after) - len(tail) {
	case 4:
		clock *= 100
	case 6:
	default:
		return after, nil
	}
	w.wall.hour, w.wall.minute, w.wall.second = clock/10000, clock/100%100, clock%100
	return tail, w.claim(hasClock)
}

// lacksYear reports whether a date was read without its year.
func (w *written) lacksYear() bool {
	return w.has&hasDate != 0 && w.has&hasSpoken == 0 && w.wall.year == 0 && w.era == nil
}

// afterDate drops the T between date and time of day.
func afterDate(s string) string {
	if len(s) > 1 && s[0] == 't' && isDigit(s[1]) {
		return s[1:]
	}
	return s
}

// errOrder refuses a date whose order differs between countries.
func errOrder(s string) error {
	end := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789-/.", r) })
	if end < 0 {
		end = len(s)
	}
	return errorf("%s is ambiguous: some read the day first, some the month, some the year: begin with all four digits of the year, such as 2026-05-01", s[:end])
}

// readJapaneseDate reads 2026年5月1日, and 5月1日 without its year.
func (w *written) readJapaneseDate(s string) (string, error) {
	year, rest, named := unit(s, 4, "年")
	if named && len(s)-len(rest) < len("2026年") {
		return s, errOrder(strings.TrimSuffix(s[:len(s)-len(rest)], "年"))
	}
	month, rest, ok := unit(rest, 2, "月")
	if !ok {
		return s, nil
	}
	day, rest, ok := unit(rest, 2, "日")
	if !ok {
		return s, nil
	}
	w.wall.year, w.wall.month, w.wall.day = year, month, day
	return rest, w.claim(hasDate)
}

var months = []named[int]{
	{"january", 1}, {"february", 2}, {"march", 3}, {"april", 4}, {"may", 5}, {"june", 6}, {"july", 7}, {"august", 8},
	{"september", 9}, {"october", 10}, {"november", 11}, {"december", 12},
	{"jan.", 1}, {"feb.", 2}, {"mar.", 3}, {"apr.", 4}, {"jun.", 6}, {"jul.", 7}, {"aug.", 8}, {"sept.", 9}, {"sep.", 9}, {"oct.", 10}, {"nov.", 11}, {"dec.", 12},
	{"jan", 1}, {"feb", 2}, {"mar", 3}, {"apr", 4}, {"jun", 6}, {"jul", 7}, {"aug", 8}, {"sept", 9}, {"sep", 9}, {"oct", 10}, {"nov", 11}, {"dec", 12},
}

var ordinals = []named[bool]{{"st", true}, {"nd", true}, {"rd", true}, {"th", true}}

// readEnglishDate reads 1 May 2026, 1-May-2026, May 1st, 2026, and both
// without their year.
func (w *written) readEnglishDate(s string) (string, error) {
	between := func(s string) string { return strings.TrimLeft(s, " ,-/") }
	month, rest, monthFirst := word(s, months)
	day, rest, ok := number(between(rest), 2)
	if !ok {
		return s, nil
	}
	_, rest, _ = word(rest, ordinals)
	if !monthFirst {
		if month, rest, ok = word(between(rest), months); !ok {
			return s, nil
		}
	}
	w.wall.month, w.wall.day = month, day
	if year, after, ok := number(between(rest), 4); ok && len(between(rest))-len(after) == 4 {
		w.wall.year, rest = year, after
	}
	return afterDate(rest), w.claim(hasDate)
}

// checkNames refuses an era that does not contain the day, and a wrong weekday.
func (w *written) checkNames() error {
	day := time.Date(w.wall.year, time.Month(w.wall.month), w.wall.day, 0, 0, 0, 0, time.UTC)
	if err := w.checkEra(day); err != nil {
		return err
	}
	if w.has&hasWeekday == 0 || day.Weekday() == w.weekday {
		return nil
	}
	return errorf("%s is a %s, not a %s: correct the date or leave the weekday out", dateIn(day), weekdayIn(day.Weekday()), weekdayIn(w.weekday))
}
