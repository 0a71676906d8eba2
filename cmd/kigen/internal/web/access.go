package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"kigen/cmd/kigen/internal/access"
	"kigen/sla"
	"kigen/sla/tracker"
)

type callerKey struct{}

// caller is who sent the request that a context belongs to, and from where.
type caller struct {
	who  access.Identity
	from string // the address
}

func callerOf(ctx context.Context) caller {
	if c, ok := ctx.Value(callerKey{}).(*caller); ok {
		return *c
	}
	return caller{}
}

// IdentityOf returns the caller of the request; the zero Identity outside one.
func IdentityOf(ctx context.Context) access.Identity { return callerOf(ctx).who }

// authorize passes a request on when the caller has the role that its route
// requires. It puts the caller's identity and address into the context, from which
// the handlers make the Request of a use case.
func (s *Server) authorize(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := s.Mux.Handler(r)
		least, known := s.least[pattern]
		if !known {
			s.Log.ErrorContext(r.Context(), "route without a role", "pattern", pattern)
			s.WriteProblem(w, r, http.StatusForbidden, r.URL.Path+" cannot be used: kigen defines no role for it")
			return
		}
		who, err := s.identify(r, access.Use)
		if err != nil && least != access.NoRole { // a liveness check works without the database
			s.Log.Log(r.Context(), FaultLevel(r.Context()), "cannot identify the caller", "error", err)
			s.WriteFault(w, r, err)
			return
		}
		from := s.Address(r)
		c, known := r.Context().Value(callerKey{}).(*caller)
		if !known {
			c = &caller{}
			r = r.WithContext(context.WithValue(r.Context(), callerKey{}, c))
		}
		c.who, c.from = who, from
		if who, err = s.confine(r, who, from); err != nil {
			s.WriteProblem(w, r, http.StatusForbidden, err.Error())
			return
		}
		if who.Kind == access.KindAnonymous && !s.within(s.strangers, r) {
			s.tooMany(w, r)
			return
		}
		c.who = who
		admitted := who.Role.Includes(least) || pattern == pushPattern && s.admitsPush(r)
		if !admitted {
			s.turnAway(w, r, least)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// identify returns the caller's identity, by token or else by session. While
// access control is off, a caller without either is an admin.
func (s *Server) identify(r *http.Request, why access.Purpose) (access.Identity, error) {
	everybody := access.Identity{Kind: access.KindOpen, Role: access.Admin}
	if s.Access == nil {
		return everybody, nil
	}
	ctx := r.Context()
	if key, ok := bearer(r); ok {
		if who, ok, err := s.Access.ByToken(ctx, key, why); ok || err != nil {
			return who, err
		}
	} else if key := s.Cookie(r, SessionCookie); key != "" {
		if who, ok, err := s.Access.BySession(ctx, key, why); ok || err != nil {
			return who, err
		}
	}
	if !s.Loopback || s.Published || s.OIDC != nil || relayed(r) {
		return access.Identity{}, nil
	}
	open, err := s.Access.Open(ctx)
	if err != nil || !open {
		return access.Identity{}, err
	}
	return everybody, nil
}

// relayed reports whether a proxy passed the request on: its client may be on any
// machine. Proxies that add no header speak HTTP/1.0 by default, which no browser does.
func relayed(r *http.Request) bool {
	if !r.ProtoAtLeast(1, 1) {
		return true
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Forwarded") || strings.HasPrefix(name, "X-Original-") || slices.Contains(relayHeaders[:], name) {
			return true
		}
	}
	return false
}

// relayHeaders are the headers that only proxies add, besides X-Forwarded-….
var relayHeaders = [...]string{
	"Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "X-Envoy-External-Address",
	"Cf-Connecting-Ip", "True-Client-Ip", "Fastly-Client-Ip", "X-Azure-Clientip", "X-Arr-Ssl",
}

// bearer returns the token that a program sends. Calendar programs can only
// send it as the password of basic authentication. Other schemes are ignored,
// because they belong to a proxy in front.
func bearer(r *http.Request) (key string, ok bool) {
	if _, password, ok := r.BasicAuth(); ok && strings.HasPrefix(password, access.TokenPrefix) {
		return password, true
	}
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(key), strings.EqualFold(scheme, "Bearer")
}

// turnAway answers a request whose caller lacks the role: browsers are sent to
// the sign-in page or shown the reason, programs get a problem document.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, least access.Role) {
	who := IdentityOf(r.Context())
	page := !forPrograms(r.URL.Path)
	// A request by a page's script gets a problem document, not the sign-in page.
	mode := r.Header.Get("Sec-Fetch-Mode")
	switch {
	case who.Kind == access.KindAnonymous && s.withoutUsers(r):
		s.WriteProblem(w, r, http.StatusForbidden,
			"this request came through a proxy, or the configuration names one, and kigen has no users yet: create one with kigen user add NAME --role admin on the machine with the database")
	case who.Step != "" && page:
		http.Redirect(w, r, s.Base+"/login/step?"+url.Values{"next": {backTo(r)}}.Encode(), http.StatusSeeOther)
	case who.Step != "":
		s.WriteProblem(w, r, http.StatusForbidden, "the sign-in of "+who.Actor()+" is not complete: continue it in the browser")
	case who.Kind != access.KindAnonymous && page:
		s.Forbid(w, r, least)
	case who.Kind != access.KindAnonymous:
		s.WriteProblem(w, r, http.StatusForbidden, fmt.Sprintf(
			"requires the role %s, but %s has %s: use a token with that role, or ask an admin for it", least, who.Actor(), who.Role))
	case page && (mode == "" || mode == "navigate"):
		http.Redirect(w, r, s.Base+"/login?"+url.Values{"next": {backTo(r)}}.Encode(), http.StatusSeeOther)
	default:
		scheme := "Bearer"
		if r.URL.Path == "/calendar.ics" {
			scheme = "Basic"
		}
		w.Header().Set("WWW-Authenticate", scheme+` realm="kigen"`)
		s.WriteProblem(w, r, http.StatusUnauthorized,
			"requires a valid token: create one with kigen token add NAME --role "+string(least)+
				" on the machine with the database, and send it as Authorization: Bearer; kigen's commands read it from KIGEN_TOKEN")
	}
}

// withoutUsers reports whether signing in is impossible, because access control is
// off for callers on this machine and the caller is not one.
func (s *Server) withoutUsers(r *http.Request) bool {
	if s.Access == nil || s.OIDC != nil || !s.Loopback {
		return false
	}
	open, err := s.Access.Open(r.Context())
	return err == nil && open
}

// forPrograms reports whether a path is requested by programs, not by browsers.
func forPrograms(asked string) bool {
	return strings.HasPrefix(asked, "/api/") || strings.HasPrefix(asked, "/openapi") || asked == "/metrics" || asked == "/calendar.ics" || asked == "/events"
}

// backTo is the address to open after the sign-in: the requested page, or the
// page that contains the posted form.
func backTo(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return r.URL.RequestURI()
	}
	return ParentPage(r.URL.Path)
}

// Note writes an entry to the access log, for actions that belong to no
// incident's history. way is as in RequestOf. The action is already done, so a failure
// is only logged.
func (s *Server) Note(ctx context.Context, way, kind, subject string) {
	if s.Access == nil {
		return
	}
	by := RequestOf(ctx, way, "", "")
	if err := s.Access.Note(context.WithoutCancel(ctx), by.Actor, by.Origin, kind, subject); err != nil {
		s.Log.ErrorContext(ctx, "access log not written", "kind", kind, "error", err)
	}
}

// RequestOf is the Request of a use case: the caller of the HTTP request with its
// address, and the idempotency key. way (api or board) and name, which may be empty,
// are as in actor.
func RequestOf(ctx context.Context, way, name, key string) tracker.Request {
	return tracker.Request{Actor: actor(ctx, name, way), Origin: callerOf(ctx).from, Key: key}
}

// actor is the name that a change is recorded under: the signed-in user or the
// token. While access control is off, it is the given name, or way (api or
// board) without one. A token that acts for a person is recorded with that name.
func actor(ctx context.Context, name, way string) string {
	who := IdentityOf(ctx)
	name = strings.TrimSpace(name)
	switch {
	case who.Actor() == "":
		// Actors of known users contain a colon, so a given name must not.
		return cmp.Or(strings.ReplaceAll(name, ":", " "), way)
	case who.Kind == access.KindToken && name != "":
		return who.Actor() + inParentheses(name)
	}
	return who.Actor()
}

// fullWidth replaces parentheses.
var fullWidth = strings.NewReplacer("(", "（", ")", "）")

// inParentheses is a name as it stands in parentheses: one whose own do not match could
// look like the end of the actor and the beginning of another one.
func inParentheses(name string) string {
	depth := 0
	for i := 0; i < len(name) && depth >= 0; i++ {
		switch name[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
	}
	if depth != 0 {
		name = fullWidth.Replace(name)
	}
	return " (" + name + ")"
}

// APIActor is the recorded actor of API changes while access control is off.
const APIActor = sla.ActorAPI

// ParentPage is the page that contains the form with this address.
func ParentPage(form string) string {
	if form == "/incidents" || form == "/incidents/preview" {
		return "/incidents/new"
	}
	if form == "/incidents/import" {
		return form
	}
	if form == "/incidents/bulk" {
		return "/"
	}
	if strings.HasPrefix(form, "/register") {
		return "/vendors"
	}
	return path.Dir(form)
}
