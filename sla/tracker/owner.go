package tracker

import (
	"context"
	"slices"
	"strings"

	"kigen/sla"
	"kigen/sla/history"
)

// Words that select incidents by owner where a name is expected.
const (
	OwnerMine = "mine"    // those of the person who asks
	OwnerNone = "unowned" // those without an owner
)

const longestOwner = 100 // characters of a name

// Own makes a person the owner of an incident; an empty name leaves it without one,
// which ends its acknowledgement: repeats resume when no person has the incident.
func (t *Tracker) Own(ctx context.Context, by Request, id sla.IncidentID, owner string) (*sla.Incident, error) {
	return t.changeIncident(ctx, by, UseOwner, id, func(c *change) error {
		owner = strings.TrimSpace(owner)
		if problems := c.checkOwner(owner); len(problems) > 0 {
			return problems
		}
		if c.idle = owner == c.inc.Owner; c.idle {
			return nil
		}
		// Alerts that were due under the owner of before are raised first.
		if err := c.updateClocks(); err != nil {
			return err
		}
		body := history.Owner{Owner: owner, Was: c.inc.Owner}
		c.inc.Owner = owner
		if owner == "" {
			c.inc.Acknowledged = sla.Acknowledgement{}
		}
		if err := c.record(c.by.Actor, sla.EventOwner, body); err != nil {
			return err
		}
		return c.updateClocks()
	})
}

func (c *change) checkOwner(owner string) (problems Invalid) {
	problems = c.checkStands("state")
	problems.checkLines(line{"owner", owner})
	if len([]rune(owner)) > longestOwner {
		problems.Addf("owner", string([]rune(owner)[:40])+"…", "is longer than %d characters: give the name of a person or a team", longestOwner)
	}
	if slices.Contains([]string{OwnerMine, OwnerNone}, owner) {
		problems.Addf("owner", owner, "is a word of the filter, not a name: give the name of a person or a team, or leave it empty for no owner")
	}
	return problems
}
