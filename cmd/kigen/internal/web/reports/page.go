package reports

import (
	"net/http"
	"strconv"

	"kigen/cmd/kigen/internal/reporting"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla/phrase/localizer"
	"kigen/sla/report"
	"kigen/sla/tracker"
)

// report shows a period's report in short, or gives one of its files.
func (p *reader) report(w http.ResponseWriter) {
	if format := p.R.URL.Query().Get("format"); format != "" || p.Reports == nil {
		p.reportFile(w, format)
		return
	}
	p.showReport(w, http.StatusOK, p.R.URL.Query().Get("vendor"), nil)
}

// showReport answers with the page of a period, or of one vendor in it. What was refused
// stands above it.
func (p *reader) showReport(w http.ResponseWriter, status int, vendor string, refused tracker.Invalid) {
	label := p.R.PathValue("month")
	made, err := p.Reports.Page(p.R.Context(), label, vendor, p.Lang)
	if _, invalid := tracker.AsInvalid(err); invalid {
		p.missingReport(w, label)
		return
	}
	if err != nil {
		p.Fail(w, err)
		return
	}
	p.Note(p.R.Context(), frame.Actor, "report_read", reportSubject(label, vendor))
	view := p.shelf(made)
	title := made.Name
	if view.VendorName != "" {
		title += " · " + view.VendorName
	}
	p.Render(w, status, "report", frame.Page{Title: title, Nav: "reports", Problems: p.Problems(refused), Main: view})
}

func reportSubject(label, vendor string) string {
	if vendor == "" {
		return label
	}
	return label + " " + vendor
}

// shelfView is the page of one period's report.
type shelfView struct {
	*reporting.ReportPage
	Label, Year        string
	Vendor, VendorName string // of the report of one vendor
	Month              string // for the list of its incidents; empty: no single month
	Rate               string // empty: nothing was due
	Share              report.Share
	Unproven           int // what the rate leaves out because it can't be proved
	Running            bool
	AsOf               string // of an interim report
	Empty              bool
	Whole              string // address of the report of all vendors
	Before, After      *frame.Choice
	Rows               []vendorRow
	Legend             []barPart
	Quiet              string // names of the vendors without incidents
	Open               string // the report as a page
	Downloads          []downloads
	Editions           []editionView
	Changes            []changeView   // since the newest edition
	Changed            bool           // figures differ, whether or not a single case explains it
	Targets            []frame.Choice // where it can be sent
	CanSend            bool
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
	r := &s.Report
	period, ref := r.Period, reportRef{label: r.Period.Label, vendor: r.VendorFilter}
	view := shelfView{
		ReportPage: s, Label: period.Label, Year: strconv.Itoa(period.From.Year()), Running: !period.Finished,
		Vendor: ref.vendor, Whole: reportRef{label: period.Label}.page(), Unproven: r.Totals.OverdueAssumed + r.Totals.NotProvable,
		Empty: r.Totals.Incidents == 0, Open: ref.file("html", p.Lang),
		Before: p.neighbour(s.Previous, ref.vendor), After: p.neighbour(s.Next, ref.vendor),
	}
	if !period.Finished && !period.AsOf.IsZero() {
		view.AsOf = p.Instant(period.AsOf)
	}
	if period.Kind == report.KindMonth {
		view.Month = period.Label
	}
	if share := r.Totals.Compliance.Share; share.Due > 0 {
		view.Rate, view.Share = rateText(share.Kept, share.Due), share
	}
	for _, lang := range localizer.Languages() {
		view.Downloads = append(view.Downloads, downloads{p.Site.In(lang).Say("language"), ref.files(lang)})
	}
	p.vendorRows(&view)
	if ref.vendor == "" {
		p.shelfEditions(&view)
		p.sending(&view)
	}
	return view
}

// neighbour is the period before or after; nil: there is none.
func (p *reader) neighbour(label, vendor string) *frame.Choice {
	if label == "" {
		return nil
	}
	return &frame.Choice{Value: reportRef{label: label, vendor: vendor}.page(), Text: p.periodName(label)}
}

// shelfEditions lists the kept editions, and what has changed since the newest.
func (p *reader) shelfEditions(view *shelfView) {
	for _, e := range view.ReportPage.Editions {
		view.Editions = append(view.Editions, editionView{
			Number: e.Number, Made: e.MadeAt.In(p.Zone).Format("2006-01-02 15:04"), Kigen: e.Kigen, Hash: e.SHA256,
			Files: reportRef{label: view.Label, edition: e.Number}.files(p.Lang),
		})
	}
	if frozen := view.Report.SinceEdition; frozen != nil {
		view.Changed = frozen.Changed()
		for i := range frozen.Corrections {
			view.Changes = append(view.Changes, p.change(&frozen.Corrections[i]))
		}
	}
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
