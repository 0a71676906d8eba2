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
	key := "announced"
	switch after, anyLead := lead.Given < 0, lead.Promised == 0; {
	case after && anyLead:
		key = "announced_after_any"
	case after:
		key = "announced_after"
	case anyLead:
		key = "announced_any"
	}
	return catalog.In(lang).Say(key, "Given", phrase.Duration(lang, lead.Given), "Promised", phrase.Duration(lang, lead.Promised))
}
