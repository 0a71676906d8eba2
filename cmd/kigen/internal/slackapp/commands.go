package slackapp

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"kigen/cmd/kigen/internal/deadline"
	"kigen/sla"
	"kigen/sla/tracker"
)

// commandChanges reports whether a command logs something at once.
func commandChanges(text string) bool {
	c, wrong := parse(text)
	return wrong == nil && c.verb == verbLog && c.title != ""
}

// command answers /kigen.
func (a *App) command(ctx context.Context, by act, text string) answer {
	c, wrong := parse(text)
	if a.bots[by.channel] == nil && (c.verb != verbHelp || wrong != nil) {
		return a.elsewhere()
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
	return plainly(a.help())
}

// help lists the commands with an example that works here.
func (a *App) help() string {
	vendor := "sotas"
	if ids := a.Catalogue.IDs(); len(ids) > 0 {
		vendor = ids[0]
		if slices.Contains(ids, "sotas") {
			vendor = "sotas"
		}
	}
	return a.words.say("help", blanks{"Vendor": vendor, "Zone": a.Zone.String()})
}

// mistaken names what was wrong with a command, and then what is right.
func (a *App) mistaken(m *mistake) answer {
	return answer{sections: []string{a.words.say(m.text, blanks{
		"Word": escaped(cut(m.word, longestLine)), "Known": cut(strings.Join(a.Catalogue.IDs(), ", "), longestPlain/2),
	}), a.help()}}
}

// elsewhere says where kigen may be worked with.
func (a *App) elsewhere() answer {
	var names []string
	for _, id := range slices.Sorted(maps.Keys(a.bots)) {
		names = append(names, "<#"+id+">")
	}
	return plainly(a.words.say("elsewhere", blanks{"Channels": strings.Join(names, " ")}))
}

// refused lists what is wrong with an input, for where there is no form.
func (a *App) refused(invalid tracker.Invalid) answer {
	lines := []string{a.words.say("refused", nil)}
	for _, p := range invalid {
		field := p.Field[strings.LastIndex(p.Field, ".")+1:]
		name := a.words.say("label_"+field, nil)
		if name == "label_"+field {
			name = field
		}
		lines = append(lines, a.words.say("problem", blanks{
			"Field": escaped(name), "Value": escaped(cut(p.Value, longestLine)), "Message": escaped(p.In(a.Lang)),
		}))
	}
	return plainly(strings.Join(lines, "\n"))
}

// refusal is refused for a form that is gone already.
func (a *App) refusal(problems map[string]string) answer {
	lines := []string{a.words.say("refused", nil)}
	for _, field := range slices.Sorted(maps.Keys(problems)) {
		lines = append(lines, a.words.say("problem", blanks{
			"Field": a.words.say("label_"+field, nil), "Message": escaped(problems[field]),
		}))
	}
	return plainly(strings.Join(lines, "\n"))
}

// knownTrouble is the wording for what a person can do about an error; empty:
// nothing.
func knownTrouble(err error) string {
	switch {
	case errors.Is(err, tracker.ErrNotFound):
		return "not_found"
	case errors.Is(err, tracker.ErrConflict):
		return "conflict"
	}
	return ""
}

// incident reads one incident.
func (a *App) incident(ctx context.Context, id sla.IncidentID) (inc *sla.Incident, err error) {
	err = a.Tracker.Store.View(ctx, func(r tracker.Reader) error {
		inc, err = r.Incident(ctx, id)
		return err
	})
	return inc, err
}

// deadline gives the answer of kigen deadline.
func (a *App) deadline(ctx context.Context, c *command) answer {
	asker := deadline.Asker{Catalogue: a.Catalogue, Zone: a.Zone, Lang: a.Lang}
	answers, err := asker.Ask(c.vendor, c.start)
	if err != nil {
		return a.trouble(ctx, "deadline", err)
	}
	var told answer
	for i := range answers {
		told.sections = append(told.sections, a.reckoned(&answers[i]))
	}
	return told
}

// reckoned is one deadline: the answer first, then why.
func (a *App) reckoned(d *deadline.Answer) string {
	name := d.Promise
	if d.Stage != "" {
		name += "/" + d.Stage
	}
	b := blanks{
		"Vendor": escaped(a.vendorName(d.Vendor)), "Promise": escaped(name),
		"Strength": a.words.say("strength_"+string(d.Explained.Strength), nil), "Start": a.zoned(d.Start),
		"Why": quoted(d.Explained.Lines(a.Lang)),
	}
	if d.Due == nil {
		b["State"] = a.words.say("state_"+string(d.State), nil)
		return a.words.say("deadline_none", b)
	}
	b["Due"], b["Length"] = a.zonedDeadline(*d.Due), a.length(d.Due.Sub(d.Start))
	return a.words.say("deadline", b)
}

// quoted writes lines as one of Slack's quotations.
func quoted(lines []string) string {
	var text strings.Builder
	for l := range strings.Lines(strings.Join(lines, "\n")) { // a clause may have lines of its own
		text.WriteString("> " + escaped(l))
	}
	return text.String()
}
