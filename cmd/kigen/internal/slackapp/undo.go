package slackapp

import (
	"context"
	"strconv"
	"strings"

	"kigen/sla"
	"kigen/sla/tracker"
)

// undoes reports whether a command takes something back.
func (c *command) undoes() bool {
	switch c.verb {
	case verbWithdraw, verbReopen, verbWaive, verbUnwaive:
		return true
	}
	return false
}

// readUndo reads the incident, what is taken back and the reason.
func (c command) readUndo(rest string) (command, *mistake) {
	id, rest := firstWord(rest)
	c, wrong := c.readID(narrow(id))
	if wrong != nil {
		return c, wrong
	}
	switch c.verb {
	case verbWithdraw:
		var number string
		number, rest = firstWord(rest)
		n, err := strconv.Atoi(strings.TrimPrefix(strings.ToLower(narrow(number)), "no."))
		if err != nil {
			return c, &mistake{text: "missing_notice", word: number}
		}
		c.notice = n
	case verbWaive, verbUnwaive:
		var promise string
		promise, rest = firstWord(rest)
		if c.promise = narrow(promise); c.promise == "" {
			return c, &mistake{text: "missing_promise", word: c.verb}
		}
	}
	if c.reason = unquoted(oneLine(rest)); c.reason == "" {
		return c, &mistake{text: "missing_reason", word: c.verb}
	}
	return c, nil
}

// undo takes something back, once however often Slack delivers the command.
func (a *App) undo(ctx context.Context, by act, c *command) answer {
	inc, err := a.undone(ctx, by.request(by.key), c)
	if err != nil {
		return a.trouble(ctx, c.verb, err)
	}
	result := plainly(a.texts.say("done_"+c.verb, blanks{
		"ID": a.name(inc.ID), "Title": cutMarkup(escaped(inc.Title), longestLine), "N": strconv.Itoa(c.notice), "Promise": escaped(c.promise),
	}))
	for i := range inc.Clocks {
		result.sections = append(result.sections, a.clock(inc, &inc.Clocks[i]))
	}
	return result
}

func (a *App) undone(ctx context.Context, by tracker.Request, c *command) (*sla.Incident, error) {
	switch c.verb {
	case verbWithdraw:
		return a.Tracker.WithdrawNotice(ctx, by, c.id, c.notice, c.reason)
	case verbReopen:
		return a.Tracker.Reopen(ctx, by, c.id, c.reason)
	case verbWaive:
		return a.Tracker.Waive(ctx, by, c.id, c.promise, "", c.reason)
	}
	return a.Tracker.Unwaive(ctx, by, c.id, c.promise, "", c.reason)
}

// numbered writes a notice with the number by which it is withdrawn.
func (a *App) numbered(n *sla.Notice) string {
	text := "numbered"
	if !n.Counts() {
		text = "numbered_void"
	}
	return a.texts.say(text, blanks{"N": strconv.Itoa(n.Number), "At": a.zoned(n.ReceivedAt.In(a.Zone))})
}
