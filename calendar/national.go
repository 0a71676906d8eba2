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

// libraryMutex guards the holiday library, which writes to definitions that all
// its users share while it computes a date.
var libraryMutex sync.Mutex

// National returns the public holidays of a country, from the first to the last
// year, both included. The country is a code of [Countries]: jp, us, and de-by
// or au-nsw for a part of a country. Those of jp come from [Japan].
//
// A holiday observed on another day than its own counts on the observed day, as
// [ReasonSubstitute]; its own day counts too where that is a Saturday or Sunday.
// Names of countries other than Japan stand in En, in the country's language
// or English as its own list has them.
func National(country string, first, last int) (Holidays, error) {
	if country == "jp" {
		return Japan(nil, first, last)
	}
	definitions, ok := definitions()[country]
	if !ok {
		return nil, fmt.Errorf("holidays of country %q: not known; known are %s", country, strings.Join(Countries(), ", "))
	}
	if first < minYear || last > maxYear || first > last {
		return nil, fmt.Errorf("holidays of country %q: years %d to %d: must lie between %d and %d", country, first, last, minYear, maxYear)
	}
	holidays := Holidays{}
	for _, definition := range definitions {
		// A holiday of January may be observed in December, and the reverse.
		for year := first - 1; year <= last+1; year++ {
			holidays.observe(definition, year)
		}
	}
	maps.DeleteFunc(holidays, func(d Date, _ Holiday) bool { return d.Year() < first || d.Year() > last })
	return holidays, nil
}

// Countries returns the codes that [National] knows, in order.
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
	// The library means midnight in the machine's zone. Where that midnight
	// does not exist it is off by an hour, to either side: noon is safe.
	return NewDate(actual.Add(12 * time.Hour).Date()), true
}

// observedDate moves a holiday as its definition says for the day of the week.
func observedDate(definition *cal.Holiday, actual Date) Date {
	for _, alternative := range definition.Observed {
		if alternative.Day == actual.Weekday() {
			return actual + Date(alternative.Offset)
		}
	}
	return actual
}

// namedHolidaysOfJapan returns the holidays that the Act names, without the
// days off that follow from them. It serves years after 2027: the Act's earlier
// forms are in the official list.
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

// correctedEquinox mends the one day until 2150 on which the library's linear
// formula misses the sun: it crosses the equator at 23:39 in Japan the day before.
func correctedEquinox(d Date) Date {
	if d == NewDate(2107, time.September, 24) {
		return d - 1
	}
	return d
}
