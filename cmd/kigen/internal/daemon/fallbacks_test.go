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

// wait is a post that soc has not taken and that has no post at the fallback.
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

// waitingSQL finds the posts at soc that wait, alone or in a digest, and have none at the
// fallback. Each part uses the index of its states.
const waitingSQL = `w.key, '', w.key, w.state, 0 FROM (
	SELECT d.id, d.key, d.state, d.alert_id FROM deliveries d
	WHERE d.state IN ('pending', 'sending', 'unknown') AND d.destination = 'soc' AND d.kind = 'post' AND d.moot = 0
	UNION ALL
	SELECT d.id, d.key, d.state, d.alert_id FROM deliveries d
	WHERE d.state = 'refused' AND d.destination = 'soc' AND d.kind = 'post' AND d.moot = 0
	UNION ALL
	SELECT d.id, d.key, t.state, d.alert_id FROM deliveries t CROSS JOIN deliveries d
	WHERE t.state IN ('pending', 'sending', 'unknown') AND t.destination = 'soc'
		AND d.digest_page_id = t.id AND d.state = 'merged' AND d.kind = 'post' AND d.moot = 0) w
	JOIN alerts a ON a.id = w.alert_id
	WHERE a.clock_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM deliveries f WHERE f.instead_of = w.id)`

// watchFallback holds that no alert waits for long at soc and is nowhere else.
func (s *soc) watchFallback() {
	if s.life == nil {
		return
	}
	now, waits := time.Now(), map[string]wait{}
	for key, r := range s.rows(waitingSQL) {
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

// waitBegan is the instant from which patience counts: when the post was first seen, but not
// before kigen's start or the last setting of the clock. A good answer from soc starts it
// again, except for a refused post, which goes to the fallback at once.
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

// isWell reports whether Slack answered that it carried a request out. It leaves the body
// to be read again.
func isWell(resp *http.Response) bool {
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var answer struct{ OK bool }
	return err == nil && json.Unmarshal(body, &answer) == nil && answer.OK
}
