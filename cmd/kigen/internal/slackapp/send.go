package slackapp

import (
	"context"
	"errors"
	"strings"

	"github.com/slack-go/slack"

	"kigen/sla"
	"kigen/sla/tracker"
)

const actionSend = "kigen_send"

// Sent is what the mail server said of a reminder that is on record.
type Sent struct {
	To      []string
	Refused string // why it was not sent; empty: it was
	Unknown string // why it may have been sent; empty: that is known
}

// Post sends the reminder that asks a vendor for its notice.
type Post interface {
	// Recipients lists the addresses to which a vendor's reminder goes; none: it can't be
	// sent from here.
	Recipients(vendor string) []string
	// Send sends it once for each key of a request. An error whose In(lang) says so to people
	// is for them: nothing was sent.
	Send(ctx context.Context, by tracker.Request, id sla.IncidentID, lang string) (Sent, error)
}

// sendButton sends the reminder that is shown, after a question; nil: it can't be sent.
func (a *App) sendButton(inc *sla.Incident) []slack.BlockElement {
	if a.Post == nil {
		return nil
	}
	to := a.Post.Recipients(inc.Vendor)
	if len(to) == 0 {
		return nil
	}
	button := slack.NewButtonBlockElement(actionSend, inc.ID.String(), plain(a.texts.say(actionSend, nil)))
	question := cutMarkup(a.texts.say("send_question", blanks{"ID": a.name(inc.ID), "To": strings.Join(to, ", ")}), longestQuestion)
	button.Confirm = slack.NewConfirmationBlockObject(
		plain(a.texts.say(actionSend, nil)), plain(question), plain(a.texts.say("send_yes", nil)), plain(a.texts.say("send_no", nil)))
	return []slack.BlockElement{button}
}

// longestQuestion bounds the text of a confirmation, in characters.
const longestQuestion = 300

// send sends the reminder. Its key makes a click that is delivered again send nothing more.
func (a *App) send(ctx context.Context, by act, inc *sla.Incident) answer {
	if a.Post == nil {
		return answer{}
	}
	sent, err := a.Post.Send(ctx, by.request(by.key), inc.ID, a.Lang)
	var said interface{ In(lang string) string }
	if _, invalid := tracker.AsInvalid(err); err != nil && !invalid && errors.As(err, &said) {
		return plainly(escaped(said.In(a.Lang)))
	}
	if err != nil {
		return a.trouble(ctx, "send", err)
	}
	b := blanks{"ID": a.name(inc.ID), "To": escaped(strings.Join(sent.To, ", ")), "Reason": escaped(sent.Refused + sent.Unknown)}
	switch {
	case sent.Refused != "":
		return plainly(a.texts.say("send_refused", b))
	case sent.Unknown != "":
		return plainly(a.texts.say("send_unknown", b))
	}
	return plainly(a.texts.say("sent", b))
}
