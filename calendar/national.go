package calendar

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/jp"
)

// libraryMutex guards the holiday library, which writes to shared definitions while
// it computes a date.
var libraryMutex sync.Mutex

// National returns the public holidays of a country, from the first to the last
// year, both included. The country is a code of [Countries]: jp, us, and de-by
// or au-nsw for a part of a country. Those of jp come from [Japan].
//
// us-fed are the holidays of the Federal Reserve, which does not close on a Friday
// for a holiday on a Saturday. au and ch are the days that all states and all
// cantons share. Errors of the underlying library are corrected, see amended.go.
//
// A holiday observed on another day counts on the observed day, as
// [ReasonSubstitute]; its own day counts, too, if that is a Saturday or Sunday.
// Names of countries other than Japan are in En, in the country's language
// or in English, as in the library's list.
func National(country string, first, last int) (Holidays, error) {
	if country == "jp" {
		return Japan(nil, first, last)
	}
	all := definitions()
	if _, ok := all[country]; !ok {
		return nil, fmt.Errorf("holidays of country %q: not known; known are %s", country, strings.Join(Countries(), ", "))
	}
	if first < minYear || last > maxYear || first > last {
		return nil, fmt.Errorf("holidays of country %q: years %d to %d: must lie between %d and %d", country, first, last, minYear, maxYear)
	}
	if names, ok := sharing()[country]; ok {
		return shared(all, country, names, first, last), nil
	}
	return national(country, all[country], first, last), nil
}

// national computes the holidays of one list.
func national(country string, definitions []*cal.Holiday, first, last int) Holidays {
	holidays := Holidays{}
	for _, definition := range definitions {
		// A holiday of January may be observed in December, and vice versa.
		for year := first - 1; year <= last+1; year++ {
			holidays.observe(definition, year)
		}
	}
	holidays.addOneOffs(country)
	maps.DeleteFunc(holidays, func(d Date, _ Holiday) bool { return d.Year() < first || d.Year() > last })
	return holidays
}

// shared computes the days that all parts of a country keep, with the names of the
// given part.
func shared(all map[string][]*cal.Holiday, country, names string, first, last int) Holidays {
	holidays := national(names, all[names], first, last)
	for part, definitions := range all {
		if !strings.HasPrefix(part, country+"-") || part == names {
			continue
		}
		of := national(part, definitions, first, last)
		maps.DeleteFunc(holidays, func(d Date, _ Holiday) bool { _, kept := of[d]; return !kept })
	}
	return holidays
}

// Countries returns the codes that [National] accepts, in order.
func Countries() []string { return slices.Sorted(maps.Keys(definitions())) }

// observe adds the days on which a holiday of the library falls in a year.
func (h Holidays) observe(definition *cal.Holiday, year int) {
	actual, ok := actualDate(definition, year)
	if !ok {
		return
	}
	observed := observedDate(definition, actual)
	name := Text{En: definition.Name}
	weekend := actual.Weekday() == time.Saturday || actual.Weekday() == time.Sunday
	if observed == actual || weekend {
		h[actual] = Holiday{Name: name, Reason: ReasonHoliday}
	}
	if _, taken := h[observed]; !taken {
		h[observed] = Holiday{Name: name, Reason: ReasonSubstitute}
	}
}

// actualDate returns the date of a holiday in a year, if it has one then.
func actualDate(definition *cal.Holiday, year int) (Date, bool) {
	libraryMutex.Lock()
	defer libraryMutex.Unlock()
	actual, _ := definition.Calc(year)
	if actual.IsZero() {
		return 0, false
	}
	// The library returns midnight in the machine's zone. If that midnight does not
	// exist, the result is an hour off in either direction; adding 12 hours is safe.
	return NewDate(actual.Add(12 * time.Hour).Date()), true
}

// observedDate moves a holiday by its definition for the day of the week.
func observedDate(definition *cal.Holiday, actual Date) Date {
	for _, alternative := range definition.Observed {
		if alternative.Day == actual.Weekday() {
			return actual + Date(alternative.Offset)
		}
	}
	return actual
}

// namedHolidaysOfJapan returns the holidays that the Act names, without the days off
// that follow from them. It is used for years after 2027, because the official list
// reflects the Act's earlier forms.
func namedHolidaysOfJapan(first, last int) map[Date]string {
	definitions := map[*cal.Holiday]string{
		jp.NewYear:                 "元日",
		jp.ComingOfAgeDay:          "成人の日",
		jp.NationalFoundationDay:   "建国記念の日",
		jp.TheEmperorsBirthday:     "天皇誕生日",
		jp.VernalEquinoxDay:        "春分の日",
		jp.ShowaDay:                "昭和の日",
		jp.ConstitutionMemorialDay: "憲法記念日",
		jp.GreeneryDay:             "みどりの日",
		jp.ChildrensDay:            "こどもの日",
		jp.MarineDay:               "海の日",
		jp.MountainDay:             "山の日",
		jp.RespectForTheAgedDay:    "敬老の日",
		jp.AutumnalEquinoxDay:      "秋分の日",
		jp.SportsDay:               "スポーツの日",
		jp.CultureDay:              "文化の日",
		jp.LaborThanksgivingDay:    "勤労感謝の日",
	}
	names := map[Date]string{}
	for definition, name := range definitions {
		for year := first; year <= last; year++ {
			if date, ok := actualDate(definition, year); ok {
				names[correctedEquinox(date)] = name
			}
		}
	}
	return names
}

// correctedEquinox corrects the only day until 2150 for which the library's linear
// formula is wrong: the sun crosses the equator at 23:39 in Japan the day before.
func correctedEquinox(d Date) Date {
	if d == NewDate(2107, time.September, 24) {
		return d - 1
	}
	return d
}
