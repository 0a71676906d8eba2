package sla_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/policy"
	"kigen/sla/prose"
)

// office is open Monday to Friday from 9 to 18 in Tokyo, with the national
// holidays of 2026.
func office() *calendar.Calendar {
	holidays, err := calendar.Japan(nil, 2025, 2027)
	if err != nil {
		panic(err)
	}
	spec := calendar.Spec{ID: "office", Zone: jst(), Holidays: holidays, FirstYear: 2025, LastYear: 2027}
	for day := time.Monday; day <= time.Friday; day++ {
		spec.Weekly[day] = []calendar.Span{{Open: 9 * 60, Close: 18 * 60}}
	}
	c, err := calendar.Compile(spec)
	if err != nil {
		panic(err)
	}
	return c
}

func jst() *time.Location {
	location, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		panic(err)
	}
	return location
}

// sixHours promises a notice 6 hours after the incident occurred; outside
// business hours at the next opening, if that is later.
func sixHours() *sla.Promise {
	six := sla.Rule{Op: sla.OpElapsed, Length: 6 * time.Hour}
	return &sla.Promise{
		ID: "incident-notice", Vendor: "example", Strength: sla.Firm, Start: sla.Occurred, Calendar: office(),
		Due: sla.Rule{Op: sla.OpHours, Args: []sla.Rule{
			six,
			{Op: sla.OpLaterOf, Args: []sla.Rule{{Op: sla.OpNextOpening}, six}},
		}},
	}
}

// A promise and what is known of an incident give a deadline.
func ExamplePromise_Deadline() {
	promise := sixHours()
	var facts sla.Facts
	facts.Times[sla.Occurred] = sla.Stamp{At: time.Date(2026, time.May, 1, 17, 59, 0, 0, jst()), Basis: sla.Stated}
	inside, err := promise.Deadline(&facts)
	if err != nil {
		panic(err)
	}
	facts.Times[sla.Occurred].At = time.Date(2026, time.May, 1, 18, 0, 0, 0, jst())
	outside, err := promise.Deadline(&facts)
	if err != nil {
		panic(err)
	}
	fmt.Println(inside.State, inside.Due)
	fmt.Println(outside.State, outside.Due)
	// Output:
	// running 2026-05-01 23:59:00 +0900 JST
	// running 2026-05-07 09:00:00 +0900 JST
}

// The same with its reasons, as they stand in a mail to the vendor.
func ExamplePromise_Explain() {
	promise := sixHours()
	var facts sla.Facts
	facts.Times[sla.Occurred] = sla.Stamp{At: time.Date(2026, time.May, 1, 18, 0, 0, 0, jst()), Basis: sla.Stated}
	_, explanation, err := promise.Explain(&facts)
	if err != nil {
		panic(err)
	}
	fmt.Println(strings.Join(prose.Explanation("ja", &explanation), "\n"))
	// Output:
	// 起算点: 2026年5月1日(金) 18:00 JST(発生)
	// 2026年5月1日(金) 18:00 は営業時間外(当日の営業時間 09:00〜18:00)
	//   2026年5月2日(土): 休業日(土日)
	//   2026年5月3日(日): 休業日(祝日: 憲法記念日)
	//   2026年5月4日(月): 休業日(祝日: みどりの日)
	//   2026年5月5日(火): 休業日(祝日: こどもの日)
	//   2026年5月6日(水): 休業日(振替休日)
	//   次の営業開始: 2026年5月7日(木) 09:00
	//   2026年5月1日(金) 18:00 から6時間後: 2026年5月2日(土) 00:00
	// 以上のうち遅い方: 2026年5月7日(木) 09:00
	// 期限: 2026年5月7日(木) 09:00 JST
}

// A rule tells tiers apart. Whoever has not graded the incident yet gets the
// strictest one, and configuration reads the rule as it prints.
func ExampleRule_String() {
	tiers := sla.Rule{Op: sla.OpCases, By: sla.BySeverity, Cases: []sla.Case{
		{Value: "critical", Rule: sla.Rule{Op: sla.OpElapsed, Length: 15 * time.Minute}},
		{Rule: sla.Rule{Op: sla.OpBusinessDays, Count: 1, Ends: sla.Close}},
	}}
	fmt.Println(tiers.String())
	promise := &sla.Promise{ID: "tiers", Start: sla.Aware, Due: tiers, Calendar: office()}
	var facts sla.Facts
	facts.Times[sla.Aware].At = time.Date(2026, time.June, 10, 10, 0, 0, 0, jst())
	for _, severity := range []sla.Severity{"", sla.SeverityCritical, sla.SeverityLow} {
		facts.Severity = severity
		d, err := promise.Deadline(&facts)
		if err != nil {
			panic(err)
		}
		fmt.Printf("%q: %s\n", severity, d.Due.Format("2006-01-02 15:04"))
	}
	// Output:
	// by severity (critical: 15m; default: 1 business day, ends close)
	// "": 2026-06-10 10:15
	// "critical": 2026-06-10 10:15
	// "low": 2026-06-11 18:00
}

// When a vendor detected something, it alone knows. Until it says so, the best
// known moment stands in, and the clock is marked as assumed.
func ExampleTimes_Start() {
	var times sla.Times
	times[sla.Aware] = sla.Stamp{At: time.Date(2026, time.June, 10, 10, 0, 0, 0, time.UTC), Basis: sla.Observed}
	start, known := times.Start(sla.Detected)
	fmt.Println(start.From, start.Basis, known)
	times[sla.Detected] = sla.Stamp{At: time.Date(2026, time.June, 10, 8, 0, 0, 0, time.UTC), Basis: sla.Stated}
	start, known = times.Start(sla.Detected)
	fmt.Println(start.From, start.Basis, known)
	// Output:
	// aware assumed true
	// detected stated true
}

// A clock goes from state to state by its deadline, the notice and the time.
func ExampleClock_Settle() {
	due := time.Date(2026, time.June, 10, 15, 0, 0, 0, time.UTC)
	deadline := sla.Deadline{Start: sla.Start{At: due.Add(-6 * time.Hour)}, Due: due, State: sla.Running}
	policies := policy.Policies{{To: []string{"soc"}, Warn: []policy.Lead{{Before: time.Hour}}}}
	var clock sla.Clock
	for _, now := range []time.Time{due.Add(-2 * time.Hour), due.Add(-time.Hour), due, due.Add(time.Second)} {
		clock.Settle(deadline, policies, sla.Acknowledgement{}, now)
		fmt.Println(now.Format("15:04:05"), clock.State)
	}
	clock.NotifiedAt = due.Add(time.Minute)
	clock.Settle(deadline, policies, sla.Acknowledgement{}, due.Add(2*time.Minute))
	fmt.Println(clock.State, "breached at", clock.BreachedAt.Format("15:04:05"))
	// Output:
	// 13:00:00 running
	// 14:00:00 at_risk
	// 15:00:00 at_risk
	// 15:00:01 overdue
	// late breached at 15:00:00
}

// Policies say who is told what. Next names the instants at which to look.
func ExamplePolicies_Newest() {
	due := time.Date(2026, time.June, 10, 15, 0, 0, 0, time.UTC)
	policies := policy.Policies{
		{To: []string{"soc"}, Warn: []policy.Lead{{Share: 0.5}}, Repeat: 4 * time.Hour},
		{To: []string{"lead"}, After: 2 * time.Hour},
	}
	clock := &sla.Clock{State: sla.Running, Start: sla.Start{At: due.Add(-6 * time.Hour)}, Due: due}
	nobody := sla.Acknowledgement{}
	end := due.Add(5 * time.Hour)
	for now := clock.Start.At; !now.IsZero() && now.Before(end); now = policies.Next(clock, nobody, now) {
		for _, p := range policies.Newest(clock, nobody, now) {
			if p.At.Equal(now) {
				fmt.Println(now.Format("15:04"), p.Reason, p.To)
			}
		}
	}
	// Output:
	// 12:00 warning [soc]
	// 15:00 overdue [soc]
	// 17:00 escalation [lead]
	// 19:00 repeat [soc]
}

// Of two editions the one in force at the start binds, whatever was configured
// later.
func ExampleVendor_Applying() {
	old, current := sixHours(), sixHours()
	old.To, old.Source.Edition = calendar.NewDate(2026, time.March, 31), "first"
	current.From, current.Source.Edition = calendar.NewDate(2026, time.April, 1), "second"
	vendor := sla.Vendor{ID: "example", Promises: []*sla.Promise{old, current}}
	for _, month := range []time.Month{time.March, time.April} {
		var times sla.Times
		times[sla.Occurred].At = time.Date(2026, month, 10, 12, 0, 0, 0, time.UTC)
		for _, promise := range vendor.Applying(sla.KindIncident, &times) {
			fmt.Println(month, promise.Source.Edition)
		}
	}
	// Output:
	// March first
	// April second
}

// Where phone and mail are promised, the notice is complete when both came.
func ExampleChannels_Fulfilled() {
	both := sla.Channels{All: []string{"phone", "email"}}
	ten := time.Date(2026, time.June, 10, 10, 0, 0, 0, time.UTC)
	notices := []sla.Notice{{Channel: "phone", ReceivedAt: ten}}
	fmt.Println(both.Fulfilled(sla.ScopeAll, notices).IsZero())
	notices = append(notices, sla.Notice{Channel: "email", ReceivedAt: ten.Add(time.Hour)})
	fmt.Println(both.Fulfilled(sla.ScopeAll, notices).Format("15:04"))
	// Output:
	// true
	// 11:00
}

// Each event holds the hash of the one before, so that a change shows.
func ExampleEvent_Seal() {
	first := sla.Event{Incident: 1, Actor: "ueda", Kind: sla.EventLogged, Body: json.RawMessage(`{}`)}
	first.Seal(0, "")
	second := sla.Event{Incident: 1, Actor: "mori", Kind: sla.EventNotice, Body: json.RawMessage(`{}`)}
	second.Seal(first.Seq, first.Hash)
	fmt.Println(second.Seq, second.Prev == first.Hash, second.Intact())
	second.Actor = "somebody else"
	fmt.Println(second.Intact())
	// Output:
	// 2 true true
	// false
}
