package calendar

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/br"
	"github.com/rickar/cal/v2/ca"
	"github.com/rickar/cal/v2/cz"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/hr"
	"github.com/rickar/cal/v2/hu"
	"github.com/rickar/cal/v2/lt"
	"github.com/rickar/cal/v2/nl"
	"github.com/rickar/cal/v2/nz"
	"github.com/rickar/cal/v2/pl"
	"github.com/rickar/cal/v2/pt"
	"github.com/rickar/cal/v2/si"
	"github.com/rickar/cal/v2/us"
)

// The library lists the holidays of most countries as they are now. This file
// amends it for other years, each entry with its source: an act or a proclamation.
// The library's list stands for everything else.

// amendment replaces one definition of the library by others; by none, it
// removes the holiday.
type amendment map[*cal.Holiday][]*cal.Holiday

// amendments returns the amendments to each country and its parts.
func amendments() map[string]amendment {
	return map[string]amendment{
		// Canada Labour Code, section 166: the general holidays name neither day.
		"ca": {ca.EasterMonday: nil, ca.CivicDay: nil},
		// Proclamations under the Banking and Financial Dealings Act 1971, section
		// 1: 1 January since 1974, the first Monday of May since 1978 and moved for
		// the 50th and 75th VE Day, the spring holiday moved for three jubilees.
		"gb": {
			gb.NewYear:       {since(1974, gb.NewYear)},
			gb.EarlyMay:      {except(since(1978, gb.EarlyMay), 1995, 2020)},
			gb.SpringHoliday: {except(gb.SpringHoliday, 2002, 2012, 2022)},
		},
		// Einigungsvertrag, article 2; the states' acts on holidays of 2018 and 2019.
		"de":    {de.DeutschenEinheit: {since(1990, de.DeutschenEinheit)}},
		"de-be": {de.Frauentag: {since(2019, de.Frauentag)}},
		"de-hb": {de.Reformationstag: {since(2018, de.Reformationstag)}},
		"de-hh": {de.Reformationstag: {since(2018, de.Reformationstag)}},
		"de-ni": {de.Reformationstag: {since(2018, de.Reformationstag)}},
		"de-sh": {de.Reformationstag: {since(2018, de.Reformationstag)}},
		// Feiertagsgesetz Mecklenburg-Vorpommern as amended in 2022.
		"de-mv": {de.Neujahr: {de.Neujahr, since(2023, de.Frauentag)}},
		// 5 U.S.C. 6103(a): Public Law 98-144, from the third Monday of January 1986.
		// Days on which only executive departments closed by order are no holidays.
		"us": {us.MlkDay: {since(1986, us.MlkDay)}},
		// Holidays (Full Recognition of Waitangi Day and ANZAC Day) Amendment Act
		// 2013: moved from a weekend to the Monday since 2014.
		"nz": {
			nz.WaitangiDay: {unmoved(2013, nz.WaitangiDay), since(2014, nz.WaitangiDay)},
			nz.AnzacDay:    {unmoved(2013, nz.AnzacDay), since(2014, nz.AnzacDay)},
		},
		// The king's birthday, 27 April, since 2014; the queen's, 30 April or the
		// Saturday before, until 2013.
		"nl": {nl.Koningsdag: {since(2014, nl.Koningsdag), queensDay()}},
		"br": {br.ConscienciaNegra: {since(2024, br.ConscienciaNegra)}}, // Lei 14.759/2023
		"cz": {cz.GoodFriday: {since(2016, cz.GoodFriday)}},             // zákon 359/2015 Sb.
		"hu": {hu.Nagypentek: {since(2017, hu.Nagypentek)}},             // Munka törvénykönyve, section 102, as amended in 2017
		"lt": {lt.AllSoulsDay: {since(2020, lt.AllSoulsDay)}},           // Darbo kodeksas, article 123
		"pl": {pl.ThreeKings: {since(2011, pl.ThreeKings)}},             // Dz.U. 2010 nr 224 poz. 1459
		// Lei 23/2012 suspended four holidays from 2013, Lei 8/2016 restored them.
		"pt": {
			pt.CorpoDeDeus:                {suspended(pt.CorpoDeDeus)},
			pt.ImplantacaoDaRepublica:     {suspended(pt.ImplantacaoDaRepublica)},
			pt.TodosOsSantos:              {suspended(pt.TodosOsSantos)},
			pt.RestauracaoDaIndependencia: {suspended(pt.RestauracaoDaIndependencia)},
		},
		// Zakon za uravnoteženje javnih financ of 2012; restored in 2017.
		"si": {si.NovoLeto2: {except(si.NovoLeto2, 2013, 2014, 2015, 2016)}},
		// Zakon o blagdanima, NN 110/2019: from 2020 on.
		"hr": {
			hr.DanDrzavnosti:                     {since(2020, hr.DanDrzavnosti), fixed("Dan državnosti", time.June, 25, 2002, 2019)},
			hr.DanSjecanjaNaZrtveDomovinskogRata: {since(2020, hr.DanSjecanjaNaZrtveDomovinskogRata), fixed("Dan neovisnosti", time.October, 8, 2002, 2019)},
		},
	}
}

// oneOff is a holiday of single years, of a country and all its parts.
type oneOff struct {
	country, name string
	dates         []string
}

// oneOffs returns the holidays of single years that the library lacks.
func oneOffs() []oneOff {
	return []oneOff{
		// Royal proclamations in the London Gazette; gov.uk/bank-holidays.
		{"gb", "Wedding of Princess Anne", []string{"1973-11-14"}},
		{"gb", "Silver Jubilee", []string{"1977-06-07"}},
		{"gb", "Wedding of Prince Charles", []string{"1981-07-29"}},
		{"gb", "Early May, 50th VE Day", []string{"1995-05-08"}},
		{"gb", "Millennium", []string{"1999-12-31"}},
		{"gb", "Golden Jubilee", []string{"2002-06-03"}},
		{"gb", "Spring Bank Holiday", []string{"2002-06-04", "2012-06-04"}},
		{"gb", "Wedding of Prince William", []string{"2011-04-29"}},
		{"gb", "Diamond Jubilee", []string{"2012-06-05"}},
		{"gb", "State Funeral of Queen Elizabeth II", []string{"2022-09-19"}},
		// The states' acts for the 500th year of the Reformation; Berlin's for the
		// 75th and the 80th year of the end of the war.
		{"de", "Reformationstag", []string{"2017-10-31"}},
		{"de-be", "Tag der Befreiung", []string{"2020-05-08", "2025-05-08"}},
		// Te Kāhui o Matariki Public Holiday Act 2022, schedule 1, which ends in
		// 2052; Queen Elizabeth II Memorial Day Act 2022.
		{"nz", "Matariki", []string{
			"2022-06-24", "2023-07-14", "2024-06-28", "2025-06-20", "2026-07-10", "2027-06-25", "2028-07-14", "2029-07-06",
			"2030-06-21", "2031-07-11", "2032-07-02", "2033-06-24", "2034-07-07", "2035-06-29", "2036-07-18", "2037-07-10",
			"2038-06-25", "2039-07-15", "2040-07-06", "2041-07-19", "2042-07-11", "2043-07-03", "2044-06-24", "2045-07-07",
			"2046-06-29", "2047-07-19", "2048-07-03", "2049-06-25", "2050-07-15", "2051-06-30", "2052-06-21",
		}},
		{"nz", "Queen Elizabeth II Memorial Day", []string{"2022-09-26"}},
		// Decreto-legge 5/2011: 150 years of unity.
		{"it", "150º anniversario dell'Unità d'Italia", []string{"2011-03-17"}},
		// The act of 7 November 2018: the day after the hundredth Independence Day.
		{"pl", "Narodowe Święto z okazji Setnej Rocznicy Odzyskania Niepodległości", []string{"2018-11-12"}},
		// Zákon 241/1993 Z. z. as amended in 2018: a hundred years of the declaration.
		{"sk", "Výročie Deklarácie slovenského národa", []string{"2018-10-30"}},
		// Acts of the Saeima on the pope's visit and on the medal of 2023.
		{"lv", "Pāvesta Franciska vizīte", []string{"2018-09-24"}},
		{"lv", "Hokeja izlases sasniegums", []string{"2023-05-29"}},
		// The act on measures after the floods of August 2023.
		{"si", "dan solidarnosti", []string{"2023-08-14"}},
		// Proclamations under the Public Holidays Act 36 of 1994, section 2A.
		{"za", "Election day", []string{"2009-04-22", "2011-05-18", "2014-05-07", "2016-08-03", "2019-05-08", "2021-11-01", "2024-05-29"}},
		{"za", "Rugby World Cup", []string{"2023-12-15"}},
		// Ley Federal del Trabajo, article 74: the change of the executive, every
		// sixth year.
		{"mx", "Transmisión del Poder Ejecutivo Federal", []string{
			"1988-12-01", "1994-12-01", "2000-12-01", "2006-12-01", "2012-12-01", "2018-12-01", "2024-10-01", "2030-10-01", "2036-10-01",
		}},
		// The ECB's closing days of TARGET for 1999 and 2001.
		{"ecb", "TARGET closed", []string{"1999-12-31", "2001-12-31"}},
	}
}

// amend applies the amendments of a country, and of the country that it belongs
// to, to its definitions.
func amend(all map[string]amendment, country string, definitions []*cal.Holiday) []*cal.Holiday {
	whole, _, _ := strings.Cut(country, "-")
	changes := maps.Clone(all[whole])
	if country != whole {
		if changes == nil {
			changes = amendment{}
		}
		maps.Copy(changes, all[country])
	}
	result := make([]*cal.Holiday, 0, len(definitions))
	for _, h := range definitions {
		if others, ok := changes[h]; ok {
			result = append(result, others...)
		} else {
			result = append(result, h)
		}
	}
	return result
}

// addOneOffs adds the holidays of single years.
func (h Holidays) addOneOffs(country string) {
	for _, o := range oneOffs() {
		if country != o.country && !strings.HasPrefix(country, o.country+"-") {
			continue
		}
		for _, text := range o.dates {
			date, err := ParseDate(text)
			if err != nil {
				panic("calendar: one-off holidays: " + err.Error()) // the dates above are constants
			}
			h[date] = Holiday{Name: Text{En: o.name}, Reason: ReasonHoliday}
		}
	}
}

// since returns the holiday from the given year on.
func since(year int, h *cal.Holiday) *cal.Holiday { return h.Clone(&cal.Holiday{StartYear: year}) }

// except returns the holiday without the given years.
func except(h *cal.Holiday, years ...int) *cal.Holiday {
	return h.Clone(&cal.Holiday{Except: years})
}

// unmoved returns the holiday until a year, on its own day even at a weekend.
func unmoved(last int, h *cal.Holiday) *cal.Holiday {
	return h.Clone(&cal.Holiday{EndYear: last, Observed: []cal.AltDay{}})
}

// suspended returns a holiday of Portugal without the years of its suspension.
func suspended(h *cal.Holiday) *cal.Holiday { return except(h, 2013, 2014, 2015) }

// fixed returns a holiday on the same date of every year.
func fixed(name string, month time.Month, day, first, last int) *cal.Holiday {
	return &cal.Holiday{Name: name, Month: month, Day: day, StartYear: first, EndYear: last, Func: cal.CalcDayOfMonth}
}

// queensDay was moved from a Sunday to the Saturday before.
func queensDay() *cal.Holiday {
	h := fixed("Koninginnedag", time.April, 30, 1980, 2013)
	h.Observed = []cal.AltDay{{Day: time.Sunday, Offset: -1}}
	return h
}

// federalReserve returns the holidays of the United States by the rules of the
// Federal Reserve: a holiday on a Saturday is not observed on the Friday
// (Federal Reserve Bank Services, Holiday Schedules, note).
func federalReserve(definitions []*cal.Holiday) []*cal.Holiday {
	result := make([]*cal.Holiday, len(definitions))
	for i, h := range definitions {
		observed := slices.DeleteFunc(slices.Clone(h.Observed), func(a cal.AltDay) bool { return a.Day == time.Saturday })
		if observed == nil {
			observed = []cal.AltDay{}
		}
		result[i] = h.Clone(&cal.Holiday{Observed: observed})
	}
	return result
}
