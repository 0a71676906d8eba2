package config

import (
	"cmp"
	"slices"
	"strings"

	"kigen/sla/phrase"

	"kigen/calendar"
	"kigen/config/tree"
	"kigen/sla"
	"kigen/sla/regime"
)

// The folders of the built-in catalogue, one entry per file, which has the entry's id as
// its name.
const (
	vendorFolder = "catalogue"
	dutyFolder   = "catalogue/duties"
	lawFolder    = "catalogue/laws"
)

// Duties returns the built-in regimes, in the order of their ids, whether or not they are
// switched on. Elapsed lengths without a calendar show their deadlines in UTC.
func Duties() regime.Regimes {
	c, err := Parse("", []byte("timezone: UTC\nduties: ["+strings.Join(builtinIDs(dutyFolder), ", ")+"]"), nil)
	if err != nil {
		panic("config: the embedded catalogue: " + err.Error()) // part of the program
	}
	return c.Duties
}

// builtinIDs lists the ids of a folder of the catalogue.
func builtinIDs(folder string) (ids []string) {
	entries, err := catalogueFiles.ReadDir(folder)
	if err != nil {
		panic("config: the embedded catalogue: " + err.Error())
	}
	for _, entry := range entries {
		if id, isYAML := strings.CutSuffix(entry.Name(), ".yaml"); isYAML {
			ids = append(ids, id)
		}
	}
	return ids
}

// builtinEntry parses one entry of the catalogue, without an environment: a published
// clause may contain ${ as plain text.
func (d *decoder) builtinEntry(folder, id string) *tree.Node {
	name := folder + "/" + id + ".yaml"
	data, err := catalogueFiles.ReadFile(name)
	if err != nil {
		panic("config: the embedded catalogue: " + err.Error())
	}
	entry, problems := tree.Parse(name, data, nil)
	d.Problems = append(d.Problems, problems...)
	return entry
}

// duties reads the regimes that are switched on: the names of built-in ones, and mappings
// that define another one or override a built-in one.
func (d *decoder) duties(n *tree.Node) (regimes regime.Regimes) {
	known := builtinIDs(dutyFolder)
	for _, item := range d.List(n) {
		id := idOf(item)
		if item.Kind == tree.Scalar {
			id = d.Text(item)
		}
		if slices.ContainsFunc(regimes, func(r *regime.Regime) bool { return r.ID == id }) {
			d.Reportf(item, "the duty %s appears twice: write it once", id)
			continue
		}
		entry := item
		switch builtin := slices.Contains(known, id); {
		case item.Kind == tree.Scalar && !builtin:
			d.Reportf(item, "%s", unknownDuty(id, known))
			continue
		case item.Kind == tree.Scalar:
			entry = d.builtinEntry(dutyFolder, id)
		case builtin:
			entry = merge(d.builtinEntry(dutyFolder, id), item)
		}
		if law := d.regime(entry); law != nil {
			regimes = append(regimes, law)
		}
	}
	return regimes
}

func unknownDuty(id string, known []string) string {
	if near, ok := phrase.Nearest(id, known); ok {
		return "is not a known duty: did you mean " + near + "? kigen duty catalogue lists them; write your own as {id: …, to: …, versions: […]}"
	}
	return "is not a known duty: kigen duty catalogue lists them; write your own as {id: …, to: …, versions: […]}"
}

// regime reads one regime. Its versions are promises that we owe.
func (d *decoder) regime(n *tree.Node) *regime.Regime {
	before := len(d.Problems)
	if !d.Keys(n, "id", "name", "owed_by", "to", "note", "calendar", "versions") {
		return nil
	}
	if n.Get("id") == nil {
		d.Missing(n, "id", "name the duty, such as jp-appi")
	}
	if by := n.Get("owed_by"); by != nil && d.Text(by) != sla.Us {
		d.Reportf(by, "use %s: a promise of a vendor stands under vendors", sla.Us)
	}
	if n.Get("to") == nil {
		d.Missing(n, "to", "name the authority, such as {ja: …, en: Personal Information Protection Commission}")
	}
	law := &regime.Regime{
		ID: d.ID(n.Get("id")), Name: d.Bilingual(n.Get("name")), To: d.Bilingual(n.Get("to")), Note: d.Bilingual(n.Get("note")),
	}
	if law.Name.IsZero() {
		law.Name = calendar.Text{Ja: law.ID}
	}
	own := d.regimeCalendar(law.ID, n.Get("calendar"))
	if n.Get("versions") == nil {
		d.Missing(n, "versions", "give at least one, such as [{start: aware, stages: [{id: notification, due: 72h}]}]")
	}
	for _, item := range d.List(n.Get("versions")) {
		if v := d.regimeVersion(item, law.ID, own); v.Promise != nil {
			if slices.ContainsFunc(law.Versions, func(o regime.Version) bool { return o.From == v.From && o.Proposed == v.Proposed }) {
				d.Reportf(item, "has the same effective.from as another version: keep one, or give each its own")
			}
			law.Versions = append(law.Versions, v)
		}
	}
	if len(d.Problems) > before {
		return nil
	}
	return law
}

// regimeCalendar returns the calendar of a regime; nil: it has none. A regime's own one
// has an id that no vendor's calendar can have.
func (d *decoder) regimeCalendar(law string, n *tree.Node) *calendar.Calendar {
	switch {
	case n == nil:
		return nil
	case n.Kind == tree.Scalar:
		return d.calendars.Find(n)
	}
	return d.calendars.Compile(sla.RegimePromise(law), n)
}

// regimeVersion reads one version in the grammar of promises. Each report is a stage.
func (d *decoder) regimeVersion(n *tree.Node, id string, own *calendar.Calendar) (v regime.Version) {
	if !d.Is(n, tree.Object) {
		return v
	}
	v.Label, v.Proposed = d.label(n), d.Flag(n.Get("proposed"))
	if given := n.Get("id"); given != nil {
		d.Reportf(given, "a version has the id of its duty: leave it out")
		return v
	}
	if n.Get("stages") == nil {
		d.Missing(n, "stages", "name each report that is owed, such as [{id: notification, due: 72h}]")
		return v
	}
	plain := *n
	plain.Fields = slices.Clone(n.Fields)
	plain.Drop("label", "proposed", "cases")
	plain.Set("id", &tree.Node{
		Kind: tree.Scalar, Text: id, Raw: id, Tag: "!!str", File: n.File, Line: n.Line, Path: tree.Dotted(n.Path, "id"),
	})
	v.Promise = d.owed(&plain, own)
	for _, item := range d.List(n.Get("cases")) {
		if c := d.regimeCase(item, &plain, own); c.Promise != nil {
			v.Cases = append(v.Cases, c)
		}
	}
	return v
}

// regimeCase reads a case of a version: it has stages of its own.
func (d *decoder) regimeCase(n, version *tree.Node, own *calendar.Calendar) (c regime.Case) {
	if !d.Keys(n, "id", "name", "stages") {
		return c
	}
	if n.Get("id") == nil || n.Get("stages") == nil {
		d.Reportf(n, "is incomplete: give the case an id and its stages")
		return c
	}
	c.ID, c.Name = d.ID(n.Get("id")), d.Bilingual(n.Get("name"))
	promise := *version
	promise.Fields = slices.Clone(version.Fields)
	promise.Set("stages", n.Get("stages"))
	c.Promise = d.owed(&promise, own)
	return c
}

// owed reads a promise of ours. Its clocks name it by an id that no vendor's promise has.
func (d *decoder) owed(n *tree.Node, own *calendar.Calendar) *sla.Promise {
	p := d.promise(n, sla.Us, own)
	if service := n.Get("gate").Get("service"); service != nil {
		d.Reportf(service, "a duty of ours is about no vendor's service: leave it out")
	}
	if p != nil {
		p.ID = sla.RegimePromise(p.ID)
	}
	return p
}

// label reads how well the text was read; a company's own rule needs none.
func (d *decoder) label(n *tree.Node) regime.Label {
	given := n.Get("label")
	label := regime.Label(cmp.Or(d.Text(given), string(regime.LabelUnread)))
	if given != nil && !slices.Contains(regime.Labels[:], label) {
		d.Reportf(given, "use V (the text was read), S (a secondary source) or K (general knowledge)")
	}
	return label
}

// also reads the laws that bind a vendor towards us: they are promises of that vendor.
func (d *decoder) also(n *tree.Node, vendor string, own *calendar.Calendar) (promises []*sla.Promise) {
	known := builtinIDs(lawFolder)
	var seen []string
	for _, item := range d.List(n) {
		id := d.Text(item)
		switch {
		case id == "":
		case !slices.Contains(known, id):
			d.Reportf(item, "is not a known law: use %s", tree.OrList(known))
		case slices.Contains(seen, id):
			d.Reportf(item, "appears twice: keep one")
		default:
			seen = append(seen, id)
			law := d.builtinEntry(lawFolder, id)
			d.label(law)
			law.Drop("label")
			if p := d.promise(law, vendor, own); p != nil {
				promises = append(promises, p)
			}
		}
	}
	return promises
}
