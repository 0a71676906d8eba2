// Package api serves the JSON API under /api/v1 with its OpenAPI description. A
// handler parses the request, calls a use case and converts the result.
package api

import (
	"context"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"kigen/cmd/kigen/internal/web"
)

// apiRoot contains the version: an incompatible change gets a new root.
const apiRoot = "/api/v1"

// server serves the JSON API.
type server struct{ *web.Server }

// Mount adds the operations of the API to s.
func Mount(s *web.Server) { (&server{s}).routeAPI() }

// routeAPI registers every operation of the API.
func (s *server) routeAPI() {
	strictly()
	s.Mux.HandleFunc("/api/", s.noRoute)
	api := humago.New(s.Mux, apiConfig(s.Base, s.Version))
	api.UseMiddleware(func(ctx huma.Context, next func(huma.Context)) {
		lang := web.AcceptedLang(ctx.Header("Accept-Language"))
		next(huma.WithContext(ctx, web.WithErrorLang(ctx.Context(), lang)))
	})
	route(s, api, http.MethodPost, "/incidents", "log-incident", "Log an incident", s.logIncident)
	route(s, api, http.MethodPost, "/incidents/batch", "log-incidents", "Log up to 1,000 incidents, all or none", s.logBatch)
	route(s, api, http.MethodGet, "/incidents", "list-incidents", "List incidents, the most urgent first", s.listIncidents)
	route(s, api, http.MethodGet, "/incidents/{id}", "get-incident", "Get an incident with its clocks", s.getIncident)
	route(s, api, http.MethodPatch, "/incidents/{id}", "amend-incident", "Change an incident; its deadlines are recalculated", s.amendIncident)
	route(s, api, http.MethodPost, "/incidents/{id}/notices", "record-notice", "Record the vendor's notice", s.recordNotice)
	route(s, api, http.MethodPost, "/incidents/{id}/ack", "acknowledge-incident", "Acknowledge an incident: repeated alerts stop", s.acknowledge)
	route(s, api, http.MethodPut, "/incidents/{id}/owner", "assign-incident", "Assign an incident to a person or a team, or to none", s.assign)
	route(s, api, http.MethodPost, "/incidents/{id}/notes", "add-note", "Add a note, with files; it changes no clock", s.addNote)
	route(s, api, http.MethodPost, "/incidents/{id}/chasers", "record-chaser", "Record that the vendor was asked for its notice", s.recordChaser)
	route(s, api, http.MethodPost, "/incidents/bulk", "change-incidents", "Acknowledge or assign up to 100 incidents, each with a result of its own", s.changeTogether)
	route(s, api, http.MethodPost, "/incidents/{id}/cancel", "cancel-incident", "Cancel an incident logged by mistake", s.cancelIncident)
	route(s, api, http.MethodPost, "/incidents/{id}/reopen", "reopen-incident", "Reopen a cancelled incident", s.reopenIncident)
	route(s, api, http.MethodPost, "/incidents/{id}/notices/{n}/withdraw", "withdraw-notice", "Withdraw a notice recorded by mistake: it stays visible and counts no more", s.withdrawNotice)
	route(s, api, http.MethodPost, "/incidents/{id}/clocks/{promise}/waive", "waive-promise", "Release the vendor from a promise for this incident", s.waive)
	route(s, api, http.MethodPost, "/incidents/{id}/clocks/{promise}/unwaive", "unwaive-promise", "Lift the waiver of a promise", s.unwaive)
	route(s, api, http.MethodPost, "/incidents/{id}/duties/{duty}/decision", "decide-duty", "Decide whether one of our own duties applies; the latest decision counts", s.decideDuty)
	route(s, api, http.MethodPost, "/incidents/{id}/submissions", "record-submission", "Record a report of ours to an authority", s.recordSubmission)
	route(s, api, http.MethodPost, "/incidents/{id}/submissions/{n}/withdraw", "withdraw-submission", "Withdraw a submission recorded by mistake: it stays visible and counts no more", s.withdrawSubmission)
	route(s, api, http.MethodGet, "/duties", "list-duties", "List the reports that we owe to authorities, the most urgent first", s.listDuties)
	route(s, api, http.MethodPost, "/incidents/{id}/erase", "erase-incident", "Replace contents of an incident by their hashes, also in its history", s.eraseIncident)
	route(s, api, http.MethodGet, "/incidents/{id}/events", "list-events", "The incident's history, oldest first", s.listEvents)
	route(s, api, http.MethodGet, "/incidents/{id}/chaser", "get-chaser", "Draft a mail that asks the vendor for the overdue notice and quotes its promise", s.getChaser)
	route(s, api, http.MethodPost, "/incidents/{id}/chaser", "send-chaser", "Send the vendor a mail that asks for the overdue notice, and record it", s.sendChaser)
	route(s, api, http.MethodGet, "/incidents/{id}/evidence/{sha256}", "get-evidence", "Get a file that was attached to a notice", s.getEvidence)
	route(s, api, http.MethodGet, "/incidents/{id}/bundle", "get-bundle", "Get all data of an incident as a ZIP file that can be verified without kigen", s.getBundle)
	route(s, api, http.MethodGet, "/vendors", "list-vendors", "List vendors with their promises", s.listVendors)
	route(s, api, http.MethodGet, "/vendors/{id}", "get-vendor", "Get a vendor with its promises", s.getVendor)
	route(s, api, http.MethodGet, "/vendors/{id}/profile", "get-profile", "Get the distribution of the time until the deadline, over every minute of a year", s.getProfile)
	route(s, api, http.MethodGet, "/deadline", "get-deadline", "Calculate the deadline for a start; stores nothing", s.getDeadline)
	if s.Register != nil {
		s.routeRegister(api)
	}
	if s.Intake != nil {
		s.routeIntake(api)
	}
	if s.Reports != nil {
		route(s, api, http.MethodGet, "/reports/{month}", "get-report", "Get the report of a period", s.getReport)
		route(s, api, http.MethodPost, "/reports/{month}/send", "send-report", "Send the report of a finished period now", s.sendReport)
	}
	if s.Trial != nil {
		route(s, api, http.MethodPost, "/notify/test", "test-destination", "Send a test alert to a destination and report whether it was delivered", s.tryDestination)
	}
	if s.Reload != nil {
		route(s, api, http.MethodPost, "/reload", "reload-configuration", "Reload the configuration; a faulty one changes nothing", s.reloadConfiguration)
	}
	if s.Replay != nil {
		route(s, api, http.MethodGet, "/replay/{month}", "get-replay", "Compare a month's clocks with the result under the current promises; changes nothing", s.getReplay)
	}
	describeRest(api.OpenAPI())
}

// routeRegister registers the operations of the register of vendors.
func (s *server) routeRegister(api huma.API) {
	route(s, api, http.MethodGet, "/register", "get-register", "Get the register as a file: a table for spreadsheets, or whole entries", s.getRegister)
	route(s, api, http.MethodPost, "/register", "import-register", "Publish what a file changes about vendors, all or none", s.importRegister)
	route(s, api, http.MethodPost, "/vendors", "publish-vendor", "Publish the entry of a vendor: it is in force at once", s.publishVendor)
	route(s, api, http.MethodPost, "/vendors/check", "check-vendor", "Say what an entry would put in force; stores nothing", s.checkVendor)
	route(s, api, http.MethodGet, "/vendors/{id}/versions", "list-versions", "List the published versions of a vendor's entry, newest first", s.listVersions)
	route(s, api, http.MethodPost, "/vendors/{id}/withdraw", "withdraw-vendor", "End the entry of a vendor; its incidents keep their promises", s.withdrawVendor)
	route(s, api, http.MethodGet, "/vendors/{id}/draft", "get-draft", "Get the draft of a vendor's entry", s.getDraft)
	route(s, api, http.MethodPut, "/vendors/{id}/draft", "save-draft", "Save the draft of a vendor's entry; it is in force nowhere", s.saveDraft)
	route(s, api, http.MethodDelete, "/vendors/{id}/draft", "drop-draft", "Drop the draft of a vendor's entry", s.dropDraft)
	route(s, api, http.MethodGet, "/vendors/{id}/documents", "list-documents", "List the papers that are kept of a vendor, newest first", s.listDocuments)
	route(s, api, http.MethodPost, "/vendors/{id}/documents", "add-document", "Keep an edition of a vendor's paper", s.addDocument)
	route(s, api, http.MethodGet, "/vendors/{id}/documents/{n}", "get-document", "Get the file of a vendor's paper", s.getDocument)
	route(s, api, http.MethodGet, "/vendors/{id}/reviews", "list-reviews", "List the reviews of a vendor's entry, newest first", s.listReviews)
	route(s, api, http.MethodPost, "/vendors/{id}/reviews", "add-review", "Record that a vendor's entry was looked through", s.addReview)
}

// schemaName removes the suffix JSON, which separates the types of the API
// from the domain types inside this package only.
func schemaName(t reflect.Type, hint string) string {
	return strings.TrimSuffix(huma.DefaultSchemaNamer(t, hint), "JSON")
}

// created lists the operations that add something to the record.
var created = map[string]bool{"log-incident": true, "log-incidents": true, "record-notice": true, "add-note": true, "record-chaser": true, "send-chaser": true, "record-submission": true, "publish-vendor": true, "add-document": true, "add-review": true}

// route registers one operation. The operations that create answer 201, all
// others 200.
func route[I, O any](s *server, api huma.API, method, path, id, summary string, handle func(context.Context, *I) (*O, error)) {
	op := huma.Operation{
		Method: method, Path: apiRoot + path, OperationID: id, Summary: summary, MaxBodyBytes: web.BodyLimit(path),
		Tags: []string{tagOf(path)}, Errors: errorsOf(method, path),
	}
	if created[id] {
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

// file marks the output of an operation that answers with a file instead of JSON.
type file interface{ isFile() }

func (*reportOutput) isFile() {}

func (*evidenceOutput) isFile() {}

func (*bundleOutput) isFile() {}

// proseLang is the requested language, or the configured one.
func (s *server) proseLang(p web.LangParam) string {
	if p.Lang != "" {
		return p.Lang
	}
	return s.Lang
}
