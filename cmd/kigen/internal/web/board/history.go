package board

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/phrase"
	"kigen/sla/prose"
)

// eventView is one event of an incident's history as text.
type eventView struct {
	Kind    sla.EventKind
	At      string
	Exact   string // RFC 3339, for machines
	Actor   string
	Origin  string // client address or Slack channel; empty: unknown
	Text    string
	Details []string
}

// history lists the events, newest first.
func (p *reader) history(inc *sla.Incident, events []sla.Event) []eventView {
	views := make([]eventView, 0, len(events))
	for _, e := range slices.Backward(history.Shown(events)) {
		view := eventView{
			Kind: e.Kind, At: p.instant(e.At), Exact: e.At.In(p.Zone).Format(time.RFC3339), Actor: p.actor(e.Actor), Origin: e.Origin,
		}
		view.Text, view.Details = p.sentence(inc, &e)
		views = append(views, view)
	}
	return views
}

// actor translates the names of the API and the board; other names are shown
// unchanged.
func (p *reader) actor(name string) string {
	switch name {
	case web.APIActor, boardActor:
		return p.say("actor_" + name)
	}
	return name
}

// sentence describes an event. If its body cannot be decoded, the text is the
// kind of the event.
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
	case sla.EventPremature:
		text, err = p.prematureLine(inc, e.Body)
	case sla.EventOwner:
		text, err = p.ownerLine(e.Body)
	case sla.EventNote:
		text, details, err = p.noteLine(e.Body)
	case sla.EventChaser:
		text, details, err = p.chasedLine(e.Body)
	case sla.EventCancelled:
		body := struct{ Reason string }{}
		err = json.Unmarshal(e.Body, &body)
		text = p.say("event_cancelled", "State", p.stateName(sla.Cancelled), "Reason", body.Reason)
	case sla.EventReopened, sla.EventWithdrawn, sla.EventWaived, sla.EventUnwaived:
		text, err = p.undoLine(inc, e)
	case sla.EventErased:
		var body history.Erased
		err = json.Unmarshal(e.Body, &body)
		text = p.say("event_erased", "Fields", p.erasedFields(body.Fields), "Reason", body.Reason)
	case sla.EventRetired:
		var body history.Retired
		err = json.Unmarshal(e.Body, &body)
		text = p.say("event_retired", "Destination", body.Destination, "N", body.Messages)
	case sla.EventUndelivered:
		body := struct{ Destination, Recipient, Reason string }{}
		err = json.Unmarshal(e.Body, &body)
		text = p.say("event_undelivered", "Destination", body.Destination, "Recipient", body.Recipient, "Reason", body.Reason)
	}
	if err != nil || text == "" {
		return string(e.Kind), nil
	}
	return text, details
}

// erasedFields names the fields of an erasure.
func (p *reader) erasedFields(fields []string) string {
	names := make([]string, len(fields))
	for i, field := range fields {
		names[i] = field
		if slices.Contains(history.Erasable(), field) {
			names[i] = p.say("erased_" + field)
		}
	}
	return strings.Join(names, p.say("list_comma"))
}

// amendedLines lists the old and new value of each amended field.
func (p *reader) amendedLines(body []byte) ([]string, error) {
	changes := map[string]history.Changed{}
	if err := json.Unmarshal(body, &changes); err != nil {
		return nil, err
	}
	var lines []string
	for _, recorded := range slices.Sorted(maps.Keys(changes)) {
		c, field := changes[recorded], sla.PresentName(recorded)
		lines = append(lines, p.say("event_changed", "Field", p.label(field), "Old", p.fieldValue(field, c.Old), "New", p.fieldValue(field, c.New)))
	}
	return lines, nil
}

// fieldValue formats a field's value as on the rest of the page.
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
		return p.word(field, text)
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

// deadlineLine describes a deadline. A moved one also shows the old deadline,
// against which the promise was measured before.
func (p *reader) deadlineLine(inc *sla.Incident, raw []byte) (string, error) {
	var body history.Deadline
	if err := json.Unmarshal(raw, &body); err != nil {
		return "", err
	}
	stage := p.stageBefore(inc, body.Promise, body.Stage)
	switch {
	case body.Due == nil:
		return stage + p.say("event_no_deadline", "State", p.stateName(body.State)), nil
	case body.OldDue != nil && !body.OldDue.Equal(*body.Due):
		return stage + p.say("event_deadline_moved", "Old", p.deadline(*body.OldDue), "Due", p.deadline(*body.Due), "Start", p.startText(inc, &body)), nil
	default:
		return stage + p.say("event_deadline", "Due", p.deadline(*body.Due), "Start", p.startText(inc, &body)), nil
	}
}

// stageBefore is a stage's name as a prefix; empty: the promise has no stages.
func (p *reader) stageBefore(inc *sla.Incident, promise, stage string) string {
	if stage == "" {
		return ""
	}
	return p.stage(inc, promise, stage) + ": "
}

// startText describes the start of a deadline, and whether it is assumed.
func (p *reader) startText(inc *sla.Incident, body *history.Deadline) string {
	moment := prose.Moment(p.lang, body.From)
	if body.After != "" {
		moment = p.say("notice_of", "Stage", p.stage(inc, body.Promise, body.After))
	}
	text := p.instant(body.Start) + " " + moment
	switch {
	case len(body.Unknown) > 0:
		text += " · " + p.say("unknown_facts", "Facts", prose.Facts(p.lang, body.Unknown))
	case body.Basis == sla.Assumed:
		text += " · " + p.say("assumed")
	}
	return text
}

func (p *reader) stateLine(inc *sla.Incident, raw []byte) (string, error) {
	var body history.State
	if err := json.Unmarshal(raw, &body); err != nil {
		return "", err
	}
	line := p.stageBefore(inc, body.Promise, body.Stage) + p.say("event_state", "Was", p.stateName(body.Was), "State", p.stateName(body.State))
	if body.OtherChannel != "" {
		line += " · " + p.say("event_other_channel", "Channel", body.OtherChannel)
	}
	if body.ByStage != "" {
		line += " · " + p.say("event_by_stage", "Stage", p.stage(inc, body.Promise, body.ByStage))
	}
	return line, nil
}

// prematureLine describes a state that was reverted, because the system clock had
// been ahead.
func (p *reader) prematureLine(inc *sla.Incident, raw []byte) (string, error) {
	var body history.Premature
	if err := json.Unmarshal(raw, &body); err != nil || body.Due == nil {
		return "", err
	}
	return p.stageBefore(inc, body.Promise, body.Stage) +
		p.say("event_premature", "State", p.stateName(body.State), "Due", p.deadline(*body.Due)), nil
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

// channelNames lists the channels with a translated name.
var channelNames = [...]string{"email", "phone", "portal", "site", "support"}

// channel translates the name of a channel; other names are shown as entered.
func (p *reader) channel(name string) string {
	return phrase.Channel(p.lang, name)
}

// undoLine describes an event that takes something back.
func (p *reader) undoLine(inc *sla.Incident, e *sla.Event) (string, error) {
	var body struct {
		history.Waived
		Notice     int       `json:"notice"`
		ReceivedAt time.Time `json:"received_at"`
	}
	if err := json.Unmarshal(e.Body, &body); err != nil {
		return "", err
	}
	text := p.say("event_"+string(e.Kind), "N", body.Notice, "At", p.instant(body.ReceivedAt), "State", p.stateName(sla.Waived), "Reason", body.Reason)
	return p.stageBefore(inc, body.Promise, body.Stage) + text, nil
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
