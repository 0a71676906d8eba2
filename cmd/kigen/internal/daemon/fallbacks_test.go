package daemon

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// The destination soc has a fallback, spare, which gets no alerts of its own. Its channel
// is calmer: no storm reaches it.

// spareChannel is the channel of the fallback, which does not move.
const spareChannel = "C0000000003"

// patience is how long an alert may wait at soc, with no good answer from there, before it
// has to be at the fallback: five minutes from the first failed request, which itself may
// come some minutes after kigen's start, and the wait for its answer.
const patience = 10 * time.Minute

// wait is a post that waits at soc and that nobody reads at the fallback.
type wait struct {
	since time.Time // when it was first seen, in virtual time
	state string
}

// answeredWell notes a good answer from soc.
func (s *soc) answeredWell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.good = time.Now()
}

// watchFallback holds that no alert waits for long at soc and is nowhere else.
func (s *soc) watchFallback() {
	if s.life == nil {
		return
	}
	now, waits := time.Now(), map[string]wait{}
	for key, r := range s.rows(`w.key, '', w.key, COALESCE(t.state, w.state), 0
		FROM deliveries w JOIN alerts a ON a.id = w.alert_id
		LEFT JOIN deliveries t ON t.id = w.digest_page_id AND w.state = 'merged'
		WHERE w.destination = 'soc' AND w.kind = 'post' AND a.clock_id IS NOT NULL AND w.moot = 0
		AND COALESCE(t.state, w.state) IN ('pending', 'sending', 'unknown', 'refused')
		AND NOT EXISTS (SELECT 1 FROM deliveries f WHERE f.instead_of = w.id)`) {
		w, known := s.waits[key]
		if !known || w.state != r.state && r.state == "refused" {
			w = wait{now, r.state}
		}
		waits[key] = w
		if began := s.waitBegan(w); now.Sub(began) > patience {
			s.t.Errorf("lost: %s is %s at soc since %s, with nothing of it at spare", key, r.state, began.Format(time.DateTime))
		}
	}
	s.waits = waits
}

// waitBegan is when a post's time of patience began: not before this life, nor before the
// last setting of the clock. What waits for its turn waits anew after each good answer.
func (s *soc) waitBegan(w wait) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	began := w.since
	for _, later := range []time.Time{s.life.began, s.set} {
		if later.After(began) {
			began = later
		}
	}
	if w.state != "refused" && s.good.After(began) {
		began = s.good
	}
	return began
}

// isWell reports whether Slack carried a request out and said so. The body can be read
// again.
func isWell(resp *http.Response) bool {
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var answer struct{ OK bool }
	return err == nil && json.Unmarshal(body, &answer) == nil && answer.OK
}
