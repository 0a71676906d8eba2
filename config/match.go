package config

import (
	"slices"

	"kigen/config/reading"
	"kigen/config/tree"
	"kigen/sla"
	"kigen/sla/policy"
)

// match reads the incidents that a policy applies to. Values are checked against the
// catalogue: a policy that matches no incident would silently alert no destination.
func (d *decoder) match(n *tree.Node, vendors []*tree.Node) policy.Match {
	before := len(d.Problems)
	if n == nil || !d.Keys(n, "vendor", "service", "severity", "impact", "strength") {
		return policy.Match{}
	}
	m := policy.Match{
		Vendor:   d.registrable(n.Get("vendor"), vendorIDs(vendors)),
		Severity: values(d, n.Get("severity"), append(sla.Severities[:], sla.SeverityUnknown)),
		Impact:   values(d, n.Get("impact"), sla.Impacts[:]),
		Strength: values(d, n.Get("strength"), sla.Strengths[:]),
	}
	m.Service = d.matchedServices(n.Get("service"), vendors, m.Vendor)
	for i, severity := range m.Severity {
		if severity == sla.SeverityUnknown {
			m.Severity[i] = ""
		}
	}
	if m.IsZero() && len(d.Problems) == before {
		d.Reportf(n, "is empty: give it a fact such as {severity: [critical]}, or remove the key")
	}
	return m
}

// values reads a list of known words; a single one needs no brackets.
func values[T ~string](d *decoder, n *tree.Node, known []T) []T {
	if n == nil {
		return nil
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	var chosen []T
	for i, text := range d.Texts(n) {
		at := n.Item(i)
		switch {
		case text == "": // already reported
		case !slices.Contains(names, text):
			d.Reportf(at, "is unknown: use %s", tree.OrList(names))
		case slices.Contains(chosen, T(text)):
			d.Reportf(at, "appears twice: keep one")
		default:
			chosen = append(chosen, T(text))
		}
	}
	if n.Kind == tree.List && len(n.Items) == 0 {
		d.Reportf(n, "matches nothing: name a value, or remove the key")
	}
	return chosen
}

// registrable reads a list of names that the register may add to: an unknown one is a
// mistake once the register is read.
func (d *decoder) registrable(n *tree.Node, known []string) []string {
	if d.complete {
		return values(d, n, known)
	}
	var silent, unknown reading.Reader // other mistakes are reported by values
	admitted := slices.Clone(known)
	for i, name := range silent.Texts(n) {
		if name != "" && !slices.Contains(admitted, name) {
			unknown.Reportf(n.Item(i), "is unknown: use %s", tree.OrList(known))
			admitted = append(admitted, name)
		}
	}
	d.pending = append(d.pending, unknown.Problems...)
	return values(d, n, admitted)
}

// matchedServices reads services of the selected vendors, or of all. If one of those
// vendors lists no services, any name is accepted.
func (d *decoder) matchedServices(n *tree.Node, vendors []*tree.Node, picked []string) []string {
	if n == nil {
		return nil
	}
	var known []string
	for _, v := range vendors {
		if len(picked) > 0 && !slices.Contains(picked, idOf(v)) {
			continue
		}
		services := v.Get("services")
		if services == nil {
			return d.Texts(n)
		}
		var silent reading.Reader // mistakes are reported when the vendor is decoded
		known = append(known, silent.Texts(services)...)
	}
	if slices.ContainsFunc(picked, func(id string) bool { return indexByID(vendors, id) < 0 }) {
		return d.registrable(n, known)
	}
	return values(d, n, known)
}

// gatedServices reads the services of the vendor that a promise covers. A name that the
// vendor does not list would shut the gate for each incident that names a service.
func (d *decoder) gatedServices(n *tree.Node, v *sla.Vendor) []string {
	if n != nil && len(v.Services) == 0 {
		d.Reportf(n, "names a service, but the vendor %s lists none: give the vendor services, such as [Acme Cloud, Acme Mail]", v.ID)
		return nil
	}
	return values(d, n, v.Services)
}

func vendorIDs(vendors []*tree.Node) []string {
	ids := make([]string, len(vendors))
	for i, v := range vendors {
		ids[i] = idOf(v)
	}
	return ids
}
