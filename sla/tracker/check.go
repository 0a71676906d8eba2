package tracker

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
	"kigen/sla/prose"
)

// Problem is one fault of an input.
type Problem struct {
	Field   string            // as JSON and flags name it
	Value   string            // the value as given
	Message localizer.Message // the fault and its remedy
}

// Problemf is the problem of a field, with its fault and remedy as localizer.Messagef
// writes them.
func Problemf(field string, value any, format string, args ...any) Problem {
	return Problem{Field: field, Value: fmt.Sprint(value), Message: localizer.Messagef(format, args...)}
}

// In is the fault and its remedy in "ja" or "en".
func (p Problem) In(lang string) string { return p.Message.In(lang) }

// Place is the field and its value.
func (p Problem) Place() (field, value string) { return p.Field, p.Value }

// Invalid is a refused input. Nothing of it was stored.
type Invalid []Problem

// Error lists the problems, one a line.
func (e Invalid) Error() string { return e.In(localizer.English) }

// In is Error in "ja" or "en".
func (e Invalid) In(lang string) string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = fmt.Sprintf("%s %q: %s", p.Field, p.Value, p.In(lang))
	}
	return strings.Join(lines, "\n")
}

// Invalidf refuses an input for one field.
func Invalidf(field string, value any, format string, args ...any) Invalid {
	return Invalid{Problemf(field, value, format, args...)}
}

// AsInvalid returns the problems that err carries, if it refuses an input.
func AsInvalid(err error) (Invalid, bool) {
	var invalid Invalid
	ok := errors.As(err, &invalid)
	return invalid, ok
}

// Addf appends the problem that Problemf makes.
func (e *Invalid) Addf(field string, value any, format string, args ...any) {
	*e = append(*e, Problemf(field, value, format, args...))
}

// instant writes an instant for a message: in English as the inputs of programs are
// written, in Japanese as people write it.
func instant(t time.Time) func(lang string) string {
	return func(lang string) string {
		if lang == localizer.English {
			return t.Format(time.RFC3339)
		}
		return phrase.Instant(lang, t, time.Time{})
	}
}

// Called names a vendor in a message: in English by its id, as inputs are written, in
// Japanese by its name.
func Called(v *sla.Vendor) func(lang string) string {
	return func(lang string) string {
		if lang == localizer.English {
			return v.ID
		}
		return v.Name.In(lang)
	}
}

// momentOrField names a moment in a message: in English by the field of the input.
func momentOrField(m sla.Moment) func(lang string) string {
	return func(lang string) string {
		if lang == localizer.English {
			return m.Field()
		}
		return prose.Moment(lang, m.String())
	}
}

// clockSkew is how far a vendor's clock may be ahead of ours before a time
// counts as lying in the future.
const clockSkew = 5 * time.Minute

const longestTitle = 300 // characters; the limit of a Slack header and a table cell

func (t *Tracker) checkNew(inc *sla.Incident, now time.Time) (problems Invalid) {
	vendor, known := t.Catalogue.Vendor(inc.Vendor)
	switch {
	case inc.Vendor == "":
		problems.Addf("vendor", "", "is required: one of %s", strings.Join(t.Catalogue.IDs(), ", "))
	case !known:
		problems.Addf("vendor", inc.Vendor, "%s, or add it under vendors: in the configuration", t.Catalogue.Unknown(inc.Vendor))
	default:
		problems.checkService(vendor, inc.Service)
	}
	problems.checkLines(lines(inc)...)
	problems.checkText("description", inc.Description)
	problems.checkWords(inc)
	problems.checkTimes(&inc.Times, now)
	return problems
}

func (e *Invalid) checkService(v *sla.Vendor, service string) {
	if service != "" && len(v.Services) > 0 && !slices.Contains(v.Services, service) {
		e.Addf("service", service, "is not a service of %s: use one of %s, or leave it empty", Called(v), strings.Join(v.Services, ", "))
	}
}

func (e *Invalid) checkWords(inc *sla.Incident) {
	if inc.Title == "" {
		e.Addf("title", "", "is required: describe in a few words what happened")
	}
	if len([]rune(inc.Title)) > longestTitle {
		e.Addf("title", string([]rune(inc.Title)[:40])+"…", "is longer than %d characters: put the rest into description", longestTitle)
	}
	e.checkLength("description", inc.Description)
	checkOneOf(e, "impact", inc.Impact, sla.Impacts[:])
	checkOneOf(e, "scope", inc.Scope, sla.Scopes[:])
	if inc.Severity != "" {
		checkOneOf(e, "severity", inc.Severity, sla.Severities[:])
	}
}

func checkOneOf[T ~string](e *Invalid, field string, value T, allowed []T) {
	if !slices.Contains(allowed, value) {
		names := make([]string, len(allowed))
		for i, a := range allowed {
			names[i] = string(a)
		}
		e.Addf(field, value, "is not known: use one of %s", strings.Join(names, ", "))
	}
}

// checkTimes refuses times in the future, and moments before the incident occurred.
func (e *Invalid) checkTimes(times *sla.Times, now time.Time) {
	for m, s := range times {
		if s.Known() && s.At.After(now.Add(clockSkew)) {
			e.Addf(sla.Moment(m).Field(), s.At.Format(time.RFC3339), "lies in the future: give the time at which it happened, at the latest now (%s)", instant(now.In(s.At.Location())))
		}
	}
	occurred := times[sla.Occurred]
	for _, m := range sla.EnteredMoments() {
		if s := times[m]; occurred.Known() && s.Known() && s.At.Before(occurred.At) {
			e.Addf(m.Field(), s.At.Format(time.RFC3339), "lies before occurred_at (%s): correct one of the two", instant(occurred.At))
		}
	}
}

func (c *change) checkAmended(changes map[string]history.Changed) (problems Invalid) {
	problems = c.checkStands("state")
	vendor, known := c.Catalogue.Vendor(c.inc.Vendor)
	if _, changed := changes["service"]; changed && known {
		problems.checkService(vendor, c.inc.Service)
	}
	if c.moved && !known {
		problems.Addf("vendor", c.inc.Vendor, "is no longer in the configuration, so its deadlines can't be recomputed: add it under vendors: again")
	}
	for _, f := range lines(c.inc) {
		if _, changed := changes[f.field]; changed { // an unchanged one may predate this check
			problems.checkLines(f)
		}
	}
	if _, changed := changes["description"]; changed {
		problems.checkText("description", c.inc.Description)
	}
	problems.checkWords(c.inc)
	problems.checkTimes(&c.inc.Times, c.now)
	problems.checkBeforeNotices(c.inc)
	return problems
}

// checkStands refuses to change a cancelled incident.
func (c *change) checkStands(field string) (problems Invalid) {
	if !c.inc.CancelledAt.IsZero() {
		problems.Addf(field, string(sla.Cancelled), "%s was cancelled at %s: reopen it, or log a new incident instead", c.inc.ID, c.inc.CancelledAt.UTC().Format(time.RFC3339))
	}
	return problems
}

func (c *change) checkNotice(n *sla.Notice) (problems Invalid) {
	problems = c.checkStands("state")
	problems.checkLines(line{"channel", n.Channel}, line{"stage", n.Stage}, line{"reference", n.Reference})
	if n.ReceivedAt.After(c.now.Add(clockSkew)) {
		problems.Addf("received_at", n.ReceivedAt.Format(time.RFC3339), "lies in the future: give the time at which the notice reached you")
	}
	if n.SentAt.After(n.ReceivedAt.Add(clockSkew)) {
		problems.Addf("sent_at", n.SentAt.Format(time.RFC3339), "lies after received_at (%s): correct one of the two", instant(n.ReceivedAt))
	}
	problems.checkLength("text", n.Text)
	problems.checkText("text", n.Text)
	if n.Stage != "" && !c.hasStage(n.Stage) {
		problems.addStage(n.Stage, c.stages())
	}
	problems.checkNoticeOrder(&c.inc.Times, n)
	return problems
}

// checkBeforeNotices refuses moments for which the incident began after the
// vendor's first notice.
func (e *Invalid) checkBeforeNotices(inc *sla.Incident) {
	m, began := beginning(&inc.Times)
	notices := inc.Counted()
	if len(notices) == 0 || !began.Known() {
		return
	}
	if first := notices[0].ReceivedAt; first.Before(began.At) { // sorted by ReceivedAt
		e.Addf(m.Field(), began.At.Format(time.RFC3339), "lies after the vendor's first notice (%s): correct it, or give the earlier time at which it began as occurred_at or detected_at", instant(first.In(began.At.Location())))
	}
}

// checkNoticeOrder refuses a notice received before the incident began.
func (e *Invalid) checkNoticeOrder(times *sla.Times, n *sla.Notice) {
	if m, began := beginning(times); began.Known() && n.ReceivedAt.Before(began.At) {
		e.Addf("received_at", n.ReceivedAt.Format(time.RFC3339), "lies before %s (%s): correct one of the two", momentOrField(m), instant(began.At.In(n.ReceivedAt.Location())))
	}
}

// beginning is the earliest known moment of the vendor. A later one may follow the
// first notice: vendors often notify first and confirm afterwards.
func beginning(times *sla.Times) (m sla.Moment, began sla.Stamp) {
	for _, candidate := range sla.Moments() {
		if s := times[candidate]; s.Known() && !candidate.Ours() && (!began.Known() || s.At.Before(began.At)) {
			m, began = candidate, s
		}
	}
	return m, began
}

// hasStage reports whether a clock of the incident is for the stage or, before its
// clocks start, whether a promise in force has it.
func (c *change) hasStage(stage string) bool {
	if len(c.inc.Clocks) == 0 {
		return slices.Contains(c.promisedStages(), stage)
	}
	return slices.ContainsFunc(c.inc.Clocks, func(k sla.Clock) bool { return k.Stage == stage })
}

// promisedStages lists the named stages of the promises in force for the incident.
func (c *change) promisedStages() (stages []string) {
	vendor, ok := c.Catalogue.Vendor(c.inc.Vendor)
	if !ok {
		return nil
	}
	for _, p := range vendor.Applying(c.inc.Kind, &c.inc.Times) {
		for _, s := range p.AllStages() {
			if s.ID != "" {
				stages = append(stages, s.ID)
			}
		}
	}
	return stages
}

// stages lists the stages of the incident's clocks, a cadence once.
func (c *change) stages() (stages []string) {
	if len(c.inc.Clocks) == 0 {
		return c.promisedStages()
	}
	for _, k := range c.inc.Clocks {
		if stage, round := sla.RoundOf(k.Stage); stage != "" && round == 1 {
			stages = append(stages, stage)
		}
	}
	return stages
}

// addStage refuses a stage that is not one of the known ones.
func (e *Invalid) addStage(stage string, known []string) {
	if len(known) == 0 {
		e.Addf("stage", stage, "is not a stage of this vendor's promises: leave it empty, its promises have one notice each")
		return
	}
	e.Addf("stage", stage, "is not a stage of this vendor's promises: use one of %s", strings.Join(known, ", "))
}

func (c *change) checkAcknowledgement(until time.Time) (problems Invalid) {
	problems = c.checkStands("state")
	if !until.IsZero() && !until.After(c.now) {
		problems.Addf("until", until.Format(time.RFC3339), "lies in the past: give the end of the snooze, or leave it out")
	}
	return problems
}
