package slackapp

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
	"kigen/sla/tracker"
)

// keyPrefix separates the app's idempotency keys from those of API callers.
const keyPrefix = "slack/"

// logCommand logs an incident when the command has a vendor and a title, and
// opens the form otherwise.
func (a *App) logCommand(ctx context.Context, by act, c *command) answer {
	if c.title != "" {
		inc, err := a.Tracker.Log(ctx, by.request(by.key), tracker.Entry{Vendor: c.vendor, Title: c.title})
		if err != nil {
			return a.trouble(ctx, "log", err)
		}
		return a.loggedAnswer(inc)
	}
	if _, ok := a.Catalogue.Vendor(c.vendor); !ok && c.vendor != "" {
		return a.mistaken(&mistake{text: "unknown_vendor", word: c.vendor})
	}
	return a.openForm(ctx, by, a.logForm(by, c.vendor))
}

// openForm opens a form and returns an empty answer. Slack accepts the trigger
// for a few seconds only.
func (a *App) openForm(ctx context.Context, by act, view slack.ModalViewRequest) answer {
	_, err := a.bots[by.channel].OpenViewContext(ctx, by.trigger, view)
	if err == nil {
		return answer{}
	}
	id := "form_trouble"
	if strings.Contains(err.Error(), "trigger") { // expired_trigger_id, exchanged_trigger_id, invalid_trigger_id
		id = "form_late"
	}
	a.Log.WarnContext(ctx, "slack app: opening a form failed", "form", view.CallbackID, "error", a.reason(err))
	return plainly(a.texts.say(id, nil))
}

// logForm builds the form for a new incident, with likely values filled in.
func (a *App) logForm(by act, vendor string) slack.ModalViewRequest {
	vendors := make([]choice, len(a.Catalogue))
	for i, v := range a.Catalogue {
		vendors[i] = choice{v.ID, v.Name.In(a.Lang)}
	}
	var when []choice
	for _, m := range sla.EnteredMoments() {
		when = append(when, choice{m.String(), prose.Moment(a.Lang, m.String())})
	}
	kinds := make([]choice, 0, len(sla.Kinds()))
	for _, k := range sla.Kinds() {
		kinds = append(kinds, choice{string(k), phrase.Capital(phrase.Kind(a.Lang, string(k)))})
	}
	now := a.Now().In(a.Zone).Format("2006-01-02 15:04")
	return a.modal(formLog, origin{Channel: by.channel, Reply: by.reply}, "log_title", "log_submit",
		a.input("vendor", false, list("vendor", vendor, vendors)),
		a.input("kind", false, list("kind", string(sla.KindIncident), kinds)),
		a.input("title", false, line("title", "", longestLine)),
		hinted(a.input("when", true, line("when", now, longestLine)), a.texts.say("hint_when", blanks{"Zone": a.Zone.String()})),
		hinted(a.input("moment", false, list("moment", sla.Aware.String(), when)), a.texts.say("hint_moment", nil)),
		a.input("impact", false, list("impact", string(sla.ImpactUnknown), facts(a.Lang, sla.ByImpact, sla.Impacts[:]))),
		a.input("severity", true, list("severity", "", facts(a.Lang, sla.BySeverity, sla.Severities[:]))),
		a.input("service", true, line("service", "", longestLine)),
		a.input("reference", true, line("reference", "", longestLine)),
	)
}

// facts lists the values of a dimension with their names.
func facts[T ~string](lang string, by sla.Dimension, values []T) []choice {
	choices := make([]choice, len(values))
	for i, v := range values {
		choices[i] = choice{string(v), prose.Fact(lang, by, string(v))}
	}
	return choices
}

// logged logs the incident of a submitted form. The form's id is the
// idempotency key, so a resubmitted form logs one incident.
func (a *App) logged(ctx context.Context, by act, f form) formResult {
	read := times{app: a}
	entry, moment, err := a.entry(f, &read)
	var inc *sla.Incident
	if err == nil {
		inc, err = a.Tracker.Log(ctx, by.request(f.view.ID), entry)
	}
	if invalid, ok := tracker.AsInvalid(err); ok {
		if invalid[0].Field == "Idempotency-Key" { // logged before and changed since: people in Slack do not know the keys
			return formResult{errors: map[string]string{"title": a.texts.say("form_used", nil)}}
		}
		return formResult{errors: a.atFields(invalid, f.view, map[string]string{moment.Field(): "when"})}
	}
	if err != nil {
		return formResult{answer: a.trouble(ctx, "log", err)}
	}
	return formResult{answer: a.loggedAnswer(inc).with(read.notes)}
}

func (a *App) entry(f form, read *times) (e tracker.Entry, m sla.Moment, err error) {
	e = tracker.Entry{
		Kind: sla.IncidentKind(f.value("kind")), Vendor: f.value("vendor"), Title: f.value("title"), Reference: f.value("reference"),
	}
	e.Service, e.Impact, e.Severity = f.value("service"), sla.Impact(f.value("impact")), sla.Severity(f.value("severity"))
	if err := m.UnmarshalText([]byte(f.value("moment"))); err != nil {
		return e, m, err
	}
	e.Times[m].At = read.read(m.Field(), f.value("when"))
	if len(read.invalid) > 0 {
		return e, m, read.invalid
	}
	return e, m, nil
}

// loggedAnswer describes the logged incident and the vendor's deadlines.
func (a *App) loggedAnswer(inc *sla.Incident) answer {
	lines := []string{a.texts.say("logged", blanks{
		"ID": a.name(inc.ID), "Vendor": escaped(a.vendorName(inc.Vendor)), "Title": cutMarkup(escaped(inc.Title), longestLine),
	})}
	for _, m := range sla.EnteredMoments() {
		if s := inc.Times[m]; s.Known() {
			lines = append(lines, a.texts.say("fact", blanks{
				"Name": prose.MomentHeading(a.Lang, m), "Value": a.zoned(s.At.In(a.Zone)),
			}))
		}
	}
	for i := range inc.Clocks {
		lines = append(lines, a.clock(&inc.Clocks[i]))
	}
	if len(inc.Clocks) == 0 {
		lines = append(lines, phrase.State(a.Lang, string(sla.NoCommitment)))
	}
	return answer{sections: []string{strings.Join(lines, "\n")}, actions: a.buttons(inc)}
}
