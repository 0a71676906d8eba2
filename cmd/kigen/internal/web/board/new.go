package board

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
	"kigen/sla/tracker"
)

// newView is the form that logs an incident.
type newView struct {
	Vendors []vendorChoice
	Vendor  string // as typed
	Forms   formsView
	Key     string // idempotency key: a form that is sent twice logs one incident
	Preview *previewView
}

// vendorChoice is a suggestion in the vendor field.
type vendorChoice struct{ Name, Hint string }

func (p *reader) newForm(w http.ResponseWriter) {
	view := newView{Preview: &previewView{}}
	if v, ok := p.Catalogue.Vendor(p.r.URL.Query().Get("vendor")); ok {
		view.Vendor = v.Name.In(p.lang)
		view.Preview.Services = v.Services
	}
	p.showNewWith(w, http.StatusOK, nil, view)
}

// showNew answers with the refused form and its entries.
func (p *reader) showNew(w http.ResponseWriter, status int, invalid tracker.Invalid) {
	p.showNewWith(w, status, invalid, newView{Preview: p.preview()})
}

// showNewWith answers with the form that logs an incident, empty or as posted.
func (p *reader) showNewWith(w http.ResponseWriter, status int, invalid tracker.Invalid, view newView) {
	view.Key = rand.Text()
	blank := &sla.Incident{Facts: sla.Facts{Impact: sla.ImpactUnknown, Scope: sla.ScopeUnknown}}
	blank.Times[sla.Aware] = sla.Stamp{At: p.now.Truncate(time.Minute)}
	view.Forms = p.forms(blank)
	if p.r.Method == http.MethodPost {
		view.Vendor, view.Key = p.r.PostForm.Get("vendor"), p.r.PostForm.Get("key")
		for name := range p.r.PostForm {
			view.Forms.Values[name] = p.r.PostForm.Get(name)
		}
		refill(&view.Forms, p.r.PostForm.Get)
		view.Preview.Problems = nil // the page already lists them at its head
	}
	for _, v := range p.Catalogue {
		view.Vendors = append(view.Vendors, vendorChoice{v.Name.In(p.lang), p.vendorHint(v)})
		if view.Preview.Vendor == "" && view.Vendor == "" {
			view.Preview.Services = append(view.Preview.Services, v.Services...)
		}
	}
	p.render(w, status, "new", page{Title: p.say("new_title"), Nav: "new", Problems: p.problems(invalid), Main: view})
}

// vendorHint is the vendor's id and the moment that its promise counts from,
// which is the most important time to enter.
func (p *reader) vendorHint(v *sla.Vendor) string {
	if len(v.Promises) == 0 || !v.Promises[0].Commits() {
		return v.ID + " · " + phrase.State(p.lang, string(sla.NoCommitment))
	}
	return v.ID + " · " + p.say("vendor_counts_from", "Moment", prose.Moment(p.lang, v.Promises[0].Start.String()))
}

// logForm shares the API's validation. The form's idempotency key makes a double
// click log one incident.
func (p *reader) logForm(w http.ResponseWriter) {
	if !p.parseForm(w) {
		return
	}
	body := p.posted()
	entry, err := body.Entry(p.typed())
	var inc *sla.Incident
	if err == nil {
		inc, err = p.Tracker.Log(p.r.Context(), p.request("", p.r.PostForm.Get("key")), entry)
	}
	switch {
	case err == nil:
		http.Redirect(w, p.r, p.incidentPath(inc.ID)+"?done=logged", http.StatusSeeOther)
	case p.refused(err) != nil:
		p.showNew(w, http.StatusUnprocessableEntity, p.refused(err))
	default:
		p.fail(w, err)
	}
}

// posted converts the form that logs an incident into the API's request body.
func (p *reader) posted() web.NewIncident {
	form := p.r.PostForm
	return web.NewIncident{
		Vendor: p.vendorNamed(form.Get("vendor")), Title: form.Get("title"), PublicTitle: form.Get("public_title"), Service: form.Get("service"), Description: form.Get("description"),
		Impact: form.Get("impact"), Scope: form.Get("scope"), Severity: form.Get("severity"),
		Moments:   web.MomentsFrom(func(m sla.Moment) string { return form.Get(m.Field()) }),
		Reference: form.Get("reference"), Tags: tags(form.Get("tags")),
	}
}

// vendorNamed finds a vendor's id by id, name or an unambiguous part of them.
// Other text is returned unchanged.
func (p *reader) vendorNamed(text string) string {
	if len(text) > web.LongestName {
		return text
	}
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

// folded normalizes case and width for comparison.
func folded(text string) string { return strings.ToLower(norm.NFKC.String(strings.TrimSpace(text))) }
