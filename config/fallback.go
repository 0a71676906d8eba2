package config

import (
	"maps"
	"slices"
	"strings"

	"kigen/config/tree"
)

// fallbacks checks that every fallback is another destination and that fallbacks
// form no cycle, in which no destination would get the message.
func (d *decoder) fallbacks(n *tree.Node, destinations map[string]Destination) {
	for _, f := range n.Fields {
		name := destinations[f.Key].Fallback
		if name == "" {
			continue
		}
		at := f.Value.Get("fallback")
		if _, known := destinations[name]; !known {
			d.Reportf(at, "is not a destination: use %s", tree.OrList(slices.Sorted(maps.Keys(destinations))))
			continue
		}
		if circle := circleFrom(f.Key, destinations); len(circle) > 0 && f.Key == slices.Min(circle) {
			d.Reportf(at, "forms a cycle (%s): name a destination that does not fall back to this one",
				strings.Join(append(circle, f.Key), " → "))
		}
	}
}

// circleFrom returns the names of a cycle of fallbacks through a destination; nil if
// there is none.
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
