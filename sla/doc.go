// Package sla decides: the instant by which a vendor promised its notice, the
// state of the clock that follows, and which alerts are due at which destinations.
//
// It is pure. The current time is an argument, nothing is logged, no file or
// network is touched; so every decision can be replayed and tested.
//
// # Words
//
// These words mean the same in code, tables, JSON and on pages:
//
//   - vendor, service: who made the promise; the product that it covers.
//   - promise: one published commitment: gate, start, due rule, channels,
//     strength and source. It has versions, identified by effective date and
//     content hash.
//   - stage: one notice out of several that a promise owes. A cadence is a stage
//     that falls due again after each notice; each time is a round.
//   - duty: one stage, or one round of a cadence, that a promise owes for one
//     incident.
//   - reading: a named choice where the published text leaves room.
//   - gate: when the promise applies at all; an unknown fact counts as applying.
//   - moment: an instant in an incident's life from which a promise can count.
//   - start: the instant that the promise counts from: the vendor's moment
//     (occurred, detected, confirmed, declared) or a fallback.
//   - basis: how well an instant is known: stated by the vendor, observed by us, or
//     assumed. A clock's basis is that of every part of the rule that decided its
//     due. A part of an earlier_of waits while its moment is unknown: it causes
//     warnings, and the known parts decide. Where a stand-in, or the strictest
//     case of an unknown fact, decided, late is not provable before the deadline
//     that holds for all values of the unknown facts (Bounds).
//   - deadline, due: the instant by which the notice is promised. A notice in
//     the deadline's very second is in time.
//   - explanation: the steps that led from start to due, with each counted and each
//     skipped day and its reason; stored with the clock.
//   - incident: what the SOC logs: vendor, service, title, facts, references.
//   - fact: an input of the rules: a moment, or the incident's service, impact, scope
//     or severity.
//   - clock: one promise (one stage of it) applied to one incident.
//   - notice: a vendor's message to us.
//   - evidence: a file that came with a notice.
//   - alert: a message to people, unique by key. A delivery is one alert at one
//     destination, with the record of its attempts.
//   - destination: a Slack channel, mail list, webhook or the console.
//   - policy: which destinations are alerted about which clocks, and when.
//   - digest: one message that combines many alerts.
//   - acknowledge: a person takes the incident; repeats stop until the snooze
//     ends, escalation does not.
//   - event: one line of an incident's append-only, hash-chained history.
//
// # States of a clock
//
// Clock.Settle sets the state. It decides from scratch each time, from the
// deadline, the notice and the present instant, so an amended fact can lead from
// any state that is not cancelled to any other.
//
//	state                     what happens                                next state
//	(new)                     the gate is shut, the promise has ended     not_applicable
//	(new)                     the promise names no time                   no_commitment
//	(new)                     the start is unknown, or the calendar       pending
//	                          does not reach the deadline
//	(new)                     the deadline is known                       running
//	pending                   the start or more of the calendar is known  running
//	running                   the first warning threshold passes          at_risk
//	running, at_risk          a notice comes by the due                   met
//	running, at_risk          the due passes                              overdue, breached
//	overdue                   a notice comes                              late
//	overdue                   a notice is recorded that came by the due   met
//	pending, running, at_risk the final notice ends the cadence           not_applicable
//	overdue                   the final notice ends the cadence           late
//	any                       the incident is cancelled                   cancelled
//	cancelled                 the incident is reopened                    decided anew
//	any of these              a notice is withdrawn                       decided anew
//	any with a deadline to    we release the vendor from the promise      waived
//	keep, met or late
//	waived                    the waiver is lifted                        decided anew
//
// Time alone can change the states pending, running, at_risk and overdue
// (State.Open). A breach, once stamped (BreachedAt), is never erased: a correction
// is a new event. A stamp that lies in the future, because the wall clock was
// ahead, was never true: it is taken back with an event, and stamped again when
// the due passes.
package sla
