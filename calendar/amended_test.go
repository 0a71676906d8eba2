package calendar_test

import (
	"strings"
	"testing"

	"kigen/calendar"
)

// What the library has wrong, as the acts and proclamations beside each entry of
// amended.go have it. A day that begins with ! is no holiday.
func TestAmendedHolidays(t *testing.T) {
	for country, days := range map[string]string{
		"gb": "1995-05-08 !1995-05-01 1999-12-31 2002-06-03 2002-06-04 !2002-05-27 2011-04-29 2012-06-04 2012-06-05 !2012-05-28 " +
			"2020-05-08 !2020-05-04 2022-06-02 2022-06-03 !2022-05-30 2022-09-19 2023-05-01 2023-05-08 2026-05-04 2026-05-25 !1977-05-02 1978-05-01 !1973-01-01",
		"de":    "2017-10-31 !2016-10-31 !2018-10-31 !1989-10-03 1990-10-03",
		"de-hh": "!2016-10-31 2017-10-31 2018-10-31",
		"de-sn": "2016-10-31 2017-10-31 1990-10-03 !1989-10-03",
		"de-be": "!2018-03-08 2019-03-08 2020-05-08 2025-05-08 2017-10-31",
		"de-mv": "!2022-03-08 2023-03-08",
		"ca":    "!2026-04-06 2026-04-03 !2026-08-03 2021-09-30 !2020-09-30 2026-12-28",
		"us":    "!1985-01-21 1986-01-20 !2018-12-05 !2020-06-19 2021-06-18 2026-07-03 2021-12-31",
		// The Federal Reserve works on the Friday before, and rests on the Monday after.
		"us-fed": "!2026-07-03 2026-07-04 !2021-12-31 2022-06-20 2023-01-02 !2021-06-18 2026-11-26",
		"nz":     "2022-06-24 2026-07-10 2052-06-21 2022-09-26 2015-04-27 !2010-04-26 2010-04-25 2016-02-08",
		"au":     "2022-09-22 2026-04-25 2021-12-27 2021-12-28 2026-01-26 !2026-06-08",
		"ch":     "2026-01-01 2026-05-14 2026-08-01 2026-12-25 !2026-01-06 !2026-03-19 !2026-06-04",
		"ch-zh":  "2026-04-03 2026-05-01",
		"ie":     "2022-03-18 2023-02-06",
		"it":     "2011-03-17",
		"nl":     "2013-04-30 !2013-04-27 2014-04-26 !2014-04-30 2006-04-29 2026-04-27",
		"br":     "!2023-11-20 2024-11-20",
		"cz":     "!2015-04-03 2016-03-25",
		"hu":     "!2016-03-25 2017-04-14",
		"lt":     "!2018-11-02 2020-11-02",
		"pl":     "!2010-01-06 2011-01-06 2018-11-12 2025-12-24 !2024-12-24",
		"pt":     "2012-10-05 !2013-11-01 !2015-12-01 2016-12-01",
		"si":     "2012-01-02 !2014-01-02 2017-01-02 2023-08-14",
		"hr":     "2019-06-25 2019-10-08 !2020-06-25 !2019-11-18 2020-11-18",
		"sk":     "2018-10-30",
		"lv":     "2018-09-24 2023-05-29",
		"za":     "2021-11-01 2023-12-15 2024-05-29",
		"mx":     "2018-12-01 2024-10-01 !2024-12-01",
		"ecb":    "2001-12-31 1999-12-31 !2002-12-31",
	} {
		holidays, err := calendar.National(country, 1955, 2060)
		if err != nil {
			t.Fatal(err)
		}
		for _, day := range strings.Fields(days) {
			text, working := strings.CutPrefix(day, "!")
			got, is := holidays[date(t, text)]
			if is == working || is && got.Name.IsZero() {
				t.Errorf("%s %s: holiday is %v, %+v", country, text, is, got)
			}
		}
	}
}

// Matariki is a Friday by its Act.
func TestMatarikiIsAFriday(t *testing.T) {
	holidays, err := calendar.National("nz", 2022, 2052)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for d, h := range holidays {
		if h.Name.En == "Matariki" {
			count++
			if d.Weekday().String() != "Friday" {
				t.Errorf("%s is a %s", d, d.Weekday())
			}
		}
	}
	if count != 31 {
		t.Errorf("31 years have %d", count)
	}
}
