package board

import (
	"cmp"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/prose"
	"kigen/sla/tracker"
)

// formsView contains the forms of an incident's page.
type formsView struct {
	Open     string // the expanded form: the refused one, or the most likely one
	Values   map[string]string
	Impact   []frame.Choice
	Scope    []frame.Choice
	Severity []frame.Choice
	Stages   []frame.Choice
	Channels []frame.Choice
	Chaser   []frame.Choice // channels of a chaser
	Snooze   []frame.Choice
	Moments  []momentField  // of the incident's kind
	Later    []momentField  // those that come long after logging
	Withdraw []frame.Choice // the notices that count
	Waive    []frame.Choice // the clocks that can be waived
	Unwaive  []frame.Choice // the waived ones
	Erasable []frame.Choice
	Duty     dutyForms
}

// momentField is the input of one moment.
type momentField struct {
	Name, Label, Value string
	Must               bool
}

// kindOf is the kind of an incident, or of a form that has none yet.
func kindOf(inc *sla.Incident) sla.IncidentKind { return cmp.Or(inc.Kind, sla.KindIncident) }

// submit reads a form, runs the use case and redirects to the incident's page.
// A refused form is shown again with its entries.
func (p *reader) submit(w http.ResponseWriter, form string, do func(id sla.IncidentID) (*sla.Incident, error)) {
	if err := p.ReadForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			p.showIncident(w, http.StatusRequestEntityTooLarge, form, tracker.Invalidf("files", "", "%s", p.Say("files_too_large", "MiB", tracker.LargestFile>>20)))
			return
		}
		p.Unreadable(w, err)
		return
	}
	id, err := (&web.IDParam{ID: p.R.PathValue("id")}).Incident()
	var inc *sla.Incident
	if err == nil {
		inc, err = do(id)
	}
	switch {
	case err == nil:
		done := url.Values{"done": {form}}
		if filter := p.back(); len(filter) > 0 {
			done.Set("back", filter.Encode())
		}
		http.Redirect(w, p.R, p.IncidentPath(inc.ID)+"?"+done.Encode(), http.StatusSeeOther)
	case p.Refused(err) != nil:
		p.showIncident(w, http.StatusUnprocessableEntity, form, p.Refused(err))
	default:
		p.Fail(w, err)
	}
}

func (p *reader) noticeForm(w http.ResponseWriter) {
	p.submit(w, "notice", func(id sla.IncidentID) (*sla.Incident, error) {
		form := p.R.PostForm
		body := web.NewNotice{
			ReceivedAt: form.Get("received_at"), SentAt: form.Get("sent_at"), Channel: form.Get("channel"),
			Stage: form.Get("stage"), Reference: form.Get("notice_reference"), Text: form.Get("text"),
		}
		entry, err := body.Entry(p.Typed())
		if err == nil {
			entry.Files, err = p.PostedFiles()
		}
		if err == nil && isEmpty(&entry) {
			err = p.askNotice()
		}
		if err != nil {
			return nil, err
		}
		return p.Tracker.Notice(p.R.Context(), p.Request("", ""), id, entry)
	})
}

// ackForm acknowledges the incident and remembers the name for the next time.
func (p *reader) ackForm(w http.ResponseWriter) {
	p.submit(w, "ack", func(id sla.IncidentID) (*sla.Incident, error) {
		by := strings.TrimSpace(p.R.PostForm.Get("by"))
		if by != "" {
			p.Remember(w, frame.NameCookie, by)
		}
		return p.Tracker.Acknowledge(p.R.Context(), p.Request(by, ""), id, p.snoozeEnd(p.R.PostForm.Get("snooze")))
	})
}

// cancelForm requires a reason, for auditors.
func (p *reader) cancelForm(w http.ResponseWriter) {
	p.submit(w, "cancel", func(id sla.IncidentID) (*sla.Incident, error) {
		reason := strings.TrimSpace(p.R.PostForm.Get("reason"))
		if reason == "" {
			return nil, tracker.Invalidf("reason", "", "%s", p.Say("reason_missing"))
		}
		return p.Tracker.Cancel(p.R.Context(), p.Request("", ""), id, reason)
	})
}

// forms fills the forms of an incident's page.
func (p *reader) forms(inc *sla.Incident) formsView {
	f := formsView{Open: "notice", Values: map[string]string{
		"title": inc.Title, "public_title": inc.PublicTitle, "service": inc.Service, "description": inc.Description,
		"reference": inc.Reference, "tags": strings.Join(inc.Tags, ", "), "by": cmp.Or(p.RememberedName(), inc.Owner),
		"owner": inc.Owner, "author": p.RememberedName(), "send_by": p.RememberedName(), "note_key": rand.Text(), "chaser_key": rand.Text(),
		"decision_key": rand.Text(), "submission_key": rand.Text(), "decider": p.RememberedName(),
	}}
	f.Impact = frame.Choices(p.Texts, "impact", sla.Impacts[:], inc.Impact)
	f.Scope = frame.Choices(p.Texts, "scope", sla.Scopes[:], inc.Scope)
	f.Severity = frame.Choices(p.Texts, "severity", append([]sla.Severity{""}, sla.Severities[:]...), inc.Severity)
	f.Snooze = p.snoozes("")
	f.Erasable = p.erasable()
	f.Channels = p.channels(inc)
	f.Chaser = p.chaserChannels()
	subject, needed := kindOf(inc).Subject()
	for _, m := range kindOf(inc).EnteredMoments() {
		field := momentField{Name: m.Field(), Label: prose.MomentLabel(p.Lang, m), Value: p.EntryTime(inc.Times[m].At), Must: needed && m == subject}
		if m.Later() {
			f.Later = append(f.Later, field)
		} else {
			f.Moments = append(f.Moments, field)
		}
	}
	p.undoForms(&f, inc)
	p.dutyForms(&f, inc)
	for i := range inc.Clocks {
		// A notice answers the open round of a repeating stage, so only its first
		// round is offered.
		if stage, round := sla.RoundOf(inc.Clocks[i].Stage); stage != "" && round == 1 {
			f.Stages = append(f.Stages, frame.Choice{Value: stage, Text: p.stage(inc, "", stage)})
		}
	}
	return f
}

// refill restores the entries of a refused form.
func refill(f *formsView, posted func(string) string) {
	choose := func(name string, list []frame.Choice) {
		for i := range list {
			list[i].Chosen = list[i].Value == posted(name)
		}
	}
	choose("impact", f.Impact)
	choose("scope", f.Scope)
	choose("severity", f.Severity)
	choose("snooze", f.Snooze)
	choose("stage", f.Stages)
	choose("channel", f.Channels)
	choose("n", f.Withdraw)
	choose("clock", f.Waive)
	choose("clock", f.Unwaive)
	choose("chaser_channel", f.Chaser)
	choose("duty", f.Duty.Duties)
	choose("applies", f.Duty.Applies)
	choose("case", f.Duty.Cases)
	choose("report", f.Duty.Reports)
	choose("submission", f.Duty.Withdraw)
	for _, list := range [][]momentField{f.Moments, f.Later} {
		for i := range list {
			list[i].Value = posted(list[i].Name)
		}
	}
}

// channels lists the channels of a notice, promised ones first.
func (p *reader) channels(inc *sla.Incident) []frame.Choice {
	list := []frame.Choice{{Value: "", Text: p.Say("channel_"), Chosen: true}}
	vendor, _ := p.Catalogue.Vendor(inc.Vendor)
	var promised []string
	for i := range inc.Clocks {
		if promise := frame.PromiseOf(vendor, inc, &inc.Clocks[i]); promise != nil {
			promised = append(promised, promisedChannels(promise.Channels, inc.Scope)...)
		}
	}
	for _, name := range append(promised, channelNames[:]...) {
		if slices.ContainsFunc(list, func(c frame.Choice) bool { return c.Value == name }) {
			continue
		}
		text := p.channel(name)
		if slices.Contains(promised, name) {
			text = p.Say("channel_promised", "Channel", text)
		}
		list = append(list, frame.Choice{Value: name, Text: text})
	}
	return list
}

// promisedChannels lists the channels that the promise names for this scope.
func promisedChannels(ch sla.Channels, scope sla.Scope) []string {
	if chosen, ok := ch.ByScope[scope]; ok {
		ch = chosen
	}
	return slices.Concat(ch.All, ch.Any)
}

func (p *reader) eraseForm(w http.ResponseWriter) {
	p.submit(w, "erase", func(id sla.IncidentID) (*sla.Incident, error) {
		e := tracker.Erasure{Fields: p.R.PostForm["fields"], Reason: p.R.PostFormValue("erase_reason")}
		return p.Tracker.Erase(p.R.Context(), p.Request("", ""), id, e)
	})
}

// erasable lists the fields that can be erased.
func (p *reader) erasable() (list []frame.Choice) {
	for _, field := range history.Erasable() {
		list = append(list, frame.Choice{Value: field, Text: p.Say("erased_" + field)})
	}
	return list
}

// snoozeNames lists how long repeats can be suppressed; empty: permanently.
var snoozeNames = [...]string{"", "1h", "4h", "24h"}

func (p *reader) snoozes(chosen string) []frame.Choice {
	var list []frame.Choice
	for _, name := range snoozeNames {
		list = append(list, frame.Choice{Value: name, Text: p.Say("snooze_" + name), Chosen: name == chosen})
	}
	return list
}

// snoozeEnd is the time when repeats resume; zero: never.
func (p *reader) snoozeEnd(name string) time.Time {
	length, err := time.ParseDuration(name)
	if err != nil || length <= 0 {
		return time.Time{}
	}
	return p.Now.Add(length)
}
