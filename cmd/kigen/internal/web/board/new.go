package board

import (
	"crypto/rand"
	"net/http"
	"net/url"
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
	Kind    sla.IncidentKind
	What    string // legends, in words that fit the kind
	When    string
	Kinds   []kindView
	Forms   formsView
	Key     string // idempotency key: a form that is sent twice logs one incident
	Preview *previewView
}

// kindView leads to the form of a kind.
type kindView struct {
	Name, Hint, Link string
	Chosen           bool
}

// kinds lists the forms of all kinds, for the vendor that is chosen.
func (p *reader) kinds(chosen sla.IncidentKind, vendor string) (list []kindView) {
	known, _ := p.Catalogue.Vendor(p.vendorNamed(vendor))
	for _, k := range sla.Kinds() {
		query := url.Values{}
		if k != sla.KindIncident {
			query.Set("kind", string(k))
		}
		if known != nil {
			query.Set("vendor", known.ID)
		}
		link := p.Base + "/incidents/new"
		if len(query) > 0 {
			link += "?" + query.Encode()
		}
		list = append(list, kindView{p.Word("kind", string(k)), phrase.Meaning(p.Lang, "kind", string(k)), link, k == chosen})
	}
	return list
}

// legend is the heading of a group of fields. A kind whose events are planned, end or
// recur has a heading of its own; the others share that of the key.
func (p *reader) legend(key string, kind sla.IncidentKind) string {
	if own := key + "_" + string(sla.DeedOf(kind, "")); p.Has(own) {
		return p.Say(own)
	}
	return p.Say(key)
}

// vendorChoice is a suggestion in the vendor field.
type vendorChoice struct{ Name, Hint string }

func (p *reader) newForm(w http.ResponseWriter) {
	view := newView{Preview: &previewView{}, Kind: sla.IncidentKind(p.R.URL.Query().Get("kind"))}
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
	if p.R.Method == http.MethodPost {
		view.Kind = sla.IncidentKind(p.R.PostForm.Get("kind"))
	}
	if !view.Kind.Known() {
		view.Kind = sla.KindIncident
	}
	blank := &sla.Incident{Kind: view.Kind, Facts: sla.Facts{Impact: sla.ImpactUnknown, Scope: sla.ScopeUnknown}}
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
	view.What, view.When = p.legend("new_what", view.Kind), p.legend("new_when", view.Kind)
	view.Kinds = p.kinds(view.Kind, view.Vendor)
	for _, v := range p.Catalogue {
		view.Vendors = append(view.Vendors, vendorChoice{v.Name.In(p.Lang), p.vendorHint(v, view.Kind)})
		if view.Preview.Vendor == "" && view.Vendor == "" {
			view.Preview.Services = append(view.Preview.Services, v.Services...)
		}
	}
	p.Render(w, status, "new", frame.Page{Title: p.Say("new_title"), Nav: "new", Problems: p.Problems(invalid), Main: view})
}

// vendorHint is the vendor's id and the moment that its promise about a kind counts from,
// which is the most important time to enter.
func (p *reader) vendorHint(v *sla.Vendor, kind sla.IncidentKind) string {
	about := v.About(kind)
	i := slices.IndexFunc(about, (*sla.Promise).Commits)
	switch {
	case i < 0:
		return v.ID + " · " + phrase.State(p.Lang, string(sla.NoCommitment))
	case about[i].Periodic():
		return v.ID + " · " + prose.Rule(p.Lang, &about[i].Due)
	}
	return v.ID + " · " + p.Say("vendor_counts_from", "Moment", prose.Moment(p.Lang, about[i].Start.String()))
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
		Kind: form.Get("kind"), Vendor: p.vendorNamed(form.Get("vendor")), Title: form.Get("title"), PublicTitle: form.Get("public_title"), Service: form.Get("service"), Description: form.Get("description"),
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
