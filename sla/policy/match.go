package policy

import (
	"cmp"
	"slices"

	"kigen/sla"
)

// Match selects clocks by the facts of their incident, by the strength of the promise,
// and by who owes them. A list names the accepted values, an empty list accepts all, and all
// lists must match.
type Match struct {
	Vendor   []string       `json:",omitempty"` // ids in the catalogue
	Service  []string       `json:",omitempty"` // as incidents name them
	Severity []sla.Severity `json:",omitempty"` // an empty value matches incidents without a severity
	Impact   []sla.Impact   `json:",omitempty"`
	Strength []sla.Strength `json:",omitempty"`

	About  []sla.IncidentKind `json:",omitempty"` // kinds of the incident
	OwedBy []Debtor           `json:",omitempty"`
	Duty   []string           `json:",omitempty"` // ids of regimes: our own clocks under them
}

// Debtor is who owes a clock.
type Debtor string

// The debtors.
const (
	OwedByVendor Debtor = "vendor" // what a vendor promised us
	OwedByUs     Debtor = sla.Us   // a duty of ours to an authority
)

// Debtors lists the debtors.
var Debtors = [...]Debtor{OwedByVendor, OwedByUs}

// debtor is who owes a clock.
func debtor(c *sla.Clock) Debtor {
	if c.Regime() != "" {
		return OwedByUs
	}
	return OwedByVendor
}

// IsZero reports whether the match has no condition and so matches everything.
func (m *Match) IsZero() bool {
	return len(m.Vendor)+len(m.Service)+len(m.Severity)+len(m.Impact)+len(m.Strength)+
		len(m.About)+len(m.OwedBy)+len(m.Duty) == 0
}

func (m *Match) fits(inc *sla.Incident, c *sla.Clock) bool {
	return among(m.Vendor, inc.Vendor) && among(m.Service, inc.Service) &&
		among(m.Severity, inc.Severity) && among(m.Impact, inc.Impact) &&
		among(m.Strength, c.Explanation.Strength) &&
		among(m.About, cmp.Or(inc.Kind, sla.KindIncident)) && among(m.OwedBy, debtor(c)) && among(m.Duty, c.Regime())
}

func among[T comparable](list []T, value T) bool {
	return len(list) == 0 || slices.Contains(list, value)
}

// applies reports whether the policy covers the clock of the incident.
func (p *Policy) applies(inc *sla.Incident, c *sla.Clock) bool {
	return p.When.fits(inc, c) && (p.Except.IsZero() || !p.Except.fits(inc, c))
}

// For returns all policies that match a clock of the incident, not only the first.
// A chain of escalations is a list of policies, and a policy for some incidents
// must not disable the policies after it.
func (ps Policies) For(inc *sla.Incident, c *sla.Clock) Policies {
	apart := func(p Policy) bool { return !p.applies(inc, c) }
	if !slices.ContainsFunc(ps, apart) {
		return ps
	}
	return slices.DeleteFunc(slices.Clone(ps), apart)
}
