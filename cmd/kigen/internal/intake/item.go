// Package intake takes in what vendors send and publish: mails, feeds and signed hooks
// become items, of which a person makes a notice or an incident. An item stops a clock by
// itself only where its source may and everything about it agrees: a wrong automatic stop
// hides a breach, a wrong candidate costs a click.
//
// Its subpackages read: mail the mails, feed the status pages. They know no database and
// no clock.
package intake

import "kigen/sla/inbox"

// The nouns of an inbox, for those who read mails and pages.
type (
	// Item is one mail, or one incident of a feed, as it was read last.
	Item = inbox.Item
	// Kind is what an item is about.
	Kind = inbox.Kind
	// State is what became of an item.
	State = inbox.State
	// Times are what the text, or a field that means it, states.
	Times = inbox.Times
	// Window is planned work from a start to an end.
	Window = inbox.Window
	// Reason says in words why an item was matched, or not taken by itself.
	Reason = inbox.Reason
)

// Of mails, by the text that is new in them.
const (
	KindFirst         = inbox.KindFirst
	KindFollowup      = inbox.KindFollowup
	KindFinal         = inbox.KindFinal
	KindRecovery      = inbox.KindRecovery
	KindMaintenance   = inbox.KindMaintenance
	KindVulnerability = inbox.KindVulnerability
	KindUnrelated     = inbox.KindUnrelated
)

// Of feeds and hooks.
const (
	KindIncident = inbox.KindIncident
	KindSecurity = inbox.KindSecurity
	KindNone     = inbox.KindNone
)

// The states of an item.
const (
	Candidate   = inbox.Candidate
	Recorded    = inbox.Recorded
	Logged      = inbox.Logged
	Dismissed   = inbox.Dismissed
	Seen        = inbox.Seen
	Ignored     = inbox.Ignored
	Unconfirmed = inbox.Unconfirmed
)
