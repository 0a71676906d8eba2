package main_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"kigen/notify/fakechat"
	"kigen/sla/seedtest"
)

// moods makes requests to a chat fail, and stops one after it was carried out, so that kigen
// is killed before it has the answer.
type moods struct {
	mu     sync.Mutex
	random *rand.Rand
	calm   bool
	stop   bool          // the next request is carried out and never answered
	hit    chan struct{} // it was
}

func (m *moods) judge(fakechat.Call) *fakechat.Fault {
	m.mu.Lock()
	defer m.mu.Unlock()
	var f fakechat.Fault
	switch n := m.random.IntN(100); {
	case m.calm:
		return nil
	case m.stop:
		m.stop = false
		f = fakechat.BlackHole().Accepted()
		m.hit <- struct{}{}
	case n < 10:
		f = fakechat.Status(500)
	case n < 15:
		f = fakechat.TooMany("1")
	case n < 25:
		f = fakechat.HangUp().Accepted()
	default:
		return nil
	}
	return &f
}

var incidentTitle = regexp.MustCompile(`incident-\d{3}-`)

// TestKilledWithChats kills the built binary with SIGKILL at random instants and after a
// chat has carried a request out without an answer. Google Chat and PagerDuty show each
// incident once and ask no reader whether it is a repeat. Teams shows each at least once, and
// none twice without a word.
func TestKilledWithChats(t *testing.T) {
	t.Parallel()
	seed := seedtest.Of(t)
	random := rand.New(rand.NewPCG(seed, 0))
	c := newChatServers(t)
	var all []*moods
	for i, failWhen := range []func(func(fakechat.Call) *fakechat.Fault){c.teams.FailWhen, c.google.FailWhen, c.pager.FailWhen} {
		m := &moods{random: rand.New(rand.NewPCG(seed, uint64(i+1))), hit: make(chan struct{}, 1)}
		failWhen(m.judge)
		all = append(all, m)
	}
	h := &hell{t: t, random: random, dir: t.TempDir(), met: map[point]int{}, noticed: map[string]bool{}}
	yaml := "language: en\ndestinations:\n" + c.written() + "alerts:\n  - {to: [team, room, duty]}\n"
	if err := os.WriteFile(filepath.Join(h.dir, "kigen.yaml"), []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	h.kigen = serveHasty(t, h.dir)
	unanswered := 0
	for n := range max(killsWanted(t)/4, 6) {
		chosen := all[n%len(all)]
		chosen.mu.Lock()
		chosen.stop = n%2 == 0
		chosen.mu.Unlock()
		h.log(time.Now().Add(time.Duration(200+random.IntN(400)) * time.Millisecond))
		patience := 4 * time.Second
		if n%2 == 1 {
			patience = time.Duration(random.IntN(1500)) * time.Millisecond
		}
		timer := time.NewTimer(patience)
		select {
		case <-chosen.hit:
			unanswered++
		case <-timer.C:
		}
		h.kigen.signal(syscall.SIGKILL)
		h.kigen = serveHasty(t, h.dir)
	}
	for _, m := range all {
		m.mu.Lock()
		m.calm = true
		m.mu.Unlock()
	}
	h.settled()
	if unanswered == 0 {
		t.Error("no kill came between a message and its answer")
	}
	h.checkChats(c)
	t.Logf("%d incidents, %d kills before an answer, %d cards", len(h.logged), unanswered, len(c.teams.Shown()))
}

// settled waits until nothing waits to be sent.
func (h *hell) settled() {
	h.t.Helper()
	db := reading(h.t, h.dir)
	defer db.Close()
	eventually(h.t, 4*time.Minute, "the outbox to be empty", func() bool {
		var unsent int
		err := db.QueryRowContext(h.t.Context(),
			`SELECT (SELECT COUNT(*) FROM deliveries WHERE state IN ('pending', 'sending', 'unknown')) + (SELECT COUNT(*) FROM incidents) - (SELECT COUNT(DISTINCT alerts.incident_id) FROM alerts)`).Scan(&unsent)
		return err == nil && unsent == 0
	})
}

// checkChats holds what each chat shows against what was logged.
func (h *hell) checkChats(c *chatServers) {
	h.t.Helper()
	const mark = "You may have seen this before"
	shown := map[string]map[string]int{"teams": {}, "teams unmarked": {}, "googlechat": {}, "pagerduty": {}}
	for _, card := range c.teams.Shown() {
		title := incidentTitle.FindString(card.Text())
		shown["teams"][title]++
		if !strings.Contains(card.Text(), mark) {
			shown["teams unmarked"][title]++
		}
	}
	for _, m := range c.google.Messages() {
		shown["googlechat"][incidentTitle.FindString(m.Shown())]++
		if strings.Contains(m.Shown(), mark) {
			h.t.Errorf("Google Chat shows a possible repeat: %s", m.Shown())
		}
	}
	for _, a := range c.pager.Alerts() {
		shown["pagerduty"][incidentTitle.FindString(a.Text)]++
		if a.Calls != 1 || strings.Contains(a.Text, mark) {
			h.t.Errorf("PagerDuty called %d times, or shows a possible repeat: %s", a.Calls, a.Text)
		}
	}
	for _, title := range h.logged {
		if n := shown["googlechat"][title]; n != 1 {
			h.t.Errorf("%s came %d times to Google Chat", title, n)
		}
		if n := shown["pagerduty"][title]; n != 1 {
			h.t.Errorf("%s came %d times to PagerDuty", title, n)
		}
		if shown["teams"][title] == 0 || shown["teams unmarked"][title] > 1 {
			h.t.Errorf("%s came %d times to Teams, %d of them without a word", title, shown["teams"][title], shown["teams unmarked"][title])
		}
	}
	if failures := c.teams.RunHistory(); len(failures) > 0 {
		h.t.Errorf("Teams answered 202 and failed: %v", failures)
	}
}
