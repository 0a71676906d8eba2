package inboxes

import (
	"net/http"
	"slices"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/prose"
)

// newView is the form that makes an item a new incident, filled with what was read.
type newView struct {
	Kind                    string
	Vendors                 []frame.Choice
	Service, Title          string
	Services                []string
	Moments                 []momentField
	Impact, Scope, Severity []frame.Choice
	Preview                 *previewView
}

// momentField is the input of one moment. Was is its value as the item has it.
type momentField struct {
	Name, Label, Value, Was string
	Must                    bool
}

// previewView says what the new incident would bring.
type previewView struct {
	Effects  []effectView
	Notice   bool // the item is its first notice
	None     bool // the vendor promises nothing about it
	Problems []frame.Problem
}

// newForm is the form as the item has it, or as it was posted.
func (p *reader) newForm(it *inbox.Item) newView {
	e := p.entry(it)
	value := func(name, own string) string {
		if p.posted() {
			return p.R.PostForm.Get(name)
		}
		return own
	}
	f := newView{Kind: p.Word("kind", string(e.Kind)), Service: value("service", e.Service), Title: value("title", e.Title), Preview: p.preview(it)}
	vendor := value("vendor", e.Vendor)
	for _, v := range p.Catalogue {
		f.Vendors = append(f.Vendors, frame.Choice{Value: v.ID, Text: v.Name.In(p.Lang), Chosen: v.ID == vendor})
		if v.ID == vendor {
			f.Services = v.Services
		}
	}
	subject, needed := e.Kind.Subject()
	for _, m := range e.Kind.EnteredMoments() {
		if m.Later() {
			continue
		}
		own := p.EntryTime(e.Times[m].At)
		f.Moments = append(f.Moments, momentField{
			Name: m.Field(), Label: prose.MomentLabel(p.Lang, m), Value: value(m.Field(), own), Was: own, Must: needed && m == subject,
		})
	}
	f.Impact = frame.Choices(p.Texts, "impact", sla.Impacts[:], sla.Impact(value("impact", string(sla.ImpactUnknown))))
	f.Scope = frame.Choices(p.Texts, "scope", sla.Scopes[:], sla.Scope(value("scope", string(sla.ScopeUnknown))))
	f.Severity = frame.Choices(p.Texts, "severity", append([]sla.Severity{""}, sla.Severities[:]...), sla.Severity(value("severity", "")))
	return f
}

// posted reports whether the request carries the form of a new incident.
func (p *reader) posted() bool { return p.R.Method == http.MethodPost && p.R.PostForm.Has("title") }

// acceptance is the form of a new incident. A time that was left as it is keeps the item's
// seconds, its zone, and whether the item states it.
func (p *reader) acceptance(it *inbox.Item) (a intake.Acceptance, err error) {
	if !p.posted() {
		return a, nil
	}
	form, e := p.R.PostForm, p.entry(it)
	a.Vendor, a.Service, a.Title = form.Get("vendor"), form.Get("service"), form.Get("title")
	a.Impact, a.Scope, a.Severity = sla.Impact(form.Get("impact")), sla.Scope(form.Get("scope")), sla.Severity(form.Get("severity"))
	read := p.Typed()
	a.Times = map[sla.Moment]sla.Stamp{}
	for _, m := range e.Kind.EnteredMoments() {
		if text := form.Get(m.Field()); form.Has(m.Field()) && text != p.EntryTime(e.Times[m].At) {
			a.Times[m] = read.Stamp(m, text)
		}
	}
	return a, read.Err()
}

// preview says what the form, or the item as it is, would bring as a new incident.
func (p *reader) preview(it *inbox.Item) *previewView {
	view := &previewView{}
	a, err := p.acceptance(it)
	var inc *sla.Incident
	if err == nil {
		inc, err = p.Intake.PreviewIncident(p.R.Context(), it, &a)
	}
	if invalid := p.Refused(err); invalid != nil {
		view.Problems = p.Problems(invalid)
		return view
	}
	if err != nil {
		p.Log.Log(p.R.Context(), web.FaultLevel(p.R.Context()), "preview failed", "error", err)
		return view
	}
	view.Effects, _ = p.effects(nil, inc)
	view.Notice, view.None = len(inc.Notices) > 0, len(inc.Clocks) == 0
	return view
}

// previewPart answers with what the form would bring. It saves nothing.
func (p *reader) previewPart(w http.ResponseWriter) {
	if !p.ParseForm(w) {
		return
	}
	if p.R.URL.Query().Get("part") == "" { // a browser without scripts requests the whole page
		p.showItem(w, http.StatusOK, nil, formsView{Open: "new"})
		return
	}
	it, err := p.knownItem()
	if err != nil {
		p.Fail(w, err)
		return
	}
	view := itemView{Forms: &formsView{New: newView{Preview: p.preview(it)}}}
	if v, ok := p.Catalogue.Vendor(p.R.PostForm.Get("vendor")); ok {
		view.Forms.New.Services = slices.Clone(v.Services)
	}
	p.RenderPart(w, http.StatusOK, "item", "brings", p.Complete(frame.Page{Main: view}))
}
