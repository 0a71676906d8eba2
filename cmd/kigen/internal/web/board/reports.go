package board

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/reporting"
	"kigen/sla/tracker"
)

// reportsView is the list of one year's reports.
type reportsView struct {
	Year    int
	Years   []choice
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
		p.missing(w)
		return
	}
	year := p.now.Year()
	if asked, err := strconv.Atoi(p.r.URL.Query().Get("year")); err == nil {
		year = asked
	}
	found, err := p.Reports.Year(p.r.Context(), year)
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

func (p *reader) missingReport(w http.ResponseWriter, label string) {
	p.render(w, http.StatusNotFound, "missing", page{
		Title: p.say("missing_title"),
		Main:  missingView{Title: p.say("missing_title"), Text: p.say("missing_report", "Month", label)},
	})
}
