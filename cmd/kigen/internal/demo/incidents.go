package demo

import (
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

// silentVendor misses its deadline. Its promise counts elapsed hours, so the demo
// works at any time of day.
const (
	silentVendor  = "sustaina"
	silentPromise = 24 * time.Hour
)

// entries returns the five incidents, relative to the start of the demo.
func (s *show) entries() []tracker.Entry {
	return []tracker.Entry{
		{
			Vendor: silentVendor,
			Title:  s.text("title_suspicious_administrator_sign"),
			Facts:  s.facts("Sustaina Cloud", sla.ImpactSerious, sla.Confirmed, silentPromise-deadlineAfter),
		},
		{
			Vendor: "sotas",
			Title:  s.text("title_sign_in_to"),
			Facts:  s.facts("Sotas工程管理", sla.ImpactSerious, sla.Occurred, 25*time.Minute),
		},
		{
			Vendor: "tatsujin",
			Title:  s.text("title_data_collection_and"),
			Facts:  s.facts("", sla.ImpactLimited, sla.Detected, 3*time.Hour),
		},
		{
			Vendor: "superstream",
			Title:  s.text("title_journal_entries_may"),
			Facts:  s.facts("", sla.ImpactSerious, sla.Aware, 90*time.Minute),
		},
		{
			Vendor: "cybertrust",
			Title:  s.text("title_issuing_of_certificates"),
			Facts:  s.facts("マネージドPKI", sla.ImpactUnknown, sla.Aware, 40*time.Minute),
		},
	}
}

// facts sets one moment to a time before the start of the demo.
func (s *show) facts(service string, impact sla.Impact, m sla.Moment, before time.Duration) sla.Facts {
	f := sla.Facts{Service: service, Impact: impact}
	f.Times[m] = sla.Stamp{At: s.begun.Add(-before)}
	return f
}
