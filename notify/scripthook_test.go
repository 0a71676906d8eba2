package notify_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/fakeslack"
	"kigen/sla"
	"kigen/sla/outbox"
)

// scriptHook is the receiver of a webhook that answers as a script says. It
// knows each key that it has taken, as a receiver of Idempotency-Key does.
type scriptHook struct {
	// judge is asked about each request; status 0 takes it.
	judge func(hookCall) (status int, header http.Header)

	mu    sync.Mutex
	calls []hookCall
	taken map[string]hookCall // by key
}

// hookCall is one request that arrived.
type hookCall struct {
	Key, Title, Text, Kind, Updates string
	Case                            *struct{ Incident sla.IncidentID }
	Size                            int       `json:"-"`
	At                              time.Time `json:"-"`
	Again                           bool      `json:"-"` // the key was taken before
	Status                          int       `json:"-"` // the answer
}

// RoundTrip answers without a network.
func (h *scriptHook) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	call := hookCall{At: time.Now(), Size: len(body)}
	if err := json.Unmarshal(body, &call); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.taken == nil {
		h.taken = map[string]hookCall{}
	}
	_, call.Again = h.taken[call.Key]
	var header http.Header
	if h.judge != nil {
		call.Status, header = h.judge(call)
	}
	if call.Status == 0 {
		call.Status = http.StatusOK
		h.taken[call.Key] = call
	}
	h.calls = append(h.calls, call)
	return &http.Response{
		StatusCode: call.Status, Status: http.StatusText(call.Status), Header: header,
		Body: io.NopCloser(strings.NewReader("")), Request: req,
	}, nil
}

// takenAt is when a key with this prefix was taken; zero: it was not.
func (h *scriptHook) takenAt(prefix string) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	for key, call := range h.taken {
		if strings.HasPrefix(key, prefix) {
			return call.At
		}
	}
	return time.Time{}
}

func (h *scriptHook) asked() []hookCall {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]hookCall(nil), h.calls...)
}

func (h *scriptHook) destination() *notify.Webhook {
	return notify.NewWebhook(notify.WebhookOptions{URL: "https://siem.example/in", Transport: h})
}

// A receiver says 409 to a key that it has: the message has arrived.
func TestConflictWithItselfIsSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		first := true
		hook := &scriptHook{}
		hook.judge = func(c hookCall) (int, http.Header) {
			switch {
			case first:
				first = false
				hook.taken[c.Key] = c // taken, and the answer is lost
				return http.StatusBadGateway, nil
			case c.Again:
				return http.StatusConflict, nil
			}
			return 0, nil
		}
		p.log(1)
		p.raise(0, outbox.ReasonOverdue, "siem")
		_, stop := p.run("siem", hook.destination(), notify.Options{})
		defer stop()
		time.Sleep(time.Hour)
		if n := len(hook.asked()); n != 2 {
			t.Errorf("%d requests in an hour, want two", n)
		}
		if state, _ := p.stateOf(0, outbox.ReasonOverdue, "siem"); state != outbox.DeliverySent {
			t.Errorf("the message is %s", state)
		}
	})
}

// 503 may say when to come back, in both forms of the header.
func TestRetryAfterOfAnUnavailableReceiver(t *testing.T) {
	for _, form := range []string{"seconds", "date"} {
		synctest.Test(t, func(t *testing.T) {
			p := newPipeline(t, fakeslack.Options{})
			defer p.close()
			begun := time.Now()
			hook := &scriptHook{judge: func(c hookCall) (int, http.Header) {
				if c.At.Sub(begun) > time.Second {
					return 0, nil
				}
				value := "400"
				if form == "date" {
					value = begun.Add(400 * time.Second).UTC().Format(http.TimeFormat)
				}
				return http.StatusServiceUnavailable, http.Header{"Retry-After": {value}}
			}}
			p.log(2)
			p.raise(0, outbox.ReasonOverdue, "siem")
			_, stop := p.run("siem", hook.destination(), notify.Options{})
			defer stop()
			time.Sleep(399 * time.Second)
			if n := len(hook.asked()); n != 1 {
				t.Errorf("%s: %d requests before the wait was over, want one", form, n)
			}
			time.Sleep(5 * time.Second)
			if n := len(hook.asked()); n != 3 {
				t.Errorf("%s: %d requests after it, want one more of each", form, n)
			}
		})
	}
}
