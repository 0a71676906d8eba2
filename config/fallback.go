package config

import (
	"maps"
	"slices"
	"strings"
)

// fallbacks checks that every fallback is another destination, and that no way
// along them comes back to where it began: then nobody would be told.
func (d *decoder) fallbacks(n *node, destinations map[string]Destination) {
	for _, f := range n.fields {
		name := destinations[f.key].Fallback
		if name == "" {
			continue
		}
		at := f.value.get("fallback")
		if _, known := destinations[name]; !known {
			d.reportf(at, "is no destination: use %s", orList(slices.Sorted(maps.Keys(destinations))))
			continue
		}
		if circle := circleFrom(f.key, destinations); len(circle) > 0 && f.key == slices.Min(circle) {
			d.reportf(at, "leads back to itself (%s): name a destination that can be reached when this one can't",
				strings.Join(append(circle, f.key), " → "))
		}
	}
}

// circleFrom returns the names on the way along the fallbacks from a
// destination back to itself, nil when it does not come back.
func circleFrom(start string, destinations map[string]Destination) []string {
	var way []string
	for name := start; name != "" && !slices.Contains(way, name); name = destinations[name].Fallback {
		way = append(way, name)
	}
	if destinations[way[len(way)-1]].Fallback != start {
		return nil
	}
	return way
}
