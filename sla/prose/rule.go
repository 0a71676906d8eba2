package prose

import (
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
)

// Rule writes a rule for a person: in "ja" in the words of a Japanese contract, in
// every other language in English.
func Rule(lang string, r *sla.Rule) string { return ruleWriter{catalog.In(lang)}.length(r) }

// ruleWriter writes rules in one language. The texts give the order of the words.
type ruleWriter struct{ localizer.Localizer }

// PromiseStart names what a promise counts from: a moment, or the latest or earliest
// of several.
func PromiseStart(lang string, p *sla.Promise) string {
	due := &p.AllStages()[0].Due
	if due.Op != sla.OpThen || due.Args[0].Op != sla.OpLaterOf && due.Args[0].Op != sla.OpEarlierOf {
		return Moment(lang, p.Start.String())
	}
	point := &due.Args[0]
	var names []string
	for i := range point.Args {
		if arg := &point.Args[i]; arg.Op == sla.OpFrom && arg.Args[0].Op == sla.OpStart {
			names = append(names, Moment(lang, arg.From.String()))
		}
	}
	if len(names) < len(point.Args) {
		return Moment(lang, p.Start.String())
	}
	key := "moments_earliest"
	if point.Op == sla.OpLaterOf {
		key = "moments_latest"
	}
	return catalog.In(lang).Say(key, "Moments", strings.Join(names, say(lang, "list_joint")))
}

// length writes a length as a length: 6時間, 営業時間で4時間, 3営業日; 6 h, 3 business days.
func (w ruleWriter) length(r *sla.Rule) string {
	switch {
	case r.Op == sla.OpElapsed:
		return w.lead(r.Length < 0, length(w.Lang, r.Length))
	case r.Op == sla.OpBusinessTime:
		return w.lead(r.Length < 0, w.Say("rule_business_time", "Length", length(w.Lang, r.Length)))
	case r.Op == sla.OpBusinessDays:
		return w.dates(r, "rule_business_days")
	case r.Op == sla.OpDays:
		return w.dates(r, "rule_days")
	case r.Op == sla.OpMonths:
		return w.dates(r, "rule_months")
	case r.Op == sla.OpCases:
		return w.cases(r)
	case len(r.Args) == 2 && r.Op == sla.OpHours:
		return w.Say("rule_hours", "Inside", w.length(&r.Args[0]), "Outside", w.length(&r.Args[1]))
	case len(r.Args) == 2 && r.Op == sla.OpThen:
		return w.counted("rule_then", &r.Args[1], w.instant(&r.Args[0]))
	case len(r.Args) == 1:
		return w.modified(r)
	}
	return w.named(r)
}

// modified writes what modifies the result of another rule, or counts it from another
// moment.
func (w ruleWriter) modified(r *sla.Rule) string {
	inner := &r.Args[0]
	switch r.Op {
	case sla.OpFrom:
		return w.counted("rule_from", inner, Moment(w.Lang, r.From.String()))
	case sla.OpRolled:
		return w.Say("rule_rolled", "Rule", w.length(inner), "Roll", w.ends(w.roll(r.Roll), r.Ends))
	case sla.OpEvery:
		return w.Say("rule_every", "Rule", w.length(inner))
	case sla.OpLapses:
		return w.Say("rule_lapses", "Rule", w.length(inner), "Moment", Moment(w.Lang, r.From.String()))
	}
	return w.named(r)
}

// counted writes the rule as counted from a named start.
func (w ruleWriter) counted(key string, r *sla.Rule, start string) string {
	switch {
	case r.Op == sla.OpStart:
		return w.Say(key+"_start", "Start", start)
	case r.Length < 0 || r.Count < 0:
		key += "_lead"
	}
	return w.Say(key, "Rule", w.length(r), "Start", start)
}

// instant writes the rule as an instant: 6時間後 for 6時間.
func (w ruleWriter) instant(r *sla.Rule) string {
	ahead := false
	switch r.Op {
	case sla.OpElapsed, sla.OpBusinessTime:
		ahead = r.Length > 0
	case sla.OpBusinessDays, sla.OpDays, sla.OpMonths:
		ahead = r.Count > 0 && r.Ends == "" && !r.CountStartDay && r.Roll == sla.RollNone && r.Counting == ""
	case sla.OpFrom:
		ahead = len(r.Args) == 1 && r.Args[0].Op == sla.OpElapsed && r.Args[0].Length > 0
	}
	if ahead {
		return w.Say("rule_after", "Rule", w.length(r))
	}
	return w.length(r)
}

// named writes the instants that have a name, and the later or earlier of several.
func (w ruleWriter) named(r *sla.Rule) string {
	switch r.Op {
	case sla.OpNone:
		return w.Say("rule_none")
	case sla.OpNextOpening:
		return w.Say("rule_next_opening")
	case sla.OpNextDayStart:
		return w.Say("rule_next_day_start")
	case sla.OpStart:
		return w.Say("rule_start")
	case sla.OpLaterOf:
		return w.pick("rule_later_of", r.Args)
	case sla.OpEarlierOf:
		return w.pick("rule_earlier_of", r.Args)
	}
	return r.String() // malformed
}

func (w ruleWriter) pick(key string, rules []sla.Rule) string {
	parts := make([]string, len(rules))
	for i := range rules {
		parts[i] = w.instant(&rules[i])
		if inner := rules[i].Op; inner == sla.OpLaterOf || inner == sla.OpEarlierOf {
			parts[i] = w.Say("rule_nested", "Rule", parts[i])
		}
	}
	if len(parts) == 2 {
		return w.Say(key+"_two", "First", parts[0], "Second", parts[1])
	}
	return w.Say(key, "Rules", strings.Join(parts, w.Say("rule_joint")))
}

func (w ruleWriter) dates(r *sla.Rule, key string) string {
	s := w.ends(w.lead(r.Count < 0, w.Say(key, "N", max(r.Count, -r.Count))), r.Ends)
	if r.Ends == sla.EndOfMonth && r.Op == sla.OpMonths {
		switch r.Count {
		case 0:
			s = w.Say("rule_this_month")
		case 1:
			s = w.Say("rule_next_month")
		}
	}
	var notes []string
	if r.CountStartDay {
		notes = append(notes, w.Say("note_first_day"))
	}
	if key := "note_" + string(r.Counting); w.Has(key) {
		notes = append(notes, w.Say(key))
	}
	if r.Roll != sla.RollNone {
		notes = append(notes, w.Say("note_rolled", "Roll", w.roll(r.Roll)))
	}
	if len(notes) > 0 {
		s = w.Say("rule_noted", "Rule", s, "Notes", strings.Join(notes, w.Say("list_joint")))
	}
	return s
}

func (w ruleWriter) cases(r *sla.Rule) string {
	parts := make([]string, len(r.Cases))
	for i := range r.Cases {
		c := &r.Cases[i]
		parts[i] = w.Say("rule_case", "Value", Fact(w.Lang, r.By, c.Value), "Rule", w.length(&c.Rule))
		if c.Value == "" {
			parts[i] = w.Say("rule_otherwise", "Rule", w.length(&c.Rule))
		}
	}
	return w.Say("rule_cases", "By", Dimension(w.Lang, r.By), "Cases", strings.Join(parts, w.Say("rule_joint")))
}

func (w ruleWriter) roll(r sla.Roll) string {
	if r == sla.RollPrevious {
		return w.Say("roll_previous")
	}
	return w.Say("roll_next")
}

// ends adds the time of day at which a day ends.
func (w ruleWriter) ends(text string, e sla.Ends) string {
	if e == "" {
		return text
	}
	if key := "ends_" + string(e); w.Has(key) {
		return w.Say(key, "Rule", text)
	}
	return w.Say("ends_other", "Rule", text, "Ends", string(e)) // malformed
}

func (w ruleWriter) lead(isLead bool, length string) string {
	if isLead {
		return w.Say("rule_before", "Length", length)
	}
	return length
}

// length writes a length in hours, as promises do, and one of less than a minute
// to the second.
func length(lang string, d time.Duration) string {
	if d%time.Minute != 0 {
		return phrase.Duration(lang, d)
	}
	return phrase.Hours(lang, d)
}
