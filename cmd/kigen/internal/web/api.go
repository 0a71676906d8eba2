package web

import (
	"context"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// apiRoot carries the version: a change that breaks callers gets a root of its own.
const apiRoot = "/api/v1"

// routeAPI is the API on one screen.
func (s *server) routeAPI() {
	api := humago.New(s.mux, apiConfig(s.Version))
	route(s, api, http.MethodPost, "/incidents", "log-incident", "Log an incident", s.logIncident)
	route(s, api, http.MethodPost, "/incidents/batch", "log-incidents", "Log up to 1,000 incidents, all or none", s.logBatch)
	route(s, api, http.MethodGet, "/incidents", "list-incidents", "List incidents, what needs a person first", s.listIncidents)
	route(s, api, http.MethodGet, "/incidents/{id}", "get-incident", "One incident with its clocks", s.getIncident)
	route(s, api, http.MethodPatch, "/incidents/{id}", "amend-incident", "Change an incident; deadlines are worked out anew", s.amendIncident)
	route(s, api, http.MethodPost, "/incidents/{id}/notices", "record-notice", "Record the vendor's message", s.recordNotice)
	route(s, api, http.MethodPost, "/incidents/{id}/ack", "acknowledge-incident", "Say that a person has it: repeats stop", s.acknowledge)
	route(s, api, http.MethodPost, "/incidents/{id}/cancel", "cancel-incident", "Withdraw an incident that was none", s.cancelIncident)
	route(s, api, http.MethodGet, "/incidents/{id}/events", "list-events", "The incident's history, oldest first", s.listEvents)
	route(s, api, http.MethodGet, "/incidents/{id}/chaser", "get-chaser", "A mail that asks the vendor for what it owes, quoting its own promise", s.getChaser)
	route(s, api, http.MethodGet, "/incidents/{id}/evidence/{sha256}", "get-evidence", "A file that came with a notice", s.getEvidence)
	route(s, api, http.MethodGet, "/incidents/{id}/bundle", "get-bundle", "Everything about an incident as a ZIP file that can be checked without kigen", s.getBundle)
	route(s, api, http.MethodGet, "/vendors", "list-vendors", "The vendors and their promises", s.listVendors)
	route(s, api, http.MethodGet, "/vendors/{id}", "get-vendor", "One vendor and its promises", s.getVendor)
	route(s, api, http.MethodGet, "/vendors/{id}/profile", "get-profile", "How long the vendor's promises can take, over every minute of a year", s.getProfile)
	route(s, api, http.MethodGet, "/deadline", "get-deadline", "The deadline that a start would lead to", s.getDeadline)
	if s.Report != nil {
		route(s, api, http.MethodGet, "/reports/{month}", "get-report", "The report of a month", s.getReport)
	}
	if s.Send != nil {
		route(s, api, http.MethodPost, "/reports/{month}/send", "send-report", "Send a finished period's report now", s.sendReport)
	}
	if s.Trial != nil {
		route(s, api, http.MethodPost, "/notify/test", "test-destination", "Send a synthetic overdue alert and follow it to its receipt", s.tryDestination)
	}
	if s.Replay != nil {
		route(s, api, http.MethodGet, "/replay/{month}", "get-replay", "What would differ for a month's incidents under today's promises; changes nothing", s.getReplay)
	}
}

// apiConfig keeps huma to what the contract names: no documentation page
// that would load foreign scripts, no links to schemas in the answers.
func apiConfig(version string) huma.Config {
	schemas := huma.NewMapRegistry("#/components/schemas/", schemaName)
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "kigen", Version: version,
				Description: "Incidents at vendors, the instants by which they promised to speak, and whether they did.",
			},
			Components: &huma.Components{Schemas: schemas},
		},
		OpenAPIPath:                  "/openapi",
		Formats:                      huma.DefaultFormats,
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{complete(schemas)},
	}
}

// schemaName names a type of an answer without the ending that tells it from
// the type that it shows.
func schemaName(t reflect.Type, hint string) string {
	return strings.TrimSuffix(huma.DefaultSchemaNamer(t, hint), "JSON")
}

// route adds one operation. Creating answers 201, everything else 200.
func route[I, O any](s *server, api huma.API, method, path, id, summary string, handle func(context.Context, *I) (*O, error)) {
	op := huma.Operation{
		Method: method, Path: apiRoot + path, OperationID: id, Summary: summary, MaxBodyBytes: bodyLimit(path),
	}
	if id == "log-incident" || id == "log-incidents" || id == "record-notice" {
		op.DefaultStatus = http.StatusCreated
	}
	if _, isFile := any(new(O)).(file); isFile {
		op.Responses = fileResponses()
	}
	part := "body"
	if method == http.MethodGet {
		part = "query"
	}
	huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, s.problem(ctx, part, err)
		}
		return out, nil
	})
}

// file marks the output of an operation whose body is no JSON document of ours.
type file interface{ isFile() }

func (*reportOutput) isFile()   {}
func (*evidenceOutput) isFile() {}
func (*bundleOutput) isFile()   {}

// fileResponses describes an answer of whatever type its header names.
func fileResponses() map[string]*huma.Response {
	return map[string]*huma.Response{"200": {
		Description: "The file; Content-Type names what it is",
		Content:     map[string]*huma.MediaType{"*/*": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}}
}

// LangParam is the language that prose in an answer is written in.
type LangParam struct {
	Lang string `query:"lang" enum:"ja,en" doc:"Language of the prose; absent: the configured one"`
}

// proseLang is the language asked for, or the configured one.
func (s *server) proseLang(p LangParam) string {
	if p.Lang != "" {
		return p.Lang
	}
	return s.Lang
}
