package calendar_test

import (
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"kigen/calendar"
)

// The Act on National Holidays as it stands, once more: fixed days, Mondays,
// the equinoxes by astronomy instead of by the usual formula, and the days off
// by the words of article 3. It shares nothing with the package but the names.
func act(year int) map[string]string {
	named := map[string]string{}
	on := func(month time.Month, day int, name string) {
		named[time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)] = name
	}
	monday := func(month time.Month, nth int, name string) {
		for day, seen := 1, 0; ; day++ {
			if time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Weekday() == time.Monday {
				seen++
				if seen == nth {
					on(month, day, name)
					return
				}
			}
		}
	}
	on(1, 1, "元日")
	monday(1, 2, "成人の日")
	on(2, 11, "建国記念の日")
	on(2, 23, "天皇誕生日")
	on(3, equinox(year, 3), "春分の日")
	on(4, 29, "昭和の日")
	on(5, 3, "憲法記念日")
	on(5, 4, "みどりの日")
	on(5, 5, "こどもの日")
	monday(7, 3, "海の日")
	on(8, 11, "山の日")
	monday(9, 3, "敬老の日")
	on(9, equinox(year, 9), "秋分の日")
	monday(10, 2, "スポーツの日")
	on(11, 3, "文化の日")
	on(11, 23, "勤労感謝の日")

	all := maps.Clone(named)
	for date := range named {
		// 「国民の祝日」が日曜日に当たるときは、その日後においてその日に最も近い「国民の祝日」でない日を休日とする。
		if day, _ := time.Parse(time.DateOnly, date); day.Weekday() == time.Sunday {
			for named[date] != "" {
				date = nextDate(date, 1)
			}
			all[date] = "振替休日"
		}
	}
	for date := range named {
		// その前日及び翌日が「国民の祝日」である日（「国民の祝日」でない日に限る。）は、休日とする。
		between := nextDate(date, 1)
		if all[between] == "" && named[nextDate(between, 1)] != "" {
			all[between] = "国民の休日"
		}
	}
	return all
}

// equinox returns the day of March or September, in Japan, on which the sun
// crosses the equator: the mean instant corrected by the 24 largest periodic
// terms, good to about a minute (J. Meeus, Astronomical Algorithms, chapter 27).
func equinox(year int, month time.Month) int {
	y := float64(year-2000) / 1000
	mean := 2451623.80984 + y*(365242.37404+y*(0.05169+y*(-0.00411-y*0.00057)))
	if month == time.September {
		mean = 2451810.21715 + y*(365242.01767+y*(-0.11575+y*(0.00337+y*0.00078)))
	}
	centuries := (mean - 2451545) / 36525
	degrees := func(d float64) float64 { return d * math.Pi / 180 }
	w := degrees(35999.373*centuries - 2.47)
	speed := 1 + 0.0334*math.Cos(w) + 0.0007*math.Cos(2*w)
	sum := 0.0
	for _, term := range periodicTerms() {
		sum += term[0] * math.Cos(degrees(term[1]+term[2]*centuries))
	}
	dynamical := mean + 0.00001*sum/speed
	const julianUnixEpoch = 2440587.5
	unix := (dynamical - julianUnixEpoch) * 24 * 60 * 60
	unix -= 70 + float64(year-2020)/2 // dynamical time runs ahead; the forecast is rough, and enough
	return time.Unix(int64(unix), 0).In(time.FixedZone("JST", 9*60*60)).Day()
}

func periodicTerms() [][3]float64 {
	return [][3]float64{
		{485, 324.96, 1934.136}, {203, 337.23, 32964.467}, {199, 342.08, 20.186}, {182, 27.85, 445267.112},
		{156, 73.14, 45036.886}, {136, 171.52, 22518.443}, {77, 222.54, 65928.934}, {74, 296.72, 3034.906},
		{70, 243.58, 9037.513}, {58, 119.81, 33718.147}, {52, 297.17, 150.678}, {50, 21.02, 2281.226},
		{45, 247.54, 29929.562}, {44, 325.15, 31555.956}, {29, 60.93, 4443.417}, {18, 155.12, 67555.328},
		{17, 288.79, 4562.452}, {16, 198.04, 62894.029}, {14, 199.76, 31436.921}, {12, 95.39, 14577.848},
		{12, 287.11, 31931.756}, {12, 320.81, 34777.259}, {9, 227.73, 1222.114}, {8, 15.45, 16859.074},
	}
}

func TestTheActInTheTestAgreesWithTheOfficialList(t *testing.T) {
	// The oracle must be right where the truth is known before it judges where
	// it is not. The Act has stood as it is since 2022.
	official := officialDays(t)
	for year := 2022; year <= 2027; year++ {
		computed := act(year)
		for d := calendar.NewDate(year, 1, 1); d.Year() == year; d++ {
			name := computed[d.String()]
			if name == "振替休日" || name == "国民の休日" {
				name = "休日"
			}
			if name != official[d.String()] {
				t.Errorf("%s: the oracle says %q, the list %q", d, name, official[d.String()])
			}
		}
	}
}

func TestJapanAfterTheListFollowsTheAct(t *testing.T) {
	holidays, err := calendar.Japan(nil, 2028, 2150)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for year := 2028; year <= 2150; year++ {
		want := act(year)
		count += len(want)
		for d := calendar.NewDate(year, 1, 1); d.Year() == year; d++ {
			got, ok := holidays[d]
			if got.Name.Ja != want[d.String()] {
				t.Errorf("%s: got %q, want %q", d, got.Name.Ja, want[d.String()])
			}
			if ok && (!got.Projected || got.Name.En == "") {
				t.Errorf("%s: got %+v, want it projected and with an English name", d, got)
			}
		}
	}
	if len(holidays) != count {
		t.Errorf("got %d days, want %d", len(holidays), count)
	}
}

func TestCitizensHolidaysToCome(t *testing.T) {
	holidays, err := calendar.Japan(nil, 2028, 2050)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for d, h := range holidays {
		if h.Reason == calendar.ReasonCitizens {
			got = append(got, d.String())
		}
	}
	slices.Sort(got)
	want := []string{"2032-09-21", "2037-09-22", "2043-09-22", "2049-09-21"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
