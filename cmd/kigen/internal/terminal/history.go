package terminal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/client"
	"kigen/sla"
	"kigen/sla/phrase"
)

// Event is a line of an incident's history.
type Event struct {
	At     time.Time      `json:"at"`
	Actor  string         `json:"actor"`
	Origin string         `json:"origin"`
	Kind   sla.EventKind  `json:"kind"`
	Body   map[string]any `json:"body"`
}

// history lists events, oldest first.
func (w *Printer) history(kind string, events []json.RawMessage) error {
	fmt.Fprintf(w.Out, "\n%s\n", say(w.Lang, "history"))
	list := make([]Event, len(events))
	clocks := map[string]bool{}
	for i, raw := range events {
		if err := client.Decode(raw, &list[i]); err != nil {
			return err
		}
		if name := list[i].clock(); name != "" {
			clocks[name] = true
		}
	}
	var t Table
	for i := range list {
		e := &list[i]
		detail := w.eventDetail(kind, e)
		if name := e.clock(); name != "" && len(clocks) > 1 {
			detail = name + ": " + detail
		}
		t.Add("  "+InstantText(w.Lang, e.At, w.Now), e.Actor, e.Origin, eventText(w.Lang, e.Kind), detail)
	}
	return t.Print(w.Out)
}

// clock names the clock that the event is about, as the lists do; empty: it is about none.
func (e *Event) clock() string {
	promise, stage := textOf(e.Body["promise"]), textOf(e.Body["stage"])
	if promise == "" || e.Kind != sla.EventDeadline && e.Kind != sla.EventState {
		return ""
	}
	name := strings.TrimPrefix(promise, sla.Us+"/")
	if stage != "" {
		name += "/" + stage
	}
	return name
}

// eventText names an event; an unknown one, from a newer daemon, keeps its own name.
func eventText(lang string, k sla.EventKind) string {
	switch k {
	case sla.EventCancelled:
		return StateText(lang, sla.Cancelled)
	case sla.EventWaived:
		return StateText(lang, sla.Waived)
	}
	if key := "event_" + string(k); texts.In(lang).Has(key) {
		return say(lang, key)
	}
	return string(k)
}

// eventDetail describes the change of an event: old and new values.
func (w *Printer) eventDetail(kind string, e *Event) string {
	switch e.Kind {
	case sla.EventDeadline:
		if old := e.Body["old_due"]; old != nil {
			return w.value(old) + " → " + w.value(e.Body["due"])
		}
		return w.value(e.Body["due"])
	case sla.EventState:
		return w.state(kind, e, "was") + " → " + w.state(kind, e, "state")
	case sla.EventAmended:
		var changes []string
		for _, field := range slices.Sorted(maps.Keys(e.Body)) {
			if change, ok := e.Body[field].(map[string]any); ok {
				changes = append(changes, w.amended(sla.PresentName(field), change))
			}
		}
		return strings.Join(changes, ", ")
	case sla.EventNotice:
		return cmp.Or(w.channel(textOf(e.Body["channel"])), w.value(e.Body["channel"]))
	case sla.EventPremature:
		return w.state(kind, e, "state") + " " + w.value(e.Body["due"])
	case sla.EventOwner:
		return w.value(e.Body["was"]) + " → " + w.value(e.Body["owner"])
	case sla.EventNote:
		return noteDetail(e.Body)
	case sla.EventChaser:
		return strings.TrimSpace(w.value(e.Body["sent_at"]) + " " + textOf(e.Body["to"]))
	case sla.EventWithdrawn:
		return w.value(e.Body["received_at"]) + ": " + w.value(e.Body["reason"])
	case sla.EventCancelled, sla.EventReopened, sla.EventWaived, sla.EventUnwaived:
		return w.value(e.Body["reason"])
	case sla.EventDecided:
		return w.value(e.Body["duty"]) + ": " + w.value(e.Body["reason"])
	case sla.EventSubmitted, sla.EventSubmissionWithdrawn:
		return w.value(e.Body["duty"]) + "/" + w.value(e.Body["stage"]) + " " + w.value(e.Body["submitted_at"])
	case sla.EventErased:
		var fields []string
		if list, ok := e.Body["fields"].([]any); ok {
			for _, field := range list {
				fields = append(fields, w.value(field))
			}
		}
		return strings.Join(fields, ", ") + ": " + w.value(e.Body["reason"])
	case sla.EventRetired:
		return w.value(e.Body["destination"])
	case sla.EventUndelivered:
		return w.value(e.Body["recipient"]) + " (" + w.value(e.Body["destination"]) + "): " + w.value(e.Body["reason"])
	}
	return ""
}

// amended describes the change of a field. The name of the field is the one of the flag
// and of the JSON.
func (w *Printer) amended(field string, change map[string]any) string {
	show := w.value
	for _, by := range []sla.Dimension{sla.ByImpact, sla.ByScope, sla.BySeverity} {
		if field == string(by) {
			show = func(v any) string { return cmp.Or(fact(w.Lang, by, textOf(v)), w.value(v)) }
		}
	}
	return field + ": " + show(change["old"]) + " → " + show(change["new"])
}

// channel names the channel of a notice; empty: it is not stated.
func (w *Printer) channel(channel string) string {
	if channel == "" {
		return ""
	}
	return phrase.Channel(w.Lang, channel)
}

// state names a state in the body of an event of an incident of the kind.
func (w *Printer) state(kind string, e *Event, field string) string {
	return stateOf(w.Lang, kind, textOf(e.Body["promise"]), sla.State(textOf(e.Body[field])))
}

// value writes a value of an event body; instants, stored in UTC, in kigen's zone.
func (w *Printer) value(v any) string {
	text, isText := v.(string)
	switch at, err := time.Parse(time.RFC3339, text); {
	case v == nil || isText && text == "":
		return say(w.Lang, "none")
	case isText && err == nil:
		at = at.In(w.Zone)
		return DueText(w.Lang, &at, w.Now)
	case isText:
		return text
	}
	return fmt.Sprint(v)
}

// noteDetail is the first line of a note, or the names of its files.
func noteDetail(body map[string]any) string {
	text := textOf(body["text"])
	if line, _, more := strings.Cut(text, "\n"); more {
		return line + " …"
	}
	if text != "" {
		return text
	}
	files, _ := body["files"].([]any)
	names := make([]string, 0, len(files))
	for _, f := range files {
		file, _ := f.(map[string]any)
		names = append(names, textOf(file["name"]))
	}
	return strings.Join(names, ", ")
}

// textOf is a text of an event's body; empty: there is none.
func textOf(v any) string {
	text, _ := v.(string)
	return text
}
