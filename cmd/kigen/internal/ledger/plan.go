package ledger

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/registry"
	"kigen/cmd/kigen/internal/sheetfile"
	"kigen/config"
	"kigen/config/tree"
	"kigen/sla/phrase/localizer"
	"kigen/sla/register"
)

// Change is what a file changes about one vendor.
type Change struct {
	Vendor string
	New    bool     // nothing holds the vendor yet
	Fields []string // what differs: columns of a table, keys of YAML
	Line   int      // of the file
	Base   int      // the published version that it follows
	Text   string   // of the entry
}

// Plan reads a file, YAML by its name and a table otherwise, and returns what it would
// change. All that is wrong in it is returned as *sheetfile.Faults.
func Plan(ctx context.Context, r *registry.Registry, name string, data []byte) ([]Change, error) {
	p := planner{ctx: ctx, r: r, faults: sheetfile.Faults{File: name}}
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml":
		p.entries(data)
	default:
		table, err := Read(name, data)
		if err != nil {
			return nil, err
		}
		p.faults.Sheet, p.head = table.file.Sheet, table.head
		p.table(table)
	}
	if p.err != nil {
		return nil, p.err
	}
	p.check()
	if p.err == nil && len(p.faults.List) > 0 {
		return nil, &p.faults
	}
	return p.changes, p.err
}

// Apply publishes the changes, all or none.
func Apply(ctx context.Context, r *registry.Registry, by, reason string, from calendar.Date, changes []Change) ([]*register.Version, error) {
	entries := make([]registry.Publication, len(changes))
	for i, c := range changes {
		entries[i] = registry.Publication{Text: c.Text, Reason: reason, Base: c.Base, From: from}
	}
	return r.PublishAll(ctx, by, entries)
}

// planner gathers the changes and faults of one file.
type planner struct {
	ctx     context.Context //nolint:containedctx // of one call of Plan
	r       *registry.Registry
	head    map[string]string
	faults  sheetfile.Faults
	changes []Change
	seen    []string
	err     error
}

func (p *planner) fault(line int, column, value string, text localizer.Message) {
	if head, ok := p.head[column]; ok {
		column = head
	}
	p.faults.List = append(p.faults.List, sheetfile.Fault{Line: line, Column: column, Value: value, Text: text})
}

// begin checks the id of a row, and returns its newest version.
func (p *planner) begin(line int, id string) (newest register.Version, ok bool) {
	switch {
	case !tree.IsIdentifier(id):
		p.fault(line, colVendor, id, localizer.Messagef("is not an id: use lower-case letters, digits and hyphens, such as acme"))
		return newest, false
	case slices.Contains(p.seen, id):
		p.fault(line, colVendor, id, localizer.Messagef("appears twice: keep one"))
		return newest, false
	}
	p.seen = append(p.seen, id)
	versions, err := p.r.Versions(p.ctx, id)
	if err != nil {
		p.err = errors.Join(p.err, err)
		return newest, false
	}
	if len(versions) > 0 {
		newest = versions[0]
	}
	return newest, true
}

func (p *planner) table(t *Table) {
	for _, row := range t.Rows {
		id := strings.TrimSpace(row.Row[colVendor])
		newest, ok := p.begin(row.Line, id)
		if !ok {
			continue
		}
		now := Row{}
		vendor, known := p.r.Config.Catalogue.Vendor(id)
		if known {
			now = particulars(vendor, p.r.Config.Register[id])
		}
		c := Change{Vendor: id, New: !known, Line: row.Line, Base: newest.Number, Text: newest.Text}
		for _, column := range imported[1:] {
			cell, given := row.Row[column]
			if key, _, _ := strings.Cut(column, "_"); key == "contract" {
				cell = isoDay(cell)
			}
			if given && !sameCell(cell, now[column]) {
				c.Fields = append(c.Fields, column)
			}
		}
		if len(c.Fields) > 0 || c.New {
			p.amend(&c, row, now)
		}
	}
}

// amend writes the text of a change of a table.
func (p *planner) amend(c *Change, row FileRow, now Row) {
	kept := p.r.Config.Register[c.Vendor].Kept
	value := func(column string) string {
		if slices.Contains(c.Fields, column) {
			return meant(strings.TrimSpace(row.Row[column]))
		}
		return now[column]
	}
	values := map[string]*yaml.Node{}
	for _, column := range c.Fields {
		key, _, _ := strings.Cut(column, "_")
		if !c.New && kept != register.KeptInRegister && !config.EntryKey(key) {
			p.fault(row.Line, column, row.Row[column], localizer.Messagef("is kept outside of the register: change it in the configuration file, and leave %q here", now[column]))
			continue
		}
		switch key {
		case "name":
			values[key] = pairs("ja", value(colNameJa), "en", value(colNameEn))
		case "services":
			values[key] = list(value(colServices))
		case "owner":
			values[key] = scalar(value(colOwner))
		case "contacts":
			values[key] = p.contacts(row, value(colContacts))
		case "contract":
			values[key] = p.contract(row, value(colFrom), value(colTo))
		}
	}
	if c.Text == "" {
		c.Text = "id: " + c.Vendor + "\n"
		if c.New {
			c.Text += "promises: []\n"
		}
	}
	text, err := registry.Amend(c.Text, values)
	p.err = errors.Join(p.err, err)
	c.Text = text
	p.changes = append(p.changes, *c)
}

// contract is the value of both dates.
func (p *planner) contract(row FileRow, from, to string) *yaml.Node {
	dates := pairs("from", p.day(row, colFrom, from), "to", p.day(row, colTo, to))
	if dates != nil {
		for i := 1; i < len(dates.Content); i += 2 {
			dates.Content[i].Tag = "!!timestamp"
		}
	}
	return dates
}

// day is a date of a cell.
func (p *planner) day(row FileRow, column, text string) string {
	if text == "" {
		return ""
	}
	d, err := calendar.ParseDate(isoDay(text))
	if err != nil {
		p.fault(row.Line, column, text, localizer.Messagef("use a day that exists, written like 2026-05-01"))
		return ""
	}
	return d.String()
}

// isoDay writes a date as 2026-05-01 that a spreadsheet wrote with the year first.
func isoDay(text string) string {
	parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("/-.", r) })
	for i := range parts {
		if len(parts[i]) == 1 {
			parts[i] = "0" + parts[i]
		}
	}
	return strings.Join(parts, "-")
}

// contacts are the lines of a cell, each with up to five parts.
func (p *planner) contacts(row FileRow, cell string) *yaml.Node {
	all := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	for line := range strings.SplitSeq(cell, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		parts := strings.Split(line, "|")
		if len(parts) > 5 {
			p.fault(row.Line, colContacts, line, localizer.Messagef("has more than five parts: write name | role | mail | phone | hours, one contact a line"))
			continue
		}
		var given []string
		for i, key := range []string{"name", "role", "mail", "phone", "hours"}[:len(parts)] {
			given = append(given, key, meant(strings.TrimSpace(parts[i])))
		}
		if contact := pairs(given...); contact != nil {
			all.Content = append(all.Content, contact)
		}
	}
	if len(all.Content) == 0 {
		return nil
	}
	return all
}

// check holds every text to what a publication asks.
func (p *planner) check() {
	for i := range p.changes {
		c := &p.changes[i]
		mistakes, err := p.r.Mistakes(p.ctx, c.Text)
		p.err = errors.Join(p.err, err)
		for _, m := range mistakes {
			column := m.Field
			key, rest, _ := strings.Cut(strings.ReplaceAll(m.Field, "[", "."), ".")
			for _, field := range c.Fields { // the column that wrote it
				if field == key || field == key+"_"+rest || strings.HasPrefix(field, key+"_") && p.head[column] == "" {
					column = field
				}
			}
			p.fault(c.Line, column, m.Value, localizer.Messagef("%s", func(lang string) string { return localizer.Sentence(lang, m.Message) }))
		}
	}
}

func scalar(text string) *yaml.Node {
	if text == "" {
		return nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}

// pairs is a mapping of keys and values that are not empty; nil: none.
func pairs(keysAndValues ...string) *yaml.Node {
	m := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: yaml.FlowStyle}
	for i := 0; i+1 < len(keysAndValues); i += 2 {
		if value := scalar(keysAndValues[i+1]); value != nil {
			m.Content = append(m.Content, scalar(keysAndValues[i]), value)
		}
	}
	if len(m.Content) == 0 {
		return nil
	}
	return m
}

// list is the lines of a cell; nil: none.
func list(cell string) *yaml.Node {
	l := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
	for _, text := range strings.FieldsFunc(cell, func(r rune) bool { return r == '\n' || r == ';' }) {
		if value := scalar(strings.TrimSpace(text)); value != nil {
			l.Content = append(l.Content, value)
		}
	}
	if len(l.Content) == 0 {
		return nil
	}
	return l
}
