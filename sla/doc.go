// Package sla decides: by which instant a vendor promised to speak, in which
// state that leaves a clock, and what is to be told to whom and when.
//
// It is pure. The time of day is an argument, nothing is logged, no file or
// network is touched; so every decision can be replayed and tested.
//
// # Words
//
// These words mean the same in code, tables, JSON and on pages:
//
//   - vendor, service: who made the promise; the product that it covers.
//   - promise: one published commitment: gate, start, due rule, channels,
//     strength and source. It has versions, told apart by effective date and
//     content hash.
//   - reading: a named choice where the published text leaves room.
//   - gate: when the promise applies at all; what is unknown counts as applying.
//   - start: the instant that the promise counts from. It is the vendor's
//     moment (occurred, detected, confirmed, declared) or a fallback.
//   - deadline, due: the instant by which the notice is promised. A notice in
//     the deadline's very second is in time.
//   - explanation: the steps that led from start to due, each counted and each
//     skipped day with its reason; kept with the clock.
//   - incident: what the SOC logs.
//   - clock: one promise (one stage of it) applied to one incident.
//   - notice: a vendor's message to us.
//   - alert: a thing to tell people, unique by key. A delivery is one alert at
//     one destination, with the record of its attempts.
//   - acknowledge: a person has it; repeats stop until the snooze ends,
//     escalation does not.
//   - event: one line of an incident's append-only, hash-chained history.
//
// A breach, once stamped, is never erased: a correction is a new event.
package sla
