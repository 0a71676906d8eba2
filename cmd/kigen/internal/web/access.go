package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"kigen/cmd/kigen/internal/access"
	"kigen/sla/tracker"
)

type identityKey struct{}

// identityOf is who asks; the zero Identity outside a request.
func identityOf(ctx context.Context) access.Identity {
	who, _ := ctx.Value(identityKey{}).(access.Identity)
	return who
}

// authorize lets a request through to its route when whoever asks has the role
// that the route asks for, and tells the use cases who it was and from where.
func (s *server) authorize(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := s.mux.Handler(r)
		least, known := s.least[pattern]
		if !known {
			s.Log.ErrorContext(r.Context(), "route without a role", "pattern", pattern)
			s.writeProblem(w, http.StatusForbidden, "nobody may use "+r.URL.Path+": this kigen does not say who")
			return
		}
		who, err := s.identify(r, access.Use)
		if err != nil && least != access.Nobody { // whether kigen lives can be asked without its database
			s.Log.ErrorContext(r.Context(), "identity not known", "error", err)
			s.writeProblem(w, http.StatusInternalServerError, insideTrouble)
			return
		}
		from := s.address(r)
		if who.Kind == access.KindNobody && !s.strangers.allow(from, s.Now()) {
			s.tooMany(w)
			return
		}
		ctx := tracker.WithOrigin(context.WithValue(r.Context(), identityKey{}, who), from)
		r = r.WithContext(ctx)
		if !who.Role.Includes(least) {
			s.turnAway(w, r, least)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// identify finds out who asks: by a token, else by a session. Where nobody has
// to say, whoever does not is let in.
func (s *server) identify(r *http.Request, why access.Purpose) (access.Identity, error) {
	everybody := access.Identity{Kind: access.KindOpen, Role: access.Admin}
	if s.Access == nil {
		return everybody, nil
	}
	ctx := r.Context()
	if key, ok := bearer(r); ok {
		if who, ok, err := s.Access.ByToken(ctx, key, why); ok || err != nil {
			return who, err
		}
	} else if cookie, err := r.Cookie(sessionCookie); err == nil {
		if who, ok, err := s.Access.BySession(ctx, cookie.Value, why); ok || err != nil {
			return who, err
		}
	}
	if !s.Loopback || s.OIDC != nil {
		return access.Identity{}, nil
	}
	open, err := s.Access.Open(ctx)
	if err != nil || !open {
		return access.Identity{}, err
	}
	return everybody, nil
}

// bearer is the token that a program sends; as a password too, because that is
// all that a calendar can be told. Other schemes are a proxy's own.
func bearer(r *http.Request) (key string, ok bool) {
	if _, password, ok := r.BasicAuth(); ok && strings.HasPrefix(password, access.TokenPrefix) {
		return password, true
	}
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(key), strings.EqualFold(scheme, "Bearer")
}

// turnAway answers who may not do what was asked: people are led to the
// sign-in page or told why not, programs get a problem with the remedy.
func (s *server) turnAway(w http.ResponseWriter, r *http.Request, least access.Role) {
	who := identityOf(r.Context())
	page := !forPrograms(r.URL.Path)
	// A page's own script can do nothing with a sign-in page.
	mode := r.Header.Get("Sec-Fetch-Mode")
	switch {
	case who.Kind != access.KindNobody && page:
		s.reader(w, r).forbidden(w, least)
	case who.Kind != access.KindNobody:
		s.writeProblem(w, http.StatusForbidden, fmt.Sprintf(
			"needs the role %s, and %s has %s: use a token of that role, or ask an admin for it", least, who.Actor(), who.Role))
	case page && (mode == "" || mode == "navigate"):
		http.Redirect(w, r, s.Base+"/login?"+url.Values{"next": {backTo(r)}}.Encode(), http.StatusSeeOther)
	default:
		scheme := "Bearer"
		if r.URL.Path == "/calendar.ics" {
			scheme = "Basic"
		}
		w.Header().Set("WWW-Authenticate", scheme+` realm="kigen"`)
		s.writeProblem(w, http.StatusUnauthorized,
			"needs a token that works: make one with kigen token add NAME --role "+string(least)+
				" where the database is, and send it as Authorization: Bearer; kigen's commands take it from KIGEN_TOKEN")
	}
}

// forPrograms reports whether programs ask for an address, and not people.
func forPrograms(path string) bool {
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/openapi") || path == "/metrics" || path == "/calendar.ics" || path == "/events"
}

// backTo is where to go after the sign-in: to what was asked for, or to the page
// that a form stands on.
func backTo(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return r.URL.RequestURI()
	}
	return parentPage(r.URL.Path)
}

// forbidden says which role it takes.
func (p *reader) forbidden(w http.ResponseWriter, least access.Role) {
	p.render(w, http.StatusForbidden, "missing", page{
		Title: p.say("forbidden_title"),
		Main: missingView{Title: p.say("forbidden_title"), Text: p.say("forbidden_text",
			"Least", p.say("role_"+string(least)), "Role", p.say("role_"+string(p.who.Role)))},
	})
}

// note keeps who did what of which no incident's history tells. It is done by
// then, so a log that can't be written is only said to be so.
func (s *server) note(ctx context.Context, kind, subject string) {
	if s.Access == nil {
		return
	}
	if err := s.Access.Note(ctx, actor(ctx, "", apiActor), tracker.OriginOf(ctx), kind, subject); err != nil {
		s.Log.ErrorContext(ctx, "access log not written", "kind", kind, "error", err)
	}
}

// actor is who a change is recorded under. Where nobody has to sign in it is
// the name given, else the way it came: api or board. A program may act for a
// person, and then both stand there.
func actor(ctx context.Context, name, way string) string {
	who := identityOf(ctx)
	name = strings.TrimSpace(name)
	switch {
	case who.Actor() == "":
		// Nobody can take the look of a user whom kigen knows.
		return cmp.Or(strings.ReplaceAll(name, ":", " "), way)
	case who.Kind == access.KindToken && name != "":
		return who.Actor() + " (" + name + ")"
	}
	return who.Actor()
}
