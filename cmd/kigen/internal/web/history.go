package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

// eventView is one line of an incident's history as a sentence.
type eventView struct {
	Kind    sla.EventKind
	At      string
	Exact   string // RFC 3339, for machines
	Actor   string
	Origin  string // address, or place in Slack, that it came from; empty: not known
	Text    string
	Details []string
}

// history writes the newest event first.
func (p *reader) history(inc *sla.Incident, events []sla.Event) []eventView {
	views := make([]eventView, 0, len(events))
	for _, e := range slices.Backward(events) {
		view := eventView{
			Kind: e.Kind, At: p.instant(e.At), Exact: e.At.In(p.Zone).Format(time.RFC3339), Actor: p.actor(e.Actor), Origin: e.Origin,
		}
		view.Text, view.Details = p.sentence(inc, &e)
		views = append(views, view)
	}
	return views
}

// actor names who did something; a person's name stays as it is.
func (p *reader) actor(name string) string {
	switch name {
	case apiActor, boardActor:
		return p.say("actor_" + name)
	}
	return name
}

// sentence says what an event was. A body that can't be read still leaves
// the kind of event.
func (p *reader) sentence(inc *sla.Incident, e *sla.Event) (text string, details []string) {
	var err error
	switch e.Kind {
	case sla.EventLogged:
		text = p.say("event_logged")
	case sla.EventAmended:
		details, err = p.amendedLines(e.Body)
		text = p.say("event_amended")
	case sla.EventDeadline:
		text, err = p.deadlineLine(inc, e.Body)
	case sla.EventState:
		text, err = p.stateLine(inc, e.Body)
	case sla.EventNotice:
		text, details, err = p.noticeLine(e.Body)
	case sla.EventAcknowledged:
		text, err = p.acknowledgedLine(e.Body)
	case sla.EventCancelled:
		body := struct{ Reason string }{}
		err = json.Unmarshal(e.Body, &body)
		text = p.say("event_cancelled", "Reason", body.Reason)
	}
	if err != nil || text == "" {
		return string(e.Kind), nil
	}
	return text, details
}

// amendedLines says for each field what it was and what it is.
func (p *reader) amendedLines(body []byte) ([]string, error) {
	changes := map[string]tracker.Changed{}
	if err := json.Unmarshal(body, &changes); err != nil {
		return nil, err
	}
	var lines []string
	for _, field := range slices.Sorted(maps.Keys(changes)) {
		c := changes[field]
		lines = append(lines, p.say("event_changed", "Field", p.say("field_"+field), "Old", p.fieldValue(field, c.Old), "New", p.fieldValue(field, c.New)))
	}
	return lines, nil
}

// fieldValue writes a field's value as the page shows it elsewhere.
func (p *reader) fieldValue(field string, value any) string {
	text, isText := value.(string)
	switch {
	case value == nil || value == "":
		return p.say("empty")
	case isText && strings.HasSuffix(field, "_at"):
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return text
		}
		return p.instant(at)
	case isText && (field == "impact" || field == "scope" || field == "severity"):
		return p.say(field + "_" + text)
	case isText:
		return text
	}
	if list, ok := value.([]any); ok {
		words := make([]string, len(list))
		for i, v := range list {
			words[i] = fmt.Sprint(v)
		}
		return strings.Join(words, ", ")
	}
	return fmt.Sprint(value)
}

// deadlineLine names the old deadline too where it moved: that a promise was
// measured against another instant before must stay in sight.
func (p *reader) deadlineLine(inc *sla.Incident, raw []byte) (string, error) {
	var body tracker.DeadlineBody
	if err := json.Unmarshal(raw, &body); err != nil {
		return "", err
	}
	stage := p.stageBefore(inc, body.Promise, body.Stage)
	switch {
	case body.Due == nil:
		return stage + p.say("event_no_deadline", "State", p.stateName(body.State)), nil
	case body.OldDue != nil && !body.OldDue.Equal(*body.Due):
		return stage + p.say("event_deadline_moved", "Old", p.deadline(*body.OldDue), "Due", p.deadline(*body.Due), "Start", p.startText(&body)), nil
	default:
		return stage + p.say("event_deadline", "Due", p.deadline(*body.Due), "Start", p.startText(&body)), nil
	}
}

// stageBefore is a stage's name in front of what is said of it; empty: the
// promise has none.
func (p *reader) stageBefore(inc *sla.Incident, promise, stage string) string {
	if stage == "" {
		return ""
	}
	return p.stage(inc, promise, stage) + ": "
}

// startText says what the deadline counts from, and whether that is assumed.
func (p *reader) startText(body *tracker.DeadlineBody) string {
	text := p.instant(body.Start) + " " + sla.MomentText(p.lang, body.From)
	if body.Basis == sla.Assumed {
		text += " · " + p.say("assumed")
	}
	return text
}

func (p *reader) stateLine(inc *sla.Incident, raw []byte) (string, error) {
	var body tracker.StateBody
	if err := json.Unmarshal(raw, &body); err != nil {
		return "", err
	}
	return p.stageBefore(inc, body.Promise, body.Stage) + p.say("event_state", "Was", p.stateName(body.Was), "State", p.stateName(body.State)), nil
}

func (p *reader) noticeLine(raw []byte) (string, []string, error) {
	var body struct {
		ReceivedAt time.Time `json:"received_at"`
		Channel    string    `json:"channel"`
		Files      []struct {
			Name   string `json:"name"`
			SHA256 string `json:"sha256"`
		} `json:"files"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return "", nil, err
	}
	text := p.say("event_notice", "At", p.instant(body.ReceivedAt))
	if body.Channel != "" {
		text = p.say("event_notice_by", "At", p.instant(body.ReceivedAt), "Channel", p.channel(body.Channel))
	}
	var details []string
	for _, f := range body.Files {
		details = append(details, p.say("event_file", "Name", f.Name, "SHA256", f.SHA256))
	}
	return text, details, nil
}

// channelNames are the ways that have a wording of their own.
var channelNames = [...]string{"email", "phone", "portal", "site", "support"}

// channel words a way; one that we don't know stays as it was entered.
func (p *reader) channel(name string) string {
	if slices.Contains(channelNames[:], name) {
		return p.say("channel_" + name)
	}
	return name
}

func (p *reader) acknowledgedLine(raw []byte) (string, error) {
	var body struct {
		By    string    `json:"by"`
		Until time.Time `json:"until"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return "", err
	}
	if body.Until.IsZero() {
		return p.say("event_acknowledged", "By", p.actor(body.By)), nil
	}
	return p.say("event_acknowledged_until", "By", p.actor(body.By), "Until", p.instant(body.Until)), nil
}
