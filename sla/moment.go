package sla

import (
	"fmt"
	"time"
)

// A Moment names an instant in an incident's life from which a promise can
// count. Occurred to Declared are the vendor's, Noticed and Logged are ours.
type Moment uint8

// The moments, in the order in which they usually come.
const (
	Occurred  Moment = iota // it happened at the vendor
	Detected                // the vendor's monitoring saw it
	Confirmed               // the vendor established that it is an incident
	Declared                // the vendor formally declared or classified it
	Noticed                 // the SOC first saw it
	Logged                  // it was entered in kigen
	moments
)

var momentNames = [moments]string{"occurred", "detected", "confirmed", "declared", "noticed", "logged"}

// String returns the moment's name as configuration and JSON write it.
func (m Moment) String() string {
	if m < moments {
		return momentNames[m]
	}
	return fmt.Sprintf("Moment(%d)", uint8(m))
}

// MarshalText writes the moment's name.
func (m Moment) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads a moment's name.
func (m *Moment) UnmarshalText(b []byte) error {
	for i, name := range momentNames {
		if name == string(b) {
			*m = Moment(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no moment: use occurred, detected, confirmed, declared, noticed or logged", b)
}

// Basis says how well an instant is known.
type Basis string

// The bases, from firm to weak.
const (
	Stated   Basis = "stated"   // the vendor said so
	Observed Basis = "observed" // we saw it ourselves
	Assumed  Basis = "assumed"  // a fallback stands in for what only the vendor knows
)

// Stamp is one instant of an incident. A zero At means that it is unknown.
type Stamp struct {
	At    time.Time // any zone; storage keeps UTC milliseconds and the entered offset
	Basis Basis
}

// Known reports whether the instant is known.
func (s Stamp) Known() bool { return !s.At.IsZero() }

// Times holds an incident's moments, indexed by Moment.
type Times [moments]Stamp

// fallbacks gives for each moment the ones that stand in for it, best first.
// What a vendor detects or confirms is often unknown until it speaks; a clock
// on a stand-in start is marked as assumed.
var fallbacks = [moments][]Moment{
	Occurred:  {Noticed, Logged},
	Detected:  {Confirmed, Noticed, Logged},
	Confirmed: {Detected, Noticed, Logged},
	Declared:  {Confirmed, Noticed, Logged},
	Noticed:   {Logged},
	Logged:    {},
}

// A Start is the instant that a clock counts from, and how it was found.
type Start struct {
	At    time.Time
	From  Moment // the moment that was used, the promise's own or a stand-in
	Basis Basis  // Assumed when From is a stand-in
}

// Start finds the instant that stands for moment m, falling back as the
// package fallbacks say. It reports false when none is known.
func (t *Times) Start(m Moment) (Start, bool) {
	var start Start
	known := t.find(m, &start)
	return start, known
}

// find is Start into a place of the caller's, so that the hot path copies what
// it finds once.
func (t *Times) find(m Moment, start *Start) bool {
	if own := &t[m]; own.Known() {
		start.At, start.From, start.Basis = own.At, m, own.Basis
		return true
	}
	for _, from := range fallbacks[m] {
		if s := &t[from]; s.Known() {
			*start = Start{At: s.At, From: from, Basis: Assumed}
			return true
		}
	}
	return false
}
