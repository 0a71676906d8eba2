package slackapp

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"kigen/cmd/kigen/internal/intake"
	"kigen/sla/inbox"
	"kigen/sla/tracker"
)

// itemClicked opens the form that a button of a candidate leads to.
func (a *App) itemClicked(ctx context.Context, by act, action, value string) answer {
	number, incident, _ := strings.Cut(value, " ")
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil || a.Inbox == nil {
		return plainly(a.texts.say("item_gone", nil))
	}
	told, err := a.Inbox.ItemTold(ctx, id)
	if err != nil {
		return a.itemTrouble(ctx, err)
	}
	it := &told.Item
	if !it.State.Open() {
		return a.itemTrouble(ctx, &intake.Settled{Item: *it})
	}
	from := origin{Channel: by.channel, Reply: by.reply, Item: it.ID, Version: it.Version}
	if action == actionItemDismiss {
		return a.openForm(ctx, by, a.modal(formDismiss, from, "dismiss_title", "dismiss_submit",
			slack.NewSectionBlock(markup(a.texts.say("dismiss_about", blanks{"Item": a.itemName(it)})), nil, nil),
			a.input("reason", false, line("reason", "", longestLine)),
		))
	}
	inc, err := a.incidentOf(ctx, incident)
	if err != nil {
		return a.trouble(ctx, "button", err)
	}
	from.Incident = inc.ID.String()
	return a.openForm(ctx, by, a.noticeFormWith(from, inc, a.filledBy(it)))
}

// filledBy is an item as the form for a notice shows it.
func (a *App) filledBy(it *inbox.Item) filledNotice {
	n := intake.NoticeOf(it)
	return filledNotice{
		received: a.entryTime(n.ReceivedAt), sent: a.entryTime(n.SentAt), channel: n.Channel, reference: cut(n.Reference, longestLine), text: cut(n.Text, longestInput),
	}
}

// unchanged takes the item's own words and seconds where the form left them as they were: it
// shows at most longestInput characters.
func (a *App) unchanged(entry *tracker.NoticeEntry, it *inbox.Item) {
	own, shown := intake.NoticeOf(it), a.filledBy(it)
	if a.entryTime(entry.ReceivedAt) == shown.received {
		entry.ReceivedAt = own.ReceivedAt
	}
	if a.entryTime(entry.SentAt) == shown.sent {
		entry.SentAt = own.SentAt
	}
	if entry.Reference == strings.TrimSpace(shown.reference) {
		entry.Reference = own.Reference
	}
	if entry.Text == strings.TrimSpace(shown.text) {
		entry.Text = own.Text
	}
}

// dismissed puts an item away, with the reason of a submitted form.
func (a *App) dismissed(ctx context.Context, by act, from *origin, f form) formResult {
	if a.Inbox == nil {
		return formResult{answer: plainly(a.texts.say("item_gone", nil))}
	}
	reason := f.value("reason")
	it, err := a.Inbox.Dismiss(ctx, by.request(contentKey(f.view.ID, []string{reason})), from.Item, reason, from.Version)
	if invalid, ok := tracker.AsInvalid(err); ok {
		return formResult{errors: a.atFields(invalid, f.view, nil)}
	}
	if err != nil {
		return formResult{answer: a.itemTrouble(ctx, err)}
	}
	return formResult{answer: plainly(a.texts.say("item_dismissed", blanks{"Item": a.itemName(it)}))}
}

// itemTrouble returns the answer for a decision about an item that failed: that another one
// decided before, or what trouble says.
func (a *App) itemTrouble(ctx context.Context, err error) answer {
	var settled *intake.Settled
	switch {
	case errors.Is(err, tracker.ErrNotFound):
		return plainly(a.texts.say("item_gone", nil))
	case !errors.As(err, &settled):
		return a.trouble(ctx, "item", err)
	case settled.Moved:
		return plainly(a.texts.say("item_moved", blanks{"Item": a.itemName(&settled.Item)}))
	case settled.By == "":
		return plainly(a.texts.say("item_settled", blanks{"Item": a.itemName(&settled.Item)}))
	}
	return plainly(a.texts.say("item_settled_by", blanks{
		"Item": a.itemName(&settled.Item), "By": escaped(tracker.Person(settled.By)), "At": a.zoned(settled.At.In(a.Zone)),
	}))
}

// itemName is an item's title, which leads to its page.
func (a *App) itemName(it *inbox.Item) string {
	title := cutMarkup(escaped(intake.EntryTitle(it)), longestLine)
	if a.BaseURL == "" {
		return title
	}
	number := strconv.FormatInt(it.ID, 10)
	return "<" + a.BaseURL + "/inbox/" + number + "|#" + number + "> " + title
}
