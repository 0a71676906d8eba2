package board

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/tracker"
)

// isEmpty reports whether nothing was entered about a notice.
func isEmpty(n *tracker.NoticeEntry) bool {
	return n.ReceivedAt.IsZero() && n.SentAt.IsZero() && n.Channel == "" && n.Stage == "" && n.Reference == "" && n.Text == "" && len(n.Files) == 0
}

// askNotice asks for the confirmation of a notice without any entry, which one click
// on the button records: the form is shown again with the time that it would record.
func (p *reader) askNotice() error {
	p.R.PostForm.Set("received_at", p.EntryTime(p.Now))
	return tracker.Invalidf("received_at", "", "%s", p.Say("notice_confirm", "At", p.Instant(p.Now)))
}

// reason is the reason of a correction, which an auditor will ask for.
func (p *reader) reason() (string, error) {
	reason := strings.TrimSpace(p.R.PostForm.Get("reason"))
	if reason == "" {
		return "", tracker.Invalidf("reason", "", "%s", p.Say("undo_reason_missing"))
	}
	return reason, nil
}

func (p *reader) withdrawForm(w http.ResponseWriter) {
	p.submit(w, "withdraw", func(id sla.IncidentID) (*sla.Incident, error) {
		reason, err := p.reason()
		if err != nil {
			return nil, err
		}
		n, err := strconv.Atoi(p.R.PostForm.Get("n"))
		if err != nil {
			return nil, tracker.Invalidf("n", p.R.PostForm.Get("n"), "%s", p.Say("withdraw_which"))
		}
		return p.Tracker.WithdrawNotice(p.R.Context(), p.Request("", ""), id, n, reason)
	})
}

func (p *reader) reopenForm(w http.ResponseWriter) {
	p.submit(w, "reopen", func(id sla.IncidentID) (*sla.Incident, error) {
		reason, err := p.reason()
		if err != nil {
			return nil, err
		}
		return p.Tracker.Reopen(p.R.Context(), p.Request("", ""), id, reason)
	})
}

func (p *reader) waiveForm(w http.ResponseWriter) { p.submitWaiver(w, "waive", p.Tracker.Waive) }

func (p *reader) unwaiveForm(w http.ResponseWriter) { p.submitWaiver(w, "unwaive", p.Tracker.Unwaive) }

// submitWaiver reads a clock as promise/stage; a promise alone means all its clocks.
func (p *reader) submitWaiver(w http.ResponseWriter, form string,
	do func(ctx context.Context, by tracker.Request, id sla.IncidentID, promise, stage, reason string) (*sla.Incident, error),
) {
	p.submit(w, form, func(id sla.IncidentID) (*sla.Incident, error) {
		reason, err := p.reason()
		if err != nil {
			return nil, err
		}
		promise, stage, _ := strings.Cut(p.R.PostForm.Get("clock"), "/")
		return do(p.R.Context(), p.Request("", ""), id, promise, stage, reason)
	})
}

// undoForms fills the forms that take something back.
func (p *reader) undoForms(f *formsView, inc *sla.Incident) {
	for _, n := range inc.Counted() {
		text := p.Say("notice_number", "N", n.Number) + " · " + p.Instant(n.ReceivedAt)
		if n.Channel != "" {
			text += " · " + p.channel(n.Channel)
		}
		f.Withdraw = append(f.Withdraw, frame.Choice{Value: strconv.Itoa(n.Number), Text: text})
	}
	f.Waive = p.clockChoices(inc, func(c *sla.Clock) bool { return c.State.Waivable() })
	f.Unwaive = p.clockChoices(inc, func(c *sla.Clock) bool { return c.State == sla.Waived })
}

// clockChoices lists the clocks that fit, and each promise with several as a whole.
func (p *reader) clockChoices(inc *sla.Incident, fits func(*sla.Clock) bool) (list []frame.Choice) {
	whole := map[string]int{}
	for i := range inc.Clocks {
		c := &inc.Clocks[i]
		if !fits(c) {
			continue
		}
		value, text := c.Promise, phrase.Capital(phrase.DeadlineOf(p.Lang, string(inc.Awaits(c))))
		if c.Stage != "" {
			value, text = c.Promise+"/"+c.Stage, p.stage(inc, c.Promise, c.Stage)
		}
		if !c.Due.IsZero() {
			text += " · " + p.Deadline(c.Due)
		}
		list = append(list, frame.Choice{Value: value, Text: text})
		if whole[c.Promise]++; whole[c.Promise] == 2 {
			list = append(list, frame.Choice{Value: c.Promise, Text: p.Say("clock_whole")})
		}
	}
	return list
}

// withdrawn says when and why a notice was withdrawn; empty: it counts.
func (p *reader) withdrawn(n *sla.Notice) string {
	if n.Counts() {
		return ""
	}
	return p.Say("withdrawn_at", "At", p.Instant(n.Withdrawal.At), "By", p.actor(tracker.Person(n.Withdrawal.By)), "Reason", n.Withdrawal.Reason)
}

// waived says when and why a clock was waived; empty: it was not.
func (p *reader) waived(c *sla.Clock) string {
	if c.Waiver.At.IsZero() {
		return ""
	}
	return p.Say("waived_at", "At", p.Instant(c.Waiver.At), "By", p.actor(tracker.Person(c.Waiver.By)), "Reason", c.Waiver.Reason)
}
