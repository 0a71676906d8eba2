package when

import (
	"strings"
	"time"
)

// era is a Japanese era: its first and last day, and its first year.
type era struct {
	name        string
	first, last string // days, as time.DateOnly writes them
	year        int    // the Western year of its year 1
}

var (
	reiwa  = &era{"令和", "2019-05-01", "9999-12-31", 2019}
	heisei = &era{"平成", "1989-01-08", "2019-04-30", 1989}
	showa  = &era{"昭和", "1926-12-25", "1989-01-07", 1926}
	taisho = &era{"大正", "1912-07-30", "1926-12-24", 1912}
)

var eraNames = []named[*era]{{"令和", reiwa}, {"平成", heisei}, {"昭和", showa}, {"大正", taisho}, {"r", reiwa}, {"h", heisei}, {"s", showa}, {"t", taisho}}

// readEra reads 令和8年5月1日, 令和元年5月1日, R8.5.1 and R8/5/1.
func (w *written) readEra(s string) (string, error) {
	e, rest, ok := word(s, eraNames)
	if !ok {
		return s, nil
	}
	rest = spaced(rest)
	year, after, ok := number(rest, 2)
	if first, isFirst := strings.CutPrefix(rest, "元"); isFirst {
		year, after, ok = 1, first, true
	}
	if !ok {
		return s, nil
	}
	month, day, after, ok := monthAndDay(after)
	if !ok {
		return s, nil
	}
	if year == 0 {
		return s, errorf("%s has no year 0: its first year is 1, or 元年", e.name)
	}
	w.era, w.wall.year, w.wall.month, w.wall.day = e, e.year+year-1, month, day
	return afterDate(after), w.claim(hasDate)
}

// monthAndDay reads 年5月1日, or .5.1 with one of the separators.
func monthAndDay(s string) (month, day int, rest string, ok bool) {
	if rest, ok = strings.CutPrefix(spaced(s), "年"); ok {
		if month, rest, ok = unit(rest, 2, "月"); ok {
			day, rest, ok = unit(rest, 2, "日")
		}
		return month, day, rest, ok
	}
	if s == "" || !strings.ContainsRune("-/.", rune(s[0])) {
		return 0, 0, s, false
	}
	separator := s[:1]
	if month, rest, ok = number(s[1:], 2); !ok {
		return 0, 0, s, false
	}
	if rest, ok = strings.CutPrefix(rest, separator); ok {
		day, rest, ok = number(rest, 2)
	}
	return month, day, rest, ok
}

// checkEra refuses a day outside its era.
func (w *written) checkEra(day time.Time) error {
	if w.era == nil {
		return nil
	}
	if date := day.Format(time.DateOnly); date >= w.era.first && date <= w.era.last {
		return nil
	}
	return errorf("%s goes from %s to %s and does not include %s: write the Western year", w.era.name, w.era.first, w.era.last, dateIn(day))
}
