package web

import (
	"net/http"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kigen/sla"
	"kigen/sla/tracker"
)

// previewView is what an entry that is still being filled in would lead to.
type previewView struct {
	Services []string
	Vendor   string // empty: none is chosen yet
	Clocks   []previewClock
	Problems []problemView
	None     bool // the vendor has no promise at all
}

// previewClock is a clock with what it rests on.
type previewClock struct {
	clockView
	Fallback string // why another moment stands in for the promised one; empty: none does
	Late     bool   // it would be overdue at once
}

// previewPart answers a form that is being filled in with the deadlines that
// it would lead to. It saves nothing.
func (p *reader) previewPart(w http.ResponseWriter) {
	if !p.parseForm(w) {
		return
	}
	view := newView{Preview: p.preview()}
	if p.r.URL.Query().Get("part") == "" { // a browser without scripts asks for the page
		p.showNewWith(w, http.StatusOK, nil, view)
		return
	}
	p.renderPart(w, http.StatusOK, "new", "preview", p.complete(page{Main: view}))
}

// preview works out what the posted form comes to. A vendor that is half
// typed is no mistake yet.
func (p *reader) preview() *previewView {
	body := p.posted()
	view := &previewView{}
	vendor, ok := p.Catalogue.Vendor(body.Vendor)
	if !ok {
		return view
	}
	view.Vendor, view.Services = vendor.Name.In(p.lang), vendor.Services
	view.None = len(vendor.Promises) == 0
	entry, err := body.entry(p.Zone)
	var inc *sla.Incident
	if err == nil {
		inc, err = p.Tracker.Preview(p.r.Context(), entry)
	}
	if invalid, ok := tracker.AsInvalid(err); ok {
		view.Problems = p.problems(invalid)
		return view
	}
	if err != nil {
		p.Log.ErrorContext(p.r.Context(), "preview failed", "error", err)
		return view
	}
	for i := range inc.Clocks {
		clock := &inc.Clocks[i]
		promise := promiseOf(vendor, inc, clock)
		shown := previewClock{clockView: p.clock(clock), Fallback: p.fallback(clock, promise), Late: clock.State == sla.Overdue}
		shown.Stage = promise.StageText(clock.Stage).In(p.lang)
		view.Clocks = append(view.Clocks, shown)
	}
	return view
}

// fallback says which moment the promise counts from and which one stands in
// for it, as long as the vendor has not said the first.
func (p *reader) fallback(c *sla.Clock, promise *sla.Promise) string {
	if promise == nil || c.Stage != "" || c.Start.Basis != sla.Assumed || c.Start.At.IsZero() {
		return ""
	}
	return p.say("preview_fallback",
		"Promised", sla.MomentText(p.lang, promise.Start.String()), "Used", sla.MomentText(p.lang, c.Start.From.String()))
}

// posted is the form that logs an incident, as the API would get it.
func (p *reader) posted() newIncident {
	form := p.r.PostForm
	return newIncident{
		Vendor: p.vendorNamed(form.Get("vendor")), Title: form.Get("title"), Service: form.Get("service"), Description: form.Get("description"),
		Impact: form.Get("impact"), Scope: form.Get("scope"), Severity: form.Get("severity"),
		OccurredAt: form.Get("occurred_at"), DetectedAt: form.Get("detected_at"), ConfirmedAt: form.Get("confirmed_at"),
		DeclaredAt: form.Get("declared_at"), NoticedAt: form.Get("noticed_at"),
		Reference: form.Get("reference"), Tags: tags(form.Get("tags")),
	}
}

// vendorNamed finds the id of the vendor that a person named by id or name, or
// by a part that no other vendor has. What leads nowhere stays as it is.
func (p *reader) vendorNamed(text string) string {
	wanted := folded(text)
	if wanted == "" {
		return ""
	}
	var parts []string
	for _, v := range p.Catalogue {
		names := []string{folded(v.ID), folded(v.Name.Ja), folded(v.Name.En)}
		if slices.Contains(names, wanted) {
			return v.ID
		}
		if slices.ContainsFunc(names, func(name string) bool { return strings.Contains(name, wanted) }) {
			parts = append(parts, v.ID)
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return strings.TrimSpace(text)
}

// folded compares as people do who don't mind case or width.
func folded(text string) string { return strings.ToLower(norm.NFKC.String(strings.TrimSpace(text))) }
