package reports

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/reporting"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla/phrase"
	"kigen/sla/tracker"
)

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
	return p.Say("period_month", "Year", year, "Month", phrase.Month(p.Lang, month.Month()))
}

func (p *reader) missingReport(w http.ResponseWriter, label string) {
	p.Render(w, http.StatusNotFound, "missing", frame.Page{
		Title: p.Say("missing_title"),
		Main:  frame.Message{Title: p.Say("missing_title"), Text: p.Say("missing_report", "Month", label)},
	})
}
