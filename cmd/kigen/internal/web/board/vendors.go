package board

import (
	"net/http"
	"strings"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
)

// vendorsView is the page of all vendors with their comparison.
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

// vendorYearPage is a vendor with the profiles of a year.
type vendorYearPage struct {
	vendorPage
	Year          int
	Before, After int           // neighbouring years that can be measured; 0: none
	Profiles      []profileView // none if the year could not be measured
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
	measured, err := p.Profile(v, "query.year", p.r.URL.Query().Get("year"))
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
}

func (p *reader) vendorPage(v *sla.Vendor) vendorPage {
	view := vendorPage{ID: v.ID, Name: v.Name.In(p.lang), Contact: v.Contact, Services: v.Services}
	for _, promise := range v.Promises {
		view.Promises = append(view.Promises, p.promise(promise))
	}
	return view
}

// promisePage is a promise with the deadline of an incident that starts now.
type promisePage struct {
	Name, Strength, Quote, Place, Effective string
	Start, Gate                             string
	Stages                                  []stageLine
	Readings                                []choice // the one in use first
	Unpublished                             string
	Now                                     string   // the deadline of an incident that starts now; empty: none
	Lines                                   []string // its explanation
}

// promise includes the deadline of an incident that starts now, because the rule
// alone can mislead: six business hours can be five days.
func (p *reader) promise(promise *sla.Promise) promisePage {
	view := promisePage{
		Name: promise.Title(p.lang), Strength: p.word("strength", string(promise.Strength)),
		Quote: promise.Source.Quote, Place: p.place(&promise.Source), Gate: p.gate(&promise.Gate),
	}
	view.Effective, view.Readings = p.effective(promise), p.readings(promise)
	if !promise.Commits() {
		return view
	}
	view.Stages = p.stages(promise)
	view.Start = prose.PromiseStart(p.lang, promise)
	if promise.Calendar != nil {
		view.Unpublished = promise.Calendar.Unpublished().In(p.lang)
	}
	facts := sla.Facts{Times: web.AllAt(p.now)}
	if d, e, err := promise.Explain(&facts); err == nil && !d.Due.IsZero() {
		view.Now, view.Lines = p.deadline(d.Due), prose.Reasons(p.lang, &e)
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
		lines[i] = stageLine{Name: promise.StageText(s.ID).In(p.lang), Rule: p.rule(&s.Due), Every: s.Every}
		if s.After != "" {
			lines[i].After = promise.StageText(s.After).In(p.lang)
		}
	}
	return lines
}

// rule formats a fixed length in words, and other rules by their own text.
func (p *reader) rule(r *sla.Rule) string {
	if r.Op == sla.OpElapsed && p.lang != "ja" {
		return phrase.Duration(p.lang, r.Length)
	}
	return prose.Rule(p.lang, r)
}

// effective describes the period in which a promise is in force; empty: not
// stated.
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

// readings lists the interpretations of a promise, the one in use first.
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

// gate describes the incidents that a promise applies to; empty: all.
func (p *reader) gate(g *sla.Gate) string {
	var parts []string
	for _, part := range []string{
		gatePart(p.texts, "impact", g.Impact), gatePart(p.texts, "scope", g.Scope), gatePart(p.texts, "severity", g.Severity),
	} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, p.say("and"))
}

func gatePart[T ~string](x texts, fact string, values []T) string {
	if len(values) == 0 {
		return ""
	}
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = x.word(fact, string(v))
	}
	return x.say("gate_of", "Fact", x.say("field_"+fact), "Values", strings.Join(words, x.say("or")))
}
