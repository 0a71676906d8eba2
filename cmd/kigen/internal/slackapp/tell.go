package slackapp

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
)

// zoned writes an instant with its zone: people in a channel don't know which
// zone kigen uses.
func (a *App) zoned(t time.Time) string { return phrase.Instant(a.Lang, t, a.Now()) + zoneOf(t) }

func (a *App) zonedDeadline(t time.Time) string {
	return phrase.Deadline(a.Lang, t, a.Now()) + zoneOf(t)
}

func zoneOf(t time.Time) string {
	if name := t.Location().String(); name != "" && name != "Local" {
		return " (" + name + ")"
	}
	return " (" + t.Format("-07:00") + ")"
}

func (a *App) length(d time.Duration) string { return phrase.Duration(a.Lang, d) }

func (a *App) vendorName(id string) string {
	if v, ok := a.Catalogue.Vendor(id); ok {
		return v.Name.In(a.Lang)
	}
	return id // no longer in the configuration
}

// name writes an incident's id as a link to its page, or in bold without BaseURL.
func (a *App) name(id sla.IncidentID) string {
	if a.BaseURL == "" {
		return "*" + id.String() + "*"
	}
	return "*<" + a.BaseURL + "/incidents/" + id.String() + "|" + id.String() + ">*"
}

// leading returns the clock that determines the incident's state; of several,
// the one due first. Nil if the vendor promised nothing.
func leading(inc *sla.Incident) *sla.Clock {
	if len(inc.Clocks) == 0 {
		return nil
	}
	first := slices.MinFunc(inc.Clocks, func(x, y sla.Clock) int {
		rank := func(c sla.Clock) int { return slices.Index(sla.States[:], c.State) }
		return cmp.Or(cmp.Compare(rank(x), rank(y)), x.Due.Compare(y.Due))
	})
	return &first
}

// open reports whether any clock of the incident is still open.
func open(inc *sla.Incident) bool {
	return slices.ContainsFunc(inc.Clocks, func(c sla.Clock) bool { return c.State.Open() })
}

// summary describes an incident in two lines.
func (a *App) summary(inc *sla.Incident) string {
	b := blanks{
		"ID": a.name(inc.ID), "Vendor": escaped(a.vendorName(inc.Vendor)),
		"Title": cutMarkup(escaped(inc.Title), 150), "Owner": a.owner(inc),
		"State": phrase.State(a.Lang, string(sla.NoCommitment)), "Due": phrase.State(a.Lang, string(sla.NoCommitment)),
	}
	if clock := leading(inc); clock != nil {
		b["State"], b["Due"] = prose.State(a.Lang, inc.Kind, clock), a.due(clock)
	}
	return a.texts.say("summary", b)
}

// due writes a clock's deadline and the time left.
func (a *App) due(c *sla.Clock) string {
	switch {
	case c.OutOfReach():
		return a.texts.say("due_out_of_reach", nil)
	case c.State == sla.Pending:
		return a.texts.say("due_unknown", nil)
	case c.Due.IsZero():
		return phrase.State(a.Lang, string(sla.NoCommitment))
	}
	due := a.zonedDeadline(c.Due.In(a.Zone))
	if !c.State.Open() {
		return due
	}
	left := c.Due.Sub(a.Now())
	if left < 0 {
		return a.texts.say("due_past", blanks{"Due": due, "Length": a.length(left)})
	}
	return a.texts.say("due_left", blanks{"Due": due, "Length": a.length(left)})
}

// owner writes who has an incident, and until when its repeats are suppressed.
func (a *App) owner(inc *sla.Incident) string {
	ack := inc.Acknowledged
	switch {
	case inc.Owner == "":
		return a.texts.say("owner_none", nil)
	case ack.Until.IsZero():
		return a.texts.say("owner", blanks{"By": escaped(inc.Owner)})
	default:
		return a.texts.say("owner_until", blanks{"By": escaped(inc.Owner), "Until": a.zoned(ack.Until.In(a.Zone))})
	}
}

// clock writes one clock and its explanation in short: the start, and the
// closed days not counted.
func (a *App) clock(inc *sla.Incident, c *sla.Clock) string {
	text := "*" + prose.State(a.Lang, inc.Kind, c) + "*"
	if c.Stage != "" {
		text = escaped(c.Stage) + ": " + text
	}
	if c.Due.IsZero() {
		return text
	}
	return text + " " + a.due(c) + "\n" + a.because(c)
}

func (a *App) because(c *sla.Clock) string {
	id := "counted_from"
	if c.Due.Before(c.Start.At) {
		id = "counted_before"
	}
	parts := []string{a.texts.say(id, blanks{
		"Start":  phrase.Instant(a.Lang, c.Start.At.In(a.Zone), a.Now()),
		"Moment": prose.Start(a.Lang, c),
		"Length": a.length(c.Due.Sub(c.Start.At)),
	})}
	if closed := closedDays(&c.Explanation); closed > 0 {
		parts = append(parts, a.texts.plural("closed_days", closed))
	}
	switch {
	case c.Start.Basis == sla.Assumed:
		parts = append(parts, a.texts.say("assumed", nil))
	case c.Assumed():
		parts = append(parts, a.texts.say("strictest", blanks{"Facts": prose.UnknownFacts(a.Lang, c)}))
	}
	return strings.Join(parts, a.texts.say("comma", nil))
}

// fromStart writes a deadline's distance from its start, before or after.
func (a *App) fromStart(d time.Duration) string {
	if d < 0 {
		return a.texts.say("length_before", blanks{"Length": a.length(d)})
	}
	return a.texts.say("length_after", blanks{"Length": a.length(d)})
}

// closedDays counts the dates that an explanation skips.
func closedDays(e *sla.Explanation) int {
	days := map[string]bool{}
	for _, step := range e.Steps {
		if step.Kind == sla.StepSkipped {
			days[step.Date.String()] = true
		}
	}
	return len(days)
}
