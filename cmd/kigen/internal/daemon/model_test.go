package daemon

import (
	"cmp"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"kigen/notify"
	"kigen/sla"
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
	open       bool
	ack        sla.Acknowledgement
	acked      bool // this is the acknowledgement: what was due before comes first
}

func newModel() *model {
	return &model{facts: map[sla.ClockID][]fact{}, known: map[sla.IncidentID]sla.Acknowledgement{}}
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
		m.facts[c.ID] = append(m.facts[c.ID], fact{
			tick: now, start: c.Start.At, due: c.Due, ack: inc.Acknowledged, acked: acked,
			open: c.State.Open() && !c.Due.IsZero(),
		})
	}
}

// sameAck compares what was read back with what was said: the instants are
// equal, their zones need not be.
func sameAck(a, b sla.Acknowledgement) bool {
	return a.By == b.By && a.At.Equal(b.At) && a.Until.Equal(b.Until)
}

// tell is one alert of one clock at one destination.
type tell struct {
	clock  sla.ClockID
	due    time.Time
	to     string
	reason sla.Reason
	at     time.Time
	base   time.Time // of a repeat: when what it repeats was told
}

func (t tell) key() string {
	key := fmt.Sprintf("clock/%d/due/%d/%s/%d", t.clock, t.due.UnixMilli(), t.reason, t.at.UnixMilli())
	if t.reason == sla.ReasonRepeat {
		key += fmt.Sprintf("/of/%d", t.base.UnixMilli())
	}
	return key + " " + t.to
}

// planned is every alert of a clock up to an instant, by the policies of
// socConfig.
func (f *fact) planned(clock sla.ClockID, until time.Time) []tell {
	var all []tell
	add := func(to string, reason sla.Reason, at, base time.Time) {
		if !at.After(until) {
			all = append(all, tell{clock, f.due, to, reason, at, base})
		}
	}
	half := time.UnixMilli(f.start.UnixMilli() + (f.due.UnixMilli()-f.start.UnixMilli())/2)
	for _, at := range []time.Time{half, f.due.Add(-time.Hour)} {
		if at.After(f.start) && !at.After(f.due) {
			add("soc", sla.ReasonWarning, at, time.Time{})
		}
	}
	overdue := f.due.Add(time.Millisecond)
	escalated := overdue.Add(2 * time.Hour)
	add("soc", sla.ReasonOverdue, overdue, time.Time{})
	add("lead", sla.ReasonEscalation, escalated, time.Time{})
	for at := overdue.Add(4 * time.Hour); !at.After(until); at = at.Add(4 * time.Hour) {
		add("soc", sla.ReasonRepeat, at, overdue)
	}
	for at := escalated.Add(12 * time.Hour); !at.After(until); at = at.Add(12 * time.Hour) {
		add("lead", sla.ReasonRepeat, at, escalated)
	}
	return all
}

// newest is the last alert for a destination at an instant. A warning has no
// use once due has passed; a repeat that falls while somebody has the clock
// does not exist, and one from before that is not told any more.
func newest(all []tell, to string, ack sla.Acknowledgement, now time.Time) (last tell, ok bool) {
	for _, p := range all {
		stale := p.reason == sla.ReasonWarning && now.After(p.due)
		if p.to != to || p.at.After(now) || held(p, ack) || stale {
			continue
		}
		if !ok || p.at.After(last.at) {
			last, ok = p, true
		}
	}
	if ok && last.reason == sla.ReasonRepeat && last.at.Before(ack.At) {
		return last, false
	}
	return last, ok
}

// expected is every alert that must have been raised, by its key.
func (m *model) expected() map[string]tell {
	told := map[string]tell{}
	for _, clock := range slices.Sorted(maps.Keys(m.facts)) {
		facts := m.facts[clock]
		for i, f := range facts {
			until := 1 << 62
			if i+1 < len(facts) {
				until = facts[i+1].order
			}
			if f.acked && i > 0 { // told first: what was due before anybody had it
				before := facts[i-1]
				m.look(told, clock, before, before.ack, f.tick)
			}
			m.look(told, clock, f, f.ack, f.tick)
			for _, now := range m.looks(clock, f, until) {
				m.look(told, clock, f, f.ack, now)
			}
		}
	}
	return told
}

// looks are the ticks between a fact and the next at which kigen turned to
// the clock: each time the first one at or after the next planned instant,
// counted from the look before. A wall clock that was set back brings nothing
// again, because what comes next was settled.
func (m *model) looks(clock sla.ClockID, f fact, until int) []tick {
	if !f.open {
		return nil
	}
	from, _ := slices.BinarySearchFunc(m.ticks, f.order, func(t tick, order int) int { return cmp.Compare(t.order, order) })
	to, _ := slices.BinarySearchFunc(m.ticks, until, func(t tick, order int) int { return cmp.Compare(t.order, order) })
	var looks []tick
	now := f.at
	for ticks := m.ticks[from:to]; ; {
		i := first(ticks, f.next(clock, now))
		if i == len(ticks) {
			return looks
		}
		looks = append(looks, ticks[i])
		now, ticks = ticks[i].at, ticks[i+1:]
	}
}

// next is the first planned instant after now. A repeat that somebody's
// acknowledgement silences is none.
func (f *fact) next(clock sla.ClockID, now time.Time) time.Time {
	for horizon := now.Add(13 * time.Hour); ; horizon = horizon.Add(24 * time.Hour) {
		earliest := time.Time{}
		for _, p := range f.planned(clock, horizon) {
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
	return p.reason == sla.ReasonRepeat && !ack.At.IsZero() && !p.at.Before(ack.At) &&
		(ack.Until.IsZero() || p.at.Before(ack.Until))
}

// look notes what is newest for each destination. In place of a repeat of what
// was never told, that is told.
func (m *model) look(told map[string]tell, clock sla.ClockID, f fact, ack sla.Acknowledgement, now tick) {
	if !f.open {
		return
	}
	all := f.planned(clock, now.at)
	for _, to := range []string{"soc", "lead"} {
		last, ok := newest(all, to, ack, now.at)
		if !ok {
			continue
		}
		if last.reason == sla.ReasonRepeat {
			first := last
			first.at, first.reason = last.base, sla.ReasonOverdue
			if to == "lead" {
				first.reason = sla.ReasonEscalation
			}
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
	shown := map[string]int{}
	for _, m := range s.slack.Messages() {
		shown[m.Key(notify.SlackKey)]++
	}
	superseded := 0
	for key, row := range rows {
		if _, ok := want[key]; !ok {
			s.t.Errorf("unexpected: %s", key)
		}
		switch {
		case row.state == "superseded":
			superseded++
		case row.state != "sent":
			s.t.Errorf("%s is %s two hours after all was well", key, row.state)
		case shown[row.key] == 0:
			s.t.Errorf("lost: %s is recorded as sent and stands in no channel", key)
		}
		if shown[row.key] > 1 && row.repeat == 0 {
			s.t.Errorf("%s was posted %d times", key, shown[row.key])
		}
		delete(shown, row.key)
	}
	for key := range shown {
		s.t.Errorf("Slack shows %q, which nobody queued", key)
	}
	s.t.Logf("%d alerts expected and raised, %d of them superseded before they were sent; %d ticks, %d requests to Slack",
		len(want), superseded, len(s.model.ticks), s.slack.Arrived())
}

// row is a delivery as the database has it.
type row struct {
	key, state string
	repeat     int
}

// deliveries reads every post that was ever queued, by its alert's key and
// destination.
func (s *soc) deliveries() map[string]row {
	s.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+s.path+"?mode=ro")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	found, err := db.Query(`SELECT a.key, d.destination, d.key, d.state, d.possible_repeat
		FROM deliveries d JOIN alerts a ON a.id = d.alert_id WHERE d.kind = 'post'`)
	if err != nil {
		s.t.Fatal(err)
	}
	defer found.Close()
	rows := map[string]row{}
	for found.Next() {
		var alert, to string
		var r row
		if err := found.Scan(&alert, &to, &r.key, &r.state, &r.repeat); err != nil {
			s.t.Fatal(err)
		}
		rows[alert+" "+to] = r
	}
	if err := found.Err(); err != nil {
		s.t.Fatal(err)
	}
	return rows
}
