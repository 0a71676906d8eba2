package api

import (
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"kigen/cmd/kigen/internal/web"
)

// strictly makes a field in other letters an unknown one. Otherwise huma checks "title" and
// takes a "TITLE" that stands beside it.
var strictly = sync.OnceFunc(func() { huma.ValidateStrictCasing = true })

// apiConfig turns off what the API does not promise: huma's documentation page,
// which loads scripts from other sites, and schema links in responses.
func apiConfig(base, version string) huma.Config {
	schemas := huma.NewMapRegistry("#/components/schemas/", schemaName)
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "kigen", Version: version,
				Description: "Incidents at vendors, the deadlines by which they promised to notify, and whether they met them.",
			},
			Servers:    []*huma.Server{{URL: base + "/", Description: "The daemon that serves this description"}},
			Tags:       apiTags,
			Components: &huma.Components{Schemas: schemas, SecuritySchemes: schemes()},
			// Either of them; the last one is a daemon without users.
			Security: []map[string][]string{{schemeToken: {}}, {schemeSession: {}}, {}},
		},
		OpenAPIPath:                  "/openapi",
		Formats:                      formats(),
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{complete(schemas)},
	}
}

// The ways in which a caller shows who it is.
const (
	schemeToken   = "token"
	schemeSession = "session"
)

func schemes() map[string]*huma.SecurityScheme {
	return map[string]*huma.SecurityScheme{
		schemeToken: {
			Type: "http", Scheme: "bearer",
			Description: "A token of kigen token add NAME --role ROLE, as Authorization: Bearer. A daemon on loopback without users and tokens asks for none.",
		},
		schemeSession: {
			Type: "apiKey", In: "cookie", Name: web.SessionCookie,
			Description: "The session of a person who signed in on the board; over TLS the name begins with __Host-, or with __Secure- below a path.",
		},
	}
}

const (
	tagIncidents  = "incidents"
	tagVendors    = "vendors"
	tagIntake     = "intake"
	tagReports    = "reports"
	tagOperations = "operations"
)

// apiTags groups the operations in the order in which a reader needs them.
var apiTags = []*huma.Tag{
	{Name: tagIncidents, Description: "Incidents, their notices, notes and corrections"},
	{Name: tagVendors, Description: "Vendors, what they promise, the register that holds them, and deadlines without an incident"},
	{Name: tagIntake, Description: "What vendors sent and published: candidates for notices and incidents"},
	{Name: tagReports, Description: "Reports of a period, and what would differ under the current promises"},
	{Name: tagOperations, Description: "The daemon itself"},
}

// tagOf is the group of a path.
func tagOf(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch first {
	case "incidents", "duties":
		return tagIncidents
	case "vendors", "register", "deadline":
		return tagVendors
	case "intake":
		return tagIntake
	case "reports", "replay":
		return tagReports
	}
	return tagOperations
}

// errorsOf lists the errors that an operation may answer. huma adds 422 and 500.
func errorsOf(method, path string) []int {
	errors := []int{
		http.StatusUnauthorized, http.StatusForbidden, http.StatusMisdirectedRequest, http.StatusUnprocessableEntity,
		http.StatusTooManyRequests, http.StatusServiceUnavailable,
	}
	if strings.Contains(path, "{") {
		errors = append(errors, http.StatusNotFound)
	}
	if method != http.MethodGet {
		errors = append(errors, http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if method != http.MethodGet || strings.HasSuffix(path, "/chaser") { // nothing to ask for
		errors = append(errors, http.StatusConflict)
	}
	if method == http.MethodPatch || strings.HasSuffix(path, "/draft") || strings.HasPrefix(path, "/intake/") && method == http.MethodPost {
		errors = append(errors, http.StatusPreconditionFailed)
	}
	return errors
}

// describeRest completes the description: a default for further errors, the number of
// errors that a problem document leaves out, and answers other than the usual one.
func describeRest(doc *huma.OpenAPI) {
	batch := doc.Paths[apiRoot+"/incidents/batch"].Post
	dry := *batch.Responses["201"]
	dry.Description = "A dry run: nothing was logged"
	batch.Responses["200"] = &dry
	if push := doc.Paths[apiRoot+"/intake/{id}"]; push != nil {
		for status, description := range map[string]string{"200": "It was there already, and nothing changed", "202": "A hint: the page is read"} {
			known := *push.Post.Responses["201"]
			known.Description = description
			push.Post.Responses[status] = &known
		}
	}
	profile := doc.Paths[apiRoot+"/vendors/{id}/profile"].Get
	profile.Responses["304"] = &huma.Response{Description: "Unchanged since the ETag in If-None-Match"}
	model := doc.Components.Schemas.Map()["ErrorModel"]
	model.Properties["errors_omitted"] = &huma.Schema{
		Type: huma.TypeInteger, Description: "How many errors are not listed; absent: none. The detail names the number of all",
	}
	problem := func(description string) *huma.Response {
		return &huma.Response{Description: description, Content: map[string]*huma.MediaType{
			"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/ErrorModel"}},
		}}
	}
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				op.Responses["default"] = problem("Any other error")
			}
		}
	}
}

// fileResponses describes a response whose media type varies.
func fileResponses() map[string]*huma.Response {
	return map[string]*huma.Response{"200": {
		Description: "The file; Content-Type names its media type",
		Content:     map[string]*huma.MediaType{"*/*": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}}
}
