package slackapp

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"kigen/sla"
	"kigen/sla/tracker"
)

// moments are those that a person may know when an incident is logged.
var moments = [...]sla.Moment{sla.Occurred, sla.Detected, sla.Confirmed, sla.Declared, sla.Noticed}

// keyPrefix tells our idempotency keys from those of the API's callers.
const keyPrefix = "slack/"

// logCommand logs at once what fits into the command, and opens the form for
// everything else.
func (a *App) logCommand(ctx context.Context, by act, c *command) answer {
	if c.title != "" {
		inc, err := a.Tracker.Log(ctx, by.actor, keyPrefix+by.key, tracker.Entry{Vendor: c.vendor, Title: c.title})
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

// openForm shows a form, and has nothing to tell then. Slack takes it for a few
// seconds after the act only.
func (a *App) openForm(ctx context.Context, by act, view slack.ModalViewRequest) answer {
	_, err := a.bots[by.channel].OpenViewContext(ctx, by.trigger, view)
	if err == nil {
		return answer{}
	}
	id := "form_trouble"
	if strings.Contains(err.Error(), "trigger") { // expired_trigger_id, exchanged_trigger_id, invalid_trigger_id
		id = "form_late"
	}
	a.Log.WarnContext(ctx, "slack app: a form could not be opened", "form", view.CallbackID, "error", a.reason(err))
	return plainly(a.words.say(id, nil))
}

// logForm asks for what an incident needs, with what is likely filled in.
func (a *App) logForm(by act, vendor string) slack.ModalViewRequest {
	vendors := make([]choice, len(a.Catalogue))
	for i, v := range a.Catalogue {
		vendors[i] = choice{v.ID, v.Name.In(a.Lang)}
	}
	when := make([]choice, len(moments))
	for i, m := range moments {
		when[i] = choice{m.String(), sla.MomentText(a.Lang, m.String())}
	}
	now := a.Now().In(a.Zone).Format("2006-01-02 15:04")
	return a.modal(formLog, origin{Channel: by.channel, Reply: by.reply}, "log_title", "log_submit",
		a.input("vendor", false, list("vendor", vendor, vendors)),
		a.input("title", false, line("title", "", longestLine)),
		hinted(a.input("when", true, line("when", now, longestLine)), a.words.say("hint_when", blanks{"Zone": a.Zone.String()})),
		hinted(a.input("moment", false, list("moment", sla.Noticed.String(), when)), a.words.say("hint_moment", nil)),
		a.input("impact", false, list("impact", string(sla.ImpactUnknown), facts(a.Lang, sla.ByImpact, sla.Impacts[:]))),
		a.input("severity", true, list("severity", "", facts(a.Lang, sla.BySeverity, sla.Severities[:]))),
		a.input("service", true, line("service", "", longestLine)),
		a.input("reference", true, line("reference", "", longestLine)),
	)
}

// facts lists the values of a fact with their wording.
func facts[T ~string](lang string, by sla.Dimension, values []T) []choice {
	choices := make([]choice, len(values))
	for i, v := range values {
		choices[i] = choice{string(v), sla.FactText(lang, by, string(v))}
	}
	return choices
}

// logged logs what the form says. The form's own id is the key: sent twice, it
// logs one incident.
func (a *App) logged(ctx context.Context, by act, f form) verdict {
	entry, moment, err := a.entry(f)
	var inc *sla.Incident
	if err == nil {
		inc, err = a.Tracker.Log(ctx, by.actor, keyPrefix+f.view.ID, entry)
	}
	if invalid, ok := tracker.AsInvalid(err); ok {
		if invalid[0].Field == "Idempotency-Key" { // logged before, and changed since: nobody here knows of keys
			return verdict{errors: map[string]string{"title": a.words.say("form_used", nil)}}
		}
		return verdict{errors: a.atFields(invalid, f.view, map[string]string{moment.String() + "_at": "when"})}
	}
	if err != nil {
		return verdict{answer: a.trouble(ctx, "log", err)}
	}
	return verdict{answer: a.loggedAnswer(inc)}
}

// entry reads the form.
func (a *App) entry(f form) (e tracker.Entry, m sla.Moment, err error) {
	e = tracker.Entry{
		Vendor: f.text("vendor"), Title: f.text("title"), Service: f.text("service"), Reference: f.text("reference"),
	}
	e.Impact, e.Severity = sla.Impact(f.text("impact")), sla.Severity(f.text("severity"))
	if err := m.UnmarshalText([]byte(f.text("moment"))); err != nil {
		return e, m, err
	}
	read := times{zone: a.Zone}
	e.Times[m].At = read.read(m.String()+"_at", f.text("when"))
	if len(read.invalid) > 0 {
		return e, m, read.invalid
	}
	return e, m, nil
}

// loggedAnswer says what was logged and by when the vendor has to speak.
func (a *App) loggedAnswer(inc *sla.Incident) answer {
	lines := []string{a.words.say("logged", blanks{
		"ID": a.name(inc.ID), "Vendor": escaped(a.vendorName(inc.Vendor)), "Title": cutMarkup(escaped(inc.Title), longestLine),
	})}
	for _, m := range moments {
		if s := inc.Times[m]; s.Known() {
			lines = append(lines, a.words.say("fact", blanks{
				"Name": a.words.say("label_"+m.String()+"_at", nil), "Value": a.zoned(s.At.In(a.Zone)),
			}))
		}
	}
	for i := range inc.Clocks {
		lines = append(lines, a.clock(&inc.Clocks[i]))
	}
	if len(inc.Clocks) == 0 {
		lines = append(lines, a.words.say("no_due", nil))
	}
	return answer{sections: []string{strings.Join(lines, "\n")}, actions: a.buttons(inc)}
}
