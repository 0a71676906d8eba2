package daemon

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
)

// model is what people are to be told, worked out from what happened without
// any code of kigen's planner: for each clock it lists every planned alert,
// looks at the instants at which kigen was at work, and keeps the newest.
type model struct {
	mu      sync.Mutex
	order   int // numbers what happens
	segment int // numbers the stretches between two settings of the clock
	ticks   []tick
	facts   map[sla.ClockID][]fact // what was known of a clock, from when on
	known   map[sla.IncidentID]sla.Acknowledgement
	early   map[sla.ClockID][]tick // when what was decided of a clock for later was taken back

	incident map[sla.ClockID]sla.IncidentID
	hidden   map[sla.IncidentID][]hidden // when it could not be read
}

// tick is an instant of the wall clock at which kigen looked at its plan.
type tick struct {
	order, segment int
	at             time.Time
}

// fact is what is known of a clock from some instant on.
type fact struct {
	tick
	start, due time.Time
	open, late bool
	ack        sla.Acknowledgement
	acked      bool // this is the acknowledgement: what was due before comes first
}

func newModel() *model {
	return &model{facts: map[sla.ClockID][]fact{}, known: map[sla.IncidentID]sla.Acknowledgement{}, early: map[sla.ClockID][]tick{},
		incident: map[sla.ClockID]sla.IncidentID{}, hidden: map[sla.IncidentID][]hidden{}}
}

func (m *model) next(at time.Time) tick {
	m.order++
	return tick{m.order, m.segment, at.Truncate(time.Millisecond)}
}

func (m *model) tick(at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ticks = append(m.ticks, m.next(at))
}

// stepped says that the wall clock was set.
func (m *model) stepped() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.segment++
}

// changed says how an incident stands after somebody did something.
func (m *model) changed(at time.Time, inc *sla.Incident) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.next(at)
	acked := !sameAck(inc.Acknowledged, m.known[inc.ID])
	m.known[inc.ID] = inc.Acknowledged
	for i := range inc.Clocks {
		c := &inc.Clocks[i]
		m.incident[c.ID] = inc.ID
		m.facts[c.ID] = append(m.facts[c.ID], fact{
			tick: now, start: c.Start.At, due: c.Due, ack: inc.Acknowledged, acked: acked,
			open: c.State.Open() && !c.Due.IsZero(), late: c.State == sla.Late,
		})
	}
}

// lastTick is the tick whose step is being taken.
func (m *model) lastTick() tick {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.ticks) == 0 {
		return tick{}
	}
	return m.ticks[len(m.ticks)-1]
}

// committed notes what a step took back of the clocks of an incident.
func (m *model) committed(inc *sla.Incident, now tick) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range inc.Clocks {
		c := &inc.Clocks[i]
		if c.PrematureAt.Equal(now.at) && !slices.Contains(m.early[c.ID], now) {
			m.early[c.ID] = append(m.early[c.ID], now)
		}
	}
}

// sameAck compares what was read back with what was said: the instants are
// equal, their zones need not be.
func sameAck(a, b sla.Acknowledgement) bool {
	return a.By == b.By && a.At.Equal(b.At) && a.Until.Equal(b.Until)
}

// tell is one alert of one clock at one destination. It is named by what was
// announced: the deadline, and the instants that follow from that.
type tell struct {
	clock  sla.ClockID
	news   news
	due    time.Time
	to     string
	reason outbox.Reason
	at     time.Time
	as     time.Time // at, by the announced facts
	base   time.Time // of a repeat: the instant of the alert that it repeats, by the announced facts
}

func (t tell) key() string {
	again := ""
	if t.reason != outbox.ReasonWarning && !t.news.again.IsZero() {
		again = fmt.Sprintf("/again/%d", t.news.again.UnixMilli())
	}
	key := fmt.Sprintf("clock/%d%s/due/%d/%s/%d", t.clock, again, t.news.due.UnixMilli(), t.reason, t.as.UnixMilli())
	if t.reason == outbox.ReasonRepeat {
		key += fmt.Sprintf("/of/%d", t.base.UnixMilli())
	}
	return key + " " + t.to
}

// news is what was announced of a clock. A correction is news when it moves a
// deadline ahead by a minute or more, or one that has passed to the future. A
// clock that is overdue once more is news in any case.
type news struct {
	start, due time.Time // as announced
	overdue    bool
	breached   time.Time // the first deadline that passed without a notice
	again      time.Time // when it became overdue a second time, or later

	lastDue  time.Time // of the facts, at the last look
	lastOpen bool
}

// learn looks at a clock's facts at an instant.
func (n *news) learn(f *fact, now time.Time) {
	passed := f.due.Add(time.Millisecond)
	over := f.open && !now.Before(passed)
	small := f.due.Sub(n.due).Abs() < time.Minute
	switch {
	case n.overdue && over: // announced as overdue, and still is: nothing new to announce
	case n.overdue && f.open, !small:
		n.start, n.due = f.start, f.due
	}
	if over && !n.overdue && !n.breached.IsZero() {
		before := n.again
		if before.IsZero() {
			before = n.breached.Add(time.Millisecond)
		}
		n.again = now
		if n.lastOpen && f.due.Equal(n.lastDue) && !passed.Equal(before) { // time alone did it
			n.again = passed
		}
	}
	if (over || f.late) && n.breached.IsZero() {
		n.breached = f.due
	}
	n.overdue, n.lastDue, n.lastOpen = over, f.due, f.open
}

// withdraw takes back a breach that was stamped for later than now.
func (n *news) withdraw(now time.Time) {
	if !n.breached.Before(now) {
		n.breached = time.Time{}
	}
}

// watching are the destinations of socConfig's first policy.
var watching = []string{"soc", "mail", "duty"}

// planned is every alert of a clock up to an instant, by the policies of
// socConfig. Repeats keep the rhythm in which they were announced.
func (f *fact) planned(clock sla.ClockID, n news, until time.Time) []tell {
	var all []tell
	add := func(to string, reason outbox.Reason, at, as, base time.Time) {
		if !at.After(until) {
			all = append(all, tell{clock, n, f.due, to, reason, at, as, base})
		}
	}
	half := func(start, due time.Time) time.Time {
		return time.UnixMilli(start.UnixMilli() + (due.UnixMilli()-start.UnixMilli())/2)
	}
	hour := func(_, due time.Time) time.Time { return due.Add(-time.Hour) }
	for _, warn := range []func(start, due time.Time) time.Time{half, hour} {
		at, as := warn(f.start, f.due), warn(n.start, n.due)
		if !as.After(n.start) || as.After(n.due) {
			as = at
		}
		if at.After(f.start) && !at.After(f.due) {
			for _, to := range watching {
				add(to, outbox.ReasonWarning, at, as, time.Time{})
			}
		}
	}
	again := func(to string, told, base time.Time, every time.Duration) {
		for at := base.Add(every); !at.After(until); at = at.Add(every) {
			if at.Sub(told) >= every/2 {
				add(to, outbox.ReasonRepeat, at, at, base)
			}
		}
	}
	overdue, base := f.due.Add(time.Millisecond), n.due.Add(time.Millisecond)
	for _, to := range watching {
		add(to, outbox.ReasonOverdue, overdue, base, time.Time{})
		again(to, overdue, base, 4*time.Hour)
	}
	add("lead", outbox.ReasonEscalation, overdue.Add(2*time.Hour), base.Add(2*time.Hour), time.Time{})
	again("lead", overdue.Add(2*time.Hour), base.Add(2*time.Hour), 12*time.Hour)
	return all
}

// newest is the last alert for a destination at an instant. A warning has no
// use once due has passed; a repeat that falls while somebody has the clock
// does not exist, and one from before that gives way to the alert that it repeats.
func newest(all []tell, to string, ack sla.Acknowledgement, now time.Time) (last tell, ok bool) {
	for _, p := range all {
		stale := p.reason == outbox.ReasonWarning && now.After(p.due)
		if p.to != to || p.at.After(now) || held(p, ack) || stale {
			continue
		}
		if !ok || p.at.After(last.at) {
			last, ok = p, true
		}
	}
	if ok && last.reason == outbox.ReasonRepeat && last.at.Before(ack.At) {
		return last.first(), true
	}
	return last, ok
}

// first is the alert that a repeat repeats.
func (t tell) first() tell {
	t.at, t.as, t.reason = t.base, t.base, outbox.ReasonOverdue
	if t.to == "lead" {
		t.reason = outbox.ReasonEscalation
	}
	return t
}

// expected returns every alert that must have been raised, by its key. A
// premature alert is listed beside the one that was raised in its place.
func (m *model) expected() map[string]tell {
	told, early := map[string]tell{}, map[string][]bool{}
	for _, clock := range slices.Sorted(maps.Keys(m.facts)) {
		facts := m.facts[clock]
		var n news
		look := func(f *fact, now tick) {
			n.learn(f, now.at)
			m.look(told, clock, f, n, now)
		}
		for i := range facts {
			f := &facts[i]
			until := 1 << 62
			if i+1 < len(facts) {
				until = facts[i+1].order
			}
			if f.acked && i > 0 { // told first: what was due before anybody had it
				look(&facts[i-1], f.tick)
			}
			look(f, f.tick)
			m.looks(clock, f, &n, until, func(f *fact, now tick) {
				if slices.Contains(m.early[clock], now) {
					withdraw(told, early, clock, now.at)
					n.withdraw(now.at)
				}
				look(f, now)
			})
		}
	}
	return withEarly(told, early)
}

// withdraw removes the alerts of a clock whose announced instant lies after now.
// early notes for each of their keys whether a delivery was queued under it: none
// was for a repeat in whose place the first alert was raised.
func withdraw(told map[string]tell, early map[string][]bool, clock sla.ClockID, now time.Time) {
	for key, p := range told {
		if p.clock == clock && p.as.After(now) {
			delete(told, key)
			key, silent := strings.CutPrefix(key, "instead of ")
			early[key] = append(early[key], !silent)
		}
	}
}

// withEarly gives an alert that was sent too early a key of its own, as it is raised
// under.
func withEarly(told map[string]tell, early map[string][]bool) map[string]tell {
	all := map[string]tell{}
	name := func(key string, n int) string {
		if n == 0 {
			return key
		}
		base, to, _ := strings.Cut(key, " ")
		return fmt.Sprintf("%s/again/%d %s", base, n, to)
	}
	for key, rows := range early {
		for i, isRow := range rows {
			if isRow {
				all[name(key, i)] = tell{}
			}
		}
	}
	for key, p := range told {
		all[name(key, len(early[key]))] = p
	}
	return all
}

// looks visits the ticks between a fact and the next at which kigen turned to
// the clock: each time the first one at or after the next planned instant,
// counted from the look before, and the one at which something was taken back
// because the wall clock had been set back.
func (m *model) looks(clock sla.ClockID, f *fact, n *news, until int, look func(*fact, tick)) {
	if !f.open {
		return
	}
	from, _ := slices.BinarySearchFunc(m.ticks, f.order, func(t tick, order int) int { return cmp.Compare(t.order, order) })
	to, _ := slices.BinarySearchFunc(m.ticks, until, func(t tick, order int) int { return cmp.Compare(t.order, order) })
	now := f.at
	for ticks := m.reached(clock, m.ticks[from:to]); ; {
		i := first(ticks, f.next(clock, *n, now))
		if back := slices.IndexFunc(ticks, func(t tick) bool { return slices.Contains(m.early[clock], t) }); back >= 0 {
			i = min(i, back)
		}
		if i == len(ticks) {
			return
		}
		look(f, ticks[i])
		now, ticks = ticks[i].at, ticks[i+1:]
	}
}

// next is the first planned instant after now. A repeat that somebody's
// acknowledgement silences is none.
func (f *fact) next(clock sla.ClockID, n news, now time.Time) time.Time {
	for horizon := now.Add(13 * time.Hour); ; horizon = horizon.Add(24 * time.Hour) {
		earliest := time.Time{}
		for _, p := range f.planned(clock, n, horizon) {
			if p.at.After(now) && !held(p, f.ack) && (earliest.IsZero() || p.at.Before(earliest)) {
				earliest = p.at
			}
		}
		if !earliest.IsZero() {
			return earliest
		}
		if horizon.Sub(now) > 20*24*time.Hour { // nothing any more, for good
			return now.AddDate(100, 0, 0)
		}
	}
}

// first is the place of the first tick at or after an instant, however often
// the clock was set in between.
func first(ticks []tick, at time.Time) int {
	for begin := 0; begin < len(ticks); {
		segment := ticks[begin:]
		end, _ := slices.BinarySearchFunc(segment, segment[0].segment+1, func(t tick, n int) int { return cmp.Compare(t.segment, n) })
		i, _ := slices.BinarySearchFunc(segment[:end], at, func(t tick, at time.Time) int { return t.at.Compare(at) })
		if i < end {
			return begin + i
		}
		begin += end
	}
	return len(ticks)
}

// held reports whether an acknowledgement silences an alert.
func held(p tell, ack sla.Acknowledgement) bool {
	return p.reason == outbox.ReasonRepeat && !ack.At.IsZero() && !p.at.Before(ack.At) &&
		(ack.Until.IsZero() || p.at.Before(ack.Until))
}

// look notes what is newest for each destination. In place of a repeat of what
// was never told, that is told.
func (m *model) look(told map[string]tell, clock sla.ClockID, f *fact, n news, now tick) {
	if !f.open {
		return
	}
	all := f.planned(clock, n, now.at)
	for _, to := range append([]string{"lead"}, watching...) {
		last, ok := newest(all, to, f.ack, now.at)
		if !ok {
			continue
		}
		if last.reason == outbox.ReasonRepeat {
			first := last.first()
			if _, known := told[first.key()]; !known {
				told[first.key()] = first
				told["instead of "+last.key()] = last
				continue
			}
			if _, replaced := told["instead of "+last.key()]; replaced {
				continue
			}
		}
		told[last.key()] = last
	}
}

// check holds the database and Slack against the model.
func (s *soc) check() {
	s.t.Helper()
	want := s.model.expected()
	maps.DeleteFunc(want, func(key string, _ tell) bool { return strings.HasPrefix(key, "instead of ") })
	rows := s.deliveries()
	for key := range want {
		if _, ok := rows[key]; !ok {
			s.t.Errorf("missing: %s", key)
		}
	}
	shown := s.shown()
	superseded, listed, failedOver := 0, 0, 0
	for key, row := range rows {
		if row.to == failover {
			failedOver++
			key = row.alert + " soc"
		}
		if _, ok := want[key]; !ok {
			s.t.Errorf("unexpected: %s", key)
		}
		switch {
		case row.state == "superseded":
			superseded++
		case row.state != "sent":
			s.t.Errorf("%s is %s two hours after all was well", key, row.state)
		case row.to == "duty": // checkPager looks
		case shown[row.key] == 0:
			s.t.Errorf("lost: %s is recorded as sent and stands nowhere", key)
		case row.isListed():
			listed++
			if id := s.incidentOf(row.alert + "@" + row.to); row.to != "mail" && !s.isListed(row.key, id) {
				s.t.Errorf("lost: %s is recorded as sent with %s, which does not list it", key, row.key)
			}
		}
		if shown[row.key] > 1 && row.repeat == 0 {
			s.t.Errorf("%s was posted %d times", key, shown[row.key])
		}
	}
	for _, row := range rows {
		if !row.isListed() {
			delete(shown, row.key)
		}
	}
	s.checkUpdates(shown)
	s.t.Logf("%d alerts expected and raised, %d more at the fallback, %d superseded before they were sent, %d in digests; %d ticks, %d requests to Slack",
		len(want), failedOver, superseded, listed, len(s.model.ticks), s.slack.Arrived())
}

// shown counts the messages that stand somewhere, by the keys of their deliveries.
func (s *soc) shown() map[string]int {
	shown := map[string]int{}
	for _, m := range s.slack.Messages() {
		shown[shownKey(&m)]++
	}
	for key, at := range s.office.taken {
		shown[key] += len(at)
	}
	return shown
}

// checkUpdates holds that each message which is no alert tells a change, once.
// Many changes at one time are sent as one digest.
func (s *soc) checkUpdates(shown map[string]int) {
	s.t.Helper()
	updates := s.rows(`'', d.key, d.key, COALESCE(t.state, d.state), d.possible_repeat
		FROM deliveries d LEFT JOIN deliveries t ON t.id = d.digest_page_id WHERE d.kind = 'update'`)
	maps.Copy(updates, s.parts())
	for _, row := range updates {
		n := shown[row.key]
		switch {
		case row.state != "sent" && row.state != "superseded":
			s.t.Errorf("%s is %s two hours after all was well", row.key, row.state)
		case n > 1 && row.repeat == 0:
			s.t.Errorf("%s was posted %d times", row.key, n)
		}
		delete(shown, row.key)
	}
	for key := range shown {
		s.t.Errorf("somebody reads %q, which kigen did not queue", key)
	}
}

// row is a delivery as the database has it, of one that a digest lists with the
// key and the state of the message that has its line.
type row struct {
	key, state string
	repeat     int

	alert, to string // the first two columns of the query
}

// isListed reports whether a digest lists the row's alert, which then has no message of its own.
func (r *row) isListed() bool { return r.key != r.alert+"@"+r.to }

// failover is the destination of a post at soc's fallback.
const failover = "soc>spare"

// deliveries reads every post that was ever queued, by its alert's key and
// destination.
func (s *soc) deliveries() map[string]row {
	s.t.Helper()
	return s.rows(`a.key, CASE WHEN d.instead_of IS NULL THEN d.destination ELSE 'soc>' || d.destination END, COALESCE(t.key, d.key), COALESCE(t.state, d.state), COALESCE(t.possible_repeat, d.possible_repeat)
		FROM deliveries d JOIN alerts a ON a.id = d.alert_id LEFT JOIN deliveries t ON t.id = d.digest_page_id AND d.state = 'merged' WHERE d.kind = 'post' AND a.clock_id IS NOT NULL`)
}

// queuedWithin reports whether a delivery was queued within the last d.
func (s *soc) queuedWithin(d time.Duration) bool {
	s.t.Helper()
	db := behind(s.t, s.path)
	defer db.Close()
	var queued bool
	now := s.now() // a clock that was ahead has queued some later than that
	stmt := fmt.Sprintf("SELECT EXISTS (SELECT 1 FROM deliveries WHERE queued_at BETWEEN %d AND %d)", now.Add(-d).UnixMilli(), now.UnixMilli())
	if err := db.QueryRow(stmt).Scan(&queued); err != nil {
		s.t.Fatal(err)
	}
	return queued
}

// rows reads deliveries, by the first two columns of the query.
func (s *soc) rows(query string) map[string]row {
	s.t.Helper()
	db := behind(s.t, s.path)
	defer db.Close()
	found, err := db.Query("SELECT " + query)
	if err != nil {
		s.t.Fatal(err)
	}
	defer found.Close()
	rows := map[string]row{}
	for found.Next() {
		var r row
		if err := found.Scan(&r.alert, &r.to, &r.key, &r.state, &r.repeat); err != nil {
			s.t.Fatal(err)
		}
		rows[r.alert+" "+r.to] = r
	}
	if err := found.Err(); err != nil {
		s.t.Fatal(err)
	}
	return rows
}
