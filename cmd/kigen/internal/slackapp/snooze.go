package slackapp

import (
	"context"
	"time"

	"github.com/slack-go/slack"

	"kigen/sla"
	"kigen/sla/tracker"
)

// snoozes are the lengths to choose from.
var snoozes = [...]string{"1h", "4h"}

// snoozeForm asks how long repeats stay silent. Besides the lengths it offers
// the vendor's next opening: before that nobody there will answer a question.
func (a *App) snoozeForm(by act, inc *sla.Incident) slack.ModalViewRequest {
	var choices []choice
	for _, length := range snoozes {
		choices = append(choices, choice{length, a.words.say("snooze_"+length, nil)})
	}
	if opening := a.nextOpening(inc); !opening.IsZero() {
		choices = append(choices, choice{
			opening.UTC().Format(time.RFC3339),
			a.words.say("snooze_opening", blanks{"At": a.zoned(opening.In(a.Zone))}),
		})
	}
	return a.modal(formSnooze, a.originOf(by, inc), "snooze_title", "snooze_submit",
		slack.NewSectionBlock(markup(a.summary(inc)), nil, nil),
		slack.NewSectionBlock(markup(a.words.say("snooze_about", nil)), nil, nil),
		a.input("length", false, list("length", snoozes[0], choices)),
		hinted(a.input("until", true, line("until", "", longestLine)), a.words.say("hint_until", blanks{"Zone": a.Zone.String()})),
	)
}

// nextOpening is when the vendor's business hours begin next; zero where its
// promises name none, or it is open now.
func (a *App) nextOpening(inc *sla.Incident) time.Time {
	v, ok := a.Catalogue.Vendor(inc.Vendor)
	if !ok {
		return time.Time{}
	}
	for _, p := range v.Applying(&inc.Times) {
		if p.Calendar == nil {
			continue
		}
		if at, err := p.Calendar.NextOpening(a.Now()); err == nil && at.After(a.Now()) {
			return at
		}
	}
	return time.Time{}
}

// snoozed keeps repeats silent until the time that the form says; a time that
// was typed goes before one that was chosen.
func (a *App) snoozed(ctx context.Context, by act, from *origin, f form) verdict {
	inc, err := a.incidentOf(ctx, from.Incident)
	if err != nil {
		return verdict{answer: a.trouble(ctx, "snooze", err)}
	}
	read := times{zone: a.Zone}
	until := read.read("until", f.text("until"))
	if len(read.invalid) > 0 {
		return verdict{errors: a.atFields(read.invalid, f.view, nil)}
	}
	if until.IsZero() {
		until = a.chosenEnd(f.text("length"))
	}
	key := contentKey(f.view.ID, []string{f.text("length"), f.text("until")})
	inc, err = a.Tracker.Acknowledge(tracker.Once(ctx, key), by.actor, inc.ID, until)
	if invalid, ok := tracker.AsInvalid(err); ok {
		return verdict{errors: a.atFields(invalid, f.view, nil)}
	}
	if err != nil {
		return verdict{answer: a.trouble(ctx, "snooze", err)}
	}
	return verdict{answer: a.acknowledged(inc, until)}
}

// chosenEnd reads an entry of the list: a length, or an instant.
func (a *App) chosenEnd(choice string) time.Time {
	if length, err := time.ParseDuration(choice); err == nil {
		return a.Now().Add(length)
	}
	at, err := time.Parse(time.RFC3339, choice)
	if err != nil {
		return time.Time{} // silent for good, as the button without a form
	}
	return at
}
