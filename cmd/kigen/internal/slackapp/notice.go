package slackapp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"kigen/cmd/kigen/internal/intake"

	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/tracker"
)

// channelNames are the notice channels that have a localized name.
var channelNames = [...]string{"email", "phone", "portal", "site", "support"}

// filledNotice is what a form for a notice holds when it opens, by field.
type filledNotice struct{ received, sent, channel, reference, text string }

// noticeForm asks how the vendor's notice arrived. The time is required and
// prefilled: an empty one would mean the time of submission, which differs when the
// form is resubmitted.
func (a *App) noticeForm(by act, inc *sla.Incident) slack.ModalViewRequest {
	return a.noticeFormWith(a.originOf(by, inc), inc, filledNotice{received: a.entryTime(a.Now().Truncate(time.Minute))})
}

// entryTime formats an instant for an input field.
func (a *App) entryTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	local := t.In(a.Zone)
	if local.Second() == 0 {
		return local.Format("2006-01-02 15:04")
	}
	return local.Format("2006-01-02 15:04:05")
}

func (a *App) noticeFormWith(from origin, inc *sla.Incident, filled filledNotice) slack.ModalViewRequest {
	zone := a.texts.say("hint_time", blanks{"Zone": a.Zone.String()})
	text := line("text", filled.text, longestInput)
	text.Multiline = true
	var stage slack.Block
	if stages := stagesOf(inc); len(stages) > 0 {
		stage = a.input("stage", true, list("stage", "", stages))
	}
	return a.modal(formNotice, from, "notice_title", "notice_submit",
		slack.NewSectionBlock(markup(a.summary(inc)), nil, nil),
		hinted(a.input("received_at", false, line("received_at", filled.received, longestLine)), zone),
		a.input("sent_at", true, line("sent_at", filled.sent, longestLine)),
		a.input("channel", true, list("channel", filled.channel, a.ways(inc, filled.channel))),
		stage,
		a.inputAs(a.label("notice_reference"), "reference", true, line("reference", filled.reference, longestLine)),
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

// ways lists the channels through which a notice may have arrived: the chosen one, if
// there is one, and then the promised ones first.
func (a *App) ways(inc *sla.Incident, chosen string) []choice {
	var names []string
	if chosen != "" {
		names = append(names, chosen)
	}
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
	inc, err = a.record(ctx, by.request(contentKey(f.view.ID, typed)), from, inc.ID, &entry)
	if invalid, ok := tracker.AsInvalid(err); ok {
		return formResult{errors: a.atFields(invalid, f.view, nil)}
	}
	if err != nil && from.Item != 0 {
		return formResult{answer: a.itemTrouble(ctx, err)}
	}
	if err != nil {
		return formResult{answer: a.trouble(ctx, "notice", err)}
	}
	return formResult{answer: a.noticedAnswer(inc, entry.ReceivedAt).with(read.notes)}
}

// record records a notice, or accepts the item that the form was opened for as one.
func (a *App) record(ctx context.Context, by tracker.Request, from *origin, id sla.IncidentID, entry *tracker.NoticeEntry) (*sla.Incident, error) {
	if from.Item == 0 || a.Inbox == nil {
		return a.Tracker.Notice(ctx, by, id, *entry)
	}
	told, err := a.Inbox.ItemTold(ctx, from.Item)
	if err != nil {
		return nil, err
	}
	a.unchanged(entry, &told.Item)
	if _, err := a.Inbox.Accept(ctx, by, from.Item, intake.Acceptance{Incident: id, Notice: entry, Version: from.Version}); err != nil {
		return nil, err
	}
	return a.incident(ctx, id)
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
