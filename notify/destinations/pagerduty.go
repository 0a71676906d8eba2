package destinations

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
)

// PagerDuty makes one alert of all events with one dedup_key, until it is resolved. A clock
// has two keys, one for messages before its deadline and one for those after it, because
// PagerDuty calls no person for a second event of an alert that somebody has acknowledged,
// and the passed deadline must call.
//
//	message                                    | events
//	-------------------------------------------|---------------------------------------------
//	before the deadline: logged, warning        | trigger KEY/ahead
//	passed in silence: overdue, repeat …        | trigger KEY, resolve KEY/ahead
//	the same, and a person has the incident     | trigger KEY, acknowledge KEY, resolve KEY/ahead
//	notice, cancelled, nothing awaited any more | resolve
//	a change that leaves the clock open         | trigger the same key, acknowledge it if a person has it
//	the deadline moved ahead                    | resolve KEY
//	report, test, digest and its page           | trigger the key of the alert

const (
	pagerDutyAPI = "https://events.pagerduty.com"
	enqueue      = "/v2/enqueue"

	summaryLimit = 1024 // characters that PagerDuty takes
	// detailLimit keeps an event below the 512 KB that PagerDuty takes.
	detailLimit = 200_000
	ahead       = "/ahead"
)

var pagerDutyRemedies = [...]string{routingRemedy, apiRemedy}

const (
	routingRemedy = "set the integration key (32 characters) of a service's Events API v2 integration as the destination's routing_key, and for an account in the EU https://events.eu.pagerduty.com as its api_url"
	apiRemedy     = "set the destination's api_url to https://events.pagerduty.com, or for an account in the EU to https://events.eu.pagerduty.com, and check any proxy"
)

var routingKey = regexp.MustCompile(`^[0-9A-Za-z]{32}$`)

func pagerDutySettings() []Setting {
	return []Setting{
		{Key: "routing_key", Required: true, Place: true, Check: func(value string) string {
			if !routingKey.MatchString(value) {
				return "is not an integration key: copy the 32 letters and digits of the service's Events API v2 integration in PagerDuty, not a REST API key"
			}
			return ""
		}},
		{Key: "api_url", Show: ShowNoLogin, Check: pagerDutyURL},
	}
}

func pagerDutyURL(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return "is not a URL: use https://events.eu.pagerduty.com for an account in the EU, and leave api_url out for any other"
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return "would send the routing key unencrypted: use https://"
	case u.User != nil:
		return "contains a login: remove it, because this URL is shown to people"
	case u.Hostname() == "api.pagerduty.com":
		return "is the REST API: use https://events.eu.pagerduty.com for an account in the EU, and leave api_url out for any other"
	}
	return ""
}

type pagerDuty struct {
	key   string // the routing key
	url   string
	scope string // of the dedup keys: two installations may write to one service
	base  string // of kigen's pages
}

func newPagerDuty(v Values, s Surroundings) Protocol {
	api := strings.TrimRight(v["api_url"], "/")
	if api == "" {
		api = pagerDutyAPI
	}
	if u, err := url.Parse(api); err == nil && u.Path == "" {
		api += enqueue
	}
	return &pagerDuty{key: v["routing_key"], url: api, scope: digest(s.BaseURL)[:8], base: s.BaseURL}
}

// Pace stays below the 120 events a minute that an integration takes, with up to three
// events a message.
func (p *pagerDuty) Pace() wire.Pace {
	return wire.Pace{Post: time.Second, Update: time.Second, Account: p.url + " " + p.key, Channel: p.key}
}

// Digest is one alert. Its list is one page, which is a second event of the same alert: so
// each change of a line comes as a change of the page, and the last notice resolves the
// alert.
func (*pagerDuty) Digest() outbox.DigestForm {
	return outbox.DigestForm{Above: digestAbove, Page: onePage}
}

// onePage is more lines than a digest has.
const onePage = 1_000_000

// dedup is the key of a message's alert.
func (p *pagerDuty) dedup(m *wire.Message) string {
	prefix := "kigen/" + p.scope + "/"
	switch {
	case m.Facts == nil:
		return prefix + digest(cmp.Or(m.Thread, m.Key)) // of the alert: a digest and its page have one
	case m.Clock != 0:
		prefix += "clock/" + strconv.FormatInt(int64(m.Clock), 10)
	default:
		prefix += "incident/" + m.Facts.Incident.String()
	}
	if passed(m) {
		return prefix
	}
	return prefix + ahead
}

// passed reports whether the message is about a deadline that has passed in silence.
func passed(m *wire.Message) bool {
	return m.Status == wire.StatusOverdue || m.Facts != nil && m.Facts.State == sla.Overdue
}

// closed reports whether nothing is awaited any more.
func closed(m *wire.Message) bool {
	switch m.Status {
	case wire.StatusMet, wire.StatusLate, wire.StatusCancelled:
		return true
	}
	return false
}

// Post triggers an alert. The receipt is its dedup key.
func (p *pagerDuty) Post(m *wire.Message) Exchange {
	key := p.dedup(m)
	base, isAhead := strings.CutSuffix(key, ahead)
	e := Exchange{Receipt: outbox.Receipt{TS: key}}
	if closed(m) { // the notice came while the alert waited
		e.Requests = append(e.Requests, p.act("resolve", base))
		if isAhead {
			e.Requests = append(e.Requests, p.act("resolve", key))
		}
		return e
	}
	e.Requests = append(e.Requests, p.trigger(key, m))
	if m.Status == wire.StatusAcknowledged {
		e.Requests = append(e.Requests, p.act("acknowledge", key))
	}
	if m.Facts != nil && !isAhead {
		e.Requests = append(e.Requests, p.act("resolve", base+ahead))
	}
	return e
}

// Update brings an alert in line with its clock.
func (p *pagerDuty) Update(r outbox.Receipt, m *wire.Message) Exchange {
	key := r.TS
	if key == "" { // of an alert that may have arrived, perhaps before its deadline passed
		return p.Post(m)
	}
	e := Exchange{Receipt: outbox.Receipt{TS: key}}
	replaced := strings.HasSuffix(key, ahead) == passed(m) // by the alert of the other key
	switch {
	case closed(m), m.Facts != nil && replaced:
		e.Requests = append(e.Requests, p.act("resolve", key))
	case m.Status == wire.StatusAcknowledged: // a withdrawn notice may have resolved it
		e.Requests = append(e.Requests, p.trigger(key, m), p.act("acknowledge", key))
	default:
		e.Requests = append(e.Requests, p.trigger(key, m))
	}
	return e
}

// event is a request to PagerDuty.
type event struct {
	RoutingKey string      `json:"routing_key"`
	Action     string      `json:"event_action"`
	DedupKey   string      `json:"dedup_key"`
	Client     string      `json:"client,omitempty"`
	ClientURL  string      `json:"client_url,omitempty"`
	Payload    *payload    `json:"payload,omitempty"`
	Links      []eventLink `json:"links,omitempty"`
}

type payload struct {
	Summary   string    `json:"summary"`
	Source    string    `json:"source"`
	Severity  string    `json:"severity"`
	Timestamp time.Time `json:"timestamp"`
	Component string    `json:"component,omitempty"`
	Group     string    `json:"group,omitempty"`
	Class     string    `json:"class,omitempty"`
	Details   details   `json:"custom_details"`
}

type details struct {
	Text string      `json:"text"`
	Key  string      `json:"key"` // the delivery's
	Case *wire.Facts `json:"case,omitempty"`
}

type eventLink struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

func (p *pagerDuty) act(action, key string) Request {
	return Request{URL: p.url, Body: encoded(event{RoutingKey: p.key, Action: action, DedupKey: key})}
}

func (p *pagerDuty) trigger(key string, m *wire.Message) Request {
	e := event{
		RoutingKey: p.key, Action: "trigger", DedupKey: key, Client: "kigen", Payload: &payload{
			Summary: cutRunes(defused(m.Title), summaryLimit), Source: "kigen", Severity: severity(m), Timestamp: m.At,
			Details: details{Text: cut(defused(m.Text), detailLimit), Key: m.Key},
		},
	}
	if web(p.base) {
		e.ClientURL = p.base
	}
	if f := m.Facts; f != nil && f.Vendor != "" {
		e.Payload.Source, e.Payload.Group = cutRunes(defused(f.Vendor), 255), cutRunes(defused(f.Vendor), 255)
		e.Payload.Component, e.Payload.Class = cutRunes(defused(f.Service), 255), string(f.Reason)
		if !m.Plain {
			e.Payload.Details.Case = f
		}
	}
	if !m.Plain {
		for _, l := range linksOf(m) {
			e.Links = append(e.Links, eventLink{Href: l.url, Text: l.text})
		}
	}
	return Request{URL: p.url, Body: encoded(e)}
}

// severity is how urgent PagerDuty takes an alert for.
func severity(m *wire.Message) string {
	switch {
	case strings.HasPrefix(m.Key, "audit/"): // kigen's auditor has found an alert that was not sent
		return "critical"
	case m.Status == wire.StatusReport:
		return "info"
	case m.Status == wire.StatusAcknowledged && passed(m):
		return "error"
	case passed(m):
		return "critical"
	case m.Status == wire.StatusWarning:
		return "warning"
	}
	return "info"
}

// eventAnswer is what PagerDuty says of an event.
type eventAnswer struct {
	Status  string   `json:"status"`
	Message string   `json:"message"`
	Errors  []string `json:"errors"`
}

// Judge takes an answer that does not come from PagerDuty for none.
func (*pagerDuty) Judge(a Answer) *wire.Failure {
	var said eventAnswer
	unreadable := json.Unmarshal([]byte(a.Body), &said) != nil
	switch {
	case a.Status == http.StatusAccepted && !unreadable && said.Status == "success":
		return nil
	case a.Status >= 200 && a.Status < 300:
		return &wire.Failure{Kind: wire.Unknown, Reason: "PagerDuty answered without status success"}
	}
	reasons := strings.Join(append([]string{said.Message}, said.Errors...), "; ")
	f := judged("PagerDuty", Answer{Status: a.Status, Body: strings.Trim(reasons, "; ")})
	switch {
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden, a.Status == http.StatusBadRequest && strings.Contains(reasons, "routing"):
		return broken(f, routingRemedy)
	case a.Status == http.StatusNotFound, a.Status == http.StatusMethodNotAllowed, a.Status == http.StatusGone:
		return broken(f, apiRemedy)
	}
	return f
}
