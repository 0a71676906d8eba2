package calendars

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"kigen/sla/phrase"

	"golang.org/x/text/language"

	"kigen/calendar"
	"kigen/config/tree"
)

// holidays reads a country, a newer official list of Japan, or a combined list of
// countries and dates.
func (c *Set) holidays(n *tree.Node, spec *calendar.Spec) calendar.Holidays {
	switch {
	case n == nil:
		return nil
	case n.Kind == tree.List:
		return c.joined(n, spec)
	case n.Kind == tree.Object:
		return c.official(n, spec.FirstYear, spec.LastYear)
	}
	return c.country(n, spec.FirstYear, spec.LastYear)
}

// country returns the holidays of one country. The result is shared.
func (c *Set) country(n *tree.Node, first, last int) calendar.Holidays {
	country := c.Text(n)
	if country == "" || country == "none" {
		return nil
	}
	key := country + " " + strconv.Itoa(first) + ".." + strconv.Itoa(last)
	if known, ok := c.national[key]; ok {
		return known
	}
	holidays, err := calendar.National(country, first, last)
	switch {
	case err != nil && slices.Contains(calendar.Countries(), country):
		c.Reportf(n, "has no known holidays in some of the years %d..%d: set years to fewer, such as 2000..2099", first, last)
	case err != nil:
		c.Reportf(n, "%s", unknownCountry(country))
	}
	c.national[key] = holidays
	return holidays
}

// joined reads a list of countries, dates, {date, name}, and files. If several
// countries share a day, the first names it; dates of the list itself take precedence.
func (c *Set) joined(n *tree.Node, spec *calendar.Spec) calendar.Holidays {
	joined, listed := make(calendar.Holidays), make(calendar.Holidays)
	var countries []string
	for _, item := range c.List(n) {
		switch {
		case item.Kind == tree.Object && item.Get("official_csv") != nil:
			addMissing(joined, c.official(item, spec.FirstYear, spec.LastYear))
		case item.Kind == tree.Object && item.Get("ics") != nil:
			c.Keys(item, "ics", "name")
			for _, e := range c.imported(item, spec) {
				addMissing(joined, daysOf(&e))
			}
		case item.Kind == tree.Object || startsWithDigit(item.Text):
			c.listedDay(item, listed)
		case slices.Contains(countries, strings.TrimSpace(item.Text)):
			c.Reportf(item, "appears twice: keep one")
		default:
			countries = append(countries, strings.TrimSpace(item.Text))
			addMissing(joined, c.country(item, spec.FirstYear, spec.LastYear))
		}
	}
	maps.Copy(joined, listed)
	return joined
}

func startsWithDigit(text string) bool { return text != "" && text[0] >= '0' && text[0] <= '9' }

// addMissing adds the days that holidays lacks.
func addMissing(holidays, others calendar.Holidays) {
	for date, h := range others {
		if _, taken := holidays[date]; !taken {
			holidays[date] = h
		}
	}
}

func daysOf(e *calendar.Exception) calendar.Holidays {
	days := make(calendar.Holidays)
	for d := e.From; d <= e.To; d++ {
		days[d] = calendar.Holiday{Name: e.Name, Reason: calendar.ReasonHoliday}
	}
	return days
}

func (c *Set) listedDay(item *tree.Node, holidays calendar.Holidays) {
	holiday := calendar.Holiday{Reason: calendar.ReasonHoliday}
	dateNode := item
	if item.Kind == tree.Object {
		c.Keys(item, "date", "name")
		if dateNode = item.Get("date"); dateNode == nil {
			c.Missing(item, "date", "write it like 2026-12-25")
			return
		}
		holiday.Name = c.Bilingual(item.Get("name"))
	}
	date := c.Date(dateNode)
	if _, twice := holidays[date]; twice {
		c.Reportf(dateNode, "appears twice: keep one")
	}
	holidays[date] = holiday
}

// otherwise is the remedy for holidays that are not built in.
const otherwise = "list its days, such as holidays: [2026-01-01, {date: 2026-02-17, name: …}], or take them from an iCalendar file, such as holidays: [{ics: holidays.ics}]"

// unknownCountry returns the remedy for an unknown country.
func unknownCountry(text string) string {
	code := strings.ToLower(text)
	known := calendar.Countries()
	whole, part, isPart := strings.Cut(code, "-")
	switch {
	case slices.Contains(known, code):
		return "is not a known country: write " + code
	case countryNames()[code] != "":
		return "is not a known country: write " + countryNames()[code]
	case isPart && part != "" && slices.Contains(known, whole):
		return fmt.Sprintf("has no list of its own: use %s, and add the days of the part as dates, such as holidays: [%s, 2026-03-31]%s",
			whole, whole, orNearest(code, partsOf(known, whole)))
	case isCountry(whole):
		return "is a country whose holidays are not built in: " + otherwise
	}
	names := slices.Concat(known, slices.Sorted(maps.Keys(countryNames())))
	var near []string
	for _, name := range nearestOf(code, names) {
		if code := cmp.Or(countryNames()[name], name); !slices.Contains(near, code) {
			near = append(near, code)
		}
	}
	if len(near) == 0 {
		return "is not a known country: use none, or the two letters of a country, such as jp, us, gb or de; for one that is not built in, " + otherwise
	}
	return fmt.Sprintf("is not a known country: did you mean %s? For one that is not built in, %s", tree.OrList(near), otherwise)
}

func partsOf(known []string, country string) []string {
	return slices.DeleteFunc(slices.Clone(known), func(k string) bool { return !strings.HasPrefix(k, country+"-") })
}

func orNearest(code string, known []string) string {
	if near := nearestOf(code, known); len(near) > 0 {
		return "; or did you mean " + tree.OrList(near) + "?"
	}
	return ""
}

// nearestOf returns the known words closest to a mistyped one, at most three edits
// away.
func nearestOf(word string, known []string) []string {
	fewest := min(2, len([]rune(word))/2)
	var near []string
	for _, k := range known {
		n := phrase.Edits(word, k)
		if n < fewest {
			fewest, near = n, nil
		}
		if n <= fewest {
			near = append(near, k)
		}
	}
	return near[:min(len(near), 3)]
}

// isCountry reports whether code is a country code of ISO 3166-1.
func isCountry(code string) bool {
	region, err := language.ParseRegion(code)
	return err == nil && len(code) == 2 && region.IsCountry()
}

// countryNames maps other names to countries whose holidays are built in.
func countryNames() map[string]string {
	return map[string]string{
		"japan": "jp", "jpn": "jp", "usa": "us", "america": "us", "uk": "gb", "england": "gb", "britain": "gb", "gbr": "gb",
		"germany": "de", "deu": "de", "france": "fr", "fra": "fr", "canada": "ca", "australia": "au", "switzerland": "ch",
		"austria": "at", "italy": "it", "spain": "es", "ireland": "ie", "netherlands": "nl", "belgium": "be", "sweden": "se",
		"norway": "no", "denmark": "dk", "finland": "fi", "poland": "pl", "portugal": "pt", "brazil": "br", "mexico": "mx",
		"thailand": "th", "target": "ecb", "eu": "ecb", "fed": "us-fed",
	}
}

// official reads the Cabinet Office's list from a file next to the configuration.
func (c *Set) official(n *tree.Node, first, last int) calendar.Holidays {
	c.Keys(n, "official_csv")
	file := n.Get("official_csv")
	if file == nil {
		c.Missing(n, "official_csv", "name the file, such as syukujitsu.csv")
		return nil
	}
	data, ok := c.beside(file)
	if !ok {
		return nil
	}
	list, err := calendar.ReadOfficialJapan(bytes.NewReader(data))
	if err != nil {
		c.Reportf(file, "is not the Cabinet Office's list of holidays: %v", err)
		return nil
	}
	holidays, err := calendar.Japan(list, first, last)
	if err != nil {
		c.Reportf(file, "does not cover %d..%d: %v", first, last, err)
		return nil
	}
	return holidays
}
