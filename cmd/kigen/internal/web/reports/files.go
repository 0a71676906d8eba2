package reports

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kigen/cmd/kigen/internal/reporting"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla/tracker"
)

// reportFormats are the files that the board offers, the one to read first.
func reportFormats() []string { return []string{"html", "pdf", "xlsx", "csv", "json"} }

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
		Vendor: query.Get("vendor"),
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
	p.Note(p.R.Context(), frame.Actor, "report_read", strings.TrimSpace(label+" "+format+" "+query.Get("vendor")))
	h := w.Header()
	h.Set("Content-Type", file.MediaType)
	h.Set("Content-Length", strconv.FormatInt(file.Content.Size(), 10))
	h.Set("Content-Security-Policy", web.ReportPolicy)
	if format != "html" {
		h.Set("Content-Disposition", web.AttachmentHeader(fileName(label, query.Get("vendor"), format)))
	}
	if _, err := file.WriteTo(w); err != nil {
		p.Log.Debug("answer not delivered", "error", err)
	}
}

// reportRef names a report or an edition of it.
type reportRef struct {
	label, vendor string // vendor empty: all
	edition       int    // 0: as it is now
}

func (f reportRef) files(lang string) (all []frame.Choice) {
	for _, format := range reportFormats() {
		all = append(all, frame.Choice{Value: f.file(format, lang), Text: strings.ToUpper(format)})
	}
	return all
}

// file is the address of a file of the report.
func (f reportRef) file(format, lang string) string {
	query := url.Values{"format": {format}, "lang": {lang}}
	if f.edition != 0 {
		query.Set("edition", strconv.Itoa(f.edition))
	}
	if f.vendor != "" {
		query.Set("vendor", f.vendor)
	}
	return "/reports/" + f.label + "?" + query.Encode()
}

// page is the address of the report's page.
func (f reportRef) page() string {
	if f.vendor == "" {
		return "/reports/" + f.label
	}
	return "/reports/" + f.label + "?" + url.Values{"vendor": {f.vendor}}.Encode()
}

// fileName is the name under which a browser saves a report.
func fileName(label, vendor, format string) string {
	if vendor != "" {
		label += "-" + vendor
	}
	return "kigen-" + label + "." + format
}
