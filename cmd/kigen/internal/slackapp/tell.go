package slackapp

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/phrase"
)

// zoned writes an instant with the zone that it is meant in: in a channel
// nobody sees which one kigen is set to.
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
	return id // it left the configuration
}

// name is an incident's id, leading to its page where there is one.
func (a *App) name(id sla.IncidentID) string {
	if a.BaseURL == "" {
		return "*" + id.String() + "*"
	}
	return "*<" + a.BaseURL + "/incidents/" + id.String() + "|" + id.String() + ">*"
}

// leading is the clock that gives the incident its state; of several, the
// one that is due first. Nil: the vendor promised nothing.
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

// open reports whether the vendor still owes something.
func open(inc *sla.Incident) bool {
	return slices.ContainsFunc(inc.Clocks, func(c sla.Clock) bool { return c.State.Open() })
}

// summary is an incident in two lines.
func (a *App) summary(inc *sla.Incident) string {
	b := blanks{
		"ID": a.name(inc.ID), "Vendor": escaped(a.vendorName(inc.Vendor)),
		"Title": cutMarkup(escaped(inc.Title), 150), "Owner": a.owner(inc),
		"State": a.words.say("state_"+string(sla.NoCommitment), nil), "Due": a.words.say("no_due", nil),
	}
	if clock := leading(inc); clock != nil {
		b["State"], b["Due"] = a.words.say("state_"+string(clock.State), nil), a.due(clock)
	}
	return a.words.say("summary", b)
}

// due is a clock's deadline and how far off it is.
func (a *App) due(c *sla.Clock) string {
	switch {
	case c.State == sla.Pending:
		return a.words.say("due_unknown", nil)
	case c.Due.IsZero():
		return a.words.say("no_due", nil)
	}
	due := a.zonedDeadline(c.Due.In(a.Zone))
	if !c.State.Open() {
		return due
	}
	left := c.Due.Sub(a.Now())
	if left < 0 {
		return a.words.say("due_past", blanks{"Due": due, "Length": a.length(left)})
	}
	return a.words.say("due_left", blanks{"Due": due, "Length": a.length(left)})
}

// owner says who has an incident.
func (a *App) owner(inc *sla.Incident) string {
	ack := inc.Acknowledged
	switch {
	case ack.At.IsZero():
		return a.words.say("owner_none", nil)
	case ack.Until.IsZero():
		return a.words.say("owner", blanks{"By": escaped(ack.By)})
	default:
		return a.words.say("owner_until", blanks{"By": escaped(ack.By), "Until": a.zoned(ack.Until.In(a.Zone))})
	}
}

// clock is one clock with its reason in a line: what was counted from, and how
// much was not counted.
func (a *App) clock(c *sla.Clock) string {
	text := "*" + a.words.say("state_"+string(c.State), nil) + "*"
	if c.Stage != "" {
		text = escaped(c.Stage) + ": " + text
	}
	if c.Due.IsZero() {
		return text
	}
	return text + " " + a.due(c) + "\n" + a.because(c)
}

func (a *App) because(c *sla.Clock) string {
	parts := []string{a.words.say("counted_from", blanks{
		"Start":  phrase.Instant(a.Lang, c.Start.At.In(a.Zone), a.Now()),
		"Moment": sla.MomentText(a.Lang, c.Start.From.String()),
		"Length": a.length(c.Due.Sub(c.Start.At)),
	})}
	if closed := closedDays(&c.Explanation); closed > 0 {
		parts = append(parts, a.words.plural("closed_days", closed))
	}
	if c.Start.Basis == sla.Assumed {
		parts = append(parts, a.words.say("assumed", nil))
	}
	return strings.Join(parts, a.words.say("comma", nil))
}

// closedDays counts the dates that a deadline steps over.
func closedDays(e *sla.Explanation) int {
	days := map[string]bool{}
	for _, step := range e.Steps {
		if step.Kind == sla.StepSkipped {
			days[step.Date.String()] = true
		}
	}
	return len(days)
}
