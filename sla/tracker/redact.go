package tracker

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"kigen/sla"
)

// redact returns the bodies that take the place of those that hold an erased field.
func (c *change) redact(fields []string) (map[int64]json.RawMessage, error) {
	events, err := c.tx.Events(c.ctx, c.inc.ID)
	if err != nil {
		return nil, err
	}
	bodies := map[int64]json.RawMessage{}
	shown := Shown(events)
	for i := range shown {
		e := &shown[i]
		if e.Kind == sla.EventErased { // its Bodies are among shown
			if events[i].Erased() || holdsBodies(e.Body) {
				if bodies[e.Seq], err = withoutBodies(e.Body); err != nil {
					return nil, fmt.Errorf("event %d of %s: %w", e.Seq, c.inc.ID, err)
				}
			}
			continue
		}
		body, err := redacted(e.Kind, e.Body, fields)
		if err != nil {
			return nil, fmt.Errorf("event %d of %s can't be read: %w", e.Seq, c.inc.ID, err)
		}
		if bytes.Equal(body, e.Body) && !events[i].Erased() {
			continue
		}
		if e.BodyHash == "" {
			return nil, Invalid{{Field: "id", Value: c.inc.ID.String(), Message: fmt.Sprintf("event %d was recorded by an older version of kigen, whose hash covers the content itself: erasing it would break the chain", e.Seq),
				Ja: fmt.Sprintf("履歴 %d は古いバージョンの kigen の記録で、ハッシュが内容そのものを含みます。消去すると連鎖が切れます。", e.Seq)}}
		}
		bodies[e.Seq] = body
	}
	if !changesAny(bodies, events) {
		return nil, nil
	}
	return bodies, nil
}

// changesAny reports whether an event's body that is still there is replaced, or a
// replaced one again.
func changesAny(bodies map[int64]json.RawMessage, events []sla.Event) bool {
	shown := Shown(events)
	for i := range shown {
		if body, ok := bodies[shown[i].Seq]; ok && shown[i].Kind != sla.EventErased && !bytes.Equal(body, shown[i].Body) {
			return true
		}
	}
	return false
}

func holdsBodies(body []byte) bool {
	var b ErasedBody
	return json.Unmarshal(body, &b) == nil && len(b.Bodies) > 0
}

func withoutBodies(body []byte) (json.RawMessage, error) {
	var b ErasedBody
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, err
	}
	b.Bodies = nil
	return json.Marshal(b)
}

// Shown returns the events with the bodies that stand for those that were erased.
func Shown(events []sla.Event) []sla.Event {
	shown := slices.Clone(events)
	bodies := map[int64]json.RawMessage{}
	for i := len(shown) - 1; i >= 0; i-- {
		e := &shown[i]
		if e.Erased() {
			e.Body = bodies[e.Seq]
		}
		var b ErasedBody
		if e.Kind != sla.EventErased || json.Unmarshal(e.Body, &b) != nil {
			continue
		}
		for seq, body := range b.Bodies {
			if _, later := bodies[seq]; !later && seq < e.Seq {
				bodies[seq] = body
			}
		}
	}
	return shown
}

// redacted is a body with hashes in place of the texts of the fields. A body that has
// none of them is returned as it is.
func redacted(kind sla.EventKind, body json.RawMessage, fields []string) (json.RawMessage, error) {
	has := func(field string) bool { return slices.Contains(fields, field) }
	var value map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	r := redaction{has: has}
	switch kind {
	case sla.EventLogged:
		rest, _ := value["rest"].(map[string]any)
		for _, field := range erasableFields {
			r.value(field, value, field)
			r.value(field, rest, field)
		}
	case sla.EventAmended:
		for _, field := range erasableFields {
			changed, _ := value[field].(map[string]any)
			r.value(field, changed, "old")
			r.value(field, changed, "new")
		}
	case sla.EventCancelled, sla.EventReopened:
		r.value(EraseCancelReason, value, "reason")
	case sla.EventWaived, sla.EventUnwaived:
		r.value(EraseWaivers, value, "reason")
	case sla.EventWithdrawn:
		r.value(EraseNotices, value, "reason")
	case sla.EventNotice:
		r.value(EraseNotices, value, "text")
		r.value(EraseNotices, value, "reference")
		r.fileNames(value)
	case sla.EventNote:
		r.value(EraseNotes, value, "text")
		r.fileNames(value)
	case sla.EventChaser:
		r.value(EraseChasers, value, "to")
		r.value(EraseChasers, value, "message_id")
	}
	if !r.changed {
		return body, nil
	}
	return json.Marshal(value)
}

// erasableFields are the fields of an incident itself whose texts can be erased.
var erasableFields = []string{EraseTitle, ErasePublicTitle, EraseDescription, EraseReference, EraseTags}

// redaction replaces texts in a decoded body.
type redaction struct {
	has     func(field string) bool
	changed bool
}

// value replaces a text, or each of a list, that belongs to the field.
func (r *redaction) value(field string, in map[string]any, key string) {
	if !r.has(field) {
		return
	}
	switch v := in[key].(type) {
	case string:
		if is := erased(v); is != v {
			in[key], r.changed = is, true
		}
	case []any:
		for i := range v {
			if text, ok := v[i].(string); ok && erased(text) != text {
				v[i], r.changed = erased(text), true
			}
		}
	}
}

func (r *redaction) fileNames(in map[string]any) {
	files, _ := in["files"].([]any)
	for _, f := range files {
		if file, ok := f.(map[string]any); ok {
			r.value(EraseFileNames, file, "name")
		}
	}
}
