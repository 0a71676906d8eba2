package web

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

// incidentView is one incident with everything that is known of it.
type incidentView struct {
	ID, Title, Description, Reference string
	Vendor, Service, Contact          string
	State                             sla.State
	StateName                         string
	Facts                             []factView // what was logged, in words
	Tags                              []string
	Who, Until                        string // who has it, and until when repeats are silent
	Waiting                           bool   // for the vendor
	Cancelled                         string // when and why; empty: it stands
	Version                           int64
	Shown                             string // what the form to amend shows, as JSON
	Clocks                            []clockView
	Notices                           []noticeView
	History                           []eventView
	Chaser                            *chaserView // nil: there is nothing to ask the vendor for
	Forms                             formsView
}

// chaserView is the letter to the vendor. Mailto is empty where no address is
// known; it holds no body, because mail programs cut off long links.
type chaserView struct{ To, Subject, Body, Mailto string }

type factView struct{ Name, Value string }

type noticeView struct {
	Received, Sent, Channel, Stage, Reference, Text, By string
	Files                                               []fileView
}

// formsView is what the forms of an incident's page hold.
type formsView struct {
	Open     string // the form to show open: the one that was refused, or the likeliest
	Values   map[string]string
	Impact   []choice
	Scope    []choice
	Severity []choice
	Stages   []choice
	Channels []choice
	Snooze   []choice
	Moments  []momentField
}

// momentField is the entry of one of an incident's moments.
type momentField struct{ Name, Value string }

func (p *reader) incident(w http.ResponseWriter) { p.showIncident(w, http.StatusOK, "", nil) }

// showIncident answers with an incident's page, and, after a form was
// refused, with that form as it was filled in and what is wrong with it.
func (p *reader) showIncident(w http.ResponseWriter, status int, form string, invalid tracker.Invalid) {
	at := p.liveVersion() // before the store is asked: what changes meanwhile is news
	inc, events, err := p.read(p.r.Context(), &IDParam{ID: p.r.PathValue("id")})
	if err != nil {
		p.fail(w, err)
		return
	}
	view := p.incidentPage(inc)
	view.History = p.history(inc, events)
	view.Forms, view.Shown = p.forms(inc), shownJSON(p.amendValues(inc))
	if form != "" {
		view.Forms.Open = form
		for name := range p.r.PostForm {
			view.Forms.Values[name] = p.r.PostForm.Get(name)
		}
		refill(&view.Forms, p.r.PostForm.Get)
	}
	p.render(w, status, "incident", page{
		Title: view.ID + " " + view.Title, Nav: "board", Problems: p.problems(invalid), At: at, Main: view,
	})
}

// incidentPage shows the newest notice first, as the history does.
func (p *reader) incidentPage(inc *sla.Incident) incidentView {
	view := incidentView{
		ID: inc.ID.String(), Title: inc.Title, Description: inc.Description, Reference: inc.Reference,
		Vendor: p.vendorName(inc.Vendor), Service: inc.Service, State: stateOf(inc), StateName: p.stateName(stateOf(inc)),
		Facts: p.facts(inc), Tags: inc.Tags, Who: inc.Acknowledged.By, Until: p.silentUntil(inc), Version: inc.Version,
		Waiting: slices.ContainsFunc(inc.Clocks, func(c sla.Clock) bool { return c.State.Open() }),
	}
	vendor, ok := p.Catalogue.Vendor(inc.Vendor)
	if ok {
		view.Contact = vendor.Contact
	}
	for i := range inc.Clocks {
		clock := p.clock(&inc.Clocks[i])
		promise := promiseOf(vendor, inc, &inc.Clocks[i])
		clock.Stage = promise.StageText(inc.Clocks[i].Stage).In(p.lang)
		clock.Picture = p.picture(&inc.Clocks[i], promise, inc.CancelledAt)
		view.Clocks = append(view.Clocks, clock)
	}
	for _, n := range slices.Backward(inc.Notices) {
		view.Notices = append(view.Notices, noticeView{
			Received: p.instant(n.ReceivedAt), Sent: p.instantOrNone(n.SentAt), Channel: p.channel(n.Channel), Stage: p.stage(inc, "", n.Stage),
			Reference: n.Reference, Text: n.Text, By: p.actor(tracker.Person(n.RecordedBy)), Files: p.fileViews(inc, n.Files),
		})
	}
	view.Chaser = p.chaserPart(inc)
	if !inc.CancelledAt.IsZero() {
		view.Cancelled = p.say("cancelled_at", "At", p.instant(inc.CancelledAt), "Reason", inc.CancelReason)
	}
	return view
}

func (p *reader) chaserPart(inc *sla.Incident) *chaserView {
	letter, ok := p.chaser(p.lang, inc)
	if !ok {
		return nil
	}
	view := &chaserView{To: letter.To, Subject: letter.Subject, Body: letter.Body}
	if letter.To != "" {
		// A plus sign is no blank to a mail program.
		view.Mailto = "mailto:" + letter.To + "?subject=" + strings.ReplaceAll(url.QueryEscape(letter.Subject), "+", "%20")
	}
	return view
}

// promiseOf is the promise that a clock was made with, as far as it is still
// the configured one.
func promiseOf(v *sla.Vendor, inc *sla.Incident, c *sla.Clock) *sla.Promise {
	if v == nil {
		return nil
	}
	for _, p := range v.Applying(&inc.Times) {
		if p.ID == c.Promise && p.Terms().Hash == c.Terms {
			return p
		}
	}
	return nil
}

// stage names one of an incident's stages as its promise does, or the first
// promise that has it.
func (p *reader) stage(inc *sla.Incident, promise, stage string) string {
	i := slices.IndexFunc(inc.Clocks, func(c sla.Clock) bool { return c.Stage == stage && (promise == "" || c.Promise == promise) })
	if i < 0 {
		return stage
	}
	vendor, _ := p.Catalogue.Vendor(inc.Vendor)
	return promiseOf(vendor, inc, &inc.Clocks[i]).StageText(stage).In(p.lang)
}

func (p *reader) instantOrNone(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return p.instant(t)
}

// facts lists what was logged, in the order in which people ask for it.
func (p *reader) facts(inc *sla.Incident) []factView {
	facts := []factView{
		{p.say("field_impact"), p.say("impact_" + string(inc.Impact))},
		{p.say("field_scope"), p.say("scope_" + string(inc.Scope))},
	}
	if inc.Severity != "" {
		facts = append(facts, factView{p.say("field_severity"), p.say("severity_" + string(inc.Severity))})
	}
	for m, stamp := range inc.Times {
		if stamp.Known() {
			facts = append(facts, factView{sla.MomentText(p.lang, sla.Moment(m).String()), p.instant(stamp.At)})
		}
	}
	if inc.Reference != "" {
		facts = append(facts, factView{p.say("field_reference"), inc.Reference})
	}
	return facts
}

// forms fills the forms of an incident's page.
func (p *reader) forms(inc *sla.Incident) formsView {
	f := formsView{Open: "notice", Values: map[string]string{
		"title": inc.Title, "service": inc.Service, "description": inc.Description,
		"reference": inc.Reference, "tags": strings.Join(inc.Tags, ", "), "by": cmp.Or(inc.Acknowledged.By, p.rememberedName()),
	}}
	f.Impact = choices(p.texts, "impact", sla.Impacts[:], inc.Impact)
	f.Scope = choices(p.texts, "scope", sla.Scopes[:], inc.Scope)
	f.Severity = choices(p.texts, "severity", append([]sla.Severity{""}, sla.Severities[:]...), inc.Severity)
	f.Snooze = p.snoozes("")
	f.Channels = p.channels(inc)
	for _, m := range entered {
		f.Moments = append(f.Moments, momentField{Name: m.String() + "_at", Value: p.entryTime(inc.Times[m].At)})
	}
	for i := range inc.Clocks {
		// A notice answers a cadence's open round: the later ones are no choice.
		if stage, round := sla.RoundOf(inc.Clocks[i].Stage); stage != "" && round == 1 {
			f.Stages = append(f.Stages, choice{Value: stage, Text: p.stage(inc, "", stage)})
		}
	}
	return f
}

// refill puts back what a person had filled in before a form was refused.
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
	for i := range f.Moments {
		f.Moments[i].Value = posted(f.Moments[i].Name)
	}
}

// channels lists the ways by which a notice can have come, those that the
// vendor promised first.
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

// promisedChannels names the ways that the promise asks for under this scope.
func promisedChannels(ch sla.Channels, scope sla.Scope) []string {
	if chosen, ok := ch.ByScope[scope]; ok {
		ch = chosen
	}
	return slices.Concat(ch.All, ch.Any)
}

// choices lists a fact's values with their wording.
func choices[T ~string](x texts, name string, values []T, chosen T) []choice {
	list := make([]choice, len(values))
	for i, v := range values {
		list[i] = choice{string(v), x.say(name + "_" + string(v)), v == chosen}
	}
	return list
}

// entryTime writes t for a field that a person edits: local time without
// offset, and with seconds only where it has some.
func (p *reader) entryTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	local := t.In(p.Zone)
	if local.Second() == 0 {
		return local.Format("2006-01-02T15:04")
	}
	return local.Format("2006-01-02T15:04:05")
}

// newView is the form that logs an incident.
type newView struct {
	Vendors []vendorChoice
	Vendor  string // as it stands in the field
	Forms   formsView
	Key     string // makes a form that is sent twice log one incident
	Preview *previewView
}

// vendorChoice is a vendor to search for.
type vendorChoice struct{ Name, Hint string }

func (p *reader) newForm(w http.ResponseWriter) {
	view := newView{Preview: &previewView{}}
	if v, ok := p.Catalogue.Vendor(p.r.URL.Query().Get("vendor")); ok {
		view.Vendor = v.Name.In(p.lang)
		view.Preview.Services = v.Services
	}
	p.showNewWith(w, http.StatusOK, nil, view)
}

// showNew answers with the form as it was filled in when it was refused.
func (p *reader) showNew(w http.ResponseWriter, status int, invalid tracker.Invalid) {
	p.showNewWith(w, status, invalid, newView{Preview: p.preview()})
}

// showNewWith answers with the form that logs an incident: empty, or as it was
// posted.
func (p *reader) showNewWith(w http.ResponseWriter, status int, invalid tracker.Invalid, view newView) {
	view.Key = rand.Text()
	blank := &sla.Incident{Facts: sla.Facts{Impact: sla.ImpactUnknown, Scope: sla.ScopeUnknown}}
	blank.Times[sla.Noticed] = sla.Stamp{At: p.now.Truncate(time.Minute)}
	view.Forms = p.forms(blank)
	if p.r.Method == http.MethodPost {
		view.Vendor, view.Key = p.r.PostForm.Get("vendor"), p.r.PostForm.Get("key")
		for name := range p.r.PostForm {
			view.Forms.Values[name] = p.r.PostForm.Get(name)
		}
		refill(&view.Forms, p.r.PostForm.Get)
		view.Preview.Problems = nil // the page says them once, at its head
	}
	for _, v := range p.Catalogue {
		view.Vendors = append(view.Vendors, vendorChoice{v.Name.In(p.lang), p.vendorHint(v)})
		if view.Preview.Vendor == "" && view.Vendor == "" {
			view.Preview.Services = append(view.Preview.Services, v.Services...)
		}
	}
	p.render(w, status, "new", page{Title: p.say("new_title"), Nav: "new", Problems: p.problems(invalid), Main: view})
}

// vendorHint is the vendor's id and what its promise counts from, which is
// the time to enter if it is known.
func (p *reader) vendorHint(v *sla.Vendor) string {
	if len(v.Promises) == 0 || !v.Promises[0].Commits() {
		return v.ID + " · " + p.say("vendor_without_time")
	}
	return v.ID + " · " + p.say("vendor_counts_from", "Moment", sla.MomentText(p.lang, v.Promises[0].Start.String()))
}
