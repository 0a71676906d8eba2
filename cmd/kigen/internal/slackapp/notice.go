package slackapp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/tracker"
)

// channelNames are the notice channels that have a localized name.
var channelNames = [...]string{"email", "phone", "portal", "site", "support"}

// noticeForm asks how the vendor's notice arrived. The time is required and
// prefilled: an empty one would mean the time of submission, which differs when the
// form is resubmitted.
func (a *App) noticeForm(by act, inc *sla.Incident) slack.ModalViewRequest {
	now := a.Now().In(a.Zone).Format("2006-01-02 15:04")
	zone := a.texts.say("hint_time", blanks{"Zone": a.Zone.String()})
	text := line("text", "", longestInput)
	text.Multiline = true
	var stage slack.Block
	if stages := stagesOf(inc); len(stages) > 0 {
		stage = a.input("stage", true, list("stage", "", stages))
	}
	return a.modal(formNotice, a.originOf(by, inc), "notice_title", "notice_submit",
		slack.NewSectionBlock(markup(a.summary(inc)), nil, nil),
		hinted(a.input("received_at", false, line("received_at", now, longestLine)), zone),
		a.input("sent_at", true, line("sent_at", "", longestLine)),
		a.input("channel", true, list("channel", "", a.ways(inc))),
		stage,
		a.inputAs(a.label("notice_reference"), "reference", true, line("reference", "", longestLine)),
		a.input("text", true, text),
	)
}

func (a *App) originOf(by act, inc *sla.Incident) origin {
	return origin{Channel: by.channel, Reply: by.reply, Incident: inc.ID.String()}
}

// stagesOf lists the stages that an incident's clocks wait for. A notice
// answers the open round of a cadence, so its later rounds are left out.
func stagesOf(inc *sla.Incident) []choice {
	var stages []choice
	for i := range inc.Clocks {
		if stage, round := sla.RoundOf(inc.Clocks[i].Stage); stage != "" && round == 1 {
			stages = append(stages, choice{stage, stage})
		}
	}
	return stages
}

// ways lists the channels through which a notice may have arrived, the promised
// ones first.
func (a *App) ways(inc *sla.Incident) []choice {
	var names []string
	if v, ok := a.Catalogue.Vendor(inc.Vendor); ok {
		for _, p := range v.Applying(inc.Kind, &inc.Times) {
			ways := p.Channels
			if chosen, ok := ways.ByScope[inc.Scope]; ok {
				ways = chosen
			}
			names = slices.Concat(names, ways.All, ways.Any)
		}
	}
	var choices []choice
	for _, name := range append(names, channelNames[:]...) {
		if slices.ContainsFunc(choices, func(c choice) bool { return c.value == name }) {
			continue
		}
		choices = append(choices, choice{name, phrase.Channel(a.Lang, name)})
	}
	return choices
}

// noticed records the notice of a submitted form.
func (a *App) noticed(ctx context.Context, by act, from *origin, f form) formResult {
	inc, err := a.incidentOf(ctx, from.Incident)
	if err != nil {
		return formResult{answer: a.trouble(ctx, "notice", err)}
	}
	read := times{app: a}
	entry := tracker.NoticeEntry{
		ReceivedAt: read.read("received_at", f.value("received_at")), SentAt: read.read("sent_at", f.value("sent_at")),
		Channel: f.value("channel"), Stage: f.value("stage"), Reference: f.value("reference"), Text: f.value("text"),
	}
	if len(read.invalid) > 0 {
		return formResult{errors: a.atFields(read.invalid, f.view, nil)}
	}
	// The key uses the typed text: a relative time is read as another instant each time.
	typed := []string{f.value("received_at"), f.value("sent_at"), entry.Channel, entry.Stage, entry.Reference, entry.Text}
	inc, err = a.Tracker.Notice(ctx, by.request(contentKey(f.view.ID, typed)), inc.ID, entry)
	if invalid, ok := tracker.AsInvalid(err); ok {
		return formResult{errors: a.atFields(invalid, f.view, nil)}
	}
	if err != nil {
		return formResult{answer: a.trouble(ctx, "notice", err)}
	}
	return formResult{answer: a.noticedAnswer(inc, entry.ReceivedAt).with(read.notes)}
}

// contentKey returns a key for a form and its content: resubmitted unchanged it
// is the same act, with other content a new one.
func contentKey(view string, content any) string {
	text, err := json.Marshal(content)
	if err != nil {
		panic("slackapp: " + err.Error()) // plain data always marshals
	}
	sum := sha256.Sum256(text)
	return view + "/" + hex.EncodeToString(sum[:8])
}

func (a *App) noticedAnswer(inc *sla.Incident, received time.Time) answer {
	text := a.texts.say("aware", blanks{
		"ID": a.name(inc.ID), "Title": cutMarkup(escaped(inc.Title), longestLine), "At": a.zoned(received.In(a.Zone)),
	})
	for i := range inc.Clocks {
		c := &inc.Clocks[i]
		if c.NotifiedAt.Equal(received) && !c.Due.IsZero() {
			id := "verdict_late"
			if sla.InTime(c.Due, c.NotifiedAt) {
				id = "verdict_in_time"
			}
			text += "\n"
			if c.Stage != "" {
				text += escaped(c.Stage) + ": "
			}
			text += a.texts.say(id, blanks{
				"Done": phrase.Done(a.Lang, string(inc.Awaits(c))), "Length": a.length(c.Due.Sub(c.NotifiedAt)), "Due": a.zonedDeadline(c.Due.In(a.Zone)),
			})
		}
	}
	return plainly(text)
}
