package web

import (
	"net/http"
	"slices"
	"strings"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/tracker"
)

// vendorPage is a vendor with what it promised.
type vendorPage struct {
	ID, Name, Contact string
	Services          []string
	Promises          []promisePage
}

// promisePage is a promise with what it would mean for an incident now.
type promisePage struct {
	Name, Strength, Quote, Place, Effective string
	Start, Gate                             string
	Readings                                []choice // the one in force first
	Unpublished                             string
	Now                                     string   // the deadline of what happens this minute; empty: none
	Lines                                   []string // its explanation
}

// promise shows what the words come to for an incident at this minute, which says
// more than a rule: six hours can be five days.
func (p *reader) promise(promise *sla.Promise) promisePage {
	view := promisePage{
		Name: promise.Name.In(p.lang), Strength: p.say("strength_" + string(promise.Strength)),
		Quote: promise.Source.Quote, Place: p.place(&promise.Source), Gate: p.gate(&promise.Gate),
	}
	view.Effective, view.Readings = p.effective(promise), p.readings(promise)
	if !promise.Commits() {
		return view
	}
	view.Start = sla.MomentText(p.lang, promise.Start.String())
	if promise.Calendar != nil {
		view.Unpublished = promise.Calendar.Unpublished().In(p.lang)
	}
	facts := sla.Facts{Times: allAt(p.now)}
	if d, e, err := promise.Explain(&facts); err == nil && !d.Due.IsZero() {
		view.Now, view.Lines = p.deadline(d.Due), e.Reasons(p.lang)
	}
	return view
}

// gate says to what a promise applies; empty: to everything.
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
		words[i] = x.say(fact + "_" + string(v))
	}
	return x.say("gate_of", "Fact", x.say("field_"+fact), "Values", strings.Join(words, x.say("or")))
}

// reportMonths is how many months back the list of reports goes.
const reportMonths = 12

// monthView is a month that has a report.
type monthView struct {
	Label    string
	Finished bool
}

// reports lists months whether or not anything happened in them: an empty report
// is a statement, too.
func (p *reader) reports(w http.ResponseWriter) {
	months := make([]monthView, reportMonths)
	first := calendar.NewDate(p.now.Year(), p.now.Month(), 1)
	for i := range months {
		year, month, _ := first.AddMonths(-i).Civil()
		months[i] = monthView{Label: calendar.NewDate(year, month, 1).String()[:len("2006-01")], Finished: i > 0}
	}
	p.render(w, http.StatusOK, "reports", page{Title: p.say("reports_title"), Nav: "reports", Main: months})
}

// report shows a month's report as the file that it is.
func (p *reader) report(w http.ResponseWriter) {
	format := p.r.URL.Query().Get("format")
	if format == "" {
		format = "html"
	}
	month := p.r.PathValue("month")
	if p.Report == nil || !slices.Contains([]string{"html", "pdf", "xlsx", "csv", "json"}, format) {
		p.missing(w)
		return
	}
	contentType, body, err := p.Report(p.r.Context(), ReportRequest{Period: month, Format: format, Lang: p.lang, Table: p.r.URL.Query().Get("table"), BOM: p.r.URL.Query().Get("bom") == "1"})
	if _, ok := tracker.AsInvalid(err); ok {
		p.render(w, http.StatusNotFound, "missing", page{
			Title: p.say("missing_title"),
			Main:  missingView{Title: p.say("missing_title"), Text: p.say("missing_report", "Month", month)},
		})
		return
	}
	if err != nil {
		p.fail(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Security-Policy", reportPolicy)
	if format != "html" {
		h.Set("Content-Disposition", `attachment; filename="kigen-`+month+"."+format+`"`)
	}
	if _, err := w.Write(body); err != nil {
		p.Log.Debug("answer not delivered", "error", err)
	}
}
