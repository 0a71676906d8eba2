package drafting

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"kigen/sla"
	"kigen/sla/clause"
)

// heldOf lists the promises of a vendor that are in force last, to compare a paper with.
func heldOf(v *sla.Vendor) []clause.Known {
	last := map[string]*sla.Promise{}
	var ids []string
	for _, p := range v.Promises {
		if before := last[p.ID]; before == nil || p.From >= before.From {
			if before == nil {
				ids = append(ids, p.ID)
			}
			last[p.ID] = p
		}
	}
	held := make([]clause.Known, len(ids))
	for i, id := range ids {
		held[i] = clause.Known{ID: id, Section: last[id].Source.Section, Quote: last[id].Source.Quote}
	}
	return held
}

// draftOf drafts what a new edition adds or changes; a changed promise keeps its id.
func draftOf(c *clause.Compared, lang string) clause.Draft {
	d := clause.Draft{Vendor: c.Vendor, Lang: lang, IDs: map[int]string{}, Only: slices.Clone(c.Added)}
	for _, change := range c.Changed {
		d.IDs[change.Found] = change.Promise
		d.Only = append(d.Only, change.Found)
	}
	slices.Sort(d.Only)
	return d
}

// writeComparison writes as comments what a new edition does to the promises that are held.
func writeComparison(out io.Writer, lang string, c *clause.Compared) error {
	say := texts.In(lang).Say
	var b strings.Builder
	line := func(key string, pairs ...any) {
		fmt.Fprintf(&b, "# %s\n", strings.Join(strings.Fields(say(key, pairs...)), " "))
	}
	for _, id := range c.Same {
		line("against_same", "ID", id)
	}
	for _, change := range c.Changed {
		line("against_changed", "ID", change.Promise)
		line("against_was", "Quote", change.Was)
		line("against_now", "Quote", change.Now)
	}
	for _, change := range c.Gone {
		line("against_gone", "ID", change.Promise, "Quote", change.Was)
	}
	line("against_added", "N", len(c.Added))
	if c.Effective == "" {
		line("against_undated")
	}
	_, err := io.WriteString(out, b.String())
	return err
}
