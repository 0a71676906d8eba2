package web

import (
	"maps"

	"kigen/cmd/kigen/internal/access"
)

// leastRoles says for every route who may use it: whoever has this role, or one
// that includes it. A route that is missing here is refused to everybody, and a
// test names it.
func leastRoles() map[string]access.Role {
	all := pageRoles()
	maps.Copy(all, apiRoles())
	return all
}

// pageRoles is the table of what browsers, and those who watch kigen, ask for.
func pageRoles() map[string]access.Role {
	return map[string]access.Role{
		// Whether kigen is alive is asked by what restarts it, which has no password.
		"GET /healthz":       access.Nobody,
		"GET /readyz":        access.Nobody,
		"GET /static/{name}": access.Nobody, // the sign-in page's looks
		"GET /login":         access.Nobody,
		"POST /login":        access.Nobody,
		"POST /logout":       access.Nobody,

		"GET /login/oidc":     access.Nobody,
		"GET /login/callback": access.Nobody,

		// Prometheus sends a token as easily as a browser does, and the figures name
		// vendors and destinations.
		"GET /metrics": access.Viewer,

		"/":                                     access.Viewer, // what is not there is nobody's business either
		"GET /{$}":                              access.Viewer,
		"GET /board":                            access.Viewer,
		"GET /incidents/{id}":                   access.Viewer,
		"GET /incidents/{id}/evidence/{sha256}": access.Viewer,
		"GET /vendors":                          access.Viewer,
		"GET /vendors/{id}":                     access.Viewer,
		"GET /events":                           access.Viewer,
		"GET /calendar.ics":                     access.Viewer,
		"GET /health":                           access.Viewer,
		"GET /health/part":                      access.Viewer,
		"GET /reports":                          access.Viewer,
		"GET /reports/{month}":                  access.Viewer,

		"GET /incidents/new":           access.Analyst,
		"POST /incidents":              access.Analyst,
		"POST /incidents/preview":      access.Analyst,
		"POST /incidents/{id}/notices": access.Analyst,
		"POST /incidents/{id}/ack":     access.Analyst,
		"POST /incidents/{id}/amend":   access.Analyst,
		"POST /incidents/{id}/cancel":  access.Analyst,

		"GET /settings": access.Admin,
	}
}

// apiRoles is the table of what programs ask for.
func apiRoles() map[string]access.Role {
	return map[string]access.Role{
		"/api/":                 access.Viewer,
		"GET /openapi.json":     access.Viewer,
		"GET /openapi.yaml":     access.Viewer,
		"GET /openapi-3.0.json": access.Viewer,
		"GET /openapi-3.0.yaml": access.Viewer,

		"GET /api/v1/incidents":                        access.Viewer,
		"GET /api/v1/incidents/{id}":                   access.Viewer,
		"GET /api/v1/incidents/{id}/events":            access.Viewer,
		"GET /api/v1/incidents/{id}/chaser":            access.Viewer,
		"GET /api/v1/incidents/{id}/bundle":            access.Viewer,
		"GET /api/v1/incidents/{id}/evidence/{sha256}": access.Viewer,
		"GET /api/v1/vendors":                          access.Viewer,
		"GET /api/v1/vendors/{id}":                     access.Viewer,
		"GET /api/v1/vendors/{id}/profile":             access.Viewer,
		"GET /api/v1/deadline":                         access.Viewer,
		"GET /api/v1/reports/{month}":                  access.Viewer,
		"GET /api/v1/replay/{month}":                   access.Viewer,

		"POST /api/v1/incidents":              access.Analyst,
		"POST /api/v1/incidents/batch":        access.Analyst,
		"POST /api/v1/reports/{month}/send":   access.Analyst,
		"PATCH /api/v1/incidents/{id}":        access.Analyst,
		"POST /api/v1/incidents/{id}/notices": access.Analyst,
		"POST /api/v1/incidents/{id}/ack":     access.Analyst,
		"POST /api/v1/incidents/{id}/cancel":  access.Analyst,

		// It makes every destination speak to people who did nothing.
		"POST /api/v1/notify/test": access.Admin,
	}
}
