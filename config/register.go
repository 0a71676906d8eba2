package config

import (
	"bytes"
	"cmp"
	"slices"

	"kigen/config/tree"
	"kigen/sla"
	"kigen/sla/register"
)

// With returns the configuration with the published entries of the register: their vendors
// in the catalogue, and what they say of owners, contacts and contracts. A faulty entry is
// left out and listed in Refused, so that it stops nothing beside it. Mistakes in the
// configuration itself are returned as by Load.
func (c *Config) With(published []register.Version) (*Config, error) {
	return c.source.parse(published, true)
}

// Definition returns all that is in force about a vendor as one writes it; nil: it is not
// known.
func (c *Config) Definition(vendor string) *tree.Node {
	if i := indexByID(c.all, vendor); i >= 0 {
		return c.all[i]
	}
	return nil
}

// EntryKey reports whether the register can hold a key of a vendor that is kept elsewhere.
func EntryKey(key string) bool { return slices.Contains(entryKeys, key) }

// Bare reports whether no part of the configuration comes from the register, or waits for it.
func (c *Config) Bare() bool { return len(c.pending) == 0 && !c.registered }

// entryFile is how problems name the text of a version.
func entryFile(v *register.Version) string { return "vendor " + v.Vendor }

// entryKeys are the keys of an entry about a vendor that is kept elsewhere.
var entryKeys = []string{"id", "owner", "contacts", "contract", "mail"}

// entries reads the published entries: it returns vendors with the particulars of those
// that are kept elsewhere, and the entries of the register's own vendors.
func (d *decoder) entries(vendors []*tree.Node) (merged, own []*tree.Node) {
	merged = slices.Clone(vendors)
	for i := range d.published {
		v := &d.published[i]
		n := d.entry(v, vendors)
		switch at := indexByID(vendors, v.Vendor); {
		case n == nil:
		case at >= 0:
			merged[at] = overlay(merged[at], n)
		default:
			own = append(own, n)
		}
	}
	return merged, own
}

// entry parses the text of a version; nil if it is refused. It sees no environment: who may
// publish may not read the daemon's secrets.
func (d *decoder) entry(v *register.Version, vendors []*tree.Node) *tree.Node {
	n, problems, _ := tree.ParseWhole(entryFile(v), bytes.TrimSpace([]byte(v.Text)), nil)
	check := decoder{}
	switch kept := indexByID(vendors, v.Vendor) >= 0; {
	case len(problems) > 0:
	case !check.Is(n, tree.Object):
	case idOf(n) != v.Vendor:
		check.Reportf(cmp.Or(n.Get("id"), n), "is not the vendor's id: write id: %s", v.Vendor)
	case kept:
		for _, f := range n.Fields {
			if !slices.Contains(entryKeys, f.Key) {
				check.Reportf(f.Value, "is kept outside of the register: change it in the configuration file; the register can hold owner, contacts, contract and mail of this vendor")
			}
		}
	}
	if n.Kind == tree.Object {
		check.particulars(n)
	}
	if problems = append(problems, check.Problems...); len(problems) > 0 {
		d.refuse(v.Vendor, problems)
		return nil
	}
	return n
}

// overlay returns a copy of a vendor with the fields of an entry.
func overlay(vendor, entry *tree.Node) *tree.Node {
	whole := *vendor
	whole.Fields = slices.Clone(vendor.Fields)
	for _, f := range entry.Fields {
		whole.Set(f.Key, f.Value)
	}
	return &whole
}

func (d *decoder) refuse(vendor string, problems tree.Invalid) {
	if d.refused == nil {
		d.refused = make(map[string]tree.Invalid)
	}
	d.refused[vendor] = append(d.refused[vendor], problems.Sorted()...)
}

func (d *decoder) doubt(vendor string, warnings tree.Invalid) {
	if d.doubts == nil {
		d.doubts = make(map[string]tree.Invalid)
	}
	d.doubts[vendor] = warnings.Sorted()
}

// registered decodes the register's own vendors and adds them to the catalogue. What is
// doubtful about one is listed in Doubts, a faulty one in Refused.
func (d *decoder) registered(catalogue sla.Catalogue, own []*tree.Node) sla.Catalogue {
	for _, n := range own {
		problems, warnings := len(d.Problems), len(d.Warnings)
		v := d.vendor(n)
		if len(d.Problems) > problems {
			d.refuse(idOf(n), slices.Clone(d.Problems[problems:]))
			d.Problems = d.Problems[:problems]
			d.Warnings = d.Warnings[:warnings]
			continue
		}
		d.unfounded(n)
		if len(d.Warnings) > warnings {
			d.doubt(v.ID, slices.Clone(d.Warnings[warnings:]))
			d.Warnings = d.Warnings[:warnings]
		}
		catalogue = append(catalogue, v)
	}
	return catalogue
}

// unfounded warns of promises that do not say where they stand.
func (d *decoder) unfounded(n *tree.Node) {
	for _, p := range n.Get("promises").Entries() {
		source := p.Get("source")
		switch {
		case source == nil:
			d.Warnf(p, "has no source: quote the sentence and name the paper, so that the vendor can be shown what it wrote")
		case source.Get("quote") == nil:
			d.Warnf(source, "has no quote: give the sentence word for word, so that the vendor can be shown what it wrote")
		case source.Get("document") == nil:
			d.Warnf(source, "names no document: give the paper and its section")
		}
	}
}

// particulars reads what an entry says about a vendor beside its promises.
func (d *decoder) particulars(n *tree.Node) register.Entry {
	e := register.Entry{Owner: d.Text(n.Get("owner"))}
	for _, item := range d.List(n.Get("contacts")) {
		if !d.Keys(item, "name", "role", "mail", "phone", "hours") {
			continue
		}
		c := register.Contact{
			Name: d.Text(item.Get("name")), Role: d.Text(item.Get("role")), Mail: d.Text(item.Get("mail")),
			Phone: d.Text(item.Get("phone")), Hours: d.Text(item.Get("hours")),
		}
		if c == (register.Contact{}) {
			d.Reportf(item, "is empty: give at least a name, a mail or a phone, or remove it")
		}
		if c.Mail != "" {
			d.mailbox(item.Get("mail"), c.Mail)
		}
		e.Contacts = append(e.Contacts, c)
	}
	if n := n.Get("contract"); n != nil && d.Keys(n, "from", "to") {
		e.Contract = register.Contract{From: d.Date(n.Get("from")), To: d.Date(n.Get("to"))}
		if c := e.Contract; c.From != 0 && c.To != 0 && c.To < c.From {
			d.Reportf(n, "ends before it begins: exchange from and to, or correct one")
		}
	}
	e.Mail = d.vendorMail(n.Get("mail"))
	return e
}

// inForce lists what is in force about each vendor beside its promises.
func (d *decoder) inForce(vendors, builtin, own []*tree.Node, file *tree.Node) map[string]register.Entry {
	entries := make(map[string]register.Entry, len(vendors)+len(own))
	for _, n := range vendors {
		e := d.particulars(n)
		e.Kept = register.KeptInFile
		if indexByID(builtin, idOf(n)) >= 0 && indexByID(file.Entries(), idOf(n)) < 0 {
			e.Kept = register.KeptInCatalogue
		}
		entries[idOf(n)] = e
	}
	for _, n := range own {
		if d.refused[idOf(n)] == nil {
			e := d.particulars(n)
			e.Kept = register.KeptInRegister
			entries[idOf(n)] = e
		}
	}
	for i := range d.published {
		v := &d.published[i]
		if e, ok := entries[v.Vendor]; ok && d.refused[v.Vendor] == nil {
			e.Version = v.Number
			entries[v.Vendor] = e
		}
	}
	return entries
}
