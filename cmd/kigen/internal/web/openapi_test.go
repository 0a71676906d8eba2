package web_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// documented is every operation that callers may rely on.
var documented = []string{
	"GET /api/v1/incidents/{id}/bundle", "POST /api/v1/incidents/batch", "GET /api/v1/deadline", "GET /api/v1/incidents", "GET /api/v1/incidents/{id}", "GET /api/v1/incidents/{id}/events",
	"GET /api/v1/incidents/{id}/evidence/{sha256}", "GET /api/v1/reports/{month}", "GET /api/v1/replay/{month}",
	"GET /api/v1/vendors", "GET /api/v1/vendors/{id}", "GET /api/v1/vendors/{id}/profile",
	"PATCH /api/v1/incidents/{id}", "POST /api/v1/incidents", "POST /api/v1/incidents/{id}/ack",
	"PUT /api/v1/incidents/{id}/owner", "POST /api/v1/incidents/{id}/notes", "POST /api/v1/incidents/{id}/chasers",
	"GET /api/v1/incidents/{id}/chaser", "POST /api/v1/incidents/bulk",
	"POST /api/v1/incidents/{id}/cancel", "POST /api/v1/incidents/{id}/erase", "POST /api/v1/incidents/{id}/notices", "POST /api/v1/incidents/{id}/reopen",
	"POST /api/v1/incidents/{id}/notices/{n}/withdraw",
	"POST /api/v1/incidents/{id}/clocks/{promise}/waive", "POST /api/v1/incidents/{id}/clocks/{promise}/unwaive",
	"GET /api/v1/register", "POST /api/v1/register", "POST /api/v1/vendors", "POST /api/v1/vendors/check", "GET /api/v1/vendors/{id}/versions", "POST /api/v1/vendors/{id}/withdraw",
	"GET /api/v1/vendors/{id}/draft", "PUT /api/v1/vendors/{id}/draft", "DELETE /api/v1/vendors/{id}/draft",
	"GET /api/v1/vendors/{id}/documents", "POST /api/v1/vendors/{id}/documents", "GET /api/v1/vendors/{id}/documents/{n}",
	"GET /api/v1/vendors/{id}/reviews", "POST /api/v1/vendors/{id}/reviews",
}

// inOrder are the operations that only succeed after one another.
var inOrder = []string{
	"POST /api/v1/incidents/{id}/clocks/{promise}/waive", "POST /api/v1/incidents/{id}/clocks/{promise}/unwaive",
	"POST /api/v1/incidents/{id}/notices/{n}/withdraw", "POST /api/v1/incidents/{id}/cancel", "POST /api/v1/incidents/{id}/reopen",
}

// Every documented operation answers, with a status and a media type that the
// description names.
func TestOpenAPIIsServedAndTrue(t *testing.T) {
	s := newSite(t)
	s.log(`{"vendor":"sotas","title":"x"}`)
	s.log(`{"vendor":"sotas","title":"Unanswered"}`)
	sum := s.notice("KGN-1", "notice.eml", "We are sorry.")
	paths, ok := object(t, s.send(http.MethodGet, "/openapi.json", ""))["paths"].(map[string]any)
	if !ok {
		t.Fatal("no paths")
	}
	fill := strings.NewReplacer("/incidents/{id}", "/incidents/KGN-1", "/vendors/{id}", "/vendors/sotas", "{month}", "2026-04", "{sha256}", sum, "{n}", "1", "{promise}", "incident-notice")
	bodies := map[string]string{
		"POST /api/v1/incidents":            `{"vendor":"sotas","title":"y"}`,
		"POST /api/v1/incidents/batch":      `{"incidents":[{"vendor":"sotas","title":"y"}]}`,
		"PATCH /api/v1/incidents/{id}":      `{"title":"z"}`,
		"POST /api/v1/incidents/{id}/notes": `{"text":"called"}`,
		"PUT /api/v1/incidents/{id}/owner":  `{"owner":"sato"}`,
		"POST /api/v1/incidents/bulk":       `{"ids":["KGN-1"],"action":"assign","owner":"sato"}`,
		"POST /api/v1/incidents/{id}/erase": `{"fields":["tags"],"reason":"a drill"}`,

		"POST /api/v1/vendors":                `{"text":"id: acme\npromises: [{id: n, start: detected, due: 24h}]","reason":"a drill"}`,
		"POST /api/v1/register":               `{"name":"a.csv","content":"dmVuZG9yLG93bmVyCnNvdGFzLHNhdG8K","reason":"a drill"}`,
		"POST /api/v1/vendors/check":          `{"text":"id: acme\npromises: [{id: n, start: detected, due: 24h}]"}`,
		"POST /api/v1/vendors/{id}/withdraw":  `{"base":1,"reason":"a drill"}`,
		"PUT /api/v1/vendors/{id}/draft":      `{"text":"id: sotas"}`,
		"POST /api/v1/vendors/{id}/documents": `{"title":"White paper","name":"a.pdf","content":"YQ=="}`,
	}
	var found []string
	last := map[string]map[string]any{}
	for path, operations := range paths {
		for method, operation := range operations.(map[string]any) {
			name := strings.ToUpper(method) + " " + path
			found = append(found, name)
			described := operation.(map[string]any)
			if described["summary"] == "" || described["operationId"] == "" {
				t.Errorf("%s has no summary or no id", name)
			}
			if slices.Contains(inOrder, name) {
				last[name] = described
				continue
			}
			query := ""
			asked := path
			if strings.HasSuffix(path, "/chaser") {
				asked = strings.ReplaceAll(path, "/incidents/{id}", "/incidents/KGN-2") // the other one is answered
			}
			if path == "/api/v1/deadline" {
				query = "?vendor=sotas&start=2026-05-02T22:10"
			}
			s.answersAsDescribed(name, fill.Replace(asked)+query, bodies[name], described)
			s.refusesAsDescribed(name, fill.Replace(asked), described)
		}
	}
	for _, name := range inOrder {
		_, path, _ := strings.Cut(name, " ")
		s.answersAsDescribed(name, fill.Replace(path), `{"reason":"a drill"}`, last[name])
		s.refusesAsDescribed(name, fill.Replace(path), last[name])
	}
	for _, name := range documented {
		if !slices.Contains(found, name) {
			t.Errorf("%s is not described", name)
		}
	}
}

// answersAsDescribed asks as one should.
func (s *site) answersAsDescribed(name, path, body string, described map[string]any) {
	s.t.Helper()
	method, _, _ := strings.Cut(name, " ")
	if body == "" && method != http.MethodGet {
		body = "{}"
	}
	res := s.send(method, path, body)
	responses := described["responses"].(map[string]any)
	answer, ok := responses[strconv.Itoa(res.StatusCode)].(map[string]any)
	if !ok {
		s.t.Errorf("%s: %d is not described\n%.500s", name, res.StatusCode, text(s.t, res))
		return
	}
	if content, ok := answer["content"].(map[string]any); ok {
		media, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
		_, exact := content[media]
		_, whatever := content["*/*"]
		if !exact && !whatever {
			s.t.Errorf("%s answers %s, described are %v", name, media, content)
		}
	}
}

// refusesAsDescribed asks as nobody should: the answer is a problem document.
func (s *site) refusesAsDescribed(name, path string, described map[string]any) {
	s.t.Helper()
	method, _, _ := strings.Cut(name, " ")
	res := s.send(method, path+"?colour=red", `{"colour":"red"}`)
	if res.StatusCode < 400 || res.StatusCode >= 500 || res.Header.Get("Content-Type") != "application/problem+json" {
		s.t.Errorf("%s: %d %s", name, res.StatusCode, res.Header.Get("Content-Type"))
	}
	if described["responses"].(map[string]any)["default"] == nil {
		s.t.Errorf("%s does not describe its refusals", name)
	}
}

// TestOpenAPIDescribesItsOperations holds the description to what OpenAPI linters ask.
func TestOpenAPIDescribesItsOperations(t *testing.T) {
	s := newSite(t)
	doc := object(t, s.send(http.MethodGet, "/openapi.json", ""))
	components := doc["components"].(map[string]any)
	schemes := components["securitySchemes"].(map[string]any)
	for _, choice := range doc["security"].([]any) {
		for name := range choice.(map[string]any) {
			if schemes[name] == nil {
				t.Errorf("the security scheme %s is not declared", name)
			}
		}
	}
	if len(schemes) != 2 || len(doc["servers"].([]any)) != 1 {
		t.Errorf("%d security schemes, servers %v", len(schemes), doc["servers"])
	}
	tags := map[string]bool{}
	for _, tag := range doc["tags"].([]any) {
		described := tag.(map[string]any)
		tags[described["name"].(string)] = described["description"] != nil
	}
	ids := map[string]bool{}
	for path, operations := range doc["paths"].(map[string]any) {
		for method, operation := range operations.(map[string]any) {
			name, op := strings.ToUpper(method)+" "+path, operation.(map[string]any)
			id, _ := op["operationId"].(string)
			if id == "" || ids[id] || op["summary"] == nil {
				t.Errorf("%s: operationId %q, summary %v", name, id, op["summary"])
			}
			ids[id] = true
			if of, _ := op["tags"].([]any); len(of) != 1 || !tags[of[0].(string)] {
				t.Errorf("%s: tags %v", name, of)
			}
			responses := op["responses"].(map[string]any)
			for _, status := range []string{"401", "403", "422", "429", "503", "default"} {
				r, _ := responses[status].(map[string]any)
				if content, _ := r["content"].(map[string]any); content["application/problem+json"] == nil || r["description"] == "" {
					t.Errorf("%s does not describe %s", name, status)
				}
			}
			parameters, _ := op["parameters"].([]any)
			for _, p := range parameters {
				if in := p.(map[string]any)["in"]; in == "path" && !strings.Contains(path, "{"+p.(map[string]any)["name"].(string)+"}") {
					t.Errorf("%s: parameter %v is not in the path", name, p)
				}
			}
		}
	}
	if components["schemas"].(map[string]any)["ErrorModel"].(map[string]any)["properties"].(map[string]any)["errors_omitted"] == nil {
		t.Error("errors_omitted is not described")
	}
}
