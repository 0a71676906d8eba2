package destinations

import (
	"slices"
	"strings"

	"kigen/notify/wire"
)

// table holds all kinds of destinations, one line each, in the order in which a person reads
// them. Of those without New the daemon makes the destination, from a library or from what it has
// itself.
func table() []Kind {
	return []Kind{
		{Name: "slack", Class: slackClass, Settings: slackSettings()},
		{Name: "email", Class: always(wire.Blind), Settings: emailSettings()},
		{Name: "webhook", Class: always(wire.Blind), Settings: webhookSettings()},
		{Name: "teams", Class: always(wire.Blind), Settings: teamsSettings(), New: newTeams, Remedies: teamsRemedies[:], Hint: "teams_hint"},
		{Name: "googlechat", Class: always(wire.Idempotent), Settings: googleChatSettings(), New: newGoogleChat, Remedies: googleChatRemedies[:]},
		{Name: "pagerduty", Class: always(wire.Idempotent | wire.Editable), Settings: pagerDutySettings(), New: newPagerDuty, Remedies: pagerDutyRemedies[:], Hint: "pagerduty_hint"},
		{Name: "console", Class: always(wire.Blind)},
	}
}

// Kinds returns all kinds.
func Kinds() []Kind { return table() }

// Named returns the kind with a name; false if there is none.
func Named(name string) (Kind, bool) {
	kinds := table()
	at := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == name })
	if at < 0 {
		return Kind{}, false
	}
	return kinds[at], true
}

// Names lists the names of all kinds for people.
func Names() string {
	var names []string
	for _, kind := range table() {
		names = append(names, kind.Name)
	}
	return strings.Join(names, ", ")
}
