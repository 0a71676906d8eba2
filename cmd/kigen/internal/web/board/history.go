package board

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
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
			Kind: e.Kind, At: p.Instant(e.At), Exact: e.At.In(p.Zone).Format(time.RFC3339), Actor: p.actor(e.Actor), Origin: e.Origin,
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
	case web.APIActor, frame.Actor:
		return p.Say("actor_" + name)
	}
	return name
}

// sentence describes an event. If its body cannot be decoded, the text is the
// kind of the event.
func (p *reader) sentence(inc *sla.Incident, e *sla.Event) (text string, details []string) {
	var err error
	switch e.Kind {
	case sla.EventLogged:
		text = p.Say("event_logged")
	case sla.EventAmended:
		details, err = p.amendedLines(e.Body)
		text = p.Say("event_amended")
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
		text = p.Say("event_cancelled", "State", p.StateName(sla.Cancelled), "Reason", body.Reason)
	case sla.EventReopened, sla.EventWithdrawn, sla.EventWaived, sla.EventUnwaived:
		text, err = p.undoLine(inc, e)
	case sla.EventDecided, sla.EventSubmitted, sla.EventSubmissionWithdrawn:
		text, details, err = p.dutyLine(e)
	case sla.EventErased:
		var body history.Erased
		err = json.Unmarshal(e.Body, &body)
		text = p.Say("event_erased", "Fields", p.erasedFields(body.Fields), "Reason", body.Reason)
	case sla.EventRetired:
		var body history.Retired
		err = json.Unmarshal(e.Body, &body)
		text = p.Say("event_retired", "Destination", body.Destination, "N", body.Messages)
	case sla.EventUndelivered:
		body := struct{ Destination, Recipient, Reason string }{}
		err = json.Unmarshal(e.Body, &body)
		text = p.Say("event_undelivered", "Destination", body.Destination, "Recipient", body.Recipient, "Reason", body.Reason)
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
			names[i] = p.Say("erased_" + field)
		}
	}
	return strings.Join(names, p.Say("list_comma"))
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
		lines = append(lines, p.Say("event_changed", "Field", p.Label(field), "Old", p.fieldValue(field, c.Old), "New", p.fieldValue(field, c.New)))
	}
	return lines, nil
}

// fieldValue formats a field's value as on the rest of the page.
func (p *reader) fieldValue(field string, value any) string {
	text, isText := value.(string)
	switch {
	case value == nil || value == "":
		return p.Say("empty")
	case isText && strings.HasSuffix(field, "_at"):
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return text
		}
		return p.Instant(at)
	case isText && (field == "impact" || field == "scope" || field == "severity"):
		return p.Word(field, text)
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
		return stage + p.Say("event_no_deadline", "State", p.StateOf(inc.Kind, body.Promise, body.State)), nil
	case body.OldDue != nil && !body.OldDue.Equal(*body.Due):
		return stage + p.Say("event_deadline_moved", "Old", p.Deadline(*body.OldDue), "Due", p.Deadline(*body.Due), "Start", p.startText(inc, &body)), nil
	default:
		return stage + p.Say("event_deadline", "Due", p.Deadline(*body.Due), "Start", p.startText(inc, &body)), nil
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
	moment := prose.Moment(p.Lang, body.From)
	if body.After != "" {
		moment = p.Say("notice_of", "Stage", p.stage(inc, body.Promise, body.After))
	}
	text := p.Instant(body.Start) + " " + moment
	switch {
	case len(body.Unknown) > 0:
		text += " · " + p.Say("unknown_facts", "Facts", prose.Facts(p.Lang, body.Unknown))
	case body.Basis == sla.Assumed:
		text += " · " + p.Say("assumed")
	}
	return text
}

func (p *reader) stateLine(inc *sla.Incident, raw []byte) (string, error) {
	var body history.State
	if err := json.Unmarshal(raw, &body); err != nil {
		return "", err
	}
	line := p.stageBefore(inc, body.Promise, body.Stage) + p.Say("event_state", "Was", p.StateOf(inc.Kind, body.Promise, body.Was), "State", p.StateOf(inc.Kind, body.Promise, body.State))
	if body.OtherChannel != "" {
		line += " · " + p.Say("event_other_channel", "Channel", body.OtherChannel)
	}
	if body.ByStage != "" {
		line += " · " + p.Say("event_by_stage", "Stage", p.stage(inc, body.Promise, body.ByStage))
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
		p.Say("event_premature", "State", p.StateOf(inc.Kind, body.Promise, body.State), "Due", p.Deadline(*body.Due)), nil
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
	text := p.Say("event_notice", "At", p.Instant(body.ReceivedAt))
	if body.Channel != "" {
		text = p.Say("event_notice_by", "At", p.Instant(body.ReceivedAt), "Channel", p.channel(body.Channel))
	}
	var details []string
	for _, f := range body.Files {
		details = append(details, p.Say("event_file", "Name", f.Name, "SHA256", f.SHA256))
	}
	return text, details, nil
}

// channelNames lists the channels with a translated name.
var channelNames = [...]string{"email", "phone", "portal", "site", "support"}

// channel translates the name of a channel; other names are shown as entered.
func (p *reader) channel(name string) string {
	return phrase.Channel(p.Lang, name)
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
	text := p.Say("event_"+string(e.Kind), "N", body.Notice, "At", p.Instant(body.ReceivedAt), "State", p.StateName(sla.Waived), "Reason", body.Reason)
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
		return p.Say("event_acknowledged", "By", p.actor(body.By)), nil
	}
	return p.Say("event_acknowledged_until", "By", p.actor(body.By), "Until", p.Instant(body.Until)), nil
}
