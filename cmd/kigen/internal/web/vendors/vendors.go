// Package vendors serves the pages of vendors: what each has promised, and how long
// that makes one wait.
package vendors

import (
	"net/http"
	"strings"

	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
)

// reader is a request for a page of this package.
type reader struct{ *frame.Reader }

// Mount adds the pages to s.
func Mount(s *frame.Site) {
	handle := func(pattern string, do func(*reader, http.ResponseWriter)) {
		s.Handle(pattern, func(p *frame.Reader, w http.ResponseWriter) { do(&reader{p}, w) })
	}
	handle("GET /vendors", (*reader).vendors)
	handle("GET /vendors/{id}", (*reader).vendor)
	handle("GET /vendors/{id}/documents/{n}", (*reader).document)
	handle("POST /vendors/{id}/documents", (*reader).addDocument)
	handle("POST /vendors/{id}/reviews", (*reader).addReview)
	handle("GET /register/new", (*reader).newEntry)
	handle("GET /register/{id}", (*reader).editEntry)
	handle("POST /register", (*reader).change)
	handle("POST /register/publish", (*reader).publish)
	handle("POST /register/import", (*reader).importTable)
	handle("POST /register/withdraw", (*reader).withdraw)
}

// vendorYearPage is a vendor with the profiles of a year.
type vendorYearPage struct {
	vendorPage
	Record        *recordView       // nil: there is no register
	Values        map[string]string // of the form that was refused
	Year          int
	Before, After int           // neighbouring years that can be measured; 0: none
	Profiles      []profileView // none if the year could not be measured
}

func (p *reader) vendor(w http.ResponseWriter) {
	p.showVendor(w, http.StatusOK, p.R.PathValue("id"), nil)
}

// showVendor answers with the page of a vendor, and the problems of a form of it.
func (p *reader) showVendor(w http.ResponseWriter, status int, id string, problems []frame.Problem) {
	v, inForce := p.Catalogue.Vendor(id)
	record, err := p.record(id)
	switch {
	case err != nil:
		p.Fail(w, err)
		return
	case !inForce && (record == nil || record.Version == 0):
		p.Missing(w)
		return
	case !inForce: // it was withdrawn, or is refused
		view := vendorYearPage{vendorPage: vendorPage{ID: id, Name: id}, Record: record}
		p.Render(w, status, "vendor", frame.Page{Title: id, Nav: "vendors", Problems: problems, Main: view})
		return
	}
	view := vendorYearPage{vendorPage: p.vendorPage(v), Record: record, Year: p.Now.Year(), Values: map[string]string{}}
	for field := range p.R.PostForm {
		view.Values[field] = p.R.PostForm.Get(field)
	}
	shown := frame.Page{Title: view.Name, Nav: "vendors", Problems: problems}
	year := ""
	if p.R.Method != http.MethodPost {
		year = p.R.URL.Query().Get("year")
	}
	measured, err := p.Profile(v, sla.KindIncident, "query.year", year)
	if err != nil {
		shown.Problems, status = append(shown.Problems, p.notMeasured(err)...), http.StatusUnprocessableEntity
	} else {
		view.Year = measured.Year
		for _, made := range measured.Promises {
			view.Profiles = append(view.Profiles, p.profileView(v, made))
		}
		view.Before, view.After = p.neighbours(v, measured.Year)
	}
	shown.Main = view
	p.Render(w, status, "vendor", shown)
}

// neighbours returns the previous and next year, as far as every calendar of the
// vendor covers them and the deadlines after their end; 0: not covered.
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

// vendorPage is a vendor with its promises.
type vendorPage struct {
	ID, Name, Contact string
	Services          []string
	Promises          []promisePage
	States            []statePage // what no clock can follow
}

// statePage is a sentence of the vendor that no clock can follow.
type statePage struct{ Name, Quote, Place, Strength string }

func (p *reader) vendorPage(v *sla.Vendor) vendorPage {
	view := vendorPage{ID: v.ID, Name: v.Name.In(p.Lang), Contact: v.Contact, Services: v.Services}
	for _, promise := range v.Promises {
		view.Promises = append(view.Promises, p.promise(promise))
	}
	for i := range v.States {
		s := &v.States[i]
		view.States = append(view.States, statePage{Name: s.Says.In(p.Lang), Quote: s.Source.Quote, Place: p.Cite(&s.Source)})
	}
	return view
}

// promisePage is a promise with the deadline of an incident that starts now.
type promisePage struct {
	Name, Strength, Quote, Place, Effective string
	Kind                                    string // empty: about incidents
	Start, Gate                             string
	Rule                                    string // when the notice is due; empty: the stages say so
	Stages                                  []stageLine
	Readings                                []frame.Choice // the one in use first
	Unpublished                             string
	Now                                     string   // the deadline of an incident that starts now; empty: none
	Lines                                   []string // its explanation
}

// promise includes the deadline of an incident that starts now, because the rule
// alone can mislead: six business hours can be five days.
func (p *reader) promise(promise *sla.Promise) promisePage {
	view := promisePage{
		Name: promise.Title(p.Lang), Strength: p.Word("strength", string(promise.Strength)),
		Quote: promise.Source.Quote, Place: p.Cite(&promise.Source), Gate: p.gate(&promise.Gate),
	}
	if promise.KindOf() != sla.KindIncident {
		view.Kind = p.Word("kind", string(promise.About))
	}
	view.Effective, view.Readings = p.effective(promise), p.readings(promise)
	if !promise.Commits() {
		return view
	}
	if view.Stages = p.stages(promise); len(view.Stages) == 0 || promise.Periodic() {
		view.Rule = prose.Rule(p.Lang, &promise.AllStages()[0].Due)
	}
	view.Start = prose.PromiseStart(p.Lang, promise)
	if promise.Calendar != nil {
		view.Unpublished = promise.Calendar.Unpublished().In(p.Lang)
	}
	facts := sla.Facts{Times: web.AllAt(p.Now)}
	if d, e, err := promise.Explain(&facts); err == nil && !d.Due.IsZero() {
		view.Now, view.Lines = p.Deadline(d.Due), prose.Reasons(p.Lang, &e)
	}
	return view
}

// stageLine is one stage of a promise.
type stageLine struct {
	Name  string
	After string // the stage whose notice it counts from; empty: the promise's start
	Rule  string
	Every bool // due again after each notice
}

// stages lists the stages of a promise; none: it requires one notice.
func (p *reader) stages(promise *sla.Promise) []stageLine {
	lines := make([]stageLine, len(promise.Stages))
	for i := range promise.Stages {
		s := &promise.Stages[i]
		lines[i] = stageLine{Name: promise.StageText(s.ID).In(p.Lang), Rule: prose.Rule(p.Lang, &s.Due), Every: s.Every}
		if s.After != "" {
			lines[i].After = promise.StageText(s.After).In(p.Lang)
		}
	}
	return lines
}

// effective describes the period in which a promise is in force; empty: not
// stated.
func (p *reader) effective(promise *sla.Promise) string {
	switch from, to := phrase.FullDay(p.Lang, promise.From), phrase.FullDay(p.Lang, promise.To); {
	case promise.From != 0 && promise.To != 0:
		return p.Say("effective_between", "From", from, "To", to)
	case promise.From != 0:
		return p.Say("effective_from", "Date", from)
	case promise.To != 0:
		return p.Say("effective_to", "Date", to)
	}
	return ""
}

// readings lists the interpretations of a promise, the one in use first.
func (p *reader) readings(promise *sla.Promise) []frame.Choice {
	var used, others []frame.Choice
	for _, r := range promise.Readings {
		if r.ID == promise.Reading {
			used = append(used, frame.Choice{Value: r.ID, Text: r.Says.In(p.Lang), Chosen: true})
		} else {
			others = append(others, frame.Choice{Value: r.ID, Text: r.Says.In(p.Lang)})
		}
	}
	return append(used, others...)
}

// gate describes the incidents that a promise applies to; empty: all.
func (p *reader) gate(g *sla.Gate) string {
	var parts []string
	for _, part := range []string{
		gatePart(p.Texts, "service", g.Service), gatePart(p.Texts, "impact", g.Impact), gatePart(p.Texts, "scope", g.Scope), gatePart(p.Texts, "severity", g.Severity),
	} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, p.Say("and"))
}

func gatePart[T ~string](x frame.Texts, fact string, values []T) string {
	if len(values) == 0 {
		return ""
	}
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = x.Word(fact, string(v))
	}
	return x.Say("gate_of", "Fact", x.Say("field_"+fact), "Values", strings.Join(words, x.Say("or")))
}
