package board

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
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
	if v, ok := p.Catalogue.Vendor(p.R.URL.Query().Get("vendor")); ok {
		view.Vendor = v.Name.In(p.Lang)
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
	blank.Times[sla.Aware] = sla.Stamp{At: p.Now.Truncate(time.Minute)}
	view.Forms = p.forms(blank)
	if p.R.Method == http.MethodPost {
		view.Vendor, view.Key = p.R.PostForm.Get("vendor"), p.R.PostForm.Get("key")
		for name := range p.R.PostForm {
			view.Forms.Values[name] = p.R.PostForm.Get(name)
		}
		refill(&view.Forms, p.R.PostForm.Get)
		view.Preview.Problems = nil // the page already lists them at its head
	}
	for _, v := range p.Catalogue {
		view.Vendors = append(view.Vendors, vendorChoice{v.Name.In(p.Lang), p.vendorHint(v)})
		if view.Preview.Vendor == "" && view.Vendor == "" {
			view.Preview.Services = append(view.Preview.Services, v.Services...)
		}
	}
	p.Render(w, status, "new", frame.Page{Title: p.Say("new_title"), Nav: "new", Problems: p.Problems(invalid), Main: view})
}

// vendorHint is the vendor's id and the moment that its promise counts from,
// which is the most important time to enter.
func (p *reader) vendorHint(v *sla.Vendor) string {
	if len(v.Promises) == 0 || !v.Promises[0].Commits() {
		return v.ID + " · " + phrase.State(p.Lang, string(sla.NoCommitment))
	}
	return v.ID + " · " + p.Say("vendor_counts_from", "Moment", prose.Moment(p.Lang, v.Promises[0].Start.String()))
}

// logForm shares the API's validation. The form's idempotency key makes a double
// click log one incident.
func (p *reader) logForm(w http.ResponseWriter) {
	if !p.ParseForm(w) {
		return
	}
	body := p.posted()
	entry, err := body.Entry(p.Typed())
	var inc *sla.Incident
	if err == nil {
		inc, err = p.Tracker.Log(p.R.Context(), p.Request("", p.R.PostForm.Get("key")), entry)
	}
	switch {
	case err == nil:
		http.Redirect(w, p.R, p.IncidentPath(inc.ID)+"?done=logged", http.StatusSeeOther)
	case p.Refused(err) != nil:
		p.showNew(w, http.StatusUnprocessableEntity, p.Refused(err))
	default:
		p.Fail(w, err)
	}
}

// posted converts the form that logs an incident into the API's request body.
func (p *reader) posted() web.NewIncident {
	form := p.R.PostForm
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
