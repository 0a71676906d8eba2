package feed

import (
	"errors"
	"time"

	"kigen/cmd/kigen/internal/intake/feed/fetch"
	"kigen/cmd/kigen/internal/intake/feed/format"
)

// longestBackOff is the longest interval to a source in trouble that does not ask for a
// longer one.
const longestBackOff = 30 * time.Minute

// silentIntervals is how many intervals without a success are a silence.
const silentIntervals = 3

// Health is how a source is.
type Health struct {
	Began        time.Time `json:"began,omitzero"` // when it was asked first
	LastSuccess  time.Time `json:"last_success,omitzero"`
	FailingSince time.Time `json:"failing_since,omitzero"` // zero: the last poll succeeded
	Reason       string    `json:"reason,omitempty"`       // of the last failure
	Error        string    `json:"error,omitempty"`        // the last failure in words
	Failures     int       `json:"failures,omitempty"`     // in a row
	Slow         int       `json:"slow,omitempty"`         // in a row, of those that ask for patience
	RetryAt      time.Time `json:"retry_at,omitzero"`
	Next         time.Time `json:"next,omitzero"` // when it is asked next
	ToldSilent   bool      `json:"told_silent,omitempty"`
	ToldFailing  bool      `json:"told_failing,omitempty"`
}

// OK reports whether the last poll succeeded.
func (h Health) OK() bool { return h.FailingSince.IsZero() && !h.LastSuccess.IsZero() }

// News is something about a source that its people hear once.
type News string

// The news.
const (
	Silent  News = "silent"  // no success for three intervals
	Failing News = "failing" // its documents are not what they were
	Back    News = "back"    // after one of these
)

// after takes the result of a poll and returns the news.
func (h *Health) after(p Poll, every time.Duration) []News {
	told := h.ToldSilent || h.ToldFailing
	switch {
	case p.Result != Failed && p.Partial == nil:
		*h = Health{Began: h.Began, LastSuccess: p.At}
		if told {
			return []News{Back}
		}
		return nil
	case p.Result != Failed:
		return h.inPart(p, every)
	}
	if h.FailingSince.IsZero() {
		h.FailingSince = p.At
	}
	h.Reason, h.Error, h.RetryAt = p.Reason, p.Err.Error(), p.RetryAt
	h.Failures++
	h.Slow++
	var news []News
	if !slows(p.Err) {
		h.Slow = 0
		if !h.ToldFailing {
			h.ToldFailing, news = true, append(news, Failing)
		}
	}
	return append(news, h.silent(p.At, every)...)
}

// inPart takes a poll of which only the first document could be read. The rest
// is not calm, so the source does not count as read.
func (h *Health) inPart(p Poll, every time.Duration) []News {
	if h.FailingSince.IsZero() {
		h.FailingSince = p.At
	}
	h.Reason, _ = why(p.Partial)
	h.Error, h.RetryAt, h.Failures, h.Slow = p.Partial.Error(), time.Time{}, h.Failures+1, 0
	if h.ToldFailing || slows(p.Partial) {
		return h.silent(p.At, every)
	}
	h.ToldFailing = true
	return []News{Failing}
}

// silent tells once that there was no success for three intervals.
func (h *Health) silent(now time.Time, every time.Duration) []News {
	if at := h.silentAt(every); at.IsZero() || now.Before(at) {
		return nil
	}
	h.ToldSilent = true
	return []News{Silent}
}

// silentAt is when the silence of a source becomes news; zero: it was news already.
func (h Health) silentAt(every time.Duration) time.Time {
	since := h.LastSuccess
	if since.IsZero() {
		since = h.Began
	}
	if h.ToldSilent || since.IsZero() {
		return time.Time{}
	}
	return since.Add(silentIntervals*every + time.Millisecond)
}

// plan is when a source is asked next. One in trouble is asked ever less often, and one
// that names a time not before it. A document that is not what it was says nothing about
// its server, so it is asked for as often as ever.
func (p *Poller) plan(h Health, poll Poll) time.Time {
	every := p.source.Every
	wait := every
	for n := 1; n < h.Slow && wait < longestBackOff; n++ {
		wait *= 2
	}
	most := max(every, longestBackOff)
	if h.Slow > 0 {
		wait = min(wait, most)
	}
	jitter := p.o.Jitter(every / 10)
	next := poll.At.Add(wait + jitter)
	if h.Slow > 0 && next.Sub(poll.At) > most {
		next = poll.At.Add(most)
	}
	return later(next, poll.RetryAt)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func slows(err error) bool {
	var e *fetch.Error
	return errors.As(err, &e) && e.Slows()
}

// why is the reason of a failure, and the time that the source names.
func why(err error) (string, time.Time) {
	var asked *fetch.Error
	var read *format.Error
	switch {
	case err == nil:
		return "", time.Time{}
	case errors.As(err, &asked):
		return string(asked.Reason), asked.RetryAt
	case errors.As(err, &read):
		return string(read.Reason), time.Time{}
	}
	return "token", time.Time{}
}

// Metrics are the figures of a source: kigen_intake_last_success_timestamp_seconds and
// kigen_intake_items_total by result.
type Metrics struct {
	LastSuccess time.Time
	Items       map[string]int64
}

// Metrics returns the figures since the start.
func (p *Poller) Metrics() Metrics {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := Metrics{p.kept.Health.LastSuccess, map[string]int64{}}
	for result, n := range p.metrics {
		m.Items[result] = n
	}
	return m
}

// Health returns how the source is.
func (p *Poller) Health() Health {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kept.Health
}

func (p *Poller) count(poll Poll) {
	o := poll.Outcome
	for result, n := range map[string]int{
		"new": len(o.New), "changed": len(o.Changed), "unchanged": len(o.Unchanged), "seen": len(o.Seen), "gone": len(o.Gone),
		"attached": len(o.Attached), "ignored": len(o.Ignored), "unconfirmed": len(o.Unconfirmed),
	} {
		p.metrics[result] += int64(n)
	}
}
