package board

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
	"kigen/sla/tracker"
)

// sortKeys lists what a board can be sorted by, as the query parameter sort names it; a
// minus sign before it reverses the order.
var sortKeys = [...]string{"due", "vendor", "severity"}

// sortedRows is how many incidents a sorted board reads: the most urgent ones, of
// which the open ones are the first.
const sortedRows = 500

// order is the order of a sorted board; the zero value: by urgency, as the list comes.
type order struct {
	key      string
	reversed bool
}

// orderOf reads the order from an address; an unknown one is ignored.
func orderOf(query url.Values) order {
	key, reversed := strings.CutPrefix(query.Get("sort"), "-")
	if !slices.Contains(sortKeys[:], key) {
		return order{}
	}
	return order{key, reversed}
}

// sortHead is a column head with the link that sorts by it.
type sortHead struct {
	Text, Link string
	Aria       string // the value of aria-sort
}

// sortHeads builds the heads. The head of the present order reverses it, and then leads
// back to the order by urgency.
func (p *reader) sortHeads(query url.Values) []sortHead {
	present := orderOf(query)
	heads := make([]sortHead, len(sortKeys))
	for i, key := range sortKeys {
		head := sortHead{Text: p.Say("sort_" + key), Link: p.boardLink(query, "sort", key), Aria: "none"}
		switch {
		case present.key != key:
		case present.reversed:
			head.Aria, head.Link = "descending", p.boardLink(query, "sort", "")
		default:
			head.Aria, head.Link = "ascending", p.boardLink(query, "sort", "-"+key)
		}
		heads[i] = head
	}
	return heads
}

// sortChoices offers the orders in the form, which a phone shows instead of the heads.
func (p *reader) sortChoices(query url.Values) []frame.Choice {
	present := query.Get("sort")
	list := []frame.Choice{{Text: p.Say("sort_urgency"), Chosen: orderOf(query) == order{}}}
	for _, key := range sortKeys {
		list = append(list, frame.Choice{Value: key, Text: p.Say("sort_" + key), Chosen: present == key})
		if reverse := "-" + key; present == reverse {
			list = append(list, frame.Choice{Value: reverse, Text: p.Say("sort_reversed", "Key", p.Say("sort_"+key)), Chosen: true})
		}
	}
	return list
}

// sorted puts the rows of all states into an open and a settled group, each in the
// chosen order.
func (p *reader) sorted(groups []groupView, by order) []groupView {
	open := groupView{Key: "open", Tone: "running", Name: p.Say("group_open"), Open: true}
	settled := groupView{Key: "settled", Tone: "met", Name: p.Say("group_settled")}
	for i := range groups {
		into := &settled
		if groups[i].Open {
			into = &open
		}
		into.Rows = append(into.Rows, groups[i].Rows...)
		into.Count += groups[i].Count
		into.More = into.More || groups[i].More
	}
	compare := comparison(by.key)
	var shown []groupView
	for _, g := range []groupView{open, settled} {
		for i := range g.Rows {
			g.Rows[i].Named = true
		}
		slices.SortStableFunc(g.Rows, func(a, b rowView) int {
			order := compare(&a, &b)
			if by.reversed {
				order = -order
			}
			return cmp.Or(order, compareDue(&a, &b))
		})
		if len(g.Rows) > 0 {
			shown = append(shown, g)
		}
	}
	return shown
}

func comparison(key string) func(a, b *rowView) int {
	switch key {
	case "vendor":
		names := newNames()
		return func(a, b *rowView) int { return names.compare(a.Vendor, b.Vendor) }
	case "severity":
		return func(a, b *rowView) int { return cmp.Compare(severityRank(a.severity), severityRank(b.severity)) }
	}
	return compareDue
}

// severityRank sorts the most severe first, and one that is not set last.
func severityRank(severity sla.Severity) int {
	if i := slices.Index(sla.Severities[:], severity); i >= 0 {
		return i
	}
	return len(sla.Severities)
}

// compareDue sorts by deadline; rows without one come last.
func compareDue(a, b *rowView) int {
	if a.due.IsZero() || b.due.IsZero() {
		return -a.due.Compare(b.due)
	}
	return a.due.Compare(b.due)
}

// longBoard is the number of rows from which a board folds its settled groups.
const longBoard = 12

// fold folds the settled groups of a long board, so that the open ones fill the screen.
// A board of one state, or of a search, shows what was asked for.
func fold(groups []groupView, q *tracker.Query) {
	rows := 0
	for i := range groups {
		rows += len(groups[i].Rows)
	}
	if rows < longBoard || q.State != "" || q.Text != "" {
		return
	}
	for i := range groups {
		groups[i].Folded = !groups[i].Open && groups[i].Key != "answered"
	}
}
