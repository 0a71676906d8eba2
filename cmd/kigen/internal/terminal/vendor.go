package terminal

import (
	"fmt"
	"slices"
	"strings"

	"kigen/config/calendars"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
)

// Vendors prints a row for each promise.
func (w *Printer) Vendors(vendors sla.Catalogue) error {
	var t Table
	t.Add("ID", say(w.Lang, "heading_counts_from"), say(w.Lang, "heading_strength"), say(w.Lang, "heading_kind"), say(w.Lang, "heading_name"), say(w.Lang, "heading_rule"))
	for _, v := range vendors {
		for _, p := range v.Promises {
			start := "–"
			if p.Commits() {
				start = prose.PromiseStart(w.Lang, p)
			}
			t.Add(v.ID, start, StrengthText(w.Lang, p.Strength), phrase.Kind(w.Lang, string(p.KindOf())), v.Name.In(w.Lang), rulesText(w.Lang, p))
		}
	}
	return t.Print(w.Out)
}

// rulesText writes the promise's rule, or one per stage.
func rulesText(lang string, p *sla.Promise) string {
	if p.Periodic() {
		return prose.Rule(lang, &p.Due)
	}
	var rules []string
	for _, stage := range p.AllStages() {
		rule := prose.Rule(lang, &stage.Due)
		if stage.After != "" {
			rule = fmt.Sprintf(say(lang, "from_the_notice"), stage.After, rule)
		}
		if stage.Every {
			rule = fmt.Sprintf(say(lang, "every"), rule)
		}
		if stage.ID != "" {
			rule = stage.ID + ": " + rule
		}
		rules = append(rules, rule)
	}
	return strings.Join(rules, "; ")
}

// Vendor prints a vendor with its promises, and the days on which iCalendar files close
// its calendars.
func (w *Printer) Vendor(v *sla.Vendor, imported map[string][]calendars.Import) error {
	var t Table
	t.Add(say(w.Lang, "vendor"), v.Name.In(w.Lang)+" ("+v.ID+")")
	t.Add(say(w.Lang, "services"), strings.Join(v.Services, say(w.Lang, "comma")))
	if v.Contact != "" {
		t.Add(say(w.Lang, "contact"), v.Contact)
	}
	if err := t.Print(w.Out); err != nil {
		return err
	}
	for _, p := range v.Promises {
		fmt.Fprintln(w.Out)
		if err := promiseTable(w.Lang, p).Print(w.Out); err != nil {
			return err
		}
	}
	for i := range v.States {
		s := &v.States[i]
		fmt.Fprintln(w.Out)
		var t Table
		t.Add(say(w.Lang, "states"), s.Says.In(w.Lang))
		t.Add(say(w.Lang, "clause"), prose.Citation(w.Lang, &s.Source))
		if err := t.Print(w.Out); err != nil {
			return err
		}
	}
	return w.vendorImports(imported, v)
}

// vendorImports lists this year's and next year's days on which iCalendar
// files close the vendor's calendars.
func (w *Printer) vendorImports(imported map[string][]calendars.Import, v *sla.Vendor) error {
	year := w.Now.In(w.Zone).Year()
	var shown []string
	for _, p := range v.Promises {
		id := p.Calendar.ID()
		if slices.Contains(shown, id) || len(imported[id]) == 0 {
			continue
		}
		shown = append(shown, id)
		soon := slices.DeleteFunc(slices.Clone(imported[id]), func(i calendars.Import) bool { return i.To.Year() < year || i.From.Year() > year+1 })
		fmt.Fprintln(w.Out)
		if err := w.Imported(id, soon); err != nil {
			return err
		}
	}
	return nil
}

func promiseTable(lang string, p *sla.Promise) *Table {
	t := &Table{}
	name := p.ID
	if text := p.Name.In(lang); text != "" {
		name += " " + text
	}
	t.Add(say(lang, "promise"), name)
	if p.KindOf() != sla.KindIncident {
		t.Add(say(lang, "kind"), phrase.Kind(lang, string(p.About)))
	}
	t.Add(say(lang, "clause"), prose.Citation(lang, &p.Source))
	if p.From != 0 || p.To != 0 {
		t.Add(say(lang, "in_force"), dateOrOpen(p.From.String(), p.From == 0)+" – "+dateOrOpen(p.To.String(), p.To == 0))
	}
	t.Add(say(lang, "strength"), StrengthText(lang, p.Strength))
	if p.Commits() {
		t.Add(say(lang, "counts_from"), prose.PromiseStart(lang, p))
	}
	if gate := gateText(lang, &p.Gate); gate != "" {
		t.Add(say(lang, "applies_to"), gate)
	}
	t.Add(say(lang, "rule"), rulesText(lang, p))
	if len(p.Channels.Any)+len(p.Channels.All) > 0 {
		t.Add(say(lang, "channels"), channelsText(lang, &p.Channels))
	}
	for _, scope := range sla.Scopes {
		if by, ok := p.Channels.ByScope[scope]; ok {
			t.Add(say(lang, "channels"), fact(lang, sla.ByScope, string(scope))+": "+channelsText(lang, &by))
		}
	}
	for _, r := range p.Readings {
		label := say(lang, "other_reading")
		if r.ID == p.Reading {
			label = say(lang, "reading_used")
		}
		t.Add(label, r.ID+": "+r.Says.In(lang))
	}
	if closures := p.Calendar.Unpublished().In(lang); closures != "" {
		t.Add(say(lang, "unpublished"), closures)
	}
	return t
}

// gateText lists the facts for which a promise applies; empty: all.
func gateText(lang string, g *sla.Gate) string {
	parts := nonEmpty(
		gatePart(lang, say(lang, "service"), sla.ByService, g.Service),
		gatePart(lang, say(lang, "impact"), sla.ByImpact, g.Impact),
		gatePart(lang, say(lang, "scope"), sla.ByScope, g.Scope),
		gatePart(lang, say(lang, "severity"), sla.BySeverity, g.Severity),
	)
	return strings.Join(parts, "; ")
}

func gatePart[T ~string](lang, name string, by sla.Dimension, values []T) string {
	if len(values) == 0 {
		return ""
	}
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fact(lang, by, string(v))
	}
	return name + ": " + strings.Join(words, say(lang, "comma"))
}

// channelsText lists the channels by which a notice counts.
func channelsText(lang string, ch *sla.Channels) string {
	names, all := ch.Any, len(ch.All) > 0
	if all {
		names = ch.All
	}
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = phrase.Channel(lang, name)
	}
	if all {
		return strings.Join(words, " + ") + say(lang, "all_of_them")
	}
	return strings.Join(words, say(lang, "comma"))
}

func dateOrOpen(date string, open bool) string {
	if open {
		return ""
	}
	return date
}

// Imported lists the days that iCalendar files added to a calendar, so that
// a feed of mere observances, on which the vendor works, is spotted.
func (w *Printer) Imported(id string, imports []calendars.Import) error {
	var t Table
	for _, i := range imports {
		days := phrase.FullDay(w.Lang, i.From)
		if i.To != i.From {
			days += say(w.Lang, "range") + phrase.FullDay(w.Lang, i.To)
		}
		t.Add("  "+days, Clean(i.Name.In(w.Lang)), Clean(i.File))
	}
	if _, err := fmt.Fprintf(w.Out, say(w.Lang, "closed_by_ical"), id); err != nil {
		return err
	}
	return t.Print(w.Out)
}
