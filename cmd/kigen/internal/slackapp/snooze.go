package slackapp

import (
	"context"
	"time"

	"github.com/slack-go/slack"

	"kigen/sla"
	"kigen/sla/tracker"
)

// snoozes are the fixed lengths offered.
var snoozes = [...]string{"1h", "4h"}

// snoozeForm asks how long to suppress repeats. Besides fixed lengths it offers
// the vendor's next opening, before which the vendor will not answer.
func (a *App) snoozeForm(by act, inc *sla.Incident) slack.ModalViewRequest {
	var choices []choice
	for _, length := range snoozes {
		choices = append(choices, choice{length, a.texts.say("snooze_"+length, nil)})
	}
	if opening := a.nextOpening(inc); !opening.IsZero() {
		choices = append(choices, choice{
			opening.UTC().Format(time.RFC3339),
			a.texts.say("snooze_opening", blanks{"At": a.zoned(opening.In(a.Zone))}),
		})
	}
	return a.modal(formSnooze, a.originOf(by, inc), "snooze_title", "snooze_submit",
		slack.NewSectionBlock(markup(a.summary(inc)), nil, nil),
		slack.NewSectionBlock(markup(a.texts.say("snooze_about", nil)), nil, nil),
		a.input("length", false, list("length", snoozes[0], choices)),
		hinted(a.input("until", true, line("until", "", longestLine)), a.texts.say("hint_until", blanks{"Zone": a.Zone.String()})),
	)
}

// nextOpening returns the next start of the vendor's business hours; zero if no
// promise has a calendar or the vendor is open now.
func (a *App) nextOpening(inc *sla.Incident) time.Time {
	v, ok := a.Catalogue.Vendor(inc.Vendor)
	if !ok {
		return time.Time{}
	}
	for _, p := range v.Applying(inc.Kind, &inc.Times) {
		if p.Calendar == nil {
			continue
		}
		if at, err := p.Calendar.NextOpening(a.Now()); err == nil && at.After(a.Now()) {
			return at
		}
	}
	return time.Time{}
}

// snoozed suppresses repeats until the time in the form; a typed time takes
// precedence over a chosen length.
func (a *App) snoozed(ctx context.Context, by act, from *origin, f form) formResult {
	inc, err := a.incidentOf(ctx, from.Incident)
	if err != nil {
		return formResult{answer: a.trouble(ctx, "snooze", err)}
	}
	read := times{app: a}
	until := read.read("until", f.value("until"))
	if len(read.invalid) > 0 {
		return formResult{errors: a.atFields(read.invalid, f.view, nil)}
	}
	if until.IsZero() {
		until = a.chosenEnd(f.value("length"))
	}
	key := contentKey(f.view.ID, []string{f.value("length"), f.value("until")})
	inc, err = a.Tracker.Acknowledge(ctx, by.request(key), inc.ID, until)
	if invalid, ok := tracker.AsInvalid(err); ok {
		return formResult{errors: a.atFields(invalid, f.view, nil)}
	}
	if err != nil {
		return formResult{answer: a.trouble(ctx, "snooze", err)}
	}
	return formResult{answer: a.acknowledged(inc).with(read.notes)}
}

// chosenEnd reads an option of the list: a length or an instant.
func (a *App) chosenEnd(choice string) time.Time {
	if length, err := time.ParseDuration(choice); err == nil {
		return a.Now().Add(length)
	}
	at, err := time.Parse(time.RFC3339, choice)
	if err != nil {
		return time.Time{} // no end, like the button without a form
	}
	return at
}
