package web

import (
	"net/http"

	"kigen/sla"
	"kigen/sla/phrase"
)

// vendorsView is all vendors, and how they compare.
type vendorsView struct {
	Worth   worthView
	Vendors []vendorPage
}

func (p *reader) vendors(w http.ResponseWriter) {
	view := vendorsView{Worth: p.worth()}
	for _, v := range p.Catalogue {
		view.Vendors = append(view.Vendors, p.vendorPage(v))
	}
	p.render(w, http.StatusOK, "vendors", page{Title: p.say("vendors_title"), Nav: "vendors", Main: view})
}

func (p *reader) vendorPage(v *sla.Vendor) vendorPage {
	view := vendorPage{ID: v.ID, Name: v.Name.In(p.lang), Contact: v.Contact, Services: v.Services}
	for _, promise := range v.Promises {
		view.Promises = append(view.Promises, p.promise(promise))
	}
	return view
}

// vendorYearPage is one vendor with a year of its promises.
type vendorYearPage struct {
	vendorPage
	Year          int
	Before, After int           // neighbouring years to look at; 0: none
	Profiles      []profileView // none where the year could not be measured: the problems say why
}

func (p *reader) vendor(w http.ResponseWriter) {
	v, ok := p.Catalogue.Vendor(p.r.PathValue("id"))
	if !ok {
		p.missing(w)
		return
	}
	view := vendorYearPage{vendorPage: p.vendorPage(v), Year: p.now.Year()}
	shown := page{Title: view.Name, Nav: "vendors"}
	status := http.StatusOK
	measured, err := p.profile(v, "query.year", p.r.URL.Query().Get("year"))
	if err != nil {
		shown.Problems, status = p.notMeasured(err), http.StatusUnprocessableEntity
	} else {
		view.Year = measured.Year
		for _, made := range measured.Promises {
			view.Profiles = append(view.Profiles, p.profileView(v, made))
		}
		view.Before, view.After = p.neighbours(v, measured.Year)
	}
	shown.Main = view
	p.render(w, status, "vendor", shown)
}

// neighbours are the years before and after that every calendar of the vendor
// covers, with room for the year's last deadlines.
func (p *reader) neighbours(v *sla.Vendor, year int) (before, after int) {
	before, after = year-1, year+1
	for _, promise := range v.Promises {
		first, last := promise.Calendar.Range()
		if before < first.Year() {
			before = 0
		}
		if after >= last.Year() {
			after = 0
		}
	}
	return before, after
}

// effective says from when to when a promise is in force; empty: not stated.
func (p *reader) effective(promise *sla.Promise) string {
	switch from, to := phrase.FullDay(p.lang, promise.From), phrase.FullDay(p.lang, promise.To); {
	case promise.From != 0 && promise.To != 0:
		return p.say("effective_between", "From", from, "To", to)
	case promise.From != 0:
		return p.say("effective_from", "Date", from)
	case promise.To != 0:
		return p.say("effective_to", "Date", to)
	}
	return ""
}

// readings are the ways to take the text, the one in force first.
func (p *reader) readings(promise *sla.Promise) []choice {
	var used, others []choice
	for _, r := range promise.Readings {
		if r.ID == promise.Reading {
			used = append(used, choice{Value: r.ID, Text: r.Says.In(p.lang), Chosen: true})
		} else {
			others = append(others, choice{Value: r.ID, Text: r.Says.In(p.lang)})
		}
	}
	return append(used, others...)
}
