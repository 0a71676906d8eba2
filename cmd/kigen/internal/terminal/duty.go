package terminal

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
	"kigen/sla/regime"
)

// Duty is one of our own duties as it applies to an incident.
type Duty struct {
	Duty     string        `json:"duty"`
	Name     calendar.Text `json:"name"`
	To       calendar.Text `json:"to"`
	Decision *struct {
		Applies bool   `json:"applies"`
		Reason  string `json:"reason"`
		By      string `json:"by"`
	} `json:"decision"`
	Clocks []Clock `json:"clocks"`
}

// Submission is a report of ours.
type Submission struct {
	N           int       `json:"n"`
	Duty        string    `json:"duty"`
	Stage       string    `json:"stage"`
	SubmittedAt time.Time `json:"submitted_at"`
	Reference   string    `json:"reference"`
	WithdrawnAt *string   `json:"withdrawn_at"`
}

// Duties is the list of reports that we owe.
type Duties struct {
	Clocks []struct {
		Incident string `json:"incident"`
		Title    string `json:"title"`
		Duty     string `json:"duty"`
		Decided  string `json:"decided"`
		Clock
	} `json:"clocks"`
}

// KnownDuty is one version of a built-in regime, and its JSON form.
type KnownDuty struct {
	ID       string        `json:"id"`
	On       bool          `json:"on"`
	Name     string        `json:"name"`
	To       string        `json:"to"`
	Reports  []KnownReport `json:"reports"`
	Label    regime.Label  `json:"label"`
	From     string        `json:"effective_from,omitempty"`
	Proposed bool          `json:"proposed"`
	Document string        `json:"document"`
	Section  string        `json:"section"`
	Note     string        `json:"note,omitempty"`
}

// KnownReport is a report of a regime, and its JSON form.
type KnownReport struct {
	Stage string `json:"stage"`
	Rule  string `json:"rule"`

	text string // name and rule in words
}

// CatalogueOf lists the regimes that a configuration switches on, then the other
// built-in ones, one entry for each version.
func CatalogueOf(c *config.Config, lang string) (list []KnownDuty) {
	all := slices.Clone(c.Duties)
	for _, r := range config.Duties() {
		if c.Duties.Regime(r.ID) == nil {
			all = append(all, r)
		}
	}
	for _, r := range all {
		for _, v := range r.Versions {
			d := KnownDuty{
				ID: r.ID, On: c.Duties.Regime(r.ID) != nil, Name: r.Name.In(lang), To: r.To.In(lang), Label: v.Label, Proposed: v.Proposed,
				Document: v.Source.Document, Section: v.Source.Section, Note: r.Note.In(lang),
			}
			if v.From != 0 {
				d.From = v.From.String()
			}
			for _, s := range v.AllStages() {
				text := cmp.Or(s.Name.In(lang), s.ID) + ": " + prose.Rule(lang, &s.Due)
				d.Reports = append(d.Reports, KnownReport{Stage: s.ID, Rule: s.Due.String(), text: text})
			}
			list = append(list, d)
		}
	}
	return list
}

// Duties prints the reports that we owe, one a line.
func (w *Printer) Duties(list *Duties) error {
	var t Table
	for i := range list.Clocks {
		c := &list.Clocks[i]
		t.Add(c.Incident, c.Duty+"/"+c.Stage, stateOf(w.Lang, "", sla.RegimePromise(c.Duty), c.State), DueText(w.Lang, c.Due, w.Now), say(w.Lang, "duty_"+c.Decided), Clean(c.Title))
	}
	if len(list.Clocks) == 0 {
		fmt.Fprintln(w.Out, say(w.Lang, "no_duties"))
	}
	if err := t.Print(w.Out); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w.Out, phrase.NotLegalAdvice(w.Lang))
	return err
}

// KnownDuties prints the catalogue of regimes.
func (w *Printer) KnownDuties(list []KnownDuty) error {
	var t Table
	for _, d := range list {
		on := say(w.Lang, "duty_off")
		switch {
		case d.On && !d.Proposed:
			on = say(w.Lang, "duty_on")
		case d.Proposed:
			on = say(w.Lang, "duty_proposed")
		}
		reports := make([]string, len(d.Reports))
		for i, r := range d.Reports {
			reports[i] = r.text
		}
		t.Add(d.ID, on, string(d.Label), d.From, d.Name, strings.Join(reports, "; "))
	}
	if err := t.Print(w.Out); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w.Out, "%s\n%s\n", say(w.Lang, "duty_labels"), phrase.NotLegalAdvice(w.Lang))
	return err
}

// duties prints our own duties of an incident, apart from the vendor's deadlines.
func (w *Printer) duties(inc *Incident) error {
	if len(inc.Duties) == 0 {
		return nil
	}
	fmt.Fprintf(w.Out, "\n%s (%s)\n", say(w.Lang, "our_duties"), phrase.NotLegalAdvice(w.Lang))
	var t Table
	for i := range inc.Duties {
		d := &inc.Duties[i]
		decided := say(w.Lang, "duty_"+regime.Undecided)
		if d.Decision != nil {
			decided = say(w.Lang, "duty_"+regime.DoesNotApply)
			if d.Decision.Applies {
				decided = say(w.Lang, "duty_"+regime.Applies)
			}
			decided += ": " + Clean(d.Decision.Reason)
		}
		for j := range d.Clocks {
			c := &d.Clocks[j]
			t.Add("  "+d.Duty+"/"+c.Stage, d.To.In(w.Lang), stateOf(w.Lang, "", sla.RegimePromise(d.Duty), c.State), DueText(w.Lang, c.Due, w.Now), decided)
		}
	}
	if err := t.Print(w.Out); err != nil {
		return err
	}
	for _, s := range inc.Submissions {
		line := fmt.Sprintf("%s %d %s/%s %s %s", say(w.Lang, "submission"), s.N, s.Duty, s.Stage, InstantText(w.Lang, s.SubmittedAt.In(w.Zone), w.Now), s.Reference)
		if s.WithdrawnAt != nil {
			line += " (" + say(w.Lang, "submission_withdrawn") + ")"
		}
		fmt.Fprintln(w.Out, Clean(strings.TrimSpace(line)))
	}
	return nil
}
