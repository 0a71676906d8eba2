package prose

import (
	"time"

	"kigen/sla"
	"kigen/sla/phrase"
)

// Verdict says how an announced event or the end of a contract was answered: "announced
// 3 d ahead, promised 7 d". It is empty without a notice, and for every other clock: what
// counts there is the distance from the deadline.
func Verdict(lang string, c *sla.Clock) string {
	if lead, ok := c.Lead(); ok {
		return announced(lang, lead)
	}
	if c.Start.From == sla.Ended && !c.NotifiedAt.IsZero() {
		at := c.NotifiedAt
		if !c.Due.IsZero() {
			at = at.In(c.Due.Location())
		}
		return catalog.In(lang).Say("verdict_ended", "At", phrase.Instant(lang, at, time.Time{}))
	}
	return ""
}

func announced(lang string, lead sla.Announcement) string {
	key, given := "announced", lead.Given
	if given < 0 {
		key = "announced_after"
	}
	if lead.Promised == 0 {
		key += "_any"
	}
	return catalog.In(lang).Say(key, "Given", phrase.Duration(lang, given), "Promised", phrase.Duration(lang, lead.Promised))
}
