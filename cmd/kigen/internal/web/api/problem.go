package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"kigen/cmd/kigen/internal/chasing"
	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/registry"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla/phrase/localizer"
	"kigen/sla/tracker"
)

// problem converts an error of a use case into a problem document. part is the
// part of the request that contains the fields: query or body.
func (s *server) problem(ctx context.Context, part string, err error) error {
	var invalid tracker.Invalid
	var noVendor noSuchVendor
	var stale staleVersion
	var missing absent
	var unmatched unmatched
	var conflict *registry.Conflict
	var settled *intake.Settled
	var oldItem staleItem
	var status huma.StatusError
	var wrong *tracker.ClockError
	if refused, ok := asReloadRefused(err); ok {
		return refusedReload(web.ErrorLang(ctx), refused)
	}
	if unsent := unsentProblem(web.ErrorLang(ctx), err); unsent != nil {
		return unsent
	}
	switch {
	case errors.As(err, &status): // it is one already
		return status
	case errors.As(err, &noVendor):
		return refusal(web.ErrorLang(ctx), http.StatusNotFound, part, tracker.Invalid{noVendor.problem})
	case errors.As(err, &invalid):
		return refusal(web.ErrorLang(ctx), http.StatusUnprocessableEntity, part, invalid)
	case errors.As(err, &missing):
		return huma.Error404NotFound(missing.In(web.ErrorLang(ctx)))
	case errors.As(err, &unmatched):
		return huma.Error412PreconditionFailed(unmatched.In(web.ErrorLang(ctx)))
	case errors.As(err, &oldItem):
		return huma.Error412PreconditionFailed(oldItem.In(web.ErrorLang(ctx)))
	case errors.As(err, &settled):
		return huma.Error409Conflict(settled.In(web.ErrorLang(ctx)))
	case errors.As(err, &conflict):
		return huma.Error409Conflict(conflict.In(web.ErrorLang(ctx)))
	case errors.As(err, &stale):
		return huma.Error412PreconditionFailed(stale.Error())
	case errors.Is(err, tracker.ErrNotFound):
		subject := strings.TrimSuffix(err.Error(), ": "+tracker.ErrNotFound.Error()) // such as incident KGN-999
		return huma.Error404NotFound("no such incident, or no such file of it (" + subject + "): list the incidents with kigen incident list or GET /api/v1/incidents")
	case errors.Is(err, errNothingToAsk), errors.Is(err, chasing.ErrNothingToAsk):
		return huma.Error409Conflict("no notice to ask the vendor for: every clock was answered in time, waived or cancelled")
	case errors.Is(err, errReportBusy):
		return huma.Error409Conflict("the report is being saved or sent by another request: check whether it arrived before you repeat this")
	case errors.As(err, &wrong):
		return huma.Error503ServiceUnavailable(wrong.In(web.ErrorLang(ctx)))
	case errors.Is(err, tracker.ErrUnreadable):
		return huma.Error500InternalServerError(err.Error() + ": its record is damaged; run kigen db verify to list the damage, and restore a backup to repair it")
	case errors.Is(err, tracker.ErrConflict):
		return huma.Error409Conflict("the incident was changed by someone else: read it again, then repeat the change")
	case errors.Is(ctx.Err(), context.Canceled): // the client left
		return huma.Error503ServiceUnavailable("the request was cancelled before it was finished: try again")
	case errors.Is(err, tracker.ErrUnavailable):
		s.Log.Log(ctx, web.FaultLevel(ctx), "database or configuration unavailable", "error", err)
		return huma.ErrorWithHeaders(huma.Error503ServiceUnavailable(web.BusyTrouble), http.Header{"Retry-After": {web.BusyRetry}})
	case ctx.Err() != nil:
		return huma.Error503ServiceUnavailable("the request was cancelled before it was finished: try again")
	default:
		s.Log.Log(ctx, web.FaultLevel(ctx), "request failed", "error", err)
		return huma.Error500InternalServerError(web.InternalTrouble)
	}
}

// refusal lists every faulty field with its value and the remedy.
func refusal(lang string, status int, part string, invalid tracker.Invalid) huma.StatusError {
	details := make([]error, len(invalid))
	for i, p := range invalid {
		details[i] = &huma.ErrorDetail{Location: location(part, p.Field), Message: web.Said(lang, p), Value: p.Value}
	}
	return huma.NewError(status, refused, details...)
}

// refused is the text of a problem before complete adds its details.
const refused = "refused"

// location returns the place of a field in the request.
func location(part, field string) string {
	switch field {
	case "id", "month", "n":
		return "path." + field
	case "Idempotency-Key":
		return "header." + field
	}
	if strings.Contains(field, ".") && !strings.HasPrefix(field, "incidents[") {
		return field
	}
	return part + "." + field
}

// complete adds the missing field, value and remedy to the problem documents
// that huma wrote, and translates them.
func complete(schemas huma.Registry) huma.Transformer {
	return func(ctx huma.Context, _ string, v any) (any, error) {
		problem, ok := v.(*huma.ErrorModel)
		if !ok {
			return v, nil
		}
		switch {
		case problem.Detail == "request body is required":
			problem.Detail = "the body is missing: send a JSON object with Content-Type application/json"
		case problem.Status == http.StatusRequestEntityTooLarge:
			problem.Detail = fmt.Sprintf("the body is larger than the limit of %d MiB: send less at once", ctx.Operation().MaxBodyBytes>>20)
		}
		lang := web.AcceptedLang(ctx.Header("Accept-Language"))
		ctx.SetHeader("Content-Language", lang)
		known, parameters := bodyFields(ctx, schemas), queryFields(ctx)
		for _, d := range problem.Errors {
			if name, ok := strings.CutPrefix(d.Location, "query."); ok && d.Message == "unknown query parameter" {
				d.Message, d.Value = "unknown parameter: "+parameters, ctx.Query(name)
			}
			mend(d, known)
			d.Message = localizer.Sentence(lang, d.Message)
		}
		problem.Title = localizer.Sentence(lang, problem.Title)
		problem.Detail = localizer.Sentence(lang, problem.Detail)
		return bounded(problem, lang), nil
	}
}

// mend rewrites one of huma's validation messages.
func mend(d *huma.ErrorDetail, known []string) {
	if d.Value == "" {
		d.Value = nil
	}
	missing, isMissing := strings.CutPrefix(d.Message, "expected required property ")
	repeated, isRepeated := strings.CutSuffix(d.Message, ": "+errTwice.Error())
	switch {
	case isRepeated:
		d.Location += repeated
		d.Message, d.Value = errTwice.Error(), nil
	case isMissing:
		d.Location += "." + strings.TrimSuffix(missing, " to be present")
		d.Message, d.Value = "is required", nil
	case strings.HasPrefix(d.Message, "required ") && strings.HasSuffix(d.Message, " parameter is missing"):
		d.Message = "is required"
	case d.Message == "unexpected property":
		if object, ok := d.Value.(map[string]any); ok {
			d.Value = object[d.Location[strings.LastIndex(d.Location, ".")+1:]]
		}
		d.Message = "unknown field: use " + strings.Join(known, ", ")
	case strings.HasPrefix(d.Message, "unknown content type"):
		d.Message, d.Value = d.Message+": send application/json", nil
	case d.Location == "body" && !strings.HasPrefix(d.Message, "expected "):
		d.Message, d.Value = "is not valid JSON ("+d.Message+"): send one JSON object", nil
	default:
		d.Message = expected.Replace(d.Message)
	}
}

// expected rewrites huma's expectations as instructions.
var expected = strings.NewReplacer(
	"expected value to be one of ", "must be one of ",
	"expected length ", "must have a length ",
	"expected array length ", "must have a number of entries ",
	"expected string", "must be a string",
	"expected array", "must be an array",
	"expected object", "must be an object",
	"expected integer", "must be a whole number",
	"expected number", "must be a number",
	"invalid integer", "must be a whole number",
	"\"", "",
)

// bodyFields lists the fields of the operation's body.
func bodyFields(ctx huma.Context, schemas huma.Registry) []string {
	op := ctx.Operation()
	if op == nil || op.RequestBody == nil || op.RequestBody.Content["application/json"] == nil {
		return nil
	}
	schema := op.RequestBody.Content["application/json"].Schema
	if schema.Ref != "" {
		schema = schemas.SchemaFromRef(schema.Ref)
	}
	return slices.Sorted(maps.Keys(schema.Properties))
}

// queryFields names the operation's query parameters.
func queryFields(ctx huma.Context) string {
	var names []string
	if op := ctx.Operation(); op != nil {
		for _, p := range op.Parameters {
			if p.In == "query" {
				names = append(names, p.Name)
			}
		}
	}
	if len(names) == 0 {
		return "remove it, this address has no parameters"
	}
	return "use " + strings.Join(names, ", ")
}

// noRoute answers requests below /api/ without a route: an unknown path, or a
// known one with another method.
func (s *server) noRoute(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := s.Mux.Handler(other); pattern != "/api/" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		s.WriteProblem(w, r, http.StatusNotFound, r.URL.Path+" does not exist: see /openapi.json for the paths of the API")
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	s.WriteProblem(w, r, http.StatusMethodNotAllowed,
		r.Method+" is not supported at "+r.URL.Path+": use "+strings.Join(allowed, " or "))
}

// mistakes is the problem document of a refused configuration. The type keeps
// complete from rewriting its messages.
type mistakes struct{ *huma.ErrorModel }

func refusedReload(lang string, e *web.ReloadRefusedError) huma.StatusError {
	details := make([]*huma.ErrorDetail, len(e.Mistakes))
	for i := range e.Mistakes {
		m := &e.Mistakes[i]
		details[i] = &huma.ErrorDetail{Location: strings.TrimPrefix(m.Place()+" "+m.Field, " "), Message: localizer.Sentence(lang, m.Message)}
		if m.Value != "" {
			details[i].Value = m.Value
		}
	}
	return mistakes{&huma.ErrorModel{
		Title: localizer.Sentence(lang, http.StatusText(http.StatusUnprocessableEntity)), Status: http.StatusUnprocessableEntity,
		Detail: localizer.Sentence(lang, "the configuration was refused, the previous one stays in force: "+strings.ReplaceAll(localizer.Sentence(lang, e.Error()), "\n", "; ")), Errors: details,
	}}
}
