package board

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/reporting"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla/phrase/localizer"
	"kigen/sla/report"
	"kigen/sla/tracker"
)

// reportFormats are the files that the board offers, the one to read first.
func reportFormats() []string { return []string{"html", "pdf", "xlsx", "csv", "json"} }

// reportsView is the list of one year's reports.
type reportsView struct {
	Year    int
	Years   []frame.Choice
	Periods []entryView
	Empty   bool
}

// entryView is one line of the list.
type entryView struct {
	reporting.ReportEntry
	Name, Rate string // Rate is empty where nothing was due
	Width      int    // of the rate's bar, in percent
}

// reports lists the periods of a year, also those in which nothing happened: an
// empty report is a statement, too.
func (p *reader) reports(w http.ResponseWriter) {
	if p.Reports == nil {
		p.Missing(w)
		return
	}
	year := p.Now.Year()
	if asked, err := strconv.Atoi(p.R.URL.Query().Get("year")); err == nil {
		year = asked
	}
	found, err := p.Reports.Year(p.R.Context(), year)
	if _, invalid := tracker.AsInvalid(err); invalid {
		p.missingReport(w, strconv.Itoa(year))
		return
	}
	if err != nil {
		p.Fail(w, err)
		return
	}
	view := reportsView{Year: found.Year, Empty: true}
	for _, y := range found.Years {
		label := strconv.Itoa(y)
		view.Years = append(view.Years, frame.Choice{Value: "/reports?year=" + label, Text: label, Chosen: y == found.Year})
	}
	for _, e := range found.Periods {
		view.Empty = view.Empty && e.Clocks == 0
		view.Periods = append(view.Periods, p.entry(e))
	}
	p.Render(w, http.StatusOK, "reports", frame.Page{Title: p.Say("reports_title"), Nav: "reports", Main: view})
}

func (p *reader) entry(e reporting.ReportEntry) entryView {
	view := entryView{ReportEntry: e, Name: p.periodName(e.Label)}
	if e.Due > 0 {
		view.Rate, view.Width = rateText(e.Kept, e.Due), 100*e.Kept/e.Due
	}
	return view
}

// rateText has one decimal; 100.0 means every single one.
func rateText(kept, due int) string {
	tenths := (2000*kept + due) / (2 * due)
	if kept < due {
		tenths = min(tenths, 999)
	}
	return strconv.Itoa(tenths/10) + "." + strconv.Itoa(tenths%10) + "%"
}

// periodName is a year, quarter or month as the list says it.
func (p *reader) periodName(label string) string {
	year, rest, _ := strings.Cut(label, "-")
	switch {
	case rest == "":
		return p.Say("period_year", "Year", year)
	case rest[0] == 'Q':
		return p.Say("period_quarter", "Year", year, "Quarter", rest[1:])
	}
	month, err := time.Parse("2006-01", label)
	if err != nil {
		return label
	}
	name := month.Month().String()
	if p.Lang == "ja" {
		name = strconv.Itoa(int(month.Month()))
	}
	return p.Say("period_month", "Year", year, "Month", name)
}

// report shows what there is of a period, or gives one of its files.
func (p *reader) report(w http.ResponseWriter) {
	if format := p.R.URL.Query().Get("format"); format != "" || p.Reports == nil {
		p.reportFile(w, format)
		return
	}
	label := p.R.PathValue("month")
	shelf, err := p.Reports.Page(p.R.Context(), label, p.Lang)
	if _, invalid := tracker.AsInvalid(err); invalid {
		p.missingReport(w, label)
		return
	}
	if err != nil {
		p.Fail(w, err)
		return
	}
	p.Note(p.R.Context(), frame.Actor, "report_read", label)
	p.Render(w, http.StatusOK, "report", frame.Page{Title: shelf.Name, Nav: "reports", Main: p.shelf(shelf)})
}

// reportFile gives a report as the file that it is.
func (p *reader) reportFile(w http.ResponseWriter, format string) {
	query := p.R.URL.Query()
	if p.Reports == nil || !slices.Contains(reportFormats(), format) {
		p.Missing(w)
		return
	}
	label := p.R.PathValue("month")
	edition, err := strconv.Atoi(query.Get("edition"))
	if query.Get("edition") != "" && (err != nil || edition < 1) {
		p.Missing(w)
		return
	}
	file, err := p.Reports.Render(p.R.Context(), reporting.Request{
		Period: label, Format: format, Lang: p.Lang, Table: query.Get("table"), BOM: p.ByteOrderMark(), Edition: edition,
	})
	if _, ok := tracker.AsInvalid(err); ok {
		p.missingReport(w, label)
		return
	}
	if err != nil {
		p.Fail(w, err)
		return
	}
	defer func() { _ = file.Close() }() // it was only read
	p.Note(p.R.Context(), frame.Actor, "report_read", label+" "+format)
	h := w.Header()
	h.Set("Content-Type", file.MediaType)
	h.Set("Content-Length", strconv.FormatInt(file.Content.Size(), 10))
	h.Set("Content-Security-Policy", web.ReportPolicy)
	if format != "html" {
		h.Set("Content-Disposition", `attachment; filename="kigen-`+label+"."+format+`"`)
	}
	if _, err := file.WriteTo(w); err != nil {
		p.Log.Debug("answer not delivered", "error", err)
	}
}

func (p *reader) missingReport(w http.ResponseWriter, label string) {
	p.Render(w, http.StatusNotFound, "missing", frame.Page{
		Title: p.Say("missing_title"),
		Main:  frame.Message{Title: p.Say("missing_title"), Text: p.Say("missing_report", "Month", label)},
	})
}

// shelfView is the page of one period's report.
type shelfView struct {
	*reporting.ReportPage
	Label, Year string
	Month       string // for the list of its incidents; empty: no single month
	Rate        string // empty: nothing was due
	Share       report.Share
	Running     bool
	Empty       bool
	Open        string // the report as a page
	Downloads   []downloads
	Editions    []editionView
	Changes     []changeView // since the newest edition
	Changed     bool         // figures differ, whether or not a single case explains it
}

// downloads are the files in one language.
type downloads struct {
	Language string
	Files    []frame.Choice
}

// editionView is a kept edition with its files.
type editionView struct {
	Number            int
	Made, Kigen, Hash string
	Files             []frame.Choice
}

// changeView is a case that is not what the newest edition says.
type changeView struct {
	ID, Vendor, Title, Was, Is string
}

func (p *reader) shelf(s *reporting.ReportPage) shelfView {
	period := s.Report.Period
	view := shelfView{
		ReportPage: s, Label: period.Label, Year: strconv.Itoa(period.From.Year()), Running: !period.Finished,
		Empty: s.Report.Totals.Incidents == 0, Open: fileAddress(period.Label, "html", p.Lang, 0),
	}
	if period.Kind == report.KindMonth {
		view.Month = period.Label
	}
	if share := s.Report.Totals.Compliance.Share; share.Due > 0 {
		view.Rate, view.Share = rateText(share.Kept, share.Due), share
	}
	for _, lang := range localizer.Languages() {
		view.Downloads = append(view.Downloads, downloads{p.Site.In(lang).Say("language"), files(period.Label, lang, 0)})
	}
	for _, e := range s.Editions {
		view.Editions = append(view.Editions, editionView{
			Number: e.Number, Made: e.MadeAt.In(p.Zone).Format("2006-01-02 15:04"), Kigen: e.Kigen, Hash: e.SHA256,
			Files: files(period.Label, p.Lang, e.Number),
		})
	}
	if frozen := s.Report.SinceEdition; frozen != nil {
		view.Changed = frozen.Changed()
		for i := range frozen.Corrections {
			view.Changes = append(view.Changes, p.change(&frozen.Corrections[i]))
		}
	}
	return view
}

func (p *reader) change(c *report.Correction) changeView {
	return changeView{
		ID: c.Incident.String(), Vendor: c.VendorName.In(p.Lang), Title: c.Title,
		Was: p.standing(c.Was), Is: p.standing(c.Is),
	}
}

// standing names what a clock came to; nil: it was not in the report.
func (p *reader) standing(s *report.Standing) string {
	if s == nil {
		return p.Say("report_absent")
	}
	return p.VerdictName(string(s.Verdict))
}

func files(label, lang string, edition int) (all []frame.Choice) {
	for _, format := range reportFormats() {
		all = append(all, frame.Choice{Value: fileAddress(label, format, lang, edition), Text: strings.ToUpper(format)})
	}
	return all
}

func fileAddress(label, format, lang string, edition int) string {
	query := url.Values{"format": {format}, "lang": {lang}}
	if edition != 0 {
		query.Set("edition", strconv.Itoa(edition))
	}
	return "/reports/" + label + "?" + query.Encode()
}
