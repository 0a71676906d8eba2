package config

import (
	"maps"
	"slices"
	"strings"

	"kigen/calendar"
	"kigen/config/tree"
	"kigen/sla"
)

// Difference lists the names by which two configurations differ, each list sorted.
type Difference struct {
	Added, Removed, Changed []string
}

// Changes lists what a configuration changes compared with the previous one.
type Changes struct {
	Destinations Difference // by name
	Vendors      Difference // by id; also if a referenced calendar or file changed
	Calendars    Difference // by id
	Sections     []string   // other top-level keys whose value differs
}

// Since compares the configuration with the previous one by meaning: comments and
// the order of keys do not count, a changed secret or file does.
func (c *Config) Since(before *Config) Changes {
	return Changes{
		Destinations: differ(written(before.tree.Get("destinations")), written(c.tree.Get("destinations"))),
		Vendors:      differ(before.vendors(), c.vendors()),
		Calendars:    differ(hashes(before.Calendars), hashes(c.Calendars)),
		Sections:     sections(written(before.tree), written(c.tree)),
	}
}

// differ compares the values under each name.
func differ(before, now map[string]string) (d Difference) {
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if was, known := before[name]; !known {
			d.Added = append(d.Added, name)
		} else if was != now[name] {
			d.Changed = append(d.Changed, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, stays := now[name]; !stays {
			d.Removed = append(d.Removed, name)
		}
	}
	return d
}

// sections lists the keys whose value differs, except those compared entry by entry.
func sections(before, now map[string]string) (names []string) {
	d := differ(before, now)
	names = slices.Concat(d.Added, d.Removed, d.Changed)
	slices.Sort(names)
	return slices.DeleteFunc(names, func(name string) bool {
		return name == "destinations" || name == "vendors" || name == "calendars"
	})
}

// written returns a canonical text of each key's value. It contains secrets: it is
// compared and never shown.
func written(n *tree.Node) map[string]string {
	values := make(map[string]string)
	if n != nil {
		for _, f := range n.Fields {
			values[f.Key] = f.Value.Plain()
		}
	}
	return values
}

// vendors returns each vendor's definition with the versions of its promises, which
// cover referenced calendars and files.
func (c *Config) vendors() map[string]string {
	vendors := make(map[string]string)
	for _, item := range c.tree.Get("vendors").Entries() {
		if id := item.Get("id"); id != nil {
			vendors[id.Text] = item.Plain()
		}
	}
	for _, n := range c.own {
		vendors[idOf(n)] = n.Plain()
	}
	for _, v := range c.Catalogue {
		vendors[v.ID] += terms(v)
	}
	return vendors
}

func terms(v *sla.Vendor) string {
	var b strings.Builder
	for _, p := range v.Promises {
		b.WriteString(" " + p.Terms().Hash)
	}
	return b.String()
}

func hashes(calendars map[string]*calendar.Calendar) map[string]string {
	found := make(map[string]string)
	for id, c := range calendars {
		found[id] = c.Hash()
	}
	return found
}
