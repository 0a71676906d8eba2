package web

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"kigen/sla/tracker"
)

// LargestImport bounds a file that is imported on the board, in bytes.
const LargestImport = 2 << 20

// maxImportBody bounds the request that carries it, in base64.
const maxImportBody = LargestImport/3*4 + 64<<10

// batchedSchema is the API's schema of BatchedIncident.
var batchedSchema = sync.OnceValues(func() (*huma.Schema, huma.Registry) {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	return registry.Schema(reflect.TypeFor[BatchedIncident](), false, ""), registry
})

// BatchedEntry converts the body of an incident of a batch that does not come through
// the API, with the problems that the API would report, by field.
func (s *Server) BatchedEntry(body map[string]any, read TimeReader) (tracker.Entry, tracker.Invalid) {
	text, err := json.Marshal(body)
	var b BatchedIncident
	var plain map[string]any
	if err == nil {
		err = json.Unmarshal(text, &b)
	}
	if err == nil {
		err = json.Unmarshal(text, &plain)
	}
	if err != nil {
		return tracker.Entry{}, tracker.Invalidf("row", "", "%s", err)
	}
	schema, registry := batchedSchema()
	var result huma.ValidateResult
	huma.Validate(registry, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, plain, &result)
	var problems tracker.Invalid
	for _, wrong := range result.Errors {
		var detail *huma.ErrorDetail
		if asDetail(wrong, &detail) && !ownTexts[detail.Location] {
			field, _, _ := strings.Cut(detail.Location, "[")
			problems.Addf(field, "", "%s", detail.Message)
		}
	}
	b.Vendor = s.VendorNamed(b.Vendor)
	entry, err := b.Entry(read)
	invalid, _ := tracker.AsInvalid(err)
	return entry, append(problems, invalid...)
}

// ownTexts are the fields whose problems the tracker reports, in both languages.
var ownTexts = map[string]bool{
	"": true, "vendor": true, "title": true, "description": true, "impact": true, "scope": true, "severity": true, "notice_text": true,
}

func asDetail(err error, to **huma.ErrorDetail) bool {
	detail, ok := err.(*huma.ErrorDetail) //nolint:errorlint // never wrapped
	*to = detail
	return ok
}
