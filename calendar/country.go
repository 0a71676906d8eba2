package calendar

import "time"

// Country is the country whose laws determine how months are counted: the one of
// the spec, else that of the zone; empty: unknown.
func (c *Calendar) Country() string { return c.country }

// ZoneCountry is the country implied by the zone alone.
func (c *Calendar) ZoneCountry() string { return zoneCountry(c.zone) }

// zoneCountry knows the zones of countries whose laws count months in a special way.
func zoneCountry(zone *time.Location) string {
	switch zone.String() {
	case "Asia/Tokyo", "Japan":
		return "jp"
	}
	return ""
}
