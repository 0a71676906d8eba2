// Package reports serves the pages of reports: the list of a year, the report of a period
// in short and as files, and the forms that send and freeze one.
package reports

import (
	"net/http"

	"kigen/cmd/kigen/internal/web/frame"
)

// reader is a request for a page of this package.
type reader struct{ *frame.Reader }

// Mount adds the pages to s.
func Mount(s *frame.Site) {
	for pattern, handle := range map[string]func(*reader, http.ResponseWriter){
		"GET /reports":                 (*reader).reports,
		"GET /reports/{month}":         (*reader).report,
		"POST /reports/{month}/send":   (*reader).sendReport,
		"POST /reports/{month}/freeze": (*reader).freezeReport,
	} {
		s.Handle(pattern, func(p *frame.Reader, w http.ResponseWriter) { handle(&reader{p}, w) })
	}
}
