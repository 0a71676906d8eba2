package config

import (
	"errors"
	"slices"

	"kigen/calendar"
	"kigen/config/reading"
	"kigen/config/tree"
	"kigen/sla"
	"kigen/sla/grammar"
)

// catalogue decodes the merged vendors. Unchanged built-in vendors are decoded last and
// only if the file is valid: their calendars take most of the time.
func (d *decoder) catalogue(vendors, builtin []*tree.Node) sla.Catalogue {
	catalogue := make(sla.Catalogue, len(vendors))
	for i, n := range vendors {
		if !slices.Contains(builtin, n) {
			catalogue[i] = d.vendor(n)
		}
	}
	if len(d.Problems) > 0 {
		return nil
	}
	for i, n := range vendors {
		if catalogue[i] == nil {
			catalogue[i] = d.vendor(n)
		}
	}
	return catalogue
}

func (d *decoder) vendor(n *tree.Node) *sla.Vendor {
	if !d.Keys(n, "id", "name", "services", "contact", "owner", "contacts", "contract", "mail", "calendar", "promises", "states", "also") {
		return nil
	}
	if n.Get("id") == nil {
		d.Missing(n, "id", "name the vendor, such as acme")
		return nil
	}
	vendor := &sla.Vendor{
		ID:       d.ID(n.Get("id")),
		Name:     d.Bilingual(n.Get("name")),
		Services: d.Texts(n.Get("services")),
		Contact:  d.Text(n.Get("contact")),
		States:   d.states(n.Get("states")),
	}
	if vendor.Name.IsZero() {
		vendor.Name = calendar.Text{Ja: vendor.ID}
	}
	own := d.vendorCalendar(vendor.ID, n.Get("calendar"))
	if n.Get("promises") == nil {
		d.Missing(n, "promises", "give at least one, such as [{id: incident-notice, start: detected, due: 24h}]")
	}
	for _, item := range d.List(n.Get("promises")) {
		p := d.promise(item, vendor.ID, own)
		covered := d.gatedServices(item.Get("gate").Get("service"), vendor)
		if p == nil {
			continue
		}
		p.Gate.Service = covered
		if slices.ContainsFunc(vendor.Promises, func(o *sla.Promise) bool { return o.ID == p.ID && o.From == p.From }) {
			d.Reportf(item, "the promise %s appears twice: keep one, or give each version its own effective.from", p.ID)
		}
		vendor.Promises = append(vendor.Promises, p)
	}
	vendor.Promises = append(vendor.Promises, d.also(n.Get("also"), vendor.ID, own)...)
	return vendor
}

// vendorCalendar returns nil for a vendor without a calendar.
func (d *decoder) vendorCalendar(vendor string, n *tree.Node) *calendar.Calendar {
	switch {
	case n == nil:
		return nil
	case n.Kind == tree.Scalar:
		return d.calendars.Find(n)
	}
	return d.calendars.Own(vendor, n)
}

func (d *decoder) promise(n *tree.Node, vendor string, own *calendar.Calendar) *sla.Promise {
	before := len(d.Problems)
	if !d.Keys(n, "id", "name", "about", "source", "effective", "strength", "gate", "start", "anchor", "due",
		"reading", "readings", "stages", "channels", "strict", "calendar", "expect") {
		return nil
	}
	if n.Get("id") == nil {
		d.Missing(n, "id", "name the promise, such as incident-notice")
	}
	p := &sla.Promise{
		ID:       d.ID(n.Get("id")),
		Vendor:   vendor,
		Name:     d.Bilingual(n.Get("name")),
		About:    d.kind(n.Get("about")),
		Source:   d.source(n.Get("source")),
		Gate:     d.gate(n.Get("gate")),
		Channels: d.channels(n.Get("channels")),
		Stages:   d.stages(n.Get("stages")),
		Calendar: own,
	}
	p.Channels.Strict = d.Flag(n.Get("strict"))
	p.From, p.To = d.effectiveDates(n.Get("effective"))
	d.due(n, p)
	d.commitment(n, p)
	if shared := n.Get("calendar"); shared != nil {
		p.Calendar = d.calendars.Find(shared)
	}
	if p.Calendar == nil {
		p.Calendar = d.calendars.Always()
		if usesHours(p) {
			d.Reportf(n, "counts business time or days, but the vendor has no calendar: give it one, such as {hours: {mon-fri: [\"09:00-18:00\"]}, holidays: jp}")
		}
	}
	if len(d.Problems) > before {
		return nil
	}
	d.validate(n, p)
	return p
}

// commitment reads the strength of a promise and the moment from which it counts.
func (d *decoder) commitment(n *tree.Node, p *sla.Promise) {
	p.Strength = sla.Strength(d.Text(n.Get("strength")))
	if n.Get("strength") == nil {
		p.Strength = sla.Firm
		if p.Due.Op == sla.OpNone {
			p.Strength = sla.AsNeeded
		}
	}
	if p.About == sla.KindPeriodic {
		d.rounds(n, p)
		return
	}
	if anchor := n.Get("anchor"); anchor != nil {
		d.Reportf(anchor, "is where the rounds of a periodic promise begin: leave it out, or add about: periodic and due: {every: …}")
	}
	commits := p.Commits()
	subject, needed := p.KindOf().Subject()
	switch start := n.Get("start"); {
	case start == nil && needed:
		p.Start = subject
	case start == nil && commits:
		d.Missing(n, "start", "give the moment to count from: "+p.KindOf().MomentNames())
	default:
		d.Start(start, p)
	}
}

// rounds reads what the rounds of a periodic promise count from: the answer before, and
// the first one from its anchor.
func (d *decoder) rounds(n *tree.Node, p *sla.Promise) {
	p.Start, p.Anchor = sla.Aware, d.Date(n.Get("anchor"))
	if start := n.Get("start"); start != nil {
		d.Reportf(start, "a periodic promise counts from the answer before: leave it out, and give anchor, such as 2026-04-01, for the first round")
	}
}

// kind reads the kind of incidents that a promise is about.
func (d *decoder) kind(n *tree.Node) sla.IncidentKind {
	text := d.Text(n)
	if text == "" {
		return ""
	}
	kind, err := sla.ParseKind(text)
	if err != nil {
		d.Reportf(n, "use %s", sla.KindNames())
	}
	return kind
}

// states reads what a vendor states that no clock can follow.
func (d *decoder) states(n *tree.Node) (list []sla.Statement) {
	for _, item := range d.List(n) {
		if !d.Keys(item, "name", "source") {
			continue
		}
		s := sla.Statement{Says: d.Bilingual(item.Get("name")), Source: d.source(item.Get("source"))}
		switch {
		case s.Says.IsZero():
			d.Missing(item, "name", "say in a few words what the vendor states, such as \"Backups: daily, kept 7 days\"")
		case s.Source.Quote == "":
			d.Missing(item, "source", "quote the sentence, such as {document: White paper, section: \"23.1\", quote: …}")
		}
		list = append(list, s)
	}
	return list
}

func (d *decoder) source(n *tree.Node) sla.Source {
	if n == nil || !d.Keys(n, "document", "edition", "section", "quote", "url") {
		return sla.Source{}
	}
	return sla.Source{
		Document: d.Text(n.Get("document")),
		Edition:  d.Text(n.Get("edition")),
		Section:  d.Text(n.Get("section")),
		Quote:    d.Prose(n.Get("quote")),
		URL:      d.openURL(n.Get("url")),
	}
}

func (d *decoder) effectiveDates(n *tree.Node) (from, to calendar.Date) {
	if n == nil || !d.Keys(n, "from", "to") {
		return 0, 0
	}
	return d.Date(n.Get("from")), d.Date(n.Get("to"))
}

// gate reads all conditions but the services, which only the vendor knows.
func (d *decoder) gate(n *tree.Node) sla.Gate {
	if n == nil || !d.Keys(n, "service", "impact", "scope", "severity") {
		return sla.Gate{}
	}
	return sla.Gate{
		Impact:   named[sla.Impact](d, n.Get("impact")),
		Scope:    named[sla.Scope](d, n.Get("scope")),
		Severity: named[sla.Severity](d, n.Get("severity")),
	}
}

// named reads a list of named values; the promise's own check validates the names.
func named[T ~string](d *decoder, n *tree.Node) []T {
	var values []T
	for _, text := range d.Texts(n) {
		values = append(values, T(text))
	}
	return values
}

func (d *decoder) channels(n *tree.Node) sla.Channels {
	if n == nil || !d.Keys(n, "any", "all", "by_scope") {
		return sla.Channels{}
	}
	channels := sla.Channels{Any: d.Texts(n.Get("any")), All: d.Texts(n.Get("all"))}
	if byScope := n.Get("by_scope"); d.Is(byScope, tree.Object) {
		channels.ByScope = make(map[sla.Scope]sla.Channels)
		for _, f := range byScope.Fields {
			channels.ByScope[sla.Scope(f.Key)] = d.channels(f.Value)
		}
	}
	return channels
}

// due reads the deadline of a promise: due, or readings, or stages.
func (d *decoder) due(n *tree.Node, p *sla.Promise) {
	due, readings, stages := n.Get("due"), n.Get("readings"), n.Get("stages")
	switch given := tree.Given(due, readings, stages); {
	case given == 0:
		d.Missing(n, "due", "give the deadline, such as 24h or as_needed")
	case given > 1:
		d.Reportf(n, "due, readings and stages exclude each other: use one")
	case due != nil:
		p.Due, _ = d.Rule(due)
		p.Reading = d.Text(n.Get("reading"))
	case readings != nil:
		d.readings(n, p)
	}
	if expect := n.Get("expect"); expect != nil {
		if rule, ok := d.Rule(expect); ok {
			p.Expect = &rule
		}
	}
}

// readings reads the alternative readings. The first is in force unless reading names
// another.
func (d *decoder) readings(n *tree.Node, p *sla.Promise) {
	readings := n.Get("readings")
	if !d.Is(readings, tree.Object) {
		return
	}
	for _, f := range readings.Fields {
		if !tree.IsIdentifier(f.Key) {
			d.Reportf(f.Value, "the id %q can't be used: %s", f.Key, reading.IdentifierRule)
		}
		if !d.Keys(f.Value, "says", "due") {
			continue
		}
		r := sla.Reading{ID: f.Key, Says: d.Bilingual(f.Value.Get("says"))}
		if due := f.Value.Get("due"); due != nil {
			r.Due, _ = d.Rule(due)
		} else {
			d.Missing(f.Value, "due", "give the deadline under this reading")
		}
		p.Readings = append(p.Readings, r)
	}
	if p.Reading = d.Text(n.Get("reading")); p.Reading == "" && len(p.Readings) > 0 {
		p.Reading = p.Readings[0].ID
	}
	for _, r := range p.Readings {
		if r.ID == p.Reading {
			p.Due = r.Due
		}
	}
}

func (d *decoder) stages(n *tree.Node) []sla.Stage {
	var stages []sla.Stage
	for _, item := range d.List(n) {
		if !d.Keys(item, "id", "name", "after", "latest", "due", "guide", "every", "strength") {
			continue
		}
		stage := sla.Stage{
			ID:    d.ID(item.Get("id")),
			Name:  d.Bilingual(item.Get("name")),
			After: d.Text(item.Get("after")),
			Every: d.Flag(item.Get("every")),

			Strength: sla.Strength(d.Text(item.Get("strength"))),
			Latest:   d.Flag(item.Get("latest")),
		}
		if due := item.Get("due"); due != nil {
			stage.Due, _ = d.Rule(due)
		} else {
			d.Missing(item, "due", "give the deadline of this notice, such as 24h")
		}
		if guide := item.Get("guide"); guide != nil {
			if rule, ok := d.Rule(guide); ok {
				stage.Guide = &rule
			}
		}
		stages = append(stages, stage)
	}
	return stages
}

// validate reports the problems of the promise's own check, each at its line.
func (d *decoder) validate(n *tree.Node, p *sla.Promise) {
	for _, e := range reading.Unjoin(grammar.Check(p)) {
		var problem *grammar.PromiseError
		if errors.As(e, &problem) {
			d.Refused(n.Find(problem.Path), problem.Value, problem.Message)
		} else {
			d.Reportf(n, "%v", e)
		}
	}
}

// usesHours reports whether the promise needs a calendar's open days or hours.
func usesHours(p *sla.Promise) bool {
	rules := []sla.Rule{p.Due}
	for i := range p.Readings {
		rules = append(rules, p.Readings[i].Due)
	}
	for i := range p.Stages {
		rules = append(rules, p.Stages[i].Due)
		if guide := p.Stages[i].Guide; guide != nil {
			rules = append(rules, *guide)
		}
	}
	if p.Expect != nil {
		rules = append(rules, *p.Expect)
	}
	return slices.ContainsFunc(rules, ruleUsesHours)
}

func ruleUsesHours(r sla.Rule) bool {
	switch r.Op {
	case sla.OpBusinessTime, sla.OpBusinessDays, sla.OpNextOpening, sla.OpNextDayStart, sla.OpHours:
		return true
	default:
		return r.Roll != sla.RollNone ||
			slices.ContainsFunc(r.Args, ruleUsesHours) ||
			slices.ContainsFunc(r.Cases, func(c sla.Case) bool { return ruleUsesHours(c.Rule) })
	}
}
