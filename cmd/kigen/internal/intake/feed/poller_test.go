package feed_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kigen/cmd/kigen/internal/intake/feed"
	"kigen/cmd/kigen/internal/intake/feed/fetch"
	"kigen/sla/inbox"
)

// script answers like a source, by the time since it began.
type script struct {
	mu    sync.Mutex
	begun time.Time
	asked []time.Duration
	last  fetch.Request
	say   func(at time.Duration) (string, error)
}

func (s *script) Get(_ context.Context, r fetch.Request) (fetch.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := time.Since(s.begun)
	s.asked, s.last = append(s.asked, at), r
	body, err := s.say(at)
	return fetch.Response{Body: []byte(body), ContentType: "application/json", ETag: `"e"`}, err
}

func pageWith(incidents string) string {
	return `{"page": {"id": "kaz3"}, "incidents": [` + incidents + `]}`
}

const trouble = `{"id": "i1", "name": "Login fails", "status": "investigating", "created_at": "2000-01-01T00:10:00Z", "incident_updates": []}`

// run runs a poller in a bubble of fake time for a while.
func run(t *testing.T, keep *memory, s *script, long time.Duration, during func(p *feed.Poller), jitter func(time.Duration) time.Duration) (*feed.Poller, []feed.Poll) {
	t.Helper()
	docs, err := feed.Documents("statuspage", "https://status.kaze.example/api/v2/incidents.json")
	if err != nil {
		t.Fatal(err)
	}
	s.begun = time.Now()
	var polls []feed.Poll
	p := feed.New(feed.Source{Name: "kaze", Documents: docs, Every: 5 * time.Minute}, feed.Options{
		Get: s, Keep: keep, Now: time.Now, Jitter: jitter, Report: func(poll feed.Poll) { polls = append(polls, poll) },
	})
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	done := make(chan error)
	go func() { done <- p.Run(ctx) }()
	if during != nil {
		during(p)
	}
	if err := <-done; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it ends with %v", err)
	}
	return p, polls
}

func (s *script) at(t *testing.T, want ...time.Duration) {
	t.Helper()
	if !slices.Equal(s.asked, want) {
		t.Errorf("asked at %v, want %v", s.asked, want)
	}
}

func minutes(list ...int) (out []time.Duration) {
	for _, m := range list {
		out = append(out, time.Duration(m)*time.Minute)
	}
	return out
}

func TestEveryFiveMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{say: func(at time.Duration) (string, error) {
			if at < 9*time.Minute {
				return pageWith(""), nil
			}
			return pageWith(trouble), nil
		}}
		jitter := func(most time.Duration) time.Duration { return most / 2 }
		p, polls := run(t, &memory{}, s, 17*time.Minute, nil, jitter)
		s.at(t, 0, 5*time.Minute+15*time.Second, 10*time.Minute+30*time.Second, 15*time.Minute+45*time.Second)
		if s.last.ETag != `"e"` || len(polls) != 4 || !slices.Equal(polls[2].Outcome.New, []string{"i1"}) {
			t.Errorf("request %+v, polls %+v", s.last, polls)
		}
		if m := p.Metrics(); m.Items["new"] != 1 || m.Items["unchanged"] != 1 || !m.LastSuccess.Equal(s.begun.Add(15*time.Minute+45*time.Second)) {
			t.Errorf("metrics %+v", m)
		}
		i, ok := p.Item("i1")
		item := p.Source().Item(i)
		if !ok || item.State != inbox.Candidate || item.Channel != "status_page" || item.Revision != 1 || len(item.Reasons) == 0 {
			t.Errorf("item %+v", item)
		}
	})
}

// TestPatience: a source in trouble is asked ever less often, up to half an hour; its
// silence is told once, and its return once.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{say: func(at time.Duration) (string, error) {
			if 0 < at && at < 150*time.Minute {
				return "", &fetch.Error{Reason: fetch.Server, Err: errors.New("status 500")}
			}
			return pageWith(""), nil
		}}
		p, polls := run(t, &memory{}, s, 164*time.Minute, nil, nil)
		s.at(t, minutes(0, 5, 10, 20, 40, 70, 100, 130, 160)...)
		var news []string
		for _, poll := range polls {
			for _, n := range poll.News {
				news = append(news, fmt.Sprint(n, " ", poll.At.Sub(s.begun).Truncate(time.Minute)))
			}
		}
		if !slices.Equal(news, []string{"silent 15m0s", "back 2h40m0s"}) {
			t.Errorf("news %v", news)
		}
		if !p.Health().OK() {
			t.Errorf("health %+v", p.Health())
		}
	})
}

// TestWhatItServesIsTold: a document that is not the source's is news at once, and says
// nothing about its server, which is asked as ever.
func TestWhatItServesIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{say: func(at time.Duration) (string, error) {
			if at > 0 {
				return "<html>One more step</html>", nil
			}
			return pageWith(""), nil
		}}
		_, polls := run(t, &memory{}, s, 31*time.Minute, nil, nil)
		s.at(t, minutes(0, 5, 10, 15, 20, 25, 30)...)
		if !slices.Equal(polls[1].News, []feed.News{feed.Failing}) || polls[1].Reason != "not_the_feed" || len(polls[2].News) > 0 {
			t.Errorf("polls %+v", polls[:3])
		}
	})
}

// TestRetryAfterIsKept: also over a restart.
func TestRetryAfterIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep := &memory{}
		begun := time.Now()
		limited := func(time.Duration) (string, error) {
			return "", &fetch.Error{Reason: fetch.Limited, RetryAt: begun.Add(2 * time.Hour), Err: errors.New("status 429")}
		}
		s := &script{say: limited}
		run(t, keep, s, time.Minute, nil, nil)
		s.at(t, 0)
		s = &script{say: func(time.Duration) (string, error) { return pageWith(""), nil }}
		run(t, keep, s, 2*time.Hour, nil, nil)
		s.at(t, 119*time.Minute)
	})
}

// TestHook: a delivery makes the source be asked at once, and counts for nothing by
// itself; it waits where the source asked for time.
func TestHook(t *testing.T) {
	hook := []byte(`{"page": {"id": "kaz3"}, "incident": ` + trouble + `}`)
	synctest.Test(t, func(t *testing.T) {
		s := &script{say: func(at time.Duration) (string, error) {
			switch {
			case at < 8*time.Minute:
				return pageWith(""), nil
			case at < 12*time.Minute:
				return "", &fetch.Error{Reason: fetch.Unavailable, RetryAt: time.Now().Add(10 * time.Minute), Err: errors.New("status 503")}
			}
			return pageWith(trouble), nil
		}}
		p, polls := run(t, &memory{}, s, 21*time.Minute, func(p *feed.Poller) {
			time.Sleep(2 * time.Minute)
			for range 2 { // the same delivery twice
				if err := p.Hook(hook); err != nil {
					t.Error(err)
				}
				synctest.Wait()
			}
			for _, wrong := range []string{`{`, `{}`, `{"page": {"id": "0ther"}, "incident": ` + trouble + `}`} {
				if p.Hook([]byte(wrong)) == nil {
					t.Errorf("%s is taken", wrong)
				}
			}
			time.Sleep(7 * time.Minute) // the source fails at 8
			if err := p.Hook(hook); err != nil {
				t.Error(err)
			}
		}, nil)
		s.at(t, minutes(0, 2, 2, 7, 9, 19)...)
		if !slices.Equal(polls[1].Outcome.Unconfirmed, []string{"i1"}) || len(polls[1].Outcome.New) > 0 {
			t.Errorf("the page says nothing: %+v", polls[1].Outcome)
		}
		if i, _ := p.Item("i1"); i.State != inbox.Candidate || !slices.Equal(polls[5].Outcome.New, []string{"i1"}) {
			t.Errorf("the page confirms it: %+v, %+v", i, polls[4].Outcome)
		}
	})
}

// TestHookBeforeTheStateIsLoaded: a hook that comes while a replica begins to lead has the
// page asked at once, as later.
func TestHookBeforeTheStateIsLoaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep := &memory{}
		s := &script{say: func(time.Duration) (string, error) { return pageWith(trouble), nil }}
		before, _ := run(t, keep, s, time.Minute, nil, nil)
		p := feed.New(before.Source(), feed.Options{Get: s, Keep: keep, Now: time.Now})
		if err := p.Hook([]byte(`{"page": {"id": "kaz3"}, "incident": ` + trouble + `}`)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := p.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		s.at(t, minutes(0, 1)...)
	})
}

// TestNothingIsHalfKept: a poll that cannot be kept did not happen.
func TestNothingIsHalfKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep := &memory{}
		s := &script{say: func(at time.Duration) (string, error) {
			if at == 0 {
				return pageWith(""), nil
			}
			return pageWith(trouble), nil
		}}
		_, polls := run(t, keep, s, 8*time.Minute, func(*feed.Poller) {
			time.Sleep(time.Minute)
			keep.set(true)
			time.Sleep(5*time.Minute + 30*time.Second)
			keep.set(false)
		}, nil)
		s.at(t, minutes(0, 5, 6, 7)...)
		last := polls[len(polls)-1]
		if !errors.Is(polls[1].Err, errFull) || !slices.Equal(last.Outcome.New, []string{"i1"}) {
			t.Errorf("polls %+v", polls)
		}
	})
}

func TestDocuments(t *testing.T) {
	for _, c := range []struct{ kind, address, want string }{
		{"statuspage", "https://s.example", "[statuspage.incidents https://s.example/api/v2/incidents.json statuspage.maintenances https://s.example/api/v2/scheduled-maintenances.json]"},
		{"statuspage", "https://s.example/", "[statuspage.incidents https://s.example/api/v2/incidents.json statuspage.maintenances https://s.example/api/v2/scheduled-maintenances.json]"},
		{"statuspage", "https://s.example/history.atom", "[statuspage.history https://s.example/history.atom]"},
		{"statuspage", "https://s.example/api/v2/summary.json", "[statuspage.summary https://s.example/api/v2/summary.json]"},
		{"slack", "https://s.example", "[slack.current https://s.example/api/v2.0.0/current slack.history https://s.example/api/v2.0.0/history]"},
		{"gcp", "https://s.example", "[gcp.incidents https://s.example/incidents.json]"},
		{"aws", "https://s.example/rss/ec2.rss", "[aws.rss https://s.example/rss/ec2.rss]"},
		{"aws", "https://s.example/public/currentevents", "[aws.currentevents https://s.example/public/currentevents]"},
		{"m365", "https://s.example", "[m365.issues https://s.example/v1.0/admin/serviceAnnouncement/issues]"},
		{"feed", "https://s.example/?a=b#c", "[feed https://s.example/?a=b]"},
		{"page", "https://s.example/status", "[page https://s.example/status]"},
		{"gopher", "https://s.example", ""}, {"feed", "ftp://s.example", ""}, {"feed", "s.example", ""}, {"feed", "https://a:b@s.example", ""}, {"feed", "https://", ""},
	} {
		docs, err := feed.Documents(c.kind, c.address)
		var got []string
		for _, d := range docs {
			got = append(got, string(d.Format), d.URL)
		}
		if (err != nil) != (c.want == "") || err == nil && fmt.Sprint(got) != c.want {
			t.Errorf("%s %s: %v, %v, want %s", c.kind, c.address, got, err, c.want)
		}
	}
}
