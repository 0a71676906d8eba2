package terminal

import (
	"fmt"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/deadline"
	"kigen/sla"
	"kigen/sla/prose"
)

// Answer prints one deadline and its explanation. several says that the question names
// more than one moment.
func (w *Printer) Answer(v *sla.Vendor, answer *deadline.Answer, several bool) error {
	name := answer.Promise
	if answer.Stage != "" {
		name += "/" + answer.Stage
	}
	now := w.Now // decides whether dates show their year
	var t Table
	t.Add(say(w.Lang, "vendor"), v.Name.In(w.Lang)+" ("+v.ID+")")
	t.Add(say(w.Lang, "promise"), strings.TrimSpace(name+" "+StrengthText(w.Lang, answer.Explained.Strength)))
	t.Add(say(w.Lang, "start"), startText(w.Lang, answer, several, now))
	due := DueText(w.Lang, answer.Due, now)
	switch {
	case answer.Due != nil:
		due += say(w.Lang, "in_brackets") + fromStart(w.Lang, answer.Due.Sub(*answer.Start)) + ")"
	case answer.State != sla.Running:
		due += say(w.Lang, "in_brackets") + StateText(w.Lang, answer.State) + ")"
	}
	t.Add(say(w.Lang, "due"), due)
	if err := t.Print(w.Out); err != nil {
		return err
	}
	fmt.Fprintln(w.Out)
	return PrintLines(w.Out, prose.Explanation(w.Lang, &answer.Explained))
}

// startText writes the start of an answer, and which moment it is if the
// question has several.
func startText(lang string, answer *deadline.Answer, several bool, now time.Time) string {
	if answer.Start == nil {
		return say(lang, "not_yet_known")
	}
	text := InstantText(lang, *answer.Start, now)
	if !several {
		return text
	}
	moment := prose.Moment(lang, answer.StartFrom)
	return text + momentText(lang, moment, answer.StartAssumed)
}

// momentText names the moment behind a start, and says whether it is assumed.
func momentText(lang, moment string, assumed bool) string {
	if assumed {
		return say(lang, "assumed", "Moment", moment)
	}
	return say(lang, "moment", "Moment", moment)
}
