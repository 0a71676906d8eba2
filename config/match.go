package config

import (
	"slices"

	"kigen/sla"
)

// match reads which incidents a policy speaks of. Values are checked against
// what incidents can have: a policy that fits nothing would tell nobody, and
// nobody would notice.
func (d *decoder) match(n *node, vendors []*node) sla.Match {
	before := len(d.problems)
	if n == nil || !d.keys(n, "vendor", "service", "severity", "impact", "strength") {
		return sla.Match{}
	}
	m := sla.Match{
		Vendor:   values(d, n.get("vendor"), vendorIDs(vendors)),
		Severity: values(d, n.get("severity"), append(sla.Severities[:], sla.SeverityUnknown)),
		Impact:   values(d, n.get("impact"), sla.Impacts[:]),
		Strength: values(d, n.get("strength"), sla.Strengths[:]),
	}
	m.Service = d.matchedServices(n.get("service"), vendors, m.Vendor)
	for i, severity := range m.Severity {
		if severity == sla.SeverityUnknown {
			m.Severity[i] = ""
		}
	}
	if m.IsZero() && len(d.problems) == before {
		d.reportf(n, "names nothing: give it a fact such as {severity: [critical]}, or leave the key out")
	}
	return m
}

// values reads a list of known words; one alone may stand without brackets.
func values[T ~string](d *decoder, n *node, known []T) []T {
	if n == nil {
		return nil
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	var chosen []T
	for i, text := range d.texts(n) {
		at := n.item(i)
		switch {
		case text == "": // reported already
		case !slices.Contains(names, text):
			d.reportf(at, "is not known: use %s", orList(names))
		case slices.Contains(chosen, T(text)):
			d.reportf(at, "comes twice: keep one")
		default:
			chosen = append(chosen, T(text))
		}
	}
	if n.kind == list && len(n.items) == 0 {
		d.reportf(n, "fits nothing: name a value, or leave the key out")
	}
	return chosen
}

// matchedServices reads services of the vendors that are picked, or of all.
// Where one of those vendors does not list its services, any name will do.
func (d *decoder) matchedServices(n *node, vendors []*node, picked []string) []string {
	if n == nil {
		return nil
	}
	var known []string
	for _, v := range vendors {
		if len(picked) > 0 && !slices.Contains(picked, idOf(v)) {
			continue
		}
		services := v.get("services")
		if services == nil {
			return d.texts(n)
		}
		var silent reader // a mistake in there is reported where the vendor is read
		known = append(known, silent.texts(services)...)
	}
	return values(d, n, known)
}

func vendorIDs(vendors []*node) []string {
	ids := make([]string, len(vendors))
	for i, v := range vendors {
		ids[i] = idOf(v)
	}
	return ids
}

// item is the place of the i-th of the values that texts returns.
func (n *node) item(i int) *node {
	if n.kind == list && i < len(n.items) {
		return n.items[i]
	}
	return n
}
