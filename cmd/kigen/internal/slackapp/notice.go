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
	"kigen/sla/tracker"
)

// channelNames are the ways that have a wording of their own.
var channelNames = [...]string{"email", "phone", "portal", "site", "support"}

// noticeForm asks how a vendor's message came. The time is filled in, and has
// to be there: an empty one would mean the time of sending the form, which
// differs when the form is sent again.
func (a *App) noticeForm(by act, inc *sla.Incident) slack.ModalViewRequest {
	now := a.Now().In(a.Zone).Format("2006-01-02 15:04")
	zone := a.words.say("hint_time", blanks{"Zone": a.Zone.String()})
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
		a.inputAs("label_notice_reference", "reference", true, line("reference", "", longestLine)),
		a.input("text", true, text),
	)
}

func (a *App) originOf(by act, inc *sla.Incident) origin {
	return origin{Channel: by.channel, Reply: by.reply, Incident: inc.ID.String()}
}

// stagesOf lists the stages that an incident's clocks wait for. A notice
// answers a cadence's open round, so the later ones are no choice.
func stagesOf(inc *sla.Incident) []choice {
	var stages []choice
	for i := range inc.Clocks {
		if stage, round := sla.RoundOf(inc.Clocks[i].Stage); stage != "" && round == 1 {
			stages = append(stages, choice{stage, stage})
		}
	}
	return stages
}

// ways lists the channels by which a notice can have come, those that the
// vendor promised first.
func (a *App) ways(inc *sla.Incident) []choice {
	var names []string
	if v, ok := a.Catalogue.Vendor(inc.Vendor); ok {
		for _, p := range v.Applying(&inc.Times) {
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
		text := name
		if slices.Contains(channelNames[:], name) {
			text = a.words.say("channel_"+name, nil)
		}
		choices = append(choices, choice{name, text})
	}
	return choices
}

// noticed records what the form says.
func (a *App) noticed(ctx context.Context, by act, from *origin, f form) verdict {
	inc, err := a.incidentOf(ctx, from.Incident)
	if err != nil {
		return verdict{answer: a.trouble(ctx, "notice", err)}
	}
	read := times{zone: a.Zone}
	entry := tracker.NoticeEntry{
		ReceivedAt: read.read("received_at", f.text("received_at")), SentAt: read.read("sent_at", f.text("sent_at")),
		Channel: f.text("channel"), Stage: f.text("stage"), Reference: f.text("reference"), Text: f.text("text"),
	}
	if len(read.invalid) > 0 {
		return verdict{errors: a.atFields(read.invalid, f.view, nil)}
	}
	inc, err = a.Tracker.Notice(tracker.Once(ctx, contentKey(f.view.ID, entry)), by.actor, inc.ID, entry)
	if invalid, ok := tracker.AsInvalid(err); ok {
		return verdict{errors: a.atFields(invalid, f.view, nil)}
	}
	if err != nil {
		return verdict{answer: a.trouble(ctx, "notice", err)}
	}
	return verdict{answer: a.noticedAnswer(inc, entry.ReceivedAt)}
}

// contentKey names a form with what it says: sent again unchanged it is the
// same act, and changed it is another.
func contentKey(view string, content any) string {
	text, err := json.Marshal(content)
	if err != nil {
		panic("slackapp: " + err.Error()) // plain data
	}
	sum := sha256.Sum256(text)
	return keyPrefix + view + "/" + hex.EncodeToString(sum[:8])
}

func (a *App) noticedAnswer(inc *sla.Incident, received time.Time) answer {
	text := a.words.say("noticed", blanks{
		"ID": a.name(inc.ID), "Title": cutMarkup(escaped(inc.Title), longestLine), "At": a.zoned(received.In(a.Zone)),
	})
	for i := range inc.Clocks {
		c := &inc.Clocks[i]
		if c.NoticeAt.Equal(received) && !c.Due.IsZero() {
			id := "verdict_late"
			if sla.InTime(c.Due, c.NoticeAt) {
				id = "verdict_in_time"
			}
			text += "\n"
			if c.Stage != "" {
				text += escaped(c.Stage) + ": "
			}
			text += a.words.say(id, blanks{
				"Length": a.length(c.Due.Sub(c.NoticeAt)), "Due": a.zonedDeadline(c.Due.In(a.Zone)),
			})
		}
	}
	return plainly(text)
}
