package config

import "kigen/config/tree"

// atomic reports whether a key's value is replaced as a whole: merging two rules would
// create a promise that no vendor made.
func atomic(key string) bool {
	switch key {
	case "due", "expect", "gate", "channels", "stages", "hours", "holidays":
		return true
	}
	return false
}

// merge returns a new object with over's keys laid over base's. A null removes the
// key. Lists are replaced, except promises and versions.
func merge(base, over *tree.Node) *tree.Node {
	merged := *over
	merged.Fields = append([]tree.Field(nil), base.Fields...)
	for _, f := range over.Fields {
		under := merged.Get(f.Key)
		switch {
		case (f.Key == "promises" || f.Key == "versions") && under != nil && under.Kind == tree.List && f.Value.Kind == tree.List:
			f.Value = mergePromises(under, f.Value)
		case under != nil && under.Kind == tree.Object && f.Value.Kind == tree.Object && !atomic(f.Key):
			f.Value = merge(under, f.Value)
		}
		if old := merged.Field(f.Key); old != nil {
			*old = f
		} else {
			merged.Fields = append(merged.Fields, f)
		}
	}
	return &merged
}

// mergeVendors lays a file's vendors over the built-in ones by id and appends new
// ones.
func (d *decoder) mergeVendors(builtin []*tree.Node, over *tree.Node) []*tree.Node {
	vendors := append([]*tree.Node(nil), builtin...)
	given := make(map[string]bool)
	for _, v := range d.List(over) {
		if !d.Is(v, tree.Object) {
			continue
		}
		id := idOf(v)
		if given[id] {
			d.Reportf(v, "the vendor %s appears twice: write it once", id)
			continue
		}
		given[id] = true
		if i := indexByID(vendors, id); id != "" && i >= 0 {
			vendors[i] = merge(vendors[i], v)
		} else {
			vendors = append(vendors, v)
		}
	}
	return vendors
}

// mergePromises lays promises over those with the same id. One with effective.from is a
// version: it changes the version with that date, or is added as a new one. One
// without changes every version.
func mergePromises(base, over *tree.Node) *tree.Node {
	merged := *over
	merged.Items = append([]*tree.Node(nil), base.Items...)
	for _, p := range over.Items {
		from, known := versionOf(p), false
		for i, under := range merged.Items {
			if idOf(under) == idOf(p) && (from == "" || versionOf(under) == from) {
				merged.Items[i] = mergePromise(under, p)
				known = true
			}
		}
		if !known {
			merged.Items = append(merged.Items, p)
		}
	}
	return &merged
}

// mergePromise replaces due, readings and stages together, because they are mutually
// exclusive.
func mergePromise(base, over *tree.Node) *tree.Node {
	under := *base
	switch {
	case over.Get("due") != nil:
		under.Drop("readings", "reading", "stages")
	case over.Get("stages") != nil:
		under.Drop("readings", "reading", "due")
	case over.Get("readings") != nil:
		under.Drop("due", "stages")
	}
	return merge(&under, over)
}

func idOf(n *tree.Node) string {
	if id := n.Get("id"); id != nil && id.Kind == tree.Scalar {
		return id.Text
	}
	return ""
}

func versionOf(promise *tree.Node) string {
	if from := promise.Get("effective").Get("from"); from != nil {
		return from.Text
	}
	return ""
}

func indexByID(nodes []*tree.Node, id string) int {
	for i, n := range nodes {
		if idOf(n) == id {
			return i
		}
	}
	return -1
}
