package calendar_test

import (
	"fmt"
	"log"
	"time"

	"kigen/calendar"
)

// office is open from Monday to Friday, 09:00 to 18:00 in Tokyo, but not on
// public holidays and over the new year.
func office() *calendar.Calendar {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		log.Fatal(err)
	}
	holidays, err := calendar.National("jp", 2025, 2035)
	if err != nil {
		log.Fatal(err)
	}
	hours := []calendar.Span{{Open: 9 * 60, Close: 18 * 60}}
	office, err := calendar.Compile(calendar.Spec{
		ID:       "office",
		Zone:     tokyo,
		Weekly:   [7][]calendar.Span{time.Monday: hours, time.Tuesday: hours, time.Wednesday: hours, time.Thursday: hours, time.Friday: hours},
		Holidays: holidays,
		Exceptions: []calendar.Exception{{
			Name: calendar.Text{Ja: "年末年始休業", En: "New Year closure"},
			From: calendar.NewDate(2025, time.December, 29), To: calendar.NewDate(2026, time.January, 3), Yearly: true,
		}},
		FirstYear: 2025, LastYear: 2035,
	})
	if err != nil {
		log.Fatal(err)
	}
	return office
}

func Example() {
	office := office()
	friday := time.Date(2026, time.May, 1, 18, 0, 0, 0, office.Zone())
	fmt.Println(office.IsOpen(friday))
	opening, err := office.NextOpening(friday)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(opening.Format("2006-01-02 Mon 15:04"))
	// Output:
	// false
	// 2026-05-07 Thu 09:00
}

func ExampleCalendar_Day() {
	office := office()
	for d := calendar.NewDate(2026, time.September, 18); d <= calendar.NewDate(2026, time.September, 24); d++ {
		day := office.Day(d)
		fmt.Println(day.Date, day.Reason, day.Name.In("ja"), day.Spans)
	}
	// Output:
	// 2026-09-18 business_day  [09:00-18:00]
	// 2026-09-19 weekend  []
	// 2026-09-20 weekend  []
	// 2026-09-21 holiday 敬老の日 []
	// 2026-09-22 citizens_holiday 国民の休日 []
	// 2026-09-23 holiday 秋分の日 []
	// 2026-09-24 business_day  [09:00-18:00]
}

func ExampleCalendar_AddBusinessDays() {
	office := office()
	detected := time.Date(2026, time.April, 28, 16, 0, 0, 0, office.Zone())
	third, err := office.AddBusinessDays(office.DateOf(detected), 3)
	if err != nil {
		log.Fatal(err)
	}
	closing, err := office.Close(third)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(third, closing.Format(time.RFC3339))
	// Output: 2026-05-07 2026-05-07T18:00:00+09:00
}

func ExampleCalendar_AddOpen() {
	office := office()
	wednesday := time.Date(2026, time.June, 3, 15, 0, 0, 0, office.Zone())
	for _, d := range []time.Duration{3 * time.Hour, 6 * time.Hour, -8 * time.Hour} {
		due, err := office.AddOpen(wednesday, d)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(d, due.Format("Mon 15:04"))
	}
	// Output:
	// 3h0m0s Wed 18:00
	// 6h0m0s Thu 12:00
	// -8h0m0s Tue 16:00
}

func ExampleCalendar_EndOfDay() {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		log.Fatal(err)
	}
	desk, err := calendar.Compile(calendar.Spec{
		ID: "desk", Zone: newYork, FirstYear: 2025, LastYear: 2025,
		Weekly: [7][]calendar.Span{time.Sunday: {{Open: 0, Close: 24 * 60}}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range []calendar.Date{calendar.NewDate(2025, time.March, 9), calendar.NewDate(2025, time.November, 2)} {
		start, errStart := desk.StartOfDay(d)
		end, errEnd := desk.EndOfDay(d)
		if errStart != nil || errEnd != nil {
			log.Fatal(errStart, errEnd)
		}
		fmt.Println(d, end.Sub(start))
	}
	// Output:
	// 2025-03-09 23h0m0s
	// 2025-11-02 25h0m0s
}

func ExampleCompile_problems() {
	_, err := calendar.Compile(calendar.Spec{
		Weekly:    [7][]calendar.Span{time.Monday: {{Open: 18 * 60, Close: 9 * 60}}},
		FirstYear: 2026, LastYear: 2025,
	})
	fmt.Println(err)
	// Output:
	// zone: "": is missing; name a zone of the tz database such as Asia/Tokyo
	// last_year: "2025": must not lie before the first year, 2026
	// weekly.monday[0]: "18:00-09:00": must close after it opens; count a close on the next day on from 24:00, as 30:00 for 06:00
}

func ExampleJapan() {
	holidays, err := calendar.Japan(nil, 2026, 2032)
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range []calendar.Date{calendar.NewDate(2026, time.May, 6), calendar.NewDate(2032, time.September, 21)} {
		h := holidays[d]
		fmt.Println(d, h.Name.Ja, h.Name.En, h.Reason, h.Projected)
	}
	// Output:
	// 2026-05-06 振替休日 Substitute Holiday substitute_holiday false
	// 2032-09-21 国民の休日 Citizens' Holiday citizens_holiday true
}

func ExampleParseSpan() {
	lunch, err := calendar.ParseSpan("12:00-13:00")
	fmt.Println(lunch, lunch.Open.Duration(), err)
	night, err := calendar.ParseSpan("22:00-06:00")
	fmt.Println(night, night.PassesMidnight(), err)
	_, err = calendar.ParseSpan("22-6")
	fmt.Println(err)
	// Output:
	// 12:00-13:00 12h0m0s <nil>
	// 22:00-06:00 true <nil>
	// hours "22-6": must be written like 09:00-18:00
}

func ExampleDate_AddMonths() {
	d, err := calendar.ParseDate("2026-01-31")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(d.AddMonths(1), d.AddMonths(2))
	// Output: 2026-02-28 2026-03-31
}
