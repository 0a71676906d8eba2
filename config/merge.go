package config

// atomic are the keys whose values are replaced as a whole: half of one rule
// and half of another would be a promise that nobody made.
func atomic(key string) bool {
	switch key {
	case "due", "expect", "gate", "channels", "stages", "hours", "holidays":
		return true
	}
	return false
}

// merge lays an object over another one, key by key, and returns a new one. A
// null takes the key away. Lists are replaced, but for promises.
func merge(base, over *node) *node {
	merged := *over
	merged.fields = append([]field(nil), base.fields...)
	for _, f := range over.fields {
		under := merged.get(f.key)
		switch {
		case f.key == "promises" && under != nil && under.kind == list && f.value.kind == list:
			f.value = mergePromises(under, f.value)
		case under != nil && under.kind == object && f.value.kind == object && !atomic(f.key):
			f.value = merge(under, f.value)
		}
		if old := merged.field(f.key); old != nil {
			*old = f
		} else {
			merged.fields = append(merged.fields, f)
		}
	}
	return &merged
}

// mergeVendors lays a file's vendors over the built-in ones by id; others
// come after them.
func (r *reader) mergeVendors(builtin []*node, over *node) []*node {
	vendors := append([]*node(nil), builtin...)
	given := make(map[string]bool)
	for _, v := range r.list(over) {
		if !r.is(v, object) {
			continue
		}
		id := idOf(v)
		if given[id] {
			r.reportf(v, "the vendor %s comes twice: write it once", id)
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

// mergePromises lays promises over those with the same id. One with its own
// effective.from is a version: it changes the version with that date, or is
// new and stands alone. One without changes every version.
func mergePromises(base, over *node) *node {
	merged := *over
	merged.items = append([]*node(nil), base.items...)
	for _, p := range over.items {
		from, known := versionOf(p), false
		for i, under := range merged.items {
			if idOf(p) != "" && idOf(under) == idOf(p) && (from == "" || versionOf(under) == from) {
				merged.items[i] = mergePromise(under, p)
				known = true
			}
		}
		if !known {
			merged.items = append(merged.items, p)
		}
	}
	return &merged
}

// mergePromise replaces the ways to say when: due, readings and stages
// exclude each other.
func mergePromise(base, over *node) *node {
	under := *base
	switch {
	case over.get("due") != nil:
		under.drop("readings", "reading", "stages")
	case over.get("stages") != nil:
		under.drop("readings", "reading", "due")
	case over.get("readings") != nil:
		under.drop("due", "stages")
	}
	return merge(&under, over)
}

func idOf(n *node) string {
	if id := n.get("id"); id != nil && id.kind == scalar {
		return id.text
	}
	return ""
}

func versionOf(promise *node) string {
	if from := promise.get("effective").get("from"); from != nil {
		return from.text
	}
	return ""
}

func indexByID(nodes []*node, id string) int {
	for i, n := range nodes {
		if idOf(n) == id {
			return i
		}
	}
	return -1
}
