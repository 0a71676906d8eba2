package config

import (
	"errors"
	"regexp"
	"slices"
	"strconv"

	"kigen/calendar"
	"kigen/sla"
)

// catalogue decodes the merged vendors. Those that the file leaves as they
// are come second: a refused configuration needs none of their calendars,
// which cost most of the time.
func (d *decoder) catalogue(vendors, builtin []*node) sla.Catalogue {
	catalogue := make(sla.Catalogue, len(vendors))
	for i, n := range vendors {
		if !slices.Contains(builtin, n) {
			catalogue[i] = d.vendor(n)
		}
	}
	if len(d.problems) > 0 {
		return nil
	}
	for i, n := range vendors {
		if catalogue[i] == nil {
			catalogue[i] = d.vendor(n)
		}
	}
	return catalogue
}

func (d *decoder) vendor(n *node) *sla.Vendor {
	if !d.keys(n, "id", "name", "services", "contact", "calendar", "promises") {
		return nil
	}
	if n.get("id") == nil {
		d.missing(n, "id", "name the vendor, such as acme")
		return nil
	}
	vendor := &sla.Vendor{
		ID:       d.id(n.get("id")),
		Name:     d.words(n.get("name")),
		Services: d.texts(n.get("services")),
		Contact:  d.text(n.get("contact")),
	}
	if vendor.Name.IsZero() {
		vendor.Name = calendar.Text{Ja: vendor.ID}
	}
	own := d.vendorCalendar(vendor.ID, n.get("calendar"))
	if n.get("promises") == nil {
		d.missing(n, "promises", "give at least one, such as [{id: incident-notice, start: detected, due: 24h}]")
	}
	for _, item := range d.list(n.get("promises")) {
		p := d.promise(item, vendor.ID, own)
		if p == nil {
			continue
		}
		if slices.ContainsFunc(vendor.Promises, func(o *sla.Promise) bool { return o.ID == p.ID && o.From == p.From }) {
			d.reportf(item, "the promise %s comes twice: keep one, or give each version its own effective.from", p.ID)
		}
		vendor.Promises = append(vendor.Promises, p)
	}
	return vendor
}

// vendorCalendar returns nil for a vendor that has none.
func (d *decoder) vendorCalendar(vendor string, n *node) *calendar.Calendar {
	switch {
	case n == nil:
		return nil
	case n.kind == scalar:
		return d.calendars.find(n)
	}
	return d.calendars.own(vendor, n)
}

func (d *decoder) promise(n *node, vendor string, own *calendar.Calendar) *sla.Promise {
	before := len(d.problems)
	if !d.keys(n, "id", "name", "source", "effective", "strength", "gate", "start", "due",
		"reading", "readings", "stages", "channels", "calendar", "expect") {
		return nil
	}
	if n.get("id") == nil {
		d.missing(n, "id", "name the promise, such as incident-notice")
	}
	p := &sla.Promise{
		ID:       d.id(n.get("id")),
		Vendor:   vendor,
		Name:     d.words(n.get("name")),
		Source:   d.source(n.get("source")),
		Gate:     d.gate(n.get("gate")),
		Channels: d.channels(n.get("channels")),
		Stages:   d.stages(n.get("stages")),
		Calendar: own,
	}
	p.From, p.To = d.effectiveDates(n.get("effective"))
	d.due(n, p)
	d.commitment(n, p)
	if shared := n.get("calendar"); shared != nil {
		p.Calendar = d.calendars.find(shared)
	}
	if p.Calendar == nil {
		p.Calendar = d.calendars.always()
		if usesHours(p) {
			d.reportf(n, "counts business time or days, but the vendor has no calendar: give it one, such as {hours: {mon-fri: [\"09:00-18:00\"]}, holidays: jp}")
		}
	}
	if len(d.problems) > before {
		return nil
	}
	d.validate(n, p)
	return p
}

// commitment reads how firm the promise is and from when it counts.
func (d *decoder) commitment(n *node, p *sla.Promise) {
	p.Strength = sla.Strength(d.text(n.get("strength")))
	if n.get("strength") == nil {
		p.Strength = sla.Firm
		if p.Due.Op == sla.OpNone {
			p.Strength = sla.AsNeeded
		}
	}
	p.Start = d.moment(n.get("start"))
	if n.get("start") == nil && p.Commits() {
		d.missing(n, "start", "say what the time counts from: occurred, detected, confirmed, declared, noticed or logged")
	}
}

func (d *decoder) source(n *node) sla.Source {
	if n == nil || !d.keys(n, "document", "edition", "section", "quote", "url") {
		return sla.Source{}
	}
	return sla.Source{
		Document: d.text(n.get("document")),
		Edition:  d.text(n.get("edition")),
		Section:  d.text(n.get("section")),
		Quote:    d.text(n.get("quote")),
		URL:      d.openURL(n.get("url")),
	}
}

func (d *decoder) effectiveDates(n *node) (from, to calendar.Date) {
	if n == nil || !d.keys(n, "from", "to") {
		return 0, 0
	}
	return d.date(n.get("from")), d.date(n.get("to"))
}

func (d *decoder) gate(n *node) sla.Gate {
	if n == nil || !d.keys(n, "impact", "scope", "severity") {
		return sla.Gate{}
	}
	return sla.Gate{
		Impact:   words[sla.Impact](d, n.get("impact")),
		Scope:    words[sla.Scope](d, n.get("scope")),
		Severity: words[sla.Severity](d, n.get("severity")),
	}
}

// words reads a list of named values; the promise's own check knows the names.
func words[T ~string](d *decoder, n *node) []T {
	var values []T
	for _, text := range d.texts(n) {
		values = append(values, T(text))
	}
	return values
}

func (d *decoder) channels(n *node) sla.Channels {
	if n == nil || !d.keys(n, "any", "all", "by_scope") {
		return sla.Channels{}
	}
	channels := sla.Channels{Any: d.texts(n.get("any")), All: d.texts(n.get("all"))}
	if byScope := n.get("by_scope"); d.is(byScope, object) {
		channels.ByScope = make(map[sla.Scope]sla.Channels)
		for _, f := range byScope.fields {
			channels.ByScope[sla.Scope(f.key)] = d.channels(f.value)
		}
	}
	return channels
}

// due reads when the notice is promised: due, or readings, or stages.
func (d *decoder) due(n *node, p *sla.Promise) {
	due, readings, stages := n.get("due"), n.get("readings"), n.get("stages")
	switch given := countGiven(due, readings, stages); {
	case given == 0:
		d.missing(n, "due", "say when the notice is promised, such as 24h or as_needed")
	case given > 1:
		d.reportf(n, "due, readings and stages exclude each other: use one")
	case due != nil:
		p.Due, _ = d.rule(due)
		p.Reading = d.text(n.get("reading"))
	case readings != nil:
		d.readings(n, p)
	}
	if expect := n.get("expect"); expect != nil {
		if rule, ok := d.rule(expect); ok {
			p.Expect = &rule
		}
	}
}

func countGiven(nodes ...*node) (given int) {
	for _, n := range nodes {
		if n != nil {
			given++
		}
	}
	return given
}

// readings reads the named choices. The first is in force unless reading
// names another.
func (d *decoder) readings(n *node, p *sla.Promise) {
	readings := n.get("readings")
	if !d.is(readings, object) {
		return
	}
	for _, f := range readings.fields {
		if !identifier.MatchString(f.key) {
			d.reportf(f.value, "the id %q can't be used: %s", f.key, identifierRule)
		}
		if !d.keys(f.value, "says", "due") {
			continue
		}
		reading := sla.Reading{ID: f.key, Says: d.words(f.value.get("says"))}
		if due := f.value.get("due"); due != nil {
			reading.Due, _ = d.rule(due)
		} else {
			d.missing(f.value, "due", "say when the notice is promised under this reading")
		}
		p.Readings = append(p.Readings, reading)
	}
	if p.Reading = d.text(n.get("reading")); p.Reading == "" && len(p.Readings) > 0 {
		p.Reading = p.Readings[0].ID
	}
	for _, reading := range p.Readings {
		if reading.ID == p.Reading {
			p.Due = reading.Due
		}
	}
}

func (d *decoder) stages(n *node) []sla.Stage {
	var stages []sla.Stage
	for _, item := range d.list(n) {
		if !d.keys(item, "id", "name", "after", "due", "every") {
			continue
		}
		stage := sla.Stage{
			ID:    d.id(item.get("id")),
			Name:  d.words(item.get("name")),
			After: d.text(item.get("after")),
			Every: d.flag(item.get("every")),
		}
		if due := item.get("due"); due != nil {
			stage.Due, _ = d.rule(due)
		} else {
			d.missing(item, "due", "say when this notice is promised, such as 24h")
		}
		stages = append(stages, stage)
	}
	return stages
}

// validate reports what the promise's own check finds, each at its line.
func (d *decoder) validate(n *node, p *sla.Promise) {
	for _, e := range unjoin(p.Validate()) {
		var problem *sla.PromiseError
		if errors.As(e, &problem) {
			d.refused(n.find(problem.Path), problem.Value, problem.Message)
		} else {
			d.reportf(n, "%v", e)
		}
	}
}

var pathStep = regexp.MustCompile(`[a-z_]+|\[\d+\]`)

// find follows a path such as stages[1].after as far as the tree goes.
func (n *node) find(path string) *node {
	for _, step := range pathStep.FindAllString(path, -1) {
		next := n.get(step)
		if step[0] == '[' {
			i, _ := strconv.Atoi(step[1 : len(step)-1]) // digits
			if children := n.children(); i < len(children) {
				next = children[i]
			}
		}
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

// usesHours reports whether the promise asks a calendar for open days or hours.
func usesHours(p *sla.Promise) bool {
	rules := []sla.Rule{p.Due}
	for i := range p.Readings {
		rules = append(rules, p.Readings[i].Due)
	}
	for i := range p.Stages {
		rules = append(rules, p.Stages[i].Due)
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
