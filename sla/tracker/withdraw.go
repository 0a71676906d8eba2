package tracker

import (
	"context"
	"strings"

	"kigen/sla"
	"kigen/sla/history"
)

// WithdrawNotice withdraws the notice with the given Number, which was recorded by
// mistake. It stays in the record; the clocks are reckoned from the other notices.
func (t *Tracker) WithdrawNotice(ctx context.Context, by Request, id sla.IncidentID, n int, reason string) (*sla.Incident, error) {
	reason = strings.TrimSpace(reason)
	return t.changeIncident(ctx, by, UseWithdraw, id, func(c *change) error {
		notice, problems := c.checkWithdrawal(n)
		problems.checkReason(reason)
		if len(problems) > 0 {
			return problems
		}
		notice.Withdrawal = sla.Withdrawal{At: c.now, By: c.by.Actor, Reason: reason}
		if err := c.tx.WithdrawNotice(c.ctx, notice); err != nil {
			return err
		}
		c.corrected = true
		body := history.Withdrawn{Notice: n, Reason: reason, ReceivedAt: notice.ReceivedAt.UTC(), Channel: notice.Channel}
		if err := c.record(c.by.Actor, sla.EventWithdrawn, body); err != nil {
			return err
		}
		return c.reckon()
	})
}

// checkWithdrawal returns the notice with the given Number if it can be withdrawn.
func (c *change) checkWithdrawal(n int) (notice *sla.Notice, problems Invalid) {
	problems = c.checkStands("state")
	for i := range c.inc.Notices {
		if c.inc.Notices[i].Number == n {
			notice = &c.inc.Notices[i]
		}
	}
	switch count := len(c.inc.Notices); {
	case notice == nil && count == 0:
		problems.Addf("n", n, "is not a notice of %s: it has none", c.inc.ID)
	case notice == nil:
		problems.Addf("n", n, "is not a notice of %s: give the n of one of its notices, from 1 to %d", c.inc.ID, count)
	case !notice.Counts():
		at := notice.Withdrawal.At
		problems.Addf("n", n, "was withdrawn at %s already: give the n of another notice", instant(at.UTC()))
	}
	return notice, problems
}

// checkReason refuses an empty reason: it explains the correction to an auditor.
func (e *Invalid) checkReason(reason string) {
	if reason == "" {
		e.Addf("reason", "", "is required: say in a few words why")
	}
	e.checkLines(line{"reason", reason})
}
