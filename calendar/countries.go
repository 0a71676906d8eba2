package calendar

import (
	"maps"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/ar"
	"github.com/rickar/cal/v2/at"
	"github.com/rickar/cal/v2/au"
	"github.com/rickar/cal/v2/be"
	"github.com/rickar/cal/v2/bg"
	"github.com/rickar/cal/v2/br"
	"github.com/rickar/cal/v2/ca"
	"github.com/rickar/cal/v2/ch"
	"github.com/rickar/cal/v2/cy"
	"github.com/rickar/cal/v2/cz"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/dk"
	"github.com/rickar/cal/v2/ecb"
	"github.com/rickar/cal/v2/ee"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fi"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/gr"
	"github.com/rickar/cal/v2/hr"
	"github.com/rickar/cal/v2/hu"
	"github.com/rickar/cal/v2/ie"
	"github.com/rickar/cal/v2/is"
	"github.com/rickar/cal/v2/it"
	"github.com/rickar/cal/v2/ke"
	"github.com/rickar/cal/v2/lt"
	"github.com/rickar/cal/v2/lu"
	"github.com/rickar/cal/v2/lv"
	"github.com/rickar/cal/v2/mt"
	"github.com/rickar/cal/v2/mw"
	"github.com/rickar/cal/v2/mx"
	"github.com/rickar/cal/v2/nc"
	"github.com/rickar/cal/v2/nl"
	"github.com/rickar/cal/v2/no"
	"github.com/rickar/cal/v2/nz"
	"github.com/rickar/cal/v2/pl"
	"github.com/rickar/cal/v2/pt"
	"github.com/rickar/cal/v2/ro"
	"github.com/rickar/cal/v2/rs"
	"github.com/rickar/cal/v2/ru"
	"github.com/rickar/cal/v2/se"
	"github.com/rickar/cal/v2/si"
	"github.com/rickar/cal/v2/sk"
	"github.com/rickar/cal/v2/th"
	"github.com/rickar/cal/v2/ua"
	"github.com/rickar/cal/v2/us"
	"github.com/rickar/cal/v2/za"
)

// definitions returns the holiday definitions of every country and part of a
// country, by code: those of the library, amended. It has none for jp, see
// [Japan], nor for countries whose holidays are those that all their parts share.
func definitions() map[string][]*cal.Holiday {
	all := map[string][]*cal.Holiday{"jp": nil}
	maps.Copy(all, europe())
	maps.Copy(all, otherContinents())
	for country, parts := range map[string]map[string][]*cal.Holiday{
		"au": australianStates(), "ch": swissCantons(), "de": germanStates(),
	} {
		for part, list := range parts {
			all[country+"-"+part] = list
		}
	}
	changes := amendments()
	for country, list := range all {
		all[country] = amend(changes, country, list)
	}
	for country := range sharing() {
		all[country] = nil
	}
	all["us-fed"] = federalReserve(all["us"])
	return all
}

// sharing names the countries whose holidays are those that all their parts keep,
// each with the part that gives the names. The library has no list for au, and its
// list for ch contains every holiday of any canton.
func sharing() map[string]string { return map[string]string{"au": "au-nsw", "ch": "ch-zh"} }

// europe includes ecb, the bank holidays of the euro area's payment system.
func europe() map[string][]*cal.Holiday {
	return map[string][]*cal.Holiday{
		"at":  at.Holidays,
		"be":  be.Holidays,
		"bg":  bg.Holidays,
		"cy":  cy.Holidays,
		"cz":  cz.Holidays,
		"de":  de.Holidays,
		"dk":  dk.Holidays,
		"ecb": ecb.Holidays,
		"ee":  ee.Holidays,
		"es":  es.Holidays,
		"fi":  fi.Holidays,
		"fr":  fr.Holidays,
		"gb":  gb.Holidays,
		"gr":  gr.Holidays,
		"hr":  hr.Holidays,
		"hu":  hu.Holidays,
		"ie":  ie.Holidays,
		"is":  is.Holidays,
		"it":  it.Holidays,
		"lt":  lt.Holidays,
		"lu":  lu.Holidays,
		"lv":  lv.Holidays,
		"mt":  mt.Holidays,
		"nl":  nl.Holidays,
		"no":  no.Holidays,
		"pl":  pl.Holidays,
		"pt":  pt.Holidays,
		"ro":  ro.Holidays,
		"rs":  rs.Holidays,
		"ru":  ru.Holidays,
		"se":  se.Holidays,
		"si":  si.Holidays,
		"sk":  sk.Holidays,
		"ua":  ua.Holidays,
	}
}

func otherContinents() map[string][]*cal.Holiday {
	return map[string][]*cal.Holiday{
		"ar": ar.Holidays,
		"br": br.Holidays,
		"ca": ca.Holidays,
		"ke": ke.Holidays,
		"mw": mw.Holidays,
		"mx": mx.Holidays,
		"nc": nc.Holidays,
		"nz": nz.Holidays,
		"th": th.Holidays,
		"us": us.Holidays,
		"za": za.Holidays,
	}
}

func australianStates() map[string][]*cal.Holiday {
	return map[string][]*cal.Holiday{
		"act": au.HolidaysACT,
		"nsw": au.HolidaysNSW,
		"nt":  au.HolidaysNT,
		"qld": au.HolidaysQLD,
		"sa":  au.HolidaysSA,
		"tas": au.HolidaysTAS,
		"vic": au.HolidaysVIC,
		"wa":  au.HolidaysWA,
	}
}

func swissCantons() map[string][]*cal.Holiday {
	return map[string][]*cal.Holiday{
		"zh": ch.HolidaysZH,
		"be": ch.HolidaysBE,
		"lu": ch.HolidaysLU,
		"ur": ch.HolidaysUR,
		"sz": ch.HolidaysSZ,
		"ow": ch.HolidaysOW,
		"nw": ch.HolidaysNW,
		"gl": ch.HolidaysGL,
		"zg": ch.HolidaysZG,
		"fr": ch.HolidaysFR,
		"so": ch.HolidaysSO,
		"bs": ch.HolidaysBS,
		"bl": ch.HolidaysBL,
		"sh": ch.HolidaysSH,
		"ar": ch.HolidaysAR,
		"ai": ch.HolidaysAI,
		"sg": ch.HolidaysSG,
		"gr": ch.HolidaysGR,
		"ag": ch.HolidaysAG,
		"tg": ch.HolidaysTG,
		"vd": ch.HolidaysVD,
		"ti": ch.HolidaysTI,
		"vs": ch.HolidaysVS,
		"ne": ch.HolidaysNE,
		"ge": ch.HolidaysGE,
		"ju": ch.HolidaysJU,
	}
}

func germanStates() map[string][]*cal.Holiday {
	return map[string][]*cal.Holiday{
		"bw": de.HolidaysBW,
		"by": de.HolidaysBY,
		"be": de.HolidaysBE,
		"bb": de.HolidaysBB,
		"hb": de.HolidaysHB,
		"hh": de.HolidaysHH,
		"he": de.HolidaysHE,
		"mv": de.HolidaysMV,
		"ni": de.HolidaysNI,
		"nw": de.HolidaysNW,
		"rp": de.HolidaysRP,
		"sl": de.HolidaysSL,
		"sn": de.HolidaysSN,
		"st": de.HolidaysST,
		"sh": de.HolidaysSH,
		"th": de.HolidaysTH,
	}
}
