package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/config/reading"
	"kigen/config/tree"
	"kigen/sla/policy"
	"kigen/sla/regime"
)

// policies reads the alert policies: recipients and times per clock.
func (d *decoder) policies(n *tree.Node, destinations map[string]Destination, quiet policy.Quiet, vendors []*tree.Node, duties regime.Regimes) policy.Policies {
	items := d.List(n)
	if n != nil && n.Kind == tree.List && len(items) == 0 {
		d.Reportf(n, "names no destination: give one, such as [{to: [soc]}], or remove the key")
	}
	var policies policy.Policies
	for _, item := range items {
		if !d.Keys(item, "to", "warn", "repeat", "after", "logged", "when", "except") {
			continue
		}
		if item.Get("to") == nil {
			d.Missing(item, "to", "name the destinations, such as "+sample(destinations))
		}
		policies = append(policies, policy.Policy{
			To:     d.to(item.Get("to"), destinations),
			When:   d.match(item.Get("when"), vendors, duties),
			Except: d.match(item.Get("except"), vendors, duties),
			Logged: d.Flag(item.Get("logged")),
			Warn:   d.leads(item.Get("warn")),
			Repeat: d.repeat(item.Get("repeat")),
			After:  d.Length(item.Get("after")),
			Quiet:  quiet,
		})
	}
	return policies
}

// repeat reads the interval of repeats. Less than a minute is rejected, because no
// person can react that fast.
func (d *decoder) repeat(n *tree.Node) time.Duration {
	repeat := d.Length(n)
	if repeat > 0 && repeat < time.Minute {
		d.Reportf(n, "is too frequent: use at least 1m, such as 4h")
	}
	return repeat
}

// to reads destination names.
func (d *decoder) to(n *tree.Node, destinations map[string]Destination) []string {
	if n == nil {
		return nil
	}
	names := d.Texts(n)
	for i, name := range names {
		at := n
		if n.Kind == tree.List && i < len(n.Items) {
			at = n.Items[i]
		}
		if _, ok := destinations[name]; !ok && name != "" {
			d.Reportf(at, "is not a destination: use %s", tree.OrList(slices.Sorted(maps.Keys(destinations))))
		} else if slices.Contains(names[:i], name) {
			d.Reportf(at, "appears twice: keep one")
		}
	}
	return names
}

func sample(destinations map[string]Destination) string {
	names := slices.Sorted(maps.Keys(destinations))
	return "[" + strings.Join(names, ", ") + "]"
}

// leads reads warning thresholds: a share such as 50%, or a length before due.
func (d *decoder) leads(n *tree.Node) []policy.Lead {
	items := []*tree.Node{n}
	if n == nil || n.Kind != tree.Scalar {
		items = d.List(n)
	}
	var leads []policy.Lead
	for _, item := range items {
		if lead, ok := d.lead(item); ok {
			leads = append(leads, lead)
		}
	}
	return leads
}

func (d *decoder) lead(n *tree.Node) (policy.Lead, bool) {
	text := d.Text(n)
	if text == "" {
		return policy.Lead{}, false
	}
	if percent, ok := strings.CutSuffix(text, "%"); ok {
		share, err := strconv.Atoi(percent)
		if err != nil || share < 1 || share > 99 {
			d.Reportf(n, "use 1%% to 99%% of the time between start and due")
			return policy.Lead{}, false
		}
		return policy.Lead{Share: float64(share) / 100}, true
	}
	before, remedy := reading.ParseLength(text)
	if remedy != "" || before <= 0 || before > maxLength {
		d.Reportf(n, "use a share such as 50%%, or a length before due such as 1h")
		return policy.Lead{}, false
	}
	return policy.Lead{Before: before}, true
}
