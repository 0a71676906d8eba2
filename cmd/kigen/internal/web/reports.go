package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/sla/report"
	"kigen/sla/tracker"
)

// Library is what reports there are. A tracker.Invalid error is the reader's
// to mend.
type Library interface {
	// Year lists the periods of a year that have begun.
	Year(ctx context.Context, year int) (*ReportYear, error)
	// Shelf is what there is of one period, told in a language.
	Shelf(ctx context.Context, period, lang string) (*ReportShelf, error)
}

// ReportYear is one year of reports.
type ReportYear struct {
	Year    int
	Years   []int         // that have any, newest first
	Periods []ReportEntry // the year, then each quarter with its months, newest first
}

// ReportEntry is one period in the list.
type ReportEntry struct {
	Label     string
	Kind      string // year, quarter or month
	Finished  bool
	Clocks    int // that belong to it, and incidents without any
	Due, Kept int // of the compliance rate
	Edition   int // the newest one that was kept; 0: none
}

// ReportShelf is what there is of one period.
type ReportShelf struct {
	Report   report.Report
	Name     string          // what people call it
	Lines    []string        // one a vendor
	Editions []ReportEdition // newest first
}

// ReportEdition is a report as it was kept.
type ReportEdition struct {
	Number int
	MadeAt time.Time
	Kigen  string // the version that made it
	SHA256 string // of its JSON, in hexadecimal
}

// reportFormats are the files that the board offers, the one to read first.
func reportFormats() []string { return []string{"html", "pdf", "xlsx", "csv", "json"} }

// reportsView is the list of one year's reports.
type reportsView struct {
	Year    int
	Years   []choice
	Periods []entryView
	Empty   bool
}

// entryView is one line of the list.
type entryView struct {
	ReportEntry
	Name, Rate string // Rate is empty where nothing was due
	Width      int    // of the rate's bar, in percent
}

// reports lists the periods of a year, also those in which nothing happened: an
// empty report is a statement, too.
func (p *reader) reports(w http.ResponseWriter) {
	if p.Library == nil {
		p.missing(w)
		return
	}
	year := p.now.Year()
	if asked, err := strconv.Atoi(p.r.URL.Query().Get("year")); err == nil {
		year = asked
	}
	found, err := p.Library.Year(p.r.Context(), year)
	if _, invalid := tracker.AsInvalid(err); invalid {
		p.missingReport(w, strconv.Itoa(year))
		return
	}
	if err != nil {
		p.fail(w, err)
		return
	}
	view := reportsView{Year: found.Year, Empty: true}
	for _, y := range found.Years {
		label := strconv.Itoa(y)
		view.Years = append(view.Years, choice{Value: "/reports?year=" + label, Text: label, Chosen: y == found.Year})
	}
	for _, e := range found.Periods {
		view.Empty = view.Empty && e.Clocks == 0
		view.Periods = append(view.Periods, p.entry(e))
	}
	p.render(w, http.StatusOK, "reports", page{Title: p.say("reports_title"), Nav: "reports", Main: view})
}

func (p *reader) entry(e ReportEntry) entryView {
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
		return p.say("period_year", "Year", year)
	case rest[0] == 'Q':
		return p.say("period_quarter", "Year", year, "Quarter", rest[1:])
	}
	month, err := time.Parse("2006-01", label)
	if err != nil {
		return label
	}
	name := month.Month().String()
	if p.lang == "ja" {
		name = strconv.Itoa(int(month.Month()))
	}
	return p.say("period_month", "Year", year, "Month", name)
}

// report shows what there is of a period, or gives one of its files.
func (p *reader) report(w http.ResponseWriter) {
	if format := p.r.URL.Query().Get("format"); format != "" || p.Library == nil {
		p.reportFile(w, format)
		return
	}
	label := p.r.PathValue("month")
	shelf, err := p.Library.Shelf(p.r.Context(), label, p.lang)
	if _, invalid := tracker.AsInvalid(err); invalid {
		p.missingReport(w, label)
		return
	}
	if err != nil {
		p.fail(w, err)
		return
	}
	p.render(w, http.StatusOK, "report", page{Title: shelf.Name, Nav: "reports", Main: p.shelf(shelf)})
}

// reportFile gives a report as the file that it is.
func (p *reader) reportFile(w http.ResponseWriter, format string) {
	query := p.r.URL.Query()
	if p.Report == nil || !slices.Contains(reportFormats(), format) {
		p.missing(w)
		return
	}
	label := p.r.PathValue("month")
	edition, err := strconv.Atoi(query.Get("edition"))
	if query.Get("edition") != "" && (err != nil || edition < 1) {
		p.missing(w)
		return
	}
	contentType, body, err := p.Report(p.r.Context(), ReportRequest{
		Period: label, Format: format, Lang: p.lang, Table: query.Get("table"), BOM: query.Get("bom") == "1", Edition: edition,
	})
	if _, ok := tracker.AsInvalid(err); ok {
		p.missingReport(w, label)
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
		h.Set("Content-Disposition", `attachment; filename="kigen-`+label+"."+format+`"`)
	}
	if _, err := w.Write(body); err != nil {
		p.Log.Debug("answer not delivered", "error", err)
	}
}

func (p *reader) missingReport(w http.ResponseWriter, label string) {
	p.render(w, http.StatusNotFound, "missing", page{
		Title: p.say("missing_title"),
		Main:  missingView{Title: p.say("missing_title"), Text: p.say("missing_report", "Month", label)},
	})
}
