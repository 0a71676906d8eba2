package sla

import (
	"strings"

	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
)

// Unknown says that the catalogue has no vendor with an id, and which one may be meant.
func (c Catalogue) Unknown(id string) localizer.Message {
	ids := c.IDs()
	known := strings.Join(ids, ", ")
	guess, found := phrase.Nearest(id, ids)
	if !found {
		return localizer.Messagef("is not known: use one of the vendors %s", known)
	}
	return localizer.Messagef("is not known: did you mean %s? use one of %s", guess, known)
}
