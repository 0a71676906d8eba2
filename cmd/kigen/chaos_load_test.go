package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// chaosLoad is the work of people and of their tools meanwhile: incidents are logged, and
// vendors speak, through any replica that is ready.
type chaosLoad struct {
	c      *chaos
	client *http.Client
	stop   context.CancelFunc
	ended  chan struct{}

	mu       sync.Mutex
	logged   []*loggedIncident
	requests int
}

// loggedIncident is one that a replica has acknowledged.
type loggedIncident struct {
	title, id string
	due       time.Time
	noticed   bool
}

// load logs incidents until finish, at least so many.
func (c *chaos) load(size chaosSize) *chaosLoad {
	ctx, stop := context.WithCancel(c.t.Context())
	l := &chaosLoad{c: c, stop: stop, ended: make(chan struct{}), client: &http.Client{
		Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true},
	}}
	c.t.Cleanup(l.finish)
	go func() {
		defer close(l.ended)
		var posts sync.WaitGroup
		defer posts.Wait()
		for n := 1; (n <= size.incidents || ctx.Err() == nil) && c.t.Context().Err() == nil; n++ {
			posts.Go(func() { l.log(n) })
			posts.Go(l.speak)
			pause(c.t, rand.N(2*size.pace))
		}
	}()
	return l
}

// finish waits until every request is answered.
func (l *chaosLoad) finish() {
	l.stop()
	<-l.ended
}

// count is how many incidents are logged.
func (l *chaosLoad) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.logged)
}

// log logs an incident that falls due soon.
func (l *chaosLoad) log(n int) {
	title := fmt.Sprintf("incident-%04d-", n)
	due := time.Now().Add(500*time.Millisecond + rand.N(15*time.Second)).Truncate(time.Millisecond)
	answer := l.post("/incidents", title, map[string]any{
		"vendor": "sustaina", "title": title, "impact": "serious", "confirmed_at": due.Add(-24 * time.Hour).Format(time.RFC3339Nano),
	})
	var made struct {
		ID string `json:"id"`
	}
	if answer == nil {
		return // which is reported
	}
	if err := json.Unmarshal(answer, &made); err != nil || made.ID == "" {
		l.c.t.Errorf("%s: %v in %s", title, err, answer)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.logged = append(l.logged, &loggedIncident{title: title, id: made.ID, due: due})
}

// speak records, now and then, the notice of a vendor whose deadline has long passed.
func (l *chaosLoad) speak() {
	if rand.N(4) > 0 {
		return
	}
	if one := l.silent(); one != nil {
		l.post("/incidents/"+one.id+"/notices", "notice-"+one.title, map[string]any{"channel": "email"})
	}
}

// silent takes an incident whose channels show it.
func (l *chaosLoad) silent() *loggedIncident {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range l.logged {
		if !one.noticed && time.Since(one.due) > 20*time.Second {
			one.noticed = true
			return one
		}
	}
	return nil
}

// post sends a request as a client behind a load balancer does: with a key, to a replica that
// is ready, again until one has answered.
func (l *chaosLoad) post(path, key string, body map[string]any) []byte {
	text, err := json.Marshal(body)
	if err != nil {
		l.c.t.Error(err)
		return nil
	}
	for first := time.Now(); ; {
		r := l.c.replicas[rand.N(len(l.c.replicas))]
		if l.ready(r) {
			status, answer, err := l.send(http.MethodPost, r.url()+"/api/v1"+path, key, text)
			switch {
			case err == nil && status < http.StatusMultipleChoices:
				return answer
			case err == nil && status < http.StatusInternalServerError && status != http.StatusTooManyRequests:
				l.c.t.Errorf("POST %s: %d %s", path, status, answer)
				return nil
			}
		}
		switch {
		case l.c.t.Context().Err() != nil: // the test has failed
			return nil
		case time.Since(first) > 5*time.Minute:
			l.c.t.Errorf("POST %s (%s): no replica answers", path, key)
			return nil
		}
		pause(l.c.t, 200*time.Millisecond)
	}
}

func (l *chaosLoad) ready(r *replica) bool {
	where := r.url()
	if where == "" {
		return false
	}
	status, _, err := l.send(http.MethodGet, where+"/readyz?replica", "", nil)
	return err == nil && status == http.StatusOK
}

func (l *chaosLoad) send(method, where, key string, body []byte) (int, []byte, error) {
	l.mu.Lock()
	l.requests++
	l.mu.Unlock()
	request, err := http.NewRequestWithContext(context.Background(), method, where, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := l.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}
