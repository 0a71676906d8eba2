package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/sla"
)

// policies reads who is told of a clock, and when.
func (d *decoder) policies(n *node, destinations map[string]Destination, quiet sla.Quiet, vendors []*node) sla.Policies {
	items := d.list(n)
	if n != nil && n.kind == list && len(items) == 0 {
		d.reportf(n, "would tell nobody: name a destination, such as [{to: [soc]}], or leave the key out")
	}
	var policies sla.Policies
	for _, item := range items {
		if !d.keys(item, "to", "warn", "repeat", "after", "logged", "when", "except") {
			continue
		}
		if item.get("to") == nil {
			d.missing(item, "to", "name the destinations, such as "+sample(destinations))
		}
		policies = append(policies, sla.Policy{
			To:     d.to(item.get("to"), destinations),
			When:   d.match(item.get("when"), vendors),
			Except: d.match(item.get("except"), vendors),
			Logged: d.flag(item.get("logged")),
			Warn:   d.leads(item.get("warn")),
			Repeat: d.repeat(item.get("repeat")),
			After:  d.length(item.get("after")),
			Quiet:  quiet,
		})
	}
	return policies
}

// repeat reads how often a silent clock is told again. Faster than once a
// minute is nothing that a person can act on.
func (d *decoder) repeat(n *node) time.Duration {
	repeat := d.length(n)
	if repeat > 0 && repeat < time.Minute {
		d.reportf(n, "is too often: use 1m at least, such as 4h")
	}
	return repeat
}

// to reads names of destinations.
func (d *decoder) to(n *node, destinations map[string]Destination) []string {
	if n == nil {
		return nil
	}
	names := d.texts(n)
	for i, name := range names {
		at := n
		if n.kind == list && i < len(n.items) {
			at = n.items[i]
		}
		if _, ok := destinations[name]; !ok && name != "" {
			d.reportf(at, "is no destination: use %s", orList(slices.Sorted(maps.Keys(destinations))))
		} else if slices.Contains(names[:i], name) {
			d.reportf(at, "comes twice: keep one")
		}
	}
	return names
}

func sample(destinations map[string]Destination) string {
	names := slices.Sorted(maps.Keys(destinations))
	return "[" + strings.Join(names, ", ") + "]"
}

// leads reads warning thresholds: a share such as 50%, or a length before due.
func (d *decoder) leads(n *node) []sla.Lead {
	items := []*node{n}
	if n == nil || n.kind != scalar {
		items = d.list(n)
	}
	var leads []sla.Lead
	for _, item := range items {
		if lead, ok := d.lead(item); ok {
			leads = append(leads, lead)
		}
	}
	return leads
}

func (d *decoder) lead(n *node) (sla.Lead, bool) {
	text := d.text(n)
	if text == "" {
		return sla.Lead{}, false
	}
	if percent, ok := strings.CutSuffix(text, "%"); ok {
		share, err := strconv.Atoi(percent)
		if err != nil || share < 1 || share > 99 {
			d.reportf(n, "use 1%% to 99%% of the time between start and due")
			return sla.Lead{}, false
		}
		return sla.Lead{Share: float64(share) / 100}, true
	}
	before, remedy := parseLength(text)
	if remedy != "" || before <= 0 || before > maxLength {
		d.reportf(n, "use a share such as 50%%, or a length before due such as 1h")
		return sla.Lead{}, false
	}
	return sla.Lead{Before: before}, true
}
