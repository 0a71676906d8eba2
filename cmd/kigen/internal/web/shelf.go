package web

import (
	"net/url"
	"strconv"
	"strings"

	"kigen/sla/report"
)

// shelfView is the page of one period's report.
type shelfView struct {
	*ReportShelf
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
	Files    []choice
}

// editionView is a kept edition with its files.
type editionView struct {
	Number            int
	Made, Kigen, Hash string
	Files             []choice
}

// changeView is a case that is not what the newest edition says.
type changeView struct {
	ID, Vendor, Title, Was, Is string
}

func (p *reader) shelf(s *ReportShelf) shelfView {
	period := s.Report.Period
	view := shelfView{
		ReportShelf: s, Label: period.Label, Year: strconv.Itoa(period.From.Year()), Running: !period.Finished,
		Empty: s.Report.Totals.Incidents == 0, Open: fileAddress(period.Label, "html", p.lang, 0),
	}
	if period.Kind == report.KindMonth {
		view.Month = period.Label
	}
	if share := s.Report.Totals.Compliance.Share; share.Due > 0 {
		view.Rate, view.Share = rateText(share.Kept, share.Due), share
	}
	for _, lang := range languages {
		view.Downloads = append(view.Downloads, downloads{p.server.texts[lang].say("language"), files(period.Label, lang, 0)})
	}
	for _, e := range s.Editions {
		view.Editions = append(view.Editions, editionView{
			Number: e.Number, Made: e.MadeAt.In(p.Zone).Format("2006-01-02 15:04"), Kigen: e.Kigen, Hash: e.SHA256,
			Files: files(period.Label, p.lang, e.Number),
		})
	}
	if frozen := s.Report.Frozen; frozen != nil {
		view.Changed = frozen.Changed()
		for i := range frozen.Corrections {
			view.Changes = append(view.Changes, p.change(&frozen.Corrections[i]))
		}
	}
	return view
}

func (p *reader) change(c *report.Correction) changeView {
	return changeView{
		ID: c.Incident.String(), Vendor: c.VendorName.In(p.lang), Title: c.Title,
		Was: p.standing(c.Was), Is: p.standing(c.Is),
	}
}

// standing names what a clock came to; nil: it was not in the report.
func (p *reader) standing(s *report.Standing) string {
	switch {
	case s == nil:
		return p.say("report_absent")
	case s.Verdict == report.NotProvable:
		return p.say("state_not_provable")
	default:
		return p.say("state_" + string(s.Verdict))
	}
}

func files(label, lang string, edition int) (all []choice) {
	for _, format := range reportFormats() {
		all = append(all, choice{Value: fileAddress(label, format, lang, edition), Text: strings.ToUpper(format)})
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
