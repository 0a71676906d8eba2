package fakechat

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"unicode/utf8"
)

// pagerLargest is how many bytes an event may have.
const pagerLargest = 512 << 10

// PagerDuty is the Events API v2 of one service.
type PagerDuty struct {
	door
	key    string
	alerts []PagerAlert
}

// PagerAlert is an alert of the service. Events with its key change it until it is resolved.
type PagerAlert struct {
	Key      string
	State    string // triggered, acknowledged or resolved
	Severity string // of the first event
	Summary  string
	Source   string
	Text     string // of custom_details, of all its events
	Links    []string
	Calls    int // how often it called a person: at its first event alone
	Events   int
}

// NewPagerDuty makes a service with an integration key.
func NewPagerDuty(routingKey string) *PagerDuty { return &PagerDuty{key: routingKey} }

// Alerts returns all alerts, also the resolved ones.
func (p *PagerDuty) Alerts() []PagerAlert {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.alerts)
}

// Acknowledge is a person who takes an alert.
func (p *PagerDuty) Acknowledge(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a := p.open(key); a != nil {
		a.State = "acknowledged"
	}
}

// open returns the alert with a key that is not resolved; nil: none.
func (p *PagerDuty) open(key string) *PagerAlert {
	for i := range p.alerts {
		if a := &p.alerts[i]; a.Key == key && a.State != "resolved" {
			return a
		}
	}
	return nil
}

type pagerEvent struct {
	RoutingKey string `json:"routing_key"`
	Action     string `json:"event_action"`
	DedupKey   string `json:"dedup_key"`
	Payload    *struct {
		Summary  string `json:"summary"`
		Source   string `json:"source"`
		Severity string `json:"severity"`
		Details  struct {
			Text string `json:"text"`
		} `json:"custom_details"`
	} `json:"payload"`
	Links []struct {
		Href string `json:"href"`
	} `json:"links"`
}

// ServeHTTP answers a POST to /v2/enqueue.
func (p *PagerDuty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.serve(w, r, func(body []byte) answer {
		if r.URL.Path != "/v2/enqueue" {
			return answer{http.StatusNotFound, map[string]string{"message": "Not Found"}}
		}
		if len(body) > pagerLargest {
			return answer{http.StatusRequestEntityTooLarge, nil}
		}
		var e pagerEvent
		if err := json.Unmarshal(body, &e); err != nil {
			return invalid("JSON is invalid")
		}
		if faults := p.check(&e); faults != nil {
			return invalid(faults...)
		}
		p.take(&e)
		return answer{http.StatusAccepted, map[string]string{"status": "success", "message": "Event processed", "dedup_key": e.DedupKey}}
	})
}

func invalid(faults ...string) answer {
	return answer{http.StatusBadRequest, map[string]any{"status": "invalid event", "message": "Event object is invalid", "errors": faults}}
}

// check returns what PagerDuty would refuse.
func (p *PagerDuty) check(e *pagerEvent) (faults []string) {
	add := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	add(len(e.RoutingKey) == 32, "Length of 'routing_key' is incorrect (should be 32 characters)")
	add(e.RoutingKey == p.key, "Invalid routing key")
	add(slices.Contains([]string{"trigger", "acknowledge", "resolve"}, e.Action), "'event_action' is invalid")
	add(utf8.RuneCountInString(e.DedupKey) <= 255, "'dedup_key' is too long")
	if e.Action != "trigger" {
		add(e.DedupKey != "", "'dedup_key' is missing or blank")
		return faults
	}
	if e.Payload == nil {
		return append(faults, "'payload' is missing")
	}
	add(e.Payload.Summary != "" && utf8.RuneCountInString(e.Payload.Summary) <= 1024, "'payload.summary' is missing or too long")
	add(e.Payload.Source != "", "'payload.source' is missing or blank")
	add(slices.Contains([]string{"critical", "error", "warning", "info"}, e.Payload.Severity), "'payload.severity' is invalid")
	return faults
}

// take applies an event. PagerDuty ignores an acknowledgement or a resolution without an
// open alert.
func (p *PagerDuty) take(e *pagerEvent) {
	a := p.open(e.DedupKey)
	switch {
	case a == nil && e.Action != "trigger":
		return
	case a == nil:
		p.alerts = append(p.alerts, PagerAlert{
			Key: e.DedupKey, State: "triggered", Severity: e.Payload.Severity, Summary: e.Payload.Summary, Source: e.Payload.Source, Text: e.Payload.Details.Text, Calls: 1,
		})
		a = &p.alerts[len(p.alerts)-1]
		for _, l := range e.Links {
			a.Links = append(a.Links, l.Href)
		}
	case e.Action == "trigger":
		a.Text += "\n" + e.Payload.Details.Text // in the log of the alert
	case e.Action == "acknowledge":
		a.State = "acknowledged"
	case e.Action == "resolve":
		a.State = "resolved"
	}
	a.Events++
}
