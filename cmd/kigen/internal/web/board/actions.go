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
	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/prose"
	"kigen/sla/tracker"
)

const (
	// boardActor is the recorded actor of board changes while access control is off.
	boardActor = "board"
	nameCookie = "kigen_name" // the name last used to acknowledge an incident
)

// confirmedForms lists the forms that confirm their success after the redirect.
var confirmedForms = [...]string{"logged", "notice", "ack", "owner", "note", "chaser", "amend", "cancel", "erase", "withdraw", "reopen", "waive", "unwaive", "password", "sessions", "second"}

// formsView contains the forms of an incident's page.
type formsView struct {
	Open     string // the expanded form: the refused one, or the most likely one
	Values   map[string]string
	Impact   []choice
	Scope    []choice
	Severity []choice
	Stages   []choice
	Channels []choice
	Chaser   []choice // channels of a chaser
	Snooze   []choice
	Moments  []momentField
	Withdraw []choice // the notices that count
	Waive    []choice // the clocks that can be waived
	Unwaive  []choice // the waived ones
	Erasable []choice
}

// momentField is the input of one moment.
type momentField struct{ Name, Label, Value string }

// submit reads a form, runs the use case and redirects to the incident's page.
// A refused form is shown again with its entries.
func (p *reader) submit(w http.ResponseWriter, form string, do func(id sla.IncidentID) (*sla.Incident, error)) {
	if err := p.readForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			p.showIncident(w, http.StatusRequestEntityTooLarge, form, tracker.Invalid{{Field: "files", Message: p.say("files_too_large", "MiB", tracker.LargestFile>>20)}})
			return
		}
		p.unreadable(w, err)
		return
	}
	id, err := (&web.IDParam{ID: p.r.PathValue("id")}).Incident()
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
		http.Redirect(w, p.r, p.incidentPath(inc.ID)+"?"+done.Encode(), http.StatusSeeOther)
	case p.refused(err) != nil:
		p.showIncident(w, http.StatusUnprocessableEntity, form, p.refused(err))
	default:
		p.fail(w, err)
	}
}

// request is the Request of a form's use case. name is that of the person, if the
// form asks for one.
func (p *reader) request(name, key string) tracker.Request {
	return web.RequestOf(p.r.Context(), boardActor, name, key)
}

func (p *reader) noticeForm(w http.ResponseWriter) {
	p.submit(w, "notice", func(id sla.IncidentID) (*sla.Incident, error) {
		form := p.r.PostForm
		body := web.NewNotice{
			ReceivedAt: form.Get("received_at"), SentAt: form.Get("sent_at"), Channel: form.Get("channel"),
			Stage: form.Get("stage"), Reference: form.Get("notice_reference"), Text: form.Get("text"),
		}
		entry, err := body.Entry(p.typed())
		if err == nil {
			entry.Files, err = p.postedFiles()
		}
		if err == nil && isEmpty(&entry) {
			err = p.askNotice()
		}
		if err != nil {
			return nil, err
		}
		return p.Tracker.Notice(p.r.Context(), p.request("", ""), id, entry)
	})
}

// ackForm acknowledges the incident and remembers the name for the next time.
func (p *reader) ackForm(w http.ResponseWriter) {
	p.submit(w, "ack", func(id sla.IncidentID) (*sla.Incident, error) {
		by := strings.TrimSpace(p.r.PostForm.Get("by"))
		if by != "" {
			p.remember(w, nameCookie, by)
		}
		return p.Tracker.Acknowledge(p.r.Context(), p.request(by, ""), id, p.snoozeEnd(p.r.PostForm.Get("snooze")))
	})
}

// cancelForm requires a reason, for auditors.
func (p *reader) cancelForm(w http.ResponseWriter) {
	p.submit(w, "cancel", func(id sla.IncidentID) (*sla.Incident, error) {
		reason := strings.TrimSpace(p.r.PostForm.Get("reason"))
		if reason == "" {
			return nil, tracker.Invalid{{Field: "reason", Message: p.say("reason_missing")}}
		}
		return p.Tracker.Cancel(p.r.Context(), p.request("", ""), id, reason)
	})
}

// forms fills the forms of an incident's page.
func (p *reader) forms(inc *sla.Incident) formsView {
	f := formsView{Open: "notice", Values: map[string]string{
		"title": inc.Title, "public_title": inc.PublicTitle, "service": inc.Service, "description": inc.Description,
		"reference": inc.Reference, "tags": strings.Join(inc.Tags, ", "), "by": cmp.Or(p.rememberedName(), inc.Owner),
		"owner": inc.Owner, "author": p.rememberedName(), "note_key": rand.Text(), "chaser_key": rand.Text(),
	}}
	f.Impact = choices(p.texts, "impact", sla.Impacts[:], inc.Impact)
	f.Scope = choices(p.texts, "scope", sla.Scopes[:], inc.Scope)
	f.Severity = choices(p.texts, "severity", append([]sla.Severity{""}, sla.Severities[:]...), inc.Severity)
	f.Snooze = p.snoozes("")
	f.Erasable = p.erasable()
	f.Channels = p.channels(inc)
	f.Chaser = p.chaserChannels()
	for _, m := range sla.EnteredMoments() {
		f.Moments = append(f.Moments, momentField{Name: m.Field(), Label: prose.MomentLabel(p.lang, m), Value: p.entryTime(inc.Times[m].At)})
	}
	p.undoForms(&f, inc)
	for i := range inc.Clocks {
		// A notice answers the open round of a repeating stage, so only its first
		// round is offered.
		if stage, round := sla.RoundOf(inc.Clocks[i].Stage); stage != "" && round == 1 {
			f.Stages = append(f.Stages, choice{Value: stage, Text: p.stage(inc, "", stage)})
		}
	}
	return f
}

// refill restores the entries of a refused form.
func refill(f *formsView, posted func(string) string) {
	choose := func(name string, list []choice) {
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
	for i := range f.Moments {
		f.Moments[i].Value = posted(f.Moments[i].Name)
	}
}

// channels lists the channels of a notice, promised ones first.
func (p *reader) channels(inc *sla.Incident) []choice {
	list := []choice{{"", p.say("channel_"), true}}
	vendor, _ := p.Catalogue.Vendor(inc.Vendor)
	var promised []string
	for i := range inc.Clocks {
		if promise := promiseOf(vendor, inc, &inc.Clocks[i]); promise != nil {
			promised = append(promised, promisedChannels(promise.Channels, inc.Scope)...)
		}
	}
	for _, name := range append(promised, channelNames[:]...) {
		if slices.ContainsFunc(list, func(c choice) bool { return c.Value == name }) {
			continue
		}
		text := p.channel(name)
		if slices.Contains(promised, name) {
			text = p.say("channel_promised", "Channel", text)
		}
		list = append(list, choice{name, text, false})
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
		e := tracker.Erasure{Fields: p.r.PostForm["fields"], Reason: p.r.PostFormValue("erase_reason")}
		return p.Tracker.Erase(p.r.Context(), p.request("", ""), id, e)
	})
}

// erasable lists the fields that can be erased.
func (p *reader) erasable() (list []choice) {
	for _, field := range history.Erasable() {
		list = append(list, choice{Value: field, Text: p.say("erased_" + field)})
	}
	return list
}

// rememberedName is the name last used to acknowledge an incident; empty: none.
func (p *reader) rememberedName() string {
	cookie, err := p.r.Cookie(nameCookie)
	if err != nil {
		return ""
	}
	name, err := url.QueryUnescape(cookie.Value)
	if err != nil {
		return ""
	}
	return name
}

// snoozeNames lists how long repeats can be suppressed; empty: permanently.
var snoozeNames = [...]string{"", "1h", "4h", "24h"}

func (p *reader) snoozes(chosen string) []choice {
	var list []choice
	for _, name := range snoozeNames {
		list = append(list, choice{name, p.say("snooze_" + name), name == chosen})
	}
	return list
}

// snoozeEnd is the time when repeats resume; zero: never.
func (p *reader) snoozeEnd(name string) time.Time {
	length, err := time.ParseDuration(name)
	if err != nil || length <= 0 {
		return time.Time{}
	}
	return p.now.Add(length)
}
