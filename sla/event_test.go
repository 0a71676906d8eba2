package sla_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"

	"kigen/sla"
)

func sealed(last *sla.Event) *sla.Event {
	e := &sla.Event{
		Incident: 42, At: time.Date(2026, time.May, 1, 9, 0, 0, 123_456_789, time.UTC),
		Actor: "ueda", Kind: sla.EventNotice, Body: json.RawMessage(`{"channel":"email"}`),
	}
	if last == nil {
		e.Seal(0, "")
	} else {
		e.Seal(last.Seq, last.Hash)
	}
	return e
}

func TestSealedEventIsIntact(t *testing.T) {
	first := sealed(nil)
	second := sealed(first)
	if first.Seq != 1 || first.Prev != "" || second.Seq != 2 || second.Prev != first.Hash {
		t.Errorf("chain %d %q, %d %q", first.Seq, first.Prev, second.Seq, second.Prev)
	}
	if !first.Intact() || !second.Intact() {
		t.Error("sealed events are not intact")
	}
	if first.Hash == second.Hash {
		t.Error("the same event twice has one hash")
	}
	if first.At.Nanosecond() != 123_000_000 {
		t.Errorf("sealed at %s: storage keeps milliseconds", first.At)
	}
	// Storage keeps milliseconds and UTC.
	stored := *second
	stored.At = time.UnixMilli(second.At.UnixMilli()).In(tokyo(t))
	if !stored.Intact() {
		t.Error("not intact after storage")
	}
}

// TestAnyChangeIsFound: whoever edits one field of a stored event is found
// out, unless he computes the whole chain anew.
func TestAnyChangeIsFound(t *testing.T) {
	changes := map[string]func(e *sla.Event){
		"incident":      func(e *sla.Event) { e.Incident++ },
		"seq":           func(e *sla.Event) { e.Seq++ },
		"at":            func(e *sla.Event) { e.At = e.At.Add(time.Millisecond) },
		"actor":         func(e *sla.Event) { e.Actor = "mori" },
		"kind":          func(e *sla.Event) { e.Kind = sla.EventAmended },
		"body":          func(e *sla.Event) { e.Body[0] ^= 1 },
		"body hash":     func(e *sla.Event) { e.BodyHash = e.Hash },
		"no body hash":  func(e *sla.Event) { e.BodyHash = "" },
		"prev":          func(e *sla.Event) { e.Prev = "" },
		"hash":          func(e *sla.Event) { e.Hash = e.Prev },
		"field borders": func(e *sla.Event) { e.Actor, e.Kind = e.Actor+string(e.Kind[:1]), e.Kind[1:] },
	}
	for name, change := range changes {
		e := sealed(sealed(nil))
		change(e)
		if e.Intact() {
			t.Errorf("a change of %s is not found", name)
		}
	}
}

// TestAnErasedBodyLeavesTheSeal: the chain holds without the content, and every other
// field is still checked.
func TestAnErasedBodyLeavesTheSeal(t *testing.T) {
	e := sealed(sealed(nil))
	e.Body = nil
	if !e.Intact() || !e.Erased() {
		t.Error("an event without its content is not intact")
	}
	e.Actor = "mori"
	if e.Intact() {
		t.Error("a change of an erased event is not found")
	}
}

// TestOldEventsCoverTheirBody: events of older versions have no hash of the body.
func TestOldEventsCoverTheirBody(t *testing.T) {
	e := sealed(nil)
	e.BodyHash = ""
	sum := sha256.Sum256(e.Sealed())
	e.Hash = hex.EncodeToString(sum[:])
	if !e.Intact() || e.Erased() {
		t.Error("an event of an older version is not intact")
	}
	e.Body = nil
	if e.Intact() {
		t.Error("the body of an older event can be cut without a trace")
	}
}
