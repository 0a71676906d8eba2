package history

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"kigen/sla"
	"kigen/sla/phrase/localizer"
)

// The fields that can be erased.
const (
	EraseTitle        = "title"
	ErasePublicTitle  = "public_title"
	EraseDescription  = "description"
	EraseReference    = "reference"
	EraseTags         = "tags"
	EraseCancelReason = "cancel_reason" // and the reason of a reopening
	EraseWaivers      = "waivers"       // reasons of waivers and of their lifting
	EraseNotices      = "notices"       // texts, references and reasons of withdrawal of all notices
	EraseNotes        = "notes"         // texts of all notes
	EraseChasers      = "chasers"       // addresses and message IDs of all chasers
	EraseDuties       = "duties"        // reasons of decisions about our duties, references of submissions
	EraseFileNames    = "file_names"    // of all files
	EraseFiles        = "files"         // contents of all files
)

// Erasable lists the fields that can be erased.
func Erasable() []string {
	return []string{
		EraseTitle, ErasePublicTitle, EraseDescription, EraseReference, EraseTags, EraseCancelReason, EraseWaivers,
		EraseNotices, EraseNotes, EraseChasers, EraseDuties, EraseFileNames, EraseFiles,
	}
}

const erasedPrefix = "sha256:"

// Hashed returns the hash that stands in the place of an erased text.
func Hashed(text string) string {
	if text == "" || IsHashed(text) {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return erasedPrefix + hex.EncodeToString(sum[:])
}

// IsHashed reports whether a text is the hash of an erased one.
func IsHashed(text string) bool {
	digits, ok := strings.CutPrefix(text, erasedPrefix)
	if !ok || len(digits) != hex.EncodedLen(sha256.Size) {
		return false
	}
	_, err := hex.DecodeString(digits)
	return err == nil
}

// MarkErased marks files as erased, and reports whether one was not yet.
func MarkErased(files []sla.Evidence) (changed bool) {
	for i := range files {
		changed = changed || !files[i].Erased
		files[i].Erased = true
	}
	return changed
}

// UnsealedError reports an event of an older version of kigen, whose hash covers the
// content itself.
type UnsealedError struct{ Seq int64 }

// Error says why the event can't be redacted.
func (e *UnsealedError) Error() string { return e.In(localizer.English) }

// In is Error in "ja" or "en".
func (e *UnsealedError) In(lang string) string {
	return localizer.Messagef("event %d was recorded by an older version of kigen, whose hash covers the content itself: erasing it would break the chain", e.Seq).In(lang)
}

// Redactions returns, by Seq, the bodies that take the place of those that hold an
// erased field; nil: there are none. It fails with an *UnsealedError.
func Redactions(events []sla.Event, fields []string) (map[int64]json.RawMessage, error) {
	bodies := map[int64]json.RawMessage{}
	shown := Shown(events)
	for i := range shown {
		e := &shown[i]
		if e.Kind == sla.EventErased && !events[i].Erased() && !holdsBodies(e.Body) {
			continue
		}
		body, err := redacted(e.Kind, e.Body, fields)
		switch {
		case err != nil:
			return nil, fmt.Errorf("event %d can't be read: %w", e.Seq, err)
		case e.Kind == sla.EventErased: // its Bodies are among shown
		case bytes.Equal(body, e.Body) && !events[i].Erased():
			continue
		case e.BodyHash == "":
			return nil, &UnsealedError{Seq: e.Seq}
		}
		bodies[e.Seq] = body
	}
	if !changesAny(bodies, shown) {
		return nil, nil
	}
	return bodies, nil
}

// changesAny reports whether an event's body that is still there is replaced, or a
// replaced one again.
func changesAny(bodies map[int64]json.RawMessage, shown []sla.Event) bool {
	for i := range shown {
		if body, ok := bodies[shown[i].Seq]; ok && shown[i].Kind != sla.EventErased && !bytes.Equal(body, shown[i].Body) {
			return true
		}
	}
	return false
}

func holdsBodies(body []byte) bool {
	var b Erased
	return json.Unmarshal(body, &b) == nil && len(b.Bodies) > 0
}

func withoutBodies(body []byte) (json.RawMessage, error) {
	var b Erased
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
		var b Erased
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
// none of them is returned as it is; that of an erasure, without its Bodies.
func redacted(kind sla.EventKind, body json.RawMessage, fields []string) (json.RawMessage, error) {
	if kind == sla.EventErased {
		return withoutBodies(body)
	}
	var value map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	r := redaction{fields: fields}
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
	case sla.EventDecided, sla.EventSubmissionWithdrawn:
		r.value(EraseDuties, value, "reason")
	case sla.EventSubmitted:
		r.value(EraseDuties, value, "reference")
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
	fields  []string // to be erased
	changed bool
}

// value replaces a text, or each of a list, that belongs to the field.
func (r *redaction) value(field string, in map[string]any, key string) {
	if !slices.Contains(r.fields, field) {
		return
	}
	switch v := in[key].(type) {
	case string:
		if is := Hashed(v); is != v {
			in[key], r.changed = is, true
		}
	case []any:
		for i := range v {
			if text, ok := v[i].(string); ok && Hashed(text) != text {
				v[i], r.changed = Hashed(text), true
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
