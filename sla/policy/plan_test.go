package policy_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/policy"
)

const millisecond = time.Millisecond

// scene is a clock with its policies, all on a grid of minutes.
type scene struct {
	ps         policy.Policies
	start, due time.Time
	inc        *sla.Incident
	hours      map[string]waking // by destination; absent: always awake
	end        time.Time         // of what is looked at
	horizon    time.Time         // of what the model lists
}

// planned is one thing that one policy means to tell one destination, as the
// model lists them: all of them, one by one, up to a horizon. Without a
// destination it is a threshold that the clock crosses.
type planned struct {
	to     string
	reason outbox.Reason
	at     time.Time
	order  int // of its policy
}

const threshold outbox.Reason = "threshold"

// plan lists everything that the policies would tell of a clock that nobody
// ever answers or acknowledges.
func plan(s scene, horizon time.Time) []planned {
	var all []planned
	for i, p := range s.ps {
		if !applies(p, s.inc) {
			continue
		}
		add := func(reason outbox.Reason, at time.Time) {
			for _, to := range p.To {
				all = append(all, planned{to, reason, at, i})
			}
		}
		for _, lead := range p.Warn {
			at := s.due.Add(-lead.Before)
			if lead.Share > 0 { // the shares of these tests are whole percents
				percent := int64(lead.Share*100 + 0.5)
				at = time.UnixMilli(s.start.UnixMilli() + (s.due.UnixMilli()-s.start.UnixMilli())*percent/100)
			}
			if !at.After(s.start) || at.After(s.due) {
				continue
			}
			all = append(all, planned{"", threshold, at, i})
			for _, to := range p.To {
				if told := s.release(to, at); !told.After(s.due) {
					all = append(all, planned{to, outbox.ReasonWarning, told, i})
				}
			}
		}
		told := s.due.Add(millisecond + p.After)
		reason := outbox.ReasonOverdue
		if p.After > 0 {
			reason = outbox.ReasonEscalation
		}
		add(reason, told)
		for at := told.Add(p.Repeat); p.Repeat > 0 && at.Before(horizon); at = at.Add(p.Repeat) {
			add(outbox.ReasonRepeat, at)
		}
	}
	return all
}

// applies is the model of a policy's gate.
func applies(p policy.Policy, inc *sla.Incident) bool {
	is := map[string]string{
		"vendor": inc.Vendor, "service": inc.Service, "severity": string(inc.Severity),
		"impact": string(inc.Impact), "strength": string(inc.Clocks[0].Explanation.Strength),
		"about": string(inc.Kind), "owed by": "vendor",
	}
	if is["about"] == "" {
		is["about"] = "incident"
	}
	if duty, ours := strings.CutPrefix(inc.Clocks[0].Promise, "us/"); ours {
		is["owed by"], is["duty"] = "us", duty
	}
	fits := func(m policy.Match) (named, all bool) {
		all = true
		for fact, list := range map[string]string{
			"vendor": fmt.Sprintf("%q", m.Vendor), "service": fmt.Sprintf("%q", m.Service),
			"severity": fmt.Sprintf("%q", m.Severity), "impact": fmt.Sprintf("%q", m.Impact),
			"strength": fmt.Sprintf("%q", m.Strength), "about": fmt.Sprintf("%q", m.About),
			"owed by": fmt.Sprintf("%q", m.OwedBy), "duty": fmt.Sprintf("%q", m.Duty),
		} {
			if list != "[]" {
				named = true
				all = all && strings.Contains(list, fmt.Sprintf("%q", is[fact]))
			}
		}
		return named, all
	}
	_, wanted := fits(p.When)
	named, excluded := fits(p.Except)
	return wanted && (!named || !excluded)
}

// waking is when a destination may be bothered, as the model knows it: a part
// of some days of the week, in the time of a zone without clock changes.
type waking struct {
	days        [7]bool
	open, close int // minutes of the day
}

const eastOfUTC = 9 * time.Hour

func (h waking) awake(t time.Time) bool {
	t = t.UTC().Add(eastOfUTC)
	minute := t.Hour()*60 + t.Minute()
	return h.days[t.Weekday()] && minute >= h.open && minute < h.close
}

// release walks minute by minute to when the destination may be told.
func (s *scene) release(to string, t time.Time) time.Time {
	h, ok := s.hours[to]
	if !ok {
		return t
	}
	for !h.awake(t) {
		t = t.Truncate(time.Minute).Add(time.Minute)
	}
	return t
}

func silent(a sla.Acknowledgement, p planned) bool {
	return p.reason == outbox.ReasonRepeat && !a.At.IsZero() && !p.at.Before(a.At) && (a.Until.IsZero() || p.at.Before(a.Until))
}

// newest is the model of Policies.Newest: look at all, keep the last. An acknowledgement
// holds back repeats, not the alert that they repeat.
func newest(all []planned, due time.Time, ack sla.Acknowledgement, now time.Time) []string {
	last := map[string]planned{}
	for _, p := range all {
		late := p.reason == outbox.ReasonWarning && now.After(due)
		if p.to == "" || p.at.After(now) || late || silent(ack, p) {
			continue
		}
		known, ok := last[p.to]
		if !ok || p.at.After(known.at) || p.at.Equal(known.at) && p.order < known.order {
			last[p.to] = p
		}
	}
	var told []string
	for to, p := range last {
		if p.reason == outbox.ReasonRepeat && p.at.Before(ack.At) {
			p = all[slices.IndexFunc(all, func(q planned) bool { return q.to == to && q.order == p.order && q.reason != outbox.ReasonWarning })]
		}
		told = append(told, fmt.Sprint(to, " ", p.reason, " ", p.at.UnixMilli()))
	}
	slices.Sort(told)
	return told
}

// next is the model of Policies.Next.
func next(all []planned, due time.Time, ack sla.Acknowledgement, now time.Time) time.Time {
	first := time.Time{}
	consider := func(at time.Time) {
		if at.After(now) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	consider(due.Add(millisecond))
	for _, p := range all {
		if !silent(ack, p) {
			consider(p.at)
		}
	}
	return first
}

func asked(s scene, c *sla.Clock, ack sla.Acknowledgement, now time.Time) []string {
	var told []string
	for _, p := range s.ps.For(s.inc, c).Newest(c, ack, now) {
		for _, to := range p.To {
			told = append(told, fmt.Sprint(to, " ", p.Reason, " ", p.At.UnixMilli()))
		}
	}
	slices.Sort(told)
	return told
}

func drawScene(t *rapid.T) scene {
	minutes := func(label string, low, high int) time.Duration {
		return time.Duration(rapid.IntRange(low, high).Draw(t, label)) * time.Minute
	}
	s := scene{start: time.Date(2026, time.May, 1, 9, 0, 0, 0, time.UTC)}
	s.due = s.start.Add(minutes("promised", 1, 600))
	s.end = s.due.Add(minutes("silence", 0, 900))
	s.horizon = s.end.Add(3000 * time.Minute)
	s.inc = drawIncident(t)
	quiet := s.drawHours(t)
	for range rapid.IntRange(0, 4).Draw(t, "policies") {
		p := policy.Policy{To: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"soc", "lead", "siem"}), 1, 2, rapid.ID).Draw(t, "to")}
		for range rapid.IntRange(0, 3).Draw(t, "leads") {
			lead := policy.Lead{Before: minutes("before", 0, 700)}
			if rapid.Bool().Draw(t, "share") {
				lead = policy.Lead{Share: rapid.SampledFrom([]float64{0.25, 0.5, 0.75, 1}).Draw(t, "of")}
			}
			p.Warn = append(p.Warn, lead)
		}
		if rapid.Bool().Draw(t, "repeats") {
			p.Repeat = minutes("repeat", 1, 240)
		}
		if rapid.Bool().Draw(t, "escalates") {
			p.After = minutes("after", 1, 300)
		}
		p.When, p.Except, p.Quiet = drawMatch(t, "when"), drawMatch(t, "except"), quiet
		s.ps = append(s.ps, p)
	}
	return s
}

func drawIncident(t *rapid.T) *sla.Incident {
	inc := &sla.Incident{ID: 3, Clocks: make([]sla.Clock, 1)}
	inc.Vendor = rapid.SampledFrom(someVendors).Draw(t, "vendor")
	inc.Service = rapid.SampledFrom(someServices).Draw(t, "service")
	inc.Severity = rapid.SampledFrom(someSeverities).Draw(t, "severity")
	inc.Impact = rapid.SampledFrom(sla.Impacts[:]).Draw(t, "impact")
	inc.Clocks[0].Explanation.Strength = rapid.SampledFrom(sla.Strengths[:]).Draw(t, "strength")
	inc.Kind = rapid.SampledFrom(append([]sla.IncidentKind{""}, sla.Kinds()...)).Draw(t, "kind")
	inc.Clocks[0].Promise = rapid.SampledFrom([]string{"notice", "notice", "us/jp-appi", "us/eu-gdpr"}).Draw(t, "promise")
	return inc
}

var (
	someDuties     = []string{"jp-appi", "eu-gdpr"}
	someVendors    = []string{"sotas", "sustaina"}
	someServices   = []string{"", "mail", "storage"}
	someSeverities = append([]sla.Severity{""}, sla.Severities[:]...)
)

// drawMatch names mostly nothing, else some values of one or two facts.
func drawMatch(t *rapid.T, label string) (m policy.Match) {
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, label) {
		switch rapid.IntRange(0, 7).Draw(t, label+" fact") {
		case 0:
			m.Vendor = some(t, label, someVendors)
		case 1:
			m.Service = some(t, label, someServices)
		case 2:
			m.Severity = some(t, label, someSeverities)
		case 3:
			m.Impact = some(t, label, sla.Impacts[:])
		case 4:
			m.Strength = some(t, label, sla.Strengths[:])
		case 5:
			m.About = some(t, label, sla.Kinds())
		case 6:
			m.OwedBy = some(t, label, policy.Debtors[:])
		case 7:
			m.Duty = some(t, label, someDuties)
		}
	}
	return m
}

func some[T comparable](t *rapid.T, label string, of []T) []T {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 1, len(of), rapid.ID).Draw(t, label+" values")
}

// drawHours gives some destinations quiet hours, to the model and as the
// calendar that the plan asks.
func (s *scene) drawHours(t *rapid.T) policy.Quiet {
	s.hours = map[string]waking{}
	quiet := policy.Quiet{}
	for _, to := range []string{"soc", "lead", "siem"} {
		if !rapid.Bool().Draw(t, to+" sleeps") {
			continue
		}
		var h waking
		h.open = rapid.IntRange(0, 1439).Draw(t, to+" opens")
		h.close = rapid.IntRange(h.open+1, 1440).Draw(t, to+" closes")
		spec := calendar.Spec{ID: to, Zone: time.FixedZone("JST", int(eastOfUTC/time.Second)), FirstYear: 2026, LastYear: 2027}
		for _, day := range rapid.SliceOfNDistinct(rapid.IntRange(0, 6), 1, 7, rapid.ID).Draw(t, to+" days") {
			h.days[day] = true
			spec.Weekly[day] = []calendar.Span{{Open: calendar.TimeOfDay(h.open), Close: calendar.TimeOfDay(h.close)}}
		}
		cal, err := calendar.Compile(spec)
		if err != nil {
			t.Fatal(err)
		}
		s.hours[to], quiet[to] = h, cal
	}
	return quiet
}

func (s *scene) clock() *sla.Clock {
	c := s.inc.Clocks[0]
	c.ID, c.State, c.Start, c.Due = 7, sla.Running, sla.Start{At: s.start}, s.due
	return &c
}

func (s *scene) anyInstant(t *rapid.T, label string) time.Time {
	minutes := int(s.end.Sub(s.start) / time.Minute)
	at := s.start.Add(time.Duration(rapid.IntRange(0, minutes).Draw(t, label)) * time.Minute)
	return at.Add(rapid.SampledFrom([]time.Duration{-millisecond, 0, millisecond, 2 * millisecond, 30 * time.Second}).Draw(t, label+" offset"))
}

// anyAck is an acknowledgement from some time up to now, or none.
func (s *scene) anyAck(t *rapid.T, now time.Time) sla.Acknowledgement {
	ack := sla.Acknowledgement{By: "ueda", At: s.anyInstant(t, "acknowledged")}
	if ack.At.After(now) {
		return sla.Acknowledgement{}
	}
	if rapid.Bool().Draw(t, "snoozed") {
		ack.Until = ack.At.Add(time.Duration(rapid.IntRange(1, 600).Draw(t, "snooze")) * time.Minute)
	}
	return ack
}

// TestPlanAtAnyInstant compares the arithmetic of Newest and Next with the
// model that lists every instant.
func TestPlanAtAnyInstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScene(t)
		all := plan(s, s.horizon)
		now := s.anyInstant(t, "now")
		ack := s.anyAck(t, now)
		c := s.clock()
		if got, want := asked(s, c, ack, now), newest(all, s.due, ack, now); !slices.Equal(got, want) {
			t.Fatalf("newest at %s, %+v: %v, want %v", now, ack, got, want)
		}
		if got, want := s.ps.For(s.inc, c).Next(c, ack, now), next(all, s.due, ack, now); !got.Equal(want) {
			t.Fatalf("next after %s, %+v: %s, want %s", now, ack, got, want)
		}
	})
}

// TestPlanFollowed runs a clock from its start by nothing but Next, as the
// watch loop does, with people who acknowledge and snooze on the way: each
// destination is told exactly what its policies planned, less the repeats that
// fall while somebody has the clock. Whatever comes twice is refused by key.
func TestPlanFollowed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScene(t)
		var acks []sla.Acknowledgement
		for range rapid.IntRange(0, 3).Draw(t, "acknowledgements") {
			if ack := s.anyAck(t, s.end); !ack.At.IsZero() {
				ack.At = ack.At.Truncate(time.Minute).Add(30 * time.Second) // between the planned instants
				acks = append(acks, ack)
			}
		}
		slices.SortFunc(acks, func(a, b sla.Acknowledgement) int { return a.At.Compare(b.At) })

		got := follow(s, acks)
		want := expected(s, acks)
		if !slices.Equal(got, want) {
			t.Fatalf("told:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// follow steps the clock to every instant that Next names and to every
// acknowledgement, and returns what was told, once per key and destination.
func follow(s scene, acks []sla.Acknowledgement) []string {
	c := s.clock()
	ps := s.ps.For(s.inc, c)
	var ack sla.Acknowledgement
	keys := map[string]bool{}
	var told []string
	tell := func(now time.Time) {
		c.Settle(c.Deadline(), ps, ack, now)
		for _, p := range ps.Newest(c, ack, now) {
			if key := p.Key(c); !keys[key] {
				keys[key] = true
				for _, to := range p.To {
					told = append(told, fmt.Sprint(p.At.UnixMilli(), " ", to, " ", p.Reason))
				}
			}
		}
	}
	now := s.start
	tell(now)
	for {
		next := c.NextStepAt
		if len(acks) > 0 && (next.IsZero() || acks[0].At.Before(next)) {
			now = acks[0].At
			tell(now) // as the tracker does: first what was due before anybody had it
			ack, acks = acks[0], acks[1:]
		} else {
			if next.IsZero() || next.After(s.end) {
				slices.Sort(told)
				return told
			}
			now = next
		}
		tell(now)
	}
}

// expected lists what the policies planned, instant by instant.
func expected(s scene, acks []sla.Acknowledgement) []string {
	all := plan(s, s.end.Add(millisecond))
	slices.SortStableFunc(all, func(a, b planned) int { return cmp.Or(a.at.Compare(b.at), a.order-b.order) })
	seen := map[string]bool{}
	var told []string
	for _, p := range all {
		var ack sla.Acknowledgement
		for _, a := range acks {
			if !a.At.After(p.at) {
				ack = a
			}
		}
		place := fmt.Sprint(p.at.UnixMilli(), " ", p.to)
		if p.to == "" || p.at.After(s.end) || silent(ack, p) || seen[place] {
			continue
		}
		seen[place] = true
		told = append(told, fmt.Sprint(place, " ", p.reason))
	}
	slices.Sort(told)
	return told
}

// TestPlanAfterDowntime: a daemon that slept tells each destination one thing,
// the newest, and of a deadline that passed never less than that it did.
func TestPlanAfterDowntime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScene(t)
		c := s.clock()
		now := s.anyInstant(t, "awake")
		first := asked(s, c, sla.Acknowledgement{}, now)
		if again := asked(s, c, sla.Acknowledgement{}, now); !slices.Equal(first, again) {
			t.Fatalf("told %v, then %v at the same instant", first, again)
		}
		for _, p := range s.ps {
			if !applies(p, s.inc) || now.Before(s.due.Add(millisecond+p.After)) {
				continue
			}
			for _, to := range p.To {
				told := slices.IndexFunc(first, func(line string) bool {
					return strings.HasPrefix(line, to+" ") && !strings.Contains(line, string(outbox.ReasonWarning))
				})
				if told < 0 {
					t.Fatalf("%s is not told at %s: %v", to, now, first)
				}
			}
		}
		seen := map[string]bool{}
		for _, line := range first {
			to, _, _ := strings.Cut(line, " ")
			if seen[to] {
				t.Fatalf("%s is told two things: %v", to, first)
			}
			seen[to] = true
		}
	})
}

// TestShares: any share lies between start and due, to the millisecond that
// storage keeps.
func TestShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScene(t)
		share := rapid.Float64Range(1e-9, 1.5).Draw(t, "share")
		s.ps = policy.Policies{{To: []string{"soc"}, Warn: []policy.Lead{{Share: share}}}}
		at := s.ps.Next(s.clock(), sla.Acknowledgement{}, s.start)
		exact := float64(s.due.Sub(s.start)) * share
		switch {
		case at.Equal(s.due.Add(millisecond)): // no warning: nothing between start and due
			if wide := float64(s.due.Sub(s.start)); exact >= float64(millisecond) && exact <= wide {
				t.Fatalf("share %v gives no warning", share)
			}
		case at.Nanosecond()%int(millisecond) != 0, float64(at.Sub(s.start))-exact > 1, exact-float64(at.Sub(s.start)) > float64(millisecond)+1:
			t.Fatalf("share %v of %s warns after %s", share, s.due.Sub(s.start), at.Sub(s.start))
		}
	})
}

// TestPlanExamples are the same rules for a reader.
func TestPlanExamples(t *testing.T) {
	start, due := at(t, "2026-05-01 09:00"), at(t, "2026-05-01 15:00")
	ps := policy.Policies{
		{To: []string{"soc"}, Warn: []policy.Lead{{Share: 0.5}, {Before: time.Hour}, {Before: 7 * time.Hour}}, Repeat: 4 * time.Hour},
		{To: []string{"lead"}, Warn: []policy.Lead{{Before: 30 * time.Minute}}, After: 2 * time.Hour},
	}
	taken := sla.Acknowledgement{By: "ueda", At: at(t, "2026-05-01 20:00")}
	snoozed := sla.Acknowledgement{By: "ueda", At: at(t, "2026-05-01 20:00"), Until: at(t, "2026-05-02 00:00")}
	none := sla.Acknowledgement{}
	tests := []struct {
		name string
		now  string
		ack  sla.Acknowledgement
		want []string // destination, reason, instant
		next string
	}{
		// Seven hours before due lies before the start, and is skipped.
		{"at the start", "2026-05-01 09:00", none, nil, "2026-05-01 12:00:00.000"},
		{"half way", "2026-05-01 12:00", none, []string{"soc warning 12:00:00.000"}, "2026-05-01 14:00:00.000"},
		{"an hour before", "2026-05-01 14:10", none, []string{"soc warning 14:00:00.000"}, "2026-05-01 14:30:00.000"},
		{"at due", "2026-05-01 15:00", none, []string{"lead warning 14:30:00.000", "soc warning 14:00:00.000"}, "2026-05-01 15:00:00.001"},
		// Nobody is warned of what has happened: lead hears of it at its time.
		{"past due", "2026-05-01 15:01", none, []string{"soc overdue 15:00:00.001"}, "2026-05-01 17:00:00.001"},
		{"escalated", "2026-05-01 18:00", none, []string{"lead escalation 17:00:00.001", "soc overdue 15:00:00.001"}, "2026-05-01 19:00:00.001"},
		{"repeated", "2026-05-01 19:30", none, []string{"lead escalation 17:00:00.001", "soc repeat 19:00:00.001"}, "2026-05-01 23:00:00.001"},
		// The alert itself stays due: its key tells that it was raised.
		{"taken", "2026-05-01 20:00", taken, []string{"lead escalation 17:00:00.001", "soc overdue 15:00:00.001"}, ""},
		{"taken, later", "2026-05-02 20:00", taken, []string{"lead escalation 17:00:00.001", "soc overdue 15:00:00.001"}, ""},
		{"snoozed", "2026-05-01 23:30", snoozed, []string{"lead escalation 17:00:00.001", "soc overdue 15:00:00.001"}, "2026-05-02 03:00:00.001"},
		{"snooze over", "2026-05-02 03:30", snoozed, []string{"lead escalation 17:00:00.001", "soc repeat 03:00:00.001"}, "2026-05-02 07:00:00.001"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := &sla.Clock{State: sla.Running, Start: sla.Start{At: start}, Due: due}
			now := at(t, test.now)
			var got []string
			for _, p := range ps.Newest(c, test.ack, now) {
				for _, to := range p.To {
					got = append(got, fmt.Sprint(to, " ", p.Reason, " ", p.At.Format("15:04:05.000")))
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, test.want) {
				t.Errorf("told %v, want %v", got, test.want)
			}
			next := ""
			if n := ps.Next(c, test.ack, now); !n.IsZero() {
				next = n.Format("2006-01-02 15:04:05.000")
			}
			if next != test.next {
				t.Errorf("next %s, want %s", next, test.next)
			}
		})
	}
}

// TestPlanOnlyWhileTicking: a settled clock plans nothing.
func TestPlanOnlyWhileTicking(t *testing.T) {
	due := at(t, "2026-05-01 15:00")
	ps := policy.Policies{{To: []string{"soc"}, Warn: []policy.Lead{{Share: 0.5}}, Repeat: time.Hour}}
	for _, state := range sla.States {
		c := &sla.Clock{State: state, Start: sla.Start{At: due.Add(-time.Hour)}, Due: due}
		open := state == sla.Running || state == sla.AtRisk || state == sla.Overdue || state == sla.Pending
		for _, now := range []time.Time{due.Add(-time.Minute), due.Add(time.Hour)} {
			planned := ps.Next(c, sla.Acknowledgement{}, now)
			told := ps.Newest(c, sla.Acknowledgement{}, now)
			if planned.IsZero() == open || (len(told) == 0) == open {
				t.Errorf("%s: next %v, told %v", state, planned, told)
			}
		}
		c.Due = time.Time{}
		if !ps.Next(c, sla.Acknowledgement{}, due).IsZero() || ps.Newest(c, sla.Acknowledgement{}, due) != nil {
			t.Errorf("%s without a deadline plans something", state)
		}
	}
}
