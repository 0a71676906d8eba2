package daemon

import (
	"context"
	"errors"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

// logIncident logs one of a vendor, with some of the times that are known of it.
func (s *soc) logIncident() {
	vendors := []string{"sotas", "sustaina", "tatsujin", "superstream", "cybertrust"}
	e := tracker.Entry{Vendor: vendors[s.random.IntN(len(vendors))], Title: "an incident"}
	e.Impact = sla.ImpactSerious
	start := s.now().Add(-s.upTo(30 * time.Hour))
	for _, m := range []sla.Moment{sla.Occurred, sla.Detected, sla.Confirmed} {
		if s.random.IntN(3) > 0 {
			e.Times[m].At = start
		}
	}
	s.log(e)
}

// log logs an incident, and plans what becomes of it.
func (s *soc) log(e tracker.Entry) {
	var id sla.IncidentID
	s.person("logs", func(l *life) (*sla.Incident, error) {
		inc, err := l.tracker.Log(context.Background(), tracker.Request{Actor: "ueda"}, e)
		if inc != nil {
			id = inc.ID
		}
		return inc, err
	}, func() { s.treat(id) })
}

// wave is an outage of one vendor that hits everybody: more incidents at once than a
// destination gets messages for, and half of the time kigen is down when they fall due.
func (s *soc) wave() {
	e := tracker.Entry{Vendor: []string{"sotas", "sustaina"}[s.random.IntN(2)], Title: "nothing works"}
	e.Impact = sla.ImpactSerious
	start := s.now().Add(-s.upTo(4 * time.Hour))
	e.Times[sla.Occurred].At, e.Times[sla.Confirmed].At = start, start
	for range 60 {
		s.log(e)
	}
	if s.random.IntN(2) == 0 {
		s.in(s.upTo(time.Hour), func() { s.down(s.upTo(24 * time.Hour)) })
	}
}

// treat plans what people and the vendor do about an incident.
func (s *soc) treat(id sla.IncidentID) {
	if silent := s.random.IntN(5) == 0; !silent {
		s.in(s.upTo(60*time.Hour), func() { s.notice(id) })
	} else {
		s.speakInTheEnd(id)
	}
	if s.random.IntN(3) == 0 {
		s.in(s.upTo(40*time.Hour), func() { s.acknowledge(id) })
	}
	if s.random.IntN(5) == 0 {
		s.in(s.upTo(20*time.Hour), func() { s.amend(id) })
	}
	for range 3 * (s.random.IntN(5) / 4) {
		s.in(s.upTo(40*time.Hour), func() { s.correct(id) })
	}
	if s.random.IntN(12) == 0 {
		s.in(s.upTo(30*time.Hour), func() { s.cancel(id) })
		if s.random.IntN(2) == 0 {
			s.in(30*time.Hour+s.upTo(20*time.Hour), func() { s.reopen(id) })
			s.speakInTheEnd(id)
		}
	}
	if s.random.IntN(6) == 0 {
		s.in(s.upTo(70*time.Hour), func() { s.withdraw(id) })
		s.speakInTheEnd(id)
	}
	if s.random.IntN(8) == 0 {
		s.in(s.upTo(40*time.Hour), func() { s.waive(id) })
		if s.random.IntN(2) == 0 {
			s.in(40*time.Hour+s.upTo(20*time.Hour), func() { s.unwaive(id) })
			s.speakInTheEnd(id)
		}
	}
}

// speakInTheEnd lets the vendor speak after some days in a long run: a year of vendors that
// never do would be a year of repeats.
func (s *soc) speakInTheEnd(id sla.IncidentID) {
	if *long {
		s.in(70*time.Hour+s.upTo(26*time.Hour), func() { s.notice(id) })
	}
}

func (s *soc) notice(id sla.IncidentID) {
	s.person("notices", func(l *life) (*sla.Incident, error) {
		return l.tracker.Notice(context.Background(), tracker.Request{Actor: "ueda"}, id, tracker.NoticeEntry{Channel: "email"})
	}, nil)
}

func (s *soc) acknowledge(id sla.IncidentID) {
	snooze := s.random.IntN(2) == 0
	s.person("acknowledges", func(l *life) (*sla.Incident, error) {
		var until time.Time
		if snooze {
			until = s.now().Add(90 * time.Minute)
		}
		return l.tracker.Acknowledge(context.Background(), tracker.Request{Actor: "ueda"}, id, until)
	}, nil)
}

func (s *soc) amend(id sla.IncidentID) {
	earlier := s.upTo(10 * time.Hour)
	s.person("amends", func(l *life) (*sla.Incident, error) {
		times := map[sla.Moment]sla.Stamp{}
		for _, m := range []sla.Moment{sla.Occurred, sla.Detected, sla.Confirmed} {
			times[m] = sla.Stamp{At: s.now().Add(-earlier)}
		}
		return l.tracker.Amend(context.Background(), tracker.Request{Actor: "ueda"}, id, tracker.Amendment{Times: times})
	}, nil)
}

// correct moves the times that are known by some seconds.
func (s *soc) correct(id sla.IncidentID) {
	by := s.upTo(40*time.Second) - 20*time.Second
	s.person("corrects", func(l *life) (*sla.Incident, error) {
		inc, err := l.read(id)
		if err != nil {
			return nil, err
		}
		times := map[sla.Moment]sla.Stamp{}
		for _, m := range []sla.Moment{sla.Occurred, sla.Detected, sla.Confirmed} {
			if stamp := inc.Times[m]; stamp.Known() {
				times[m] = sla.Stamp{At: stamp.At.Add(by)}
			}
		}
		if len(times) == 0 { // nothing would be amended, and nothing looked at
			return nil, nil
		}
		return l.tracker.Amend(context.Background(), tracker.Request{Actor: "ueda"}, id, tracker.Amendment{Times: times})
	}, nil)
}

func (s *soc) cancel(id sla.IncidentID) {
	s.person("cancels", func(l *life) (*sla.Incident, error) {
		return l.tracker.Cancel(context.Background(), tracker.Request{Actor: "ueda"}, id, "a drill")
	}, nil)
}

func (s *soc) reopen(id sla.IncidentID) {
	s.person("reopens", func(l *life) (*sla.Incident, error) {
		return l.tracker.Reopen(context.Background(), tracker.Request{Actor: "ueda"}, id, "it was no drill")
	}, nil)
}

// withdraw takes back the last notice that counts. As in life, the vendor may speak again.
func (s *soc) withdraw(id sla.IncidentID) {
	s.person("withdraws", func(l *life) (*sla.Incident, error) {
		inc, err := l.read(id)
		if err != nil || len(inc.Counted()) == 0 {
			return nil, err
		}
		n := inc.Counted()[len(inc.Counted())-1].Number
		return l.tracker.WithdrawNotice(context.Background(), tracker.Request{Actor: "ueda"}, id, n, "another incident's")
	}, nil)
}

func (s *soc) waive(id sla.IncidentID) { s.setWaiver("waives", id, (*tracker.Tracker).Waive) }

func (s *soc) unwaive(id sla.IncidentID) {
	s.setWaiver("lifts a waiver", id, (*tracker.Tracker).Unwaive)
}

func (s *soc) setWaiver(what string, id sla.IncidentID,
	do func(t *tracker.Tracker, ctx context.Context, by tracker.Request, id sla.IncidentID, promise, stage, reason string) (*sla.Incident, error),
) {
	s.person(what, func(l *life) (*sla.Incident, error) {
		inc, err := l.read(id)
		if err != nil || len(inc.Clocks) == 0 {
			return nil, err
		}
		return do(l.tracker, context.Background(), tracker.Request{Actor: "ueda"}, id, inc.Clocks[0].Promise, "", "agreed")
	}, nil)
}

func (l *life) read(id sla.IncidentID) (inc *sla.Incident, err error) {
	err = l.db.View(context.Background(), func(r tracker.Reader) error {
		inc, err = r.Incident(context.Background(), id)
		return err
	})
	return inc, err
}

// person does one thing, now or when kigen is there again, and tells the model
// what came of it. What kigen refuses, because a wrong clock makes it nonsense,
// people leave.
func (s *soc) person(what string, do func(*life) (*sla.Incident, error), then func()) {
	s.t.Helper()
	if s.life == nil {
		s.in(time.Hour, func() { s.person(what, do, then) })
		return
	}
	// The watch loop may be at work in this very instant: who comes first would
	// be left to chance.
	time.Sleep(time.Millisecond / 2)
	inc, err := do(s.life)
	var refused tracker.Invalid
	switch {
	case errors.Is(err, tracker.ErrUnreadable): // they try again
		s.in(time.Hour, func() { s.person(what, do, then) })
		return
	case errors.As(err, &refused):
		return
	case err != nil:
		s.t.Fatalf("a person %s: %v", what, err)
	case inc == nil:
		return
	}
	s.model.changed(s.now(), inc)
	if then != nil {
		then()
		return
	}
	s.answered[inc.ID] = answered{what, time.Now()}
}
