package calendar

import (
	"fmt"
	"strings"
	"time"
)

const (
	firstListedYear = 1955
	lastListedYear  = 2027
	// The formula for the equinoxes is fitted to the years up to this one.
	lastEquinoxYear = 2150
	// 1955 had nine holidays, and no later year had fewer.
	fewestHolidays = 9

	substituteName = "振替休日"
	citizensName   = "国民の休日"
	unnamed        = "休日"
)

// Japan returns the holidays of Japan from the first to the last year. The given
// list is authoritative for the years that it covers, the built-in list for other
// years until 2027. Pass nil for the built-in list alone. Later years follow from
// the present Act and are marked as projected, until 2150.
//
// A day that a list calls only 休日 is named by the Act: 振替休日 (a substitute for a
// holiday on a Sunday) or 国民の休日 (a day between two holidays). A day off by an
// Act of its own keeps the name in the list.
//
// Japan fails for a year before 1955 or after 2150, and for a list with a year that
// has fewer holidays than the Act names, such as a truncated file.
func Japan(official Holidays, first, last int) (Holidays, error) {
	if first < firstListedYear || last > lastEquinoxYear || first > last {
		return nil, fmt.Errorf("holidays of Japan: years %d to %d: must lie between %d, where the official list begins, and %d, where the formula for the equinoxes ends",
			first, last, firstListedYear, lastEquinoxYear)
	}
	listed, err := ReadOfficialJapan(strings.NewReader(officialList))
	if err != nil {
		return nil, err
	}
	if err := listed.replaceYears(official); err != nil {
		return nil, err
	}
	_, lastListed := listed.years()
	projected := projectJapan(lastListed+1, last)
	result := Holidays{}
	for _, source := range []Holidays{listed, projected} {
		for date, holiday := range source {
			if year := date.Year(); year >= first && year <= last {
				result[date] = holiday
			}
		}
	}
	return result, nil
}

// years returns the first and the last year that has a holiday in the set.
func (h Holidays) years() (first, last int) {
	first, last = maxYear, 0
	for date := range h {
		first, last = min(first, date.Year()), max(last, date.Year())
	}
	return first, last
}

// replaceYears replaces the holidays of every year from the other list's first to
// its last.
func (h Holidays) replaceYears(other Holidays) error {
	if len(other) == 0 {
		return nil
	}
	count := map[int]int{}
	for date := range other {
		count[date.Year()]++
	}
	first, last := other.years()
	_, lastListed := h.years()
	for year := min(first, lastListed+1); year <= last; year++ {
		if n := count[year]; n < fewestHolidays {
			return fmt.Errorf("official list of holidays: year %d: %d days, but the Act names at least %d; give the whole list of the Cabinet Office", year, n, fewestHolidays)
		}
	}
	for date := range h {
		if year := date.Year(); year >= first && year <= last {
			delete(h, date)
		}
	}
	for date, holiday := range other {
		h[date] = holiday
	}
	return nil
}

// classify turns the list into holidays, and distinguishes the days that it calls
// only 休日.
func (l listNames) classify() Holidays {
	holidays := make(Holidays, len(l))
	for date, name := range l {
		holidays[date] = Holiday{Name: Text{Ja: name, En: englishName(date, name)}, Reason: ReasonHoliday}
	}
	isHoliday := func(d Date) bool {
		name, listed := l[d]
		return listed && name != unnamed
	}
	for date, name := range l {
		if name != unnamed {
			continue
		}
		switch {
		case isSubstitute(date, isHoliday):
			holidays[date] = substituteHoliday()
		case isCitizens(date, isHoliday):
			holidays[date] = citizensHoliday()
		}
	}
	return holidays
}

func substituteHoliday() Holiday {
	return Holiday{Name: Text{Ja: substituteName, En: "Substitute Holiday"}, Reason: ReasonSubstitute}
}

func citizensHoliday() Holiday {
	return Holiday{Name: Text{Ja: citizensName, En: "Citizens' Holiday"}, Reason: ReasonCitizens}
}

// isSubstitute reports whether a day that is not a holiday itself substitutes for
// one on a Sunday: the day before, or an earlier one if only holidays lie between
// (article 3, paragraph 2). Until 2006 the substitute could only be the next day;
// today's rule gives the same result for every day off of those years.
func isSubstitute(d Date, isHoliday func(Date) bool) bool {
	for before := d - 1; isHoliday(before); before-- {
		if before.Weekday() == time.Sunday {
			return true
		}
	}
	return false
}

// isCitizens reports whether a day that is not a holiday itself lies between two
// (article 3, paragraph 3).
func isCitizens(d Date, isHoliday func(Date) bool) bool {
	return isHoliday(d-1) && isHoliday(d+1)
}

// projectJapan computes the holidays of the given years by the present Act.
func projectJapan(first, last int) Holidays {
	names := namedHolidaysOfJapan(first, last)
	isHoliday := func(d Date) bool {
		_, ok := names[d]
		return ok
	}
	holidays := make(Holidays, len(names)+len(names)/4)
	add := func(d Date, h Holiday) {
		h.Projected = true
		holidays[d] = h
	}
	for date, name := range names {
		add(date, Holiday{Name: Text{Ja: name, En: englishName(date, name)}, Reason: ReasonHoliday})
		// Every day that the Act adds follows a holiday.
		next := date + 1
		switch {
		case isHoliday(next):
		case isSubstitute(next, isHoliday):
			add(next, substituteHoliday())
		case isCitizens(next, isHoliday):
			add(next, citizensHoliday())
		}
	}
	return holidays
}
