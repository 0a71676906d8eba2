package slackapp

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"kigen/cmd/kigen/internal/deadline"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
	"kigen/sla/tracker"
	"kigen/sla/when"
)

// commandChanges reports whether a command changes data without opening a form.
func commandChanges(text string) bool {
	c, wrong := parse(text)
	return wrong == nil && (c.verb == verbLog && c.title != "" || c.undoes())
}

func (a *App) command(ctx context.Context, by act, text string) answer {
	c, wrong := parse(text)
	if c.verb != verbHelp || wrong != nil {
		if refusal, refused := a.gate(ctx, by); refused {
			return refusal
		}
	}
	if wrong != nil {
		return a.mistaken(wrong)
	}
	switch c.verb {
	case verbLog:
		return a.logCommand(ctx, by, &c)
	case verbList:
		return a.list(ctx, place{Vendor: c.vendor})
	case verbShow:
		return a.show(ctx, c.id)
	case verbDeadline:
		return a.deadline(ctx, &c)
	}
	if c.undoes() {
		return a.undo(ctx, by, &c)
	}
	return plainly(a.help())
}

// help lists the commands with an example that names a configured vendor.
func (a *App) help() string {
	vendor := "sotas"
	if ids := a.Catalogue.IDs(); len(ids) > 0 {
		vendor = ids[0]
		if slices.Contains(ids, "sotas") {
			vendor = "sotas"
		}
	}
	return a.texts.say("help", blanks{"Vendor": vendor, "Zone": a.Zone.String()})
}

// mistaken explains an error in a command, followed by the help text.
func (a *App) mistaken(m *mistake) answer {
	return answer{sections: []string{a.texts.say(m.text, blanks{
		"Word": escaped(cut(m.word, longestLine)), "Known": cut(strings.Join(a.Catalogue.IDs(), ", "), longestPlain/2),
	}), a.help()}}
}

// elsewhere lists the channels from which kigen accepts commands.
func (a *App) elsewhere() answer {
	var names []string
	for _, id := range slices.Sorted(maps.Keys(a.bots)) {
		names = append(names, "<#"+id+">")
	}
	return plainly(a.texts.say("elsewhere", blanks{"Channels": strings.Join(names, " ")}))
}

// refused lists the problems of an input that did not come from a form.
func (a *App) refused(invalid tracker.Invalid) answer {
	lines := []string{a.texts.say("refused", nil)}
	for _, p := range invalid {
		field := p.Field[strings.LastIndex(p.Field, ".")+1:]
		key := "problem"
		if p.Value != "" {
			key = "problem_value"
		}
		lines = append(lines, a.texts.say(key, blanks{
			"Field": escaped(a.label(field)), "Value": escaped(cut(p.Value, longestLine)), "Message": escaped(p.In(a.Lang)),
		}))
	}
	return plainly(strings.Join(lines, "\n"))
}

// refusal lists the problems of a form that has been closed already.
func (a *App) refusal(problems map[string]string) answer {
	lines := []string{a.texts.say("refused", nil)}
	for _, field := range slices.Sorted(maps.Keys(problems)) {
		lines = append(lines, a.texts.say("problem", blanks{
			"Field": a.label(field), "Message": escaped(problems[field]),
		}))
	}
	return plainly(strings.Join(lines, "\n"))
}

// knownTrouble returns the id of the text for an error that the person can
// correct, or "".
func knownTrouble(err error) string {
	switch {
	case errors.Is(err, tracker.ErrNotFound):
		return "not_found"
	case errors.Is(err, tracker.ErrConflict):
		return "conflict"
	}
	return ""
}

func (a *App) incident(ctx context.Context, id sla.IncidentID) (inc *sla.Incident, err error) {
	err = a.Tracker.Store.View(ctx, func(r tracker.Reader) error {
		inc, err = r.Incident(ctx, id)
		return err
	})
	return inc, err
}

// deadline answers like the command kigen deadline.
func (a *App) deadline(ctx context.Context, c *command) answer {
	asker := deadline.Asker{Catalogue: a.Catalogue, Time: when.Parser{Now: a.Now(), Zone: a.Zone}.Time, Lang: a.Lang}
	answers, read, err := asker.Ask(&deadline.Question{Vendor: c.vendor, Start: c.start})
	if err != nil {
		return a.trouble(ctx, "deadline", err)
	}
	var result answer
	result = result.with(a.noteOf("start", c.start, read[0].Time))
	for i := range answers {
		result.sections = append(result.sections, a.reckoned(&answers[i]))
	}
	return result
}

// reckoned writes one deadline, followed by its explanation.
func (a *App) reckoned(d *deadline.Answer) string {
	name := d.Promise
	if d.Stage != "" {
		name += "/" + d.Stage
	}
	b := blanks{
		"Vendor": escaped(a.vendorName(d.Vendor)), "Promise": escaped(name),
		"Strength": phrase.Strength(a.Lang, string(d.Explained.Strength)), "Start": a.startOf(d),
		"Why": quoted(prose.Explanation(a.Lang, &d.Explained)),
	}
	if d.Due == nil {
		b["State"] = phrase.State(a.Lang, string(d.State))
		return a.texts.say("deadline_none", b)
	}
	b["Due"], b["Length"] = a.zonedDeadline(*d.Due), a.fromStart(d.Due.Sub(*d.Start))
	return a.texts.say("deadline", b)
}

// startOf writes the instant from which a deadline counts; a later stage has
// none until the vendor's notice.
func (a *App) startOf(d *deadline.Answer) string {
	if d.Start == nil {
		return "–"
	}
	return a.zoned(*d.Start)
}

// quoted formats lines as a Slack quotation.
func quoted(lines []string) string {
	var text strings.Builder
	for l := range strings.Lines(strings.Join(lines, "\n")) { // a clause may span several lines
		text.WriteString("> " + escaped(l))
	}
	return text.String()
}
