package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kigen/cmd/kigen/internal/client"
	"kigen/sla"
	"kigen/sla/phrase"
)

// printHistory lists events, oldest first.
func (s *session) printHistory(events []json.RawMessage) error {
	fmt.Fprintf(s.out, "\n%s\n", say(s.lang, "履歴", "history"))
	var t table
	for _, raw := range events {
		var e eventView
		if err := client.Decode(raw, &e); err != nil {
			return err
		}
		t.add("  "+instantText(s.lang, e.At, s.now()), e.Actor, e.Origin, eventText(s.lang, e.Kind), s.eventDetail(&e))
	}
	return t.print(s.out)
}

// eventText names an event; an unknown one, from a newer daemon, keeps its own name.
func eventText(lang string, k sla.EventKind) string {
	switch k {
	case sla.EventLogged:
		return say(lang, "登録", "logged")
	case sla.EventAmended:
		return say(lang, "訂正", "amended")
	case sla.EventDeadline:
		return say(lang, "期限", "deadline")
	case sla.EventState:
		return say(lang, "状態", "state")
	case sla.EventNotice:
		return say(lang, "通知", "notice")
	case sla.EventAcknowledged:
		return say(lang, "対応開始", "acknowledged")
	case sla.EventPremature:
		return say(lang, "誤判定の取消", "too early")
	case sla.EventOwner:
		return say(lang, "担当者", "owner")
	case sla.EventNote:
		return say(lang, "メモ", "note")
	case sla.EventChaser:
		return say(lang, "催促", "vendor asked")
	case sla.EventCancelled:
		return stateText(lang, sla.Cancelled)
	case sla.EventReopened:
		return say(lang, "取り消しを戻した", "reopened")
	case sla.EventWithdrawn:
		return say(lang, "通知の取り下げ", "notice withdrawn")
	case sla.EventWaived:
		return stateText(lang, sla.Waived)
	case sla.EventUnwaived:
		return say(lang, "免除の解除", "waiver lifted")
	case sla.EventErased:
		return say(lang, "消去", "erased")
	case sla.EventRetired:
		return say(lang, "通知取下げ", "retired")
	case sla.EventUndelivered:
		return say(lang, "不達", "not delivered")
	}
	return string(k)
}

// eventDetail describes the change of an event: old and new values.
func (s *session) eventDetail(e *eventView) string {
	switch e.Kind {
	case sla.EventDeadline:
		if old := e.Body["old_due"]; old != nil {
			return s.value(old) + " → " + s.value(e.Body["due"])
		}
		return s.value(e.Body["due"])
	case sla.EventState:
		return s.state(e.Body["was"]) + " → " + s.state(e.Body["state"])
	case sla.EventAmended:
		var changes []string
		for _, field := range slices.Sorted(maps.Keys(e.Body)) {
			if change, ok := e.Body[field].(map[string]any); ok {
				changes = append(changes, s.amended(sla.PresentName(field), change))
			}
		}
		return strings.Join(changes, ", ")
	case sla.EventNotice:
		return cmp.Or(s.channel(textOf(e.Body["channel"])), s.value(e.Body["channel"]))
	case sla.EventPremature:
		return s.state(e.Body["state"]) + " " + s.value(e.Body["due"])
	case sla.EventOwner:
		return s.value(e.Body["was"]) + " → " + s.value(e.Body["owner"])
	case sla.EventNote:
		return noteDetail(e.Body)
	case sla.EventChaser:
		return strings.TrimSpace(s.value(e.Body["sent_at"]) + " " + textOf(e.Body["to"]))
	case sla.EventWithdrawn:
		return s.value(e.Body["received_at"]) + ": " + s.value(e.Body["reason"])
	case sla.EventCancelled, sla.EventReopened, sla.EventWaived, sla.EventUnwaived:
		return s.value(e.Body["reason"])
	case sla.EventErased:
		var fields []string
		if list, ok := e.Body["fields"].([]any); ok {
			for _, field := range list {
				fields = append(fields, s.value(field))
			}
		}
		return strings.Join(fields, ", ") + ": " + s.value(e.Body["reason"])
	case sla.EventRetired:
		return s.value(e.Body["destination"])
	case sla.EventUndelivered:
		return s.value(e.Body["recipient"]) + " (" + s.value(e.Body["destination"]) + "): " + s.value(e.Body["reason"])
	}
	return ""
}

// amended describes the change of a field. The name of the field is the one of the flag
// and of the JSON.
func (s *session) amended(field string, change map[string]any) string {
	show := s.value
	for _, by := range []sla.Dimension{sla.ByImpact, sla.ByScope, sla.BySeverity} {
		if field == string(by) {
			show = func(v any) string { return cmp.Or(fact(s.lang, by, textOf(v)), s.value(v)) }
		}
	}
	return field + ": " + show(change["old"]) + " → " + show(change["new"])
}

// channel names the channel of a notice; empty: it is not stated.
func (s *session) channel(channel string) string {
	if channel == "" {
		return ""
	}
	return phrase.Channel(s.lang, channel)
}
