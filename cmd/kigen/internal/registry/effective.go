package registry

import (
	"fmt"
	"math"
	"slices"

	yaml "go.yaml.in/yaml/v4"

	"kigen/calendar"
	"kigen/config/tree"
	"kigen/sla/tracker"
)

// Effective returns the text of an entry that is to hold from a date, together with what
// the published text says of the days before: a promise that differs ends the day before
// in its published form and begins on the date in its new one, a promise that is left out
// ends, a new one begins, and an unchanged one stays as it is written. Other keys are those
// of the new text. Comments are kept with the promises that they stand at.
//
// The dates that a text gives its promises still hold: what begins later than from begins
// then. Effective of its own result is the same text.
func Effective(published, text string, from calendar.Date) (string, error) {
	doc, err := readEntry(text)
	if err != nil {
		return "", err
	}
	before, err := readEntry(published)
	if err != nil {
		return "", tracker.Invalidf("from", from, "needs a published version that can be read: publish as written, without a date")
	}
	list := field(doc, "promises")
	if list == nil && field(before, "promises") == nil {
		return text, nil // of a vendor that is kept elsewhere
	}
	old, err := promisesOf(before)
	if err != nil {
		return "", tracker.Invalidf("from", from, "needs a published version that can be read: publish as written, without a date")
	}
	next, err := promisesOf(doc)
	if err != nil {
		return "", err
	}
	merged, changed, err := join(old, next, from)
	if err != nil || !changed {
		return text, err
	}
	if list == nil {
		list = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		doc.Content = append(doc.Content, word("promises"), list)
	}
	list.Style &^= yaml.FlowStyle // which holds no comments
	list.Content = merged
	return Written(doc)
}

// version is what a text says of a promise on some days, both included.
type version struct {
	id       string
	from, to int64
	says     string // the promise without its dates, to compare
	node     *yaml.Node
}

// The bounds of a version without dates.
const (
	ever    = math.MinInt64
	forever = math.MaxInt64
)

// versions are those of all promises of a text, in written order.
type versions []version

func (vs versions) of(id string) (own versions) {
	for _, v := range vs {
		if v.id == id {
			own = append(own, v)
		}
	}
	return own
}

// ids lists the promises of one text, then those that only another one has.
func (vs versions) ids(others versions) (ids []string) {
	for _, v := range slices.Concat(vs, others) {
		if !slices.Contains(ids, v.id) {
			ids = append(ids, v.id)
		}
	}
	return ids
}

// join returns the promises of both texts, old before the date and next from then on.
// changed is false if these are next as written.
func join(old, next versions, date calendar.Date) (merged []*yaml.Node, changed bool, err error) {
	rewritten := map[string][]*yaml.Node{}
	for _, id := range next.ids(old) {
		before, after := old.of(id), next.of(id)
		from := int64(date)
		if days := after.days(); len(days) > 0 {
			from = max(from, days[0].from)
		}
		if err := dropped(before, after, from, date); err != nil {
			return nil, false, err
		}
		days := compact(append(before.days().until(from-1), after.days().since(from)...))
		if !slices.EqualFunc(days, after.days(), same) {
			rewritten[id] = days.nodes()
		}
	}
	done := map[string]bool{}
	for _, v := range next {
		switch nodes, is := rewritten[v.id]; {
		case !is:
			merged = append(merged, v.node)
		case !done[v.id]:
			merged = append(merged, nodes...)
			done[v.id] = true
		}
	}
	for _, id := range next.ids(old) {
		if !done[id] {
			merged = append(merged, rewritten[id]...)
		}
	}
	return merged, len(rewritten) > 0, nil
}

// dropped refuses a date that would drop a published version which has not begun by then,
// and which the new text does not hold.
func dropped(before, after versions, from int64, date calendar.Date) error {
	known := append(after.days(), after...)
	for _, v := range before {
		held := slices.ContainsFunc(known, func(w version) bool { return w.from == v.from })
		if v.from > from && !held {
			begins := calendar.Date(v.from)
			return tracker.Invalidf("from", date, "is before %s, when a published version of the promise %s begins that the new text leaves out: publish from %s or later, keep that version in the text, or publish as written, without a date", begins, v.id, begins)
		}
	}
	return nil
}

// days returns which version holds on which days: those of one promise without overlaps,
// by date. As in sla.Vendor.Applying, the one that begins last holds.
func (vs versions) days() (days versions) {
	var bounds []int64
	for _, v := range vs {
		bounds = append(bounds, v.from)
		if v.to != forever {
			bounds = append(bounds, v.to+1)
		}
	}
	slices.Sort(bounds)
	bounds = slices.Compact(bounds)
	for i, from := range bounds {
		to := int64(forever)
		if i+1 < len(bounds) {
			to = bounds[i+1] - 1
		}
		var holds *version
		for j := range vs {
			v := &vs[j]
			if v.from <= from && v.to >= to && (holds == nil || v.from > holds.from) {
				holds = v
			}
		}
		if holds != nil {
			day := *holds
			day.from, day.to = from, to
			days = append(days, day)
		}
	}
	return compact(days)
}

// compact joins neighbours that say the same. The later one's node stays, as the newer.
func compact(days versions) (joined versions) {
	for _, v := range days {
		if last := len(joined) - 1; last >= 0 && joined[last].says == v.says && joined[last].to+1 == v.from {
			v.from = joined[last].from
			joined[last] = v
			continue
		}
		joined = append(joined, v)
	}
	return joined
}

// until returns the versions of days without what comes after one.
func (vs versions) until(day int64) (cut versions) {
	for _, v := range vs {
		if v.to = min(v.to, day); v.from <= v.to {
			cut = append(cut, v)
		}
	}
	return cut
}

// since returns the versions of days without what comes before one.
func (vs versions) since(day int64) (cut versions) {
	for _, v := range vs {
		if v.from = max(v.from, day); v.from <= v.to {
			cut = append(cut, v)
		}
	}
	return cut
}

func same(a, b version) bool { return a.from == b.from && a.to == b.to && a.says == b.says }

// nodes returns the versions as promises with their dates.
func (vs versions) nodes() (nodes []*yaml.Node) {
	for _, v := range vs {
		n := *v.node
		n.Content = slices.Clone(n.Content)
		dates := mapping(&n, "effective", "source", "about", "name", "id")
		setDate(dates, "from", v.from, ever)
		setDate(dates, "to", v.to, forever)
		if len(dates.Content) == 0 {
			drop(&n, "effective")
		}
		nodes = append(nodes, &n)
	}
	return nodes
}

// promisesOf returns the versions in an entry.
func promisesOf(entry *yaml.Node) (vs versions, err error) {
	list := field(entry, "promises")
	if list == nil {
		return nil, nil
	}
	for _, n := range list.Content {
		id := field(n, "id")
		if id == nil {
			return nil, tracker.Invalidf("text", "", "line %d: the promise has no id: name it, such as incident-notice", n.Line)
		}
		v := version{id: id.Value, from: ever, to: forever, node: n}
		dates := field(n, "effective")
		if v.from, err = dateOf(field(dates, "from"), ever); err == nil {
			v.to, err = dateOf(field(dates, "to"), forever)
		}
		if err != nil {
			return nil, err
		}
		undated := *n
		undated.Content = slices.Clone(n.Content)
		drop(&undated, "effective")
		if v.says, err = plain(&undated); err != nil {
			return nil, err
		}
		vs = append(vs, v)
	}
	return vs, nil
}

func dateOf(n *yaml.Node, none int64) (int64, error) {
	if n == nil || n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		return none, nil
	}
	d, err := calendar.ParseDate(n.Value)
	if err != nil {
		return 0, tracker.Invalidf("text", n.Value, "line %d: is not a date: use a day that exists, written like 2026-05-01", n.Line)
	}
	return int64(d), nil
}

// plain returns a text that is equal for equal values.
func plain(n *yaml.Node) (string, error) {
	data, err := yaml.Dump(n)
	if err != nil {
		return "", fmt.Errorf("comparing promises: %w", err)
	}
	value, _ := tree.Parse("", data, nil)
	return value.Plain(), nil
}
