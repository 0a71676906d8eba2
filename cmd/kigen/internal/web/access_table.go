package web

import (
	"maps"

	"kigen/cmd/kigen/internal/access"
)

// leastRoles maps every route to the role that it requires; a higher role
// includes it. A route that is missing here is refused, and a test reports it.
func leastRoles() map[string]access.Role {
	all := pageRoles()
	maps.Copy(all, formRoles())
	maps.Copy(all, apiRoles())
	maps.Copy(all, registerRoles())
	maps.Copy(all, intakeRoles())
	return all
}

// pageRoles lists the routes for browsers and monitoring.
func pageRoles() map[string]access.Role {
	return map[string]access.Role{
		// Service managers that check liveness have no credentials.
		"GET /healthz":       access.NoRole,
		"GET /readyz":        access.NoRole,
		"GET /static/{name}": access.NoRole, // the sign-in page needs its style
		"GET /login":         access.NoRole,
		"POST /login":        access.NoRole,
		"POST /logout":       access.NoRole,
		"GET /display":       access.NoRole, // shows nothing but the reader's own settings

		// The session decides which step is left; without one they lead to the sign-in.
		"GET /login/step":  access.NoRole,
		"POST /login/step": access.NoRole,

		"GET /login/oidc":     access.NoRole,
		"GET /login/callback": access.NoRole,

		// Metrics name vendors and destinations; Prometheus can send a token.
		"GET /metrics": access.Viewer,

		"/":                                     access.Viewer, // missing pages too, so that strangers cannot probe addresses
		"GET /{$}":                              access.Viewer,
		"GET /board":                            access.Viewer,
		"GET /incidents/{id}":                   access.Viewer,
		"GET /incidents/{id}/evidence/{sha256}": access.Viewer,
		"GET /duties":                           access.Viewer,
		"GET /vendors":                          access.Viewer,
		"GET /vendors/{id}":                     access.Viewer,
		"GET /vendors/{id}/documents/{n}":       access.Viewer,
		"GET /events":                           access.Viewer,
		"GET /calendar.ics":                     access.Viewer,
		"GET /health":                           access.Viewer,
		"GET /health/part":                      access.Viewer,
		"GET /reports":                          access.Viewer,
		"GET /reports/{month}":                  access.Viewer,
		"GET /help":                             access.Viewer,
		"GET /help/{topic}":                     access.Viewer,
		"GET /help/words":                       access.Viewer,

		// One's own account.
		"GET /account":                access.Viewer,
		"POST /account/password":      access.Viewer,
		"POST /account/sessions":      access.Viewer,
		"GET /account/second":         access.Viewer,
		"POST /account/second":        access.Viewer,
		"POST /account/second/renew":  access.Viewer,
		"POST /account/second/remove": access.Viewer,

		"POST /incidents/{id}/erase": access.Admin,

		// What is published decides deadlines.
		"POST /register/publish":  access.Admin,
		"POST /register/withdraw": access.Admin,
		"POST /register/import":   access.Admin,

		"GET /settings":                 access.Admin,
		"GET /settings/access":          access.Admin,
		"GET /settings/access/{format}": access.Admin,
	}
}

// formRoles lists the forms by which analysts change incidents.
func formRoles() map[string]access.Role {
	return map[string]access.Role{
		"GET /incidents/new":                        access.Analyst,
		"POST /incidents":                           access.Analyst,
		"POST /incidents/preview":                   access.Analyst,
		"GET /incidents/import":                     access.Analyst,
		"POST /incidents/import":                    access.Analyst,
		"POST /incidents/{id}/notices":              access.Analyst,
		"POST /incidents/{id}/ack":                  access.Analyst,
		"POST /incidents/{id}/notes":                access.Analyst,
		"POST /incidents/{id}/owner":                access.Analyst,
		"POST /incidents/{id}/chasers":              access.Analyst,
		"POST /incidents/{id}/chaser":               access.Analyst,
		"POST /incidents/bulk":                      access.Analyst,
		"POST /incidents/{id}/amend":                access.Analyst,
		"POST /incidents/{id}/cancel":               access.Analyst,
		"POST /incidents/{id}/withdraw":             access.Analyst,
		"POST /incidents/{id}/reopen":               access.Analyst,
		"POST /incidents/{id}/decision":             access.Analyst,
		"POST /incidents/{id}/submissions":          access.Analyst,
		"POST /incidents/{id}/submissions/withdraw": access.Analyst,
		"POST /incidents/{id}/waive":                access.Analyst,
		"POST /incidents/{id}/unwaive":              access.Analyst,
		"POST /reports/{month}/send":                access.Analyst,
		"POST /reports/{month}/freeze":              access.Analyst,

		"GET /register/new":            access.Analyst,
		"GET /register/{id}":           access.Analyst,
		"POST /register":               access.Analyst,
		"POST /vendors/{id}/documents": access.Analyst,
		"POST /vendors/{id}/reviews":   access.Analyst,
	}
}

// apiRoles lists the routes of the API.
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
		"GET /api/v1/duties":                           access.Viewer,
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
		"PUT /api/v1/incidents/{id}/owner":    access.Analyst,
		"POST /api/v1/incidents/{id}/notes":   access.Analyst,
		"POST /api/v1/incidents/{id}/chasers": access.Analyst,
		"POST /api/v1/incidents/{id}/chaser":  access.Analyst,
		"POST /api/v1/incidents/bulk":         access.Analyst,

		"POST /api/v1/incidents/{id}/duties/{duty}/decision":   access.Analyst,
		"POST /api/v1/incidents/{id}/submissions":              access.Analyst,
		"POST /api/v1/incidents/{id}/submissions/{n}/withdraw": access.Analyst,
		"POST /api/v1/incidents/{id}/reopen":                   access.Analyst,
		"POST /api/v1/incidents/{id}/notices/{n}/withdraw":     access.Analyst,
		"POST /api/v1/incidents/{id}/clocks/{promise}/waive":   access.Analyst,
		"POST /api/v1/incidents/{id}/clocks/{promise}/unwaive": access.Analyst,

		// A test message reaches people who did not ask for it.
		"POST /api/v1/notify/test": access.Admin,

		// What is erased does not come back.
		"POST /api/v1/incidents/{id}/erase": access.Admin,

		// A new configuration changes who receives alerts.
		"POST /api/v1/reload": access.Admin,
	}
}

// registerRoles lists the routes of the API for the register of vendors.
func registerRoles() map[string]access.Role {
	return map[string]access.Role{
		"GET /api/v1/register":                   access.Viewer,
		"GET /api/v1/vendors/{id}/versions":      access.Viewer,
		"GET /api/v1/vendors/{id}/documents":     access.Viewer,
		"GET /api/v1/vendors/{id}/documents/{n}": access.Viewer,
		"GET /api/v1/vendors/{id}/reviews":       access.Viewer,

		// Drafts are in force nowhere.
		"POST /api/v1/vendors/check":          access.Analyst,
		"GET /api/v1/vendors/{id}/draft":      access.Analyst,
		"PUT /api/v1/vendors/{id}/draft":      access.Analyst,
		"DELETE /api/v1/vendors/{id}/draft":   access.Analyst,
		"POST /api/v1/vendors/{id}/documents": access.Analyst,
		"POST /api/v1/vendors/{id}/reviews":   access.Analyst,

		// What is published decides deadlines.
		"POST /api/v1/register":              access.Admin,
		"POST /api/v1/vendors":               access.Admin,
		"POST /api/v1/vendors/{id}/withdraw": access.Admin,
	}
}

// intakeRoles lists the routes for what came in. Who accepts an item records a
// notice or logs an incident.
func intakeRoles() map[string]access.Role {
	return map[string]access.Role{
		"GET /inbox":                        access.Viewer,
		"GET /inbox/part":                   access.Viewer,
		"GET /inbox/{id}":                   access.Viewer,
		"GET /inbox/{id}/original/{sha256}": access.Viewer,

		"POST /inbox/{id}/notice":   access.Analyst,
		"POST /inbox/{id}/incident": access.Analyst,
		"POST /inbox/{id}/preview":  access.Analyst,
		"POST /inbox/{id}/link":     access.Analyst,
		"POST /inbox/{id}/dismiss":  access.Analyst,
		"POST /inbox/{id}/undo":     access.Analyst,

		"GET /api/v1/intake":                        access.Viewer,
		"GET /api/v1/intake/{id}":                   access.Viewer,
		"GET /api/v1/intake/{id}/original":          access.Viewer,
		"GET /api/v1/intake/{id}/original/{sha256}": access.Viewer,

		// A signature by the source's secret stands for the role: admitsPush.
		pushPattern: access.Analyst,

		"POST /api/v1/intake/{id}/accept":  access.Analyst,
		"POST /api/v1/intake/{id}/link":    access.Analyst,
		"POST /api/v1/intake/{id}/dismiss": access.Analyst,
		"POST /api/v1/intake/{id}/undo":    access.Analyst,
	}
}
