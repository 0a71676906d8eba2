package daemon

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kigen/notify/fakemail"
	"kigen/notify/slack"
	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
)

// mostChannels bounds the channels of the workspace.
const mostChannels = 200

// channelID names the channels of the simulation, 1, 2, 3 …
func channelID(n int) string { return fmt.Sprintf("C%010d", n) }

func channelIDs() []string {
	var ids []string
	for n := range mostChannels {
		ids = append(ids, channelID(n+1))
	}
	return ids
}

// moves are the channels that a destination has had, in order.
type moves []moved

type moved struct {
	channel string
	at      time.Time // when the configuration named it, in virtual time
}

// present is the channel that the configuration names now.
func (m moves) present() string { return m[len(m)-1].channel }

// since returns the channels that were configured at an instant or later.
func (m moves) since(at time.Time) (channels []string) {
	for i := range m {
		if i+1 == len(m) || m[i+1].at.After(at) {
			channels = append(channels, m[i].channel)
		}
	}
	return channels
}

// places are the destinations as the daemon notes them when it starts.
func (s *soc) places() []store.Destination {
	places := []store.Destination{{Name: "mail", Place: "mail.example.jp"}, {Name: "duty", Place: "pager"}}
	for name, m := range s.channels {
		places = append(places, store.Destination{Name: name, Place: m.present(), Channel: m.present(), Account: "xoxb-test"})
	}
	return places
}

// move gives a destination another channel, for which kigen restarts. The old
// one is archived or the bot leaves it, sometimes before the configuration is
// changed.
func (s *soc) move() {
	name := []string{"soc", "lead"}[s.random.IntN(2)]
	if s.opened == mostChannels || s.moving[name] != nil {
		return
	}
	s.opened++
	next, old, leave := channelID(s.opened), s.channels[name].present(), s.slack.Archive
	if s.random.IntN(2) == 0 {
		leave = s.slack.Remove
	}
	kill, pause := s.random.IntN(2) == 0, s.upTo(time.Minute)
	configure := func() {
		delete(s.moving, name)
		if s.life != nil {
			s.stop(kill)
			s.in(pause, s.start)
		}
		s.channels[name] = append(s.channels[name], moved{next, time.Now()})
		leave(old)
	}
	if s.random.IntN(3) > 0 {
		configure()
		return
	}
	leave(old)
	s.moving[name] = configure
	s.in(s.upTo(20*time.Minute), func() {
		if configure := s.moving[name]; configure != nil {
			configure()
		}
	})
}

// postOffice is a mail server that keeps count of what it took. One mail in six
// it confirms only after 20 seconds to 9 minutes.
type postOffice struct {
	seed  uint64
	mu    sync.Mutex
	taken map[string][]time.Time // by the delivery's key
	slow  int                    // how many it took long to confirm
	quick bool                   // it confirms all at once
}

// dialler connects a life to the server. A kill closes the connections.
func (p *postOffice) dialler(t *testing.T, dead <-chan struct{}) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		select {
		case <-dead:
			return nil, errKilled
		default:
		}
		ours, theirs := net.Pipe()
		served := make(chan struct{})
		go func() {
			defer close(served)
			office := fakemail.Server{Dot: func(l fakemail.Letter) string { return p.take(t, l, dead) }}
			office.Serve(theirs)
		}()
		go func() {
			select {
			case <-dead:
				_ = theirs.Close()
			case <-served:
			}
		}()
		return ours, nil
	}
}

// take takes a mail that arrives before its sender is killed, and returns the answer when
// it is time for it. Nobody hears an answer to a mail that did not arrive.
func (p *postOffice) take(t *testing.T, letter fakemail.Letter, dead <-chan struct{}) string {
	m := letter.Message(t)
	select {
	case <-dead:
		return fakemail.HangUp
	case <-time.After(120 * time.Millisecond):
	}
	key, now := m.Header.Get("X-Kigen-Delivery"), time.Now()
	name := fnv.New64a()
	fmt.Fprint(name, key, now.UnixNano())
	random := rand.New(rand.NewPCG(p.seed, name.Sum64()))
	wait := 120 * time.Millisecond
	p.mu.Lock()
	p.taken[key] = append(p.taken[key], now)
	if !p.quick && random.IntN(6) == 0 {
		p.slow++
		wait = 20*time.Second + time.Duration(random.Int64N(int64(9*time.Minute-20*time.Second)))
	}
	p.mu.Unlock()
	time.Sleep(wait)
	return "" // accepted
}

// damages are updates of one value in one row of an incident, which some text in
// front of the value makes unreadable.
var damages = []string{
	`clocks SET explanation = %s WHERE id = (SELECT MIN(id) FROM clocks WHERE incident_id = $1)`,
	`clocks SET start_from = %s WHERE id = (SELECT MIN(id) FROM clocks WHERE incident_id = $1)`,
	`incidents SET tags = %s WHERE id = $1`,
}

// damage makes a row of an incident with an open clock unreadable, and mends it
// some hours later.
func (s *soc) damage() {
	open := s.model.open()
	if s.life == nil || s.damaged != nil || len(open) == 0 {
		return
	}
	id, which := open[s.random.IntN(len(open))], damages[s.random.IntN(len(damages))]
	column := which[strings.Index(which, "SET ")+4 : strings.Index(which, " =")]
	time.Sleep(time.Millisecond / 2) // as people do
	s.model.damaged(id)
	change(s.t, s.path, "UPDATE "+fmt.Sprintf(which, "'{' || "+column), int64(id))
	s.damaged = func() {
		time.Sleep(time.Millisecond / 2)
		change(s.t, s.path, "UPDATE "+fmt.Sprintf(which, "SUBSTR("+column+", 2)"), int64(id))
		s.model.mended(id)
		s.damaged = nil
	}
	s.in(s.upTo(8*time.Hour), s.damaged)
}

// open returns the incidents with an open clock.
func (m *model) open() (ids []sla.IncidentID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for clock, facts := range m.facts {
		if facts[len(facts)-1].open {
			ids = append(ids, m.incident[clock])
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// damaged says that an incident can't be read from now on.
func (m *model) damaged(id sla.IncidentID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.order++
	m.hidden[id] = append(m.hidden[id], hidden{from: m.order})
}

// mended says that it can be read again. kigen turns to it when it next tries.
func (m *model) mended(id sla.IncidentID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hidden[id][len(m.hidden[id])-1].mended = true
}

// hidden is a stretch in which an incident was out of kigen's reach.
type hidden struct {
	from, to int  // orders; to is 0 until kigen has it back
	mended   bool // its row is
	aside    bool // kigen had put it aside
}

// recovering returns the incidents that are mended and that kigen may not have
// noticed.
func (m *model) recovering() (ids []sla.IncidentID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, all := range m.hidden {
		if last := all[len(all)-1]; last.mended && last.to == 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

// recovered says after a step whether a mended incident is still put aside.
func (m *model) recovered(id sla.IncidentID, aside bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := &m.hidden[id][len(m.hidden[id])-1]
	if aside {
		last.aside = true
		return
	}
	last.to = m.ticks[len(m.ticks)-1].order
}

// reached are those of the ticks at which kigen could turn to a clock.
func (m *model) reached(clock sla.ClockID, ticks []tick) []tick {
	all := m.hidden[m.incident[clock]]
	if len(all) == 0 {
		return ticks
	}
	return slices.DeleteFunc(slices.Clone(ticks), func(t tick) bool {
		return slices.ContainsFunc(all, func(h hidden) bool { return t.order > h.from && (h.to == 0 || t.order < h.to) })
	})
}

// lookForRecovered tells the model which mended incidents are still put aside.
func (s *soc) lookForRecovered(db *store.DB) {
	ids := s.model.recovering()
	if len(ids) == 0 {
		return
	}
	all, err := db.Asides(context.Background())
	if err != nil {
		return // killed: the next life looks
	}
	for _, id := range ids {
		s.model.recovered(id, slices.ContainsFunc(all, func(a tracker.Aside) bool { return a.Incident == id }))
	}
}

// answered is a change that a person made of an incident.
type answered struct {
	what string
	at   time.Time // in virtual time
}

// showing is what a reader sees of an incident at a destination, with the time of
// its last change.
type showing struct {
	channel      string
	posted, last time.Time
}

var clockKey = regexp.MustCompile(`^clock/(\d+)/.*@(?:\w+>)?(\w+?)(#\d+)?$`)

// clockOf is the clock of a delivery, by its key.
func (s *soc) clockOf(key string) sla.ClockID {
	s.t.Helper()
	clock, err := strconv.ParseInt(clockKey.FindStringSubmatch(key)[1], 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return sla.ClockID(clock)
}

// incidentOf is the incident of a delivery about a clock, by its key.
func (s *soc) incidentOf(key string) sla.IncidentID {
	s.t.Helper()
	return s.model.incident[s.clockOf(key)]
}

// showings lists them by incident and destination.
func (s *soc) showings() map[string][]showing {
	all := map[string][]showing{}
	listed, parts := s.listed(), s.parts()
	see := func(key string, v showing) {
		name := fmt.Sprint(s.incidentOf(key), " ", clockKey.FindStringSubmatch(key)[2])
		all[name] = append(all[name], v)
	}
	add := func(key string, v showing) {
		keys, ok := subjects(key, listed, parts)
		if !ok {
			s.t.Errorf("a message with the key %q", key)
		}
		for _, key := range keys {
			see(key, v)
		}
	}
	for _, m := range s.slack.Messages() {
		last := m.Posted
		if m.Edited.After(last) {
			last = m.Edited
		}
		if !isFile(&m) { // which stays as it is
			add(m.Key(slack.Key), showing{m.Channel, m.Posted, last})
		}
	}
	s.checkReadable()
	for key, at := range s.office.taken {
		for _, at := range at {
			add(key, showing{"", at, at})
		}
	}
	return all
}

// checkReadable holds that no message in a present channel says that its incident cannot be
// read, after all rows were mended. Of a message that may have been posted twice, kigen
// corrects one copy, and that is enough.
func (s *soc) checkReadable() {
	s.t.Helper()
	unreadable, readable := map[string]string{}, map[string]bool{}
	for _, m := range s.slack.Messages() {
		isPresent := slices.ContainsFunc(slices.Collect(maps.Values(s.channels)), func(all moves) bool { return m.Channel == all.present() })
		switch key := m.Key(slack.Key); {
		case isPresent && strings.Contains(m.Shown(), "cannot be read"):
			unreadable[key] = m.Shown()
		case isPresent:
			readable[key] = true
		}
	}
	twice := s.rows(`d.key, '', d.key, d.state, 0 FROM deliveries d WHERE d.possible_repeat = 1`)
	for key, text := range unreadable {
		if _, ok := twice[key+" "]; !ok || !readable[key] {
			s.t.Errorf("after all rows were mended, %s shows: %s", key, text)
		}
	}
}

// checkChanges holds that the last change that a person made of an incident
// stands at each destination with an earlier message of it, in a channel that was
// configured then or later, and that every mended incident was taken back.
func (s *soc) checkChanges() {
	s.t.Helper()
	all, checked, elsewhere := s.showings(), 0, 0
	for id, change := range s.answered {
		for _, to := range []string{"soc", "lead", "mail", "spare"} {
			shown := all[fmt.Sprint(id, " ", to)]
			earlier := slices.IndexFunc(shown, func(v showing) bool { return v.posted.Before(change.at) })
			if earlier < 0 {
				continue
			}
			checked++
			channels := []string{""}
			if to != "mail" {
				channels = s.channels[to].since(change.at)
			}
			if !slices.Contains(channels, shown[earlier].channel) {
				elsewhere++
			}
			if !slices.ContainsFunc(shown, func(v showing) bool { return !v.last.Before(change.at) && slices.Contains(channels, v.channel) }) {
				s.t.Errorf("lost: somebody %s %s at %s, and %s does not show it in %q", change.what, id, change.at.Format(time.DateTime), to, channels)
			}
		}
	}
	rows, aside := 0, 0
	for id, all := range s.model.hidden {
		for _, h := range all {
			rows++
			if h.aside {
				aside++
			}
			if h.to == 0 {
				s.t.Errorf("%s was mended and is still put aside", id)
			}
		}
	}
	s.t.Logf("%d changes stand where an earlier message of the incident did, %d of them in another channel; %d channels, %d slow mails, %d rows unreadable for a time, %d of them put aside when they were mended",
		checked, elsewhere, s.opened, s.office.slow, rows, aside)
}
