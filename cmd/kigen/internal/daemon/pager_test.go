package daemon

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"kigen/config"
	"kigen/notify"
	"kigen/notify/destinations"
	"kigen/notify/fakechat"
	"kigen/notify/fakeslack"
	"kigen/sla"
)

// The destination duty is PagerDuty, which makes one alert of all messages of a clock
// before its deadline, and another of those after it. At the end, the alerts that are not
// resolved must be those of the clocks whose vendor is silent.

// pager makes the destination of a life.
func (s *soc) pager(l *life) notify.Destination {
	kind := s.config.Destinations["duty"].Kind.(*config.Spoken)
	row := kind.Kind()
	return notify.NewSpoken(&row, kind.Values(), destinations.Surroundings{}, wire{way: fakeslack.InProcess(s.duty), dead: l.dead})
}

// pagerWeather fails one event in eight, some of them after PagerDuty has taken them.
func (s *soc) pagerWeather(call fakechat.Call) *fakechat.Fault {
	name := fnv.New64a()
	fmt.Fprint(name, string(call.Body), time.Now().UnixNano())
	random := rand.New(rand.NewPCG(s.office.seed, name.Sum64()))
	if random.IntN(8) > 0 {
		return nil
	}
	faults := []fakechat.Fault{
		fakechat.TooMany("3"), fakechat.TooMany(""), fakechat.Status(http.StatusInternalServerError),
		fakechat.Status(http.StatusBadGateway).Accepted(), fakechat.Status(http.StatusBadRequest),
		fakechat.HangUp(), fakechat.HangUp().Accepted(), fakechat.BlackHole(), fakechat.BlackHole().Accepted(),
	}
	return &faults[random.IntN(len(faults))]
}

var pagerClock = regexp.MustCompile(`^kigen/[0-9a-f]{8}/clock/(\d+)(/ahead)?$`)

// calling returns the alerts that are not resolved, by their clocks and whether they are
// about a deadline ahead. Those of digests are not among them.
func (s *soc) calling() map[sla.ClockID]map[bool]bool {
	calling := map[sla.ClockID]map[bool]bool{}
	for _, a := range s.duty.Alerts() {
		parts := pagerClock.FindStringSubmatch(a.Key)
		if parts == nil || a.State == "resolved" {
			continue
		}
		n, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			s.t.Fatal(err)
		}
		if calling[sla.ClockID(n)] == nil {
			calling[sla.ClockID(n)] = map[bool]bool{}
		}
		calling[sla.ClockID(n)][parts[2] != ""] = true
	}
	return calling
}

// checkPager holds that PagerDuty calls for each clock whose deadline has passed in
// silence, and for no other. Clocks whose last alert is a line of a digest are left out:
// the alert of the digest calls for them.
func (s *soc) checkPager() {
	s.t.Helper()
	newest, calling, silent := s.lastPaged(), s.calling(), 0
	looked := s.model.lastTick().at // kigen knows of no later deadline
	for clock, facts := range s.model.facts {
		last, alone := facts[len(facts)-1], newest[clock] == "sent"
		passed := last.open && !looked.Before(last.due.Add(time.Millisecond))
		switch name := fmt.Sprint(s.model.incident[clock], ", clock ", clock); {
		case calling[clock][false] && !passed:
			s.t.Errorf("PagerDuty calls for %s, whose deadline has not passed in silence", name)
		case calling[clock][true] && (passed && alone || !last.open):
			s.t.Errorf("PagerDuty shows a deadline of %s ahead, which is none", name)
		case passed && alone && !calling[clock][false]:
			s.t.Errorf("lost: PagerDuty calls nobody for %s, whose deadline passed in silence", name)
		case passed && alone:
			silent++
		}
	}
	s.t.Logf("PagerDuty calls for %d clocks after %d events", silent, len(s.duty.Calls()))
}

// lastPaged returns the states of the last alerts about the passed deadlines of clocks.
func (s *soc) lastPaged() map[sla.ClockID]string {
	s.t.Helper()
	const of = `FROM deliveries d JOIN alerts a ON a.id = d.alert_id
		WHERE d.destination = 'duty' AND d.kind = 'post' AND a.clock_id IS NOT NULL AND a.reason <> 'warning'`
	newest := map[sla.ClockID]string{}
	for _, row := range s.rows(`d.key, '', d.key, d.state, 0 ` + of + ` AND d.id IN (SELECT MAX(d.id) ` + of + ` GROUP BY a.clock_id)`) {
		newest[s.clockOf(row.key)] = row.state
	}
	return newest
}
