package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"kigen/sla/tracker"
)

// insideTrouble is all that a caller learns of a fault of ours; the log has
// the rest.
const insideTrouble = "kigen could not do this because of a fault on its side: its log says more, try again later"

// problem turns an error of a use case into what the caller is told. part is
// where in the request its fields stand: query or body.
func (s *server) problem(ctx context.Context, part string, err error) error {
	var invalid tracker.Invalid
	var noVendor noSuchVendor
	var stale staleVersion
	switch {
	case errors.As(err, &noVendor):
		return refusal(http.StatusNotFound, part, tracker.Invalid{noVendor.problem})
	case errors.As(err, &invalid):
		return refusal(http.StatusUnprocessableEntity, part, invalid)
	case errors.As(err, &stale):
		return huma.Error412PreconditionFailed(stale.Error())
	case errors.Is(err, tracker.ErrNotFound):
		return huma.Error404NotFound("there is no such incident, or no such file of it: GET /api/v1/incidents lists those that there are")
	case errors.Is(err, errNothingToAsk):
		return huma.Error409Conflict("there is nothing to ask the vendor for: every clock was answered in time, waived or cancelled")
	case errors.Is(err, errReportBusy):
		return huma.Error409Conflict("somebody else keeps or sends this report right now: look whether it arrived, then repeat")
	case errors.Is(err, tracker.ErrConflict):
		return huma.Error409Conflict("the incident was changed meanwhile by someone else: read it again, then repeat the change")
	case ctx.Err() != nil:
		return huma.Error503ServiceUnavailable("the request was given up before it was done: try again")
	default:
		s.Log.ErrorContext(ctx, "request failed", "error", err)
		return huma.Error500InternalServerError(insideTrouble)
	}
}

// refusal names every field that was wrong, with its value and the remedy.
func refusal(status int, part string, invalid tracker.Invalid) huma.StatusError {
	details := make([]error, len(invalid))
	for i, p := range invalid {
		details[i] = &huma.ErrorDetail{Location: location(part, p.Field), Message: p.Message, Value: p.Value}
	}
	return huma.NewError(status, refused, details...)
}

// refused heads a problem; the sentence of every detail is added to it.
const refused = "refused"

// location says where in the request a field stood.
func location(part, field string) string {
	switch field {
	case "id", "month":
		return "path." + field
	case "Idempotency-Key":
		return "header." + field
	}
	if strings.Contains(field, ".") && !strings.HasPrefix(field, "incidents[") {
		return field
	}
	return part + "." + field
}

// complete is the last hand on every answer: it gives the problem documents
// that huma wrote the field, the value and the remedy that they lack.
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
			problem.Detail = fmt.Sprintf("the body is larger than the %d MiB that are read here: send less at once", ctx.Operation().MaxBodyBytes>>20)
		}
		known, parameters := bodyFields(ctx, schemas), queryFields(ctx)
		sentences := []string{}
		for _, d := range problem.Errors {
			if name, ok := strings.CutPrefix(d.Location, "query."); ok && d.Message == "unknown query parameter" {
				d.Message, d.Value = "there is no such parameter: "+parameters, ctx.Query(name)
			}
			mend(d, known)
			sentences = append(sentences, sentence(d))
		}
		if len(sentences) > 0 {
			problem.Detail = strings.Join(sentences, "; ")
		}
		return problem, nil
	}
}

// mend rewrites one of huma's validation messages.
func mend(d *huma.ErrorDetail, known []string) {
	if d.Value == "" {
		d.Value = nil
	}
	missing, isMissing := strings.CutPrefix(d.Message, "expected required property ")
	switch {
	case isMissing:
		d.Location += "." + strings.TrimSuffix(missing, " to be present")
		d.Message, d.Value = "is missing: it must be given", nil
	case strings.HasPrefix(d.Message, "required ") && strings.HasSuffix(d.Message, " parameter is missing"):
		d.Message = "is missing: it must be given"
	case d.Message == "unexpected property":
		if object, ok := d.Value.(map[string]any); ok {
			d.Value = object[d.Location[strings.LastIndex(d.Location, ".")+1:]]
		}
		d.Message = "there is no such field: use " + strings.Join(known, ", ")
	case strings.HasPrefix(d.Message, "unknown content type"):
		d.Message, d.Value = d.Message+": send application/json", nil
	case d.Location == "body" && !strings.HasPrefix(d.Message, "expected "):
		d.Message, d.Value = "is not JSON ("+d.Message+"): send one JSON object", nil
	default:
		d.Message = expected.Replace(d.Message)
	}
}

// expected puts what huma expected as what is to be done.
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

// sentence says one detail in a line that a person can act on.
func sentence(d *huma.ErrorDetail) string {
	field := d.Location
	for _, part := range []string{"body.", "path.", "query.", "header."} {
		field = strings.TrimPrefix(field, part)
	}
	if d.Value == nil || d.Value == "" {
		return field + ": " + d.Message
	}
	value, err := json.Marshal(d.Value)
	if err != nil || len(value) > 200 {
		return field + ": " + d.Message
	}
	return fmt.Sprintf("%s %s: %s", field, value, d.Message)
}

// bodyFields lists what the operation's body may hold.
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

// queryFields says which parameters the operation's query may hold.
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
		return "leave it out, this address takes none"
	}
	return "use " + strings.Join(names, ", ")
}

// writeRefusal answers outside huma's routes with what is wrong with one field.
func (s *server) writeRefusal(w http.ResponseWriter, p tracker.Problem) {
	d := &huma.ErrorDetail{Location: p.Field, Message: p.Message, Value: p.Value}
	s.writeProblem(w, http.StatusUnprocessableEntity, sentence(d), d)
}

// writeProblem answers outside huma's routes with the same kind of document.
func (s *server) writeProblem(w http.ResponseWriter, status int, detail string, fields ...*huma.ErrorDetail) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	err := json.NewEncoder(w).Encode(huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: detail, Errors: fields})
	if err != nil {
		s.Log.Debug("answer not delivered", "error", err)
	}
}

// noRoute answers what no route of the API takes: an unknown path, or a
// known one with another method.
func (s *server) noRoute(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPatch} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := s.mux.Handler(other); pattern != "/api/" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		s.writeProblem(w, http.StatusNotFound, "there is nothing at "+r.URL.Path+": /openapi.json lists what there is")
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	s.writeProblem(w, http.StatusMethodNotAllowed,
		r.Method+" does nothing at "+r.URL.Path+": use "+strings.Join(allowed, " or "))
}
