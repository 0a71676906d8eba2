package web_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/api"
	"kigen/cmd/kigen/internal/web/pages"
	"kigen/sla"
	"kigen/store"
)

const password = "long enough to be a secret"

// cheap makes a guess cost next to nothing, so that tests are quick.
var cheap = access.Cost{MemoryKiB: 8, Passes: 1, Threads: 1}

// guarded is a site that people and programs must sign in to.
type guarded struct {
	*site
	manage *access.Manager
	keys   map[string]string // what a credential sends, by its name
}

func newGuarded(t testing.TB, change ...func(*web.Options)) *guarded {
	t.Helper()
	g := &guarded{keys: map[string]string{}}
	g.site = newSite(t)
	g.options.Access = access.New(g.store, g.options.Now, access.Limits{Idle: 8 * time.Hour, Life: 24 * time.Hour}, cheap)
	g.options.Loopback = false
	for _, f := range change {
		f(&g.options)
	}
	g.handler = web.New(g.options, pages.Mount, api.Mount)
	g.manage = &access.Manager{Store: g.store, Now: g.now(), Cost: cheap, By: "cli:test", From: "local"}
	for _, role := range access.Roles {
		g.must(g.manage.AddUser(t.Context(), "a-"+string(role), role, password))
		g.keys[string(role)] = "Authorization: Bearer " + g.token("t-"+string(role), role, time.Time{})
	}
	return g
}

func (g *guarded) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

func (g *guarded) token(name string, role access.Role, expires time.Time) string {
	g.t.Helper()
	key, err := g.manage.AddToken(context.Background(), name, role, expires)
	g.must(err)
	return key
}

// signIn fills in the form and returns the answer.
func (g *guarded) signIn(name, password, next string, headers ...string) *http.Response {
	g.t.Helper()
	form := url.Values{"name": {name}, "password": {password}, "next": {next}}
	headers = append([]string{"Content-Type: application/x-www-form-urlencoded", "Sec-Fetch-Site: same-origin"}, headers...)
	return g.send(http.MethodPost, "/login", form.Encode(), headers...)
}

// session signs in and returns the header that a browser then sends.
func (g *guarded) session(name string) string {
	g.t.Helper()
	res := g.signIn(name, password, "/")
	if res.StatusCode != http.StatusSeeOther {
		g.t.Fatalf("sign-in of %s: %d %s", name, res.StatusCode, text(g.t, res))
	}
	return "Cookie: kigen_session=" + sessionOf(g.t, res).Value
}

func sessionOf(t testing.TB, res *http.Response) *http.Cookie {
	t.Helper()
	for _, c := range res.Cookies() {
		if c.Name == "kigen_session" {
			return c
		}
	}
	t.Fatalf("no session in %v", res.Header)
	return nil
}

// withEverything makes every route be there.
func withEverything(o *web.Options) {
	o.Health = func(context.Context) web.Health { return web.Health{} }
	o.Trial = func(context.Context, string) (web.Trial, error) { return web.Trial{}, nil }
	o.Refused = func(context.Context, sla.IncidentID) ([]web.Refusal, error) { return nil, nil }
	withIntake(&[]string{})(o)
	o.Reload = func(context.Context) (*web.Reloaded, error) { return &web.Reloaded{}, nil }
}

// Every route that the mux knows stands in the table of who may use it, and
// the table names no other.
func TestEveryRouteHasARole(t *testing.T) {
	options := newSite(t, withEverything).options
	for _, field := range reflect.VisibleFields(reflect.TypeOf(options)) {
		if value := reflect.ValueOf(options).FieldByIndex(field.Index); field.Type.Kind() == reflect.Func && value.IsNil() {
			t.Errorf("options lack %s, so the routes that need it are not seen here: add it to withEverything", field.Name)
		}
	}
	patterns, least := web.Routes(options, pages.Mount, api.Mount)
	for _, pattern := range patterns {
		if _, ok := least[pattern]; !ok {
			t.Errorf("%s: who may use it? Add it to leastRoles", pattern)
		}
	}
	for pattern := range least {
		if !slices.Contains(patterns, pattern) {
			t.Errorf("%s stands in leastRoles, and there is no such route", pattern)
		}
	}
}

// expectation is what somebody gets from a route.
type expectation int

const (
	allowed expectation = iota
	askedToSignIn
	refused
)

// table reads testdata/authorization.txt: who may use which route.
func table(t *testing.T) map[string]access.Role {
	t.Helper()
	text, err := os.ReadFile("testdata/authorization.txt")
	if err != nil {
		t.Fatal(err)
	}
	least := map[string]access.Role{}
	for line := range strings.Lines(string(text)) {
		role, pattern, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || role == "#" {
			continue
		}
		pattern = strings.TrimSpace(pattern)
		if _, twice := least[pattern]; twice {
			t.Errorf("%s stands twice in the table", pattern)
		}
		least[pattern] = access.Role(role)
		if role == "nobody" {
			least[pattern] = access.NoRole
		}
	}
	return least
}

// The table that is written down apart from the code says what the code says,
// and nothing that changes anything is open to viewers.
func TestRolesAreAsWrittenDown(t *testing.T) {
	want := table(t)
	_, got := web.Routes(newSite(t, withEverything).options, pages.Mount, api.Mount)
	for pattern := range maps.Keys(got) {
		role, ok := want[pattern]
		if !ok {
			t.Errorf("%s is not in testdata/authorization.txt: who may use it?", pattern)
		}
		if ok && role != got[pattern] {
			t.Errorf("%s asks for %q, and the table for %q", pattern, got[pattern], role)
		}
		method, path, hasMethod := strings.Cut(pattern, " ")
		if hasMethod && method != http.MethodGet && !got[pattern].Includes(access.Analyst) && path != "/logout" &&
			!strings.HasPrefix(path, "/login") && !strings.HasPrefix(path, "/account/") { // one's own sign-in and account
			t.Errorf("%s changes something and is open to %q", pattern, got[pattern])
		}
	}
	for pattern := range want {
		if _, ok := got[pattern]; !ok {
			t.Errorf("%s is in the table, and there is no such route", pattern)
		}
	}
}

// everybody is a guarded site and whoever can ask it, with the roles that they
// have: none, by a token and by a session.
func everybody(t *testing.T) (g *guarded, roles map[string]access.Role) {
	t.Helper()
	g = newGuarded(t, withEverything)
	g.keys["nobody"] = "X-Nobody: yes"
	g.keys["expired token"] = "Authorization: Bearer " + g.token("expired", access.Admin, g.now().Add(time.Minute))
	g.keys["revoked token"] = "Authorization: Bearer " + g.token("revoked", access.Admin, time.Time{})
	g.must(g.manage.RevokeToken(t.Context(), "revoked"))
	g.keys["unknown token"] = "Authorization: Bearer kgn_" + strings.Repeat("A", 43)
	g.keys["password of a user"] = "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("a-admin:"+password))
	roles = map[string]access.Role{}
	for _, role := range access.Roles {
		_, key, _ := strings.Cut(g.keys[string(role)], "Bearer ")
		g.keys["token as a password of "+string(role)] = "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("x:"+key))
		g.keys["session of "+string(role)] = g.session("a-" + string(role))
		roles[string(role)], roles["session of "+string(role)], roles["token as a password of "+string(role)] = role, role, role
	}
	g.must(g.manage.AddUser(t.Context(), "disabled", access.Admin, password))
	g.keys["disabled user"] = g.session("disabled")
	g.must(g.manage.Disable(t.Context(), "disabled"))
	g.set(g.now().Add(time.Minute))
	return g, roles
}

// wanted is what whoever has a role gets from a route that asks for another.
func wanted(has, least access.Role) expectation {
	switch {
	case has.Includes(least):
		return allowed
	case has == access.NoRole:
		return askedToSignIn
	default:
		return refused
	}
}

// TestAuthorization asks every route of the table as everybody, also with HEAD
// where GET is meant. What is there to be had, those who may do get: allowed is
// any answer but 401, 403 and the way to the sign-in page, and for what is read
// it is the thing itself.
func TestAuthorization(t *testing.T) {
	g, roles := everybody(t)
	g.log(`{"vendor":"sotas","title":"x"}`, g.keys["analyst"])
	sum := g.noticeAs(g.keys["analyst"], "KGN-1", "mail.eml", "We are sorry.")
	g.document("sotas")
	const mail = "<a@sotas>\nx"
	original := sha256.Sum256([]byte(mail))
	if res := g.send(http.MethodPost, "/api/v1/intake/mail", mail, g.keys["analyst"], "Content-Type: message/rfc822"); res.StatusCode != http.StatusCreated {
		t.Fatal(res.StatusCode)
	}
	fill := strings.NewReplacer("{$}", "", "{n}", "1", "/intake/{id}", "/intake/1", "/inbox/{id}", "/inbox/1", "/original/{sha256}", "/original/"+hex.EncodeToString(original[:]), "/register/{id}", "/register/sotas", "/vendors/{id}", "/vendors/sotas", "{id}", "KGN-1", "{month}", "2026-04", "{name}", "kigen.css", "{topic}", "slack", "{sha256}", sum, "{format}", "csv")
	// What is there and still not OK: reasons of its own, after who may ask.
	other := map[string]int{
		"GET /events": http.StatusServiceUnavailable, "GET /login/oidc": http.StatusNotFound, "GET /login/callback": http.StatusNotFound,
		"/": http.StatusNotFound, "/api/": http.StatusNotFound, "GET /login": 0, "GET /login/step": http.StatusSeeOther,
		"GET /account": 0, "GET /account/second": 0, // programs have none
		"GET /api/v1/vendors/{id}/draft": http.StatusNotFound,
		"GET /api/v1/deadline":           http.StatusUnprocessableEntity, "GET /api/v1/incidents/{id}/chaser": http.StatusConflict,
	}
	for pattern, least := range table(t) {
		method, path, ok := strings.Cut(pattern, " ")
		if !ok {
			method, path = http.MethodGet, pattern+"nothing"
		}
		if path == "/logout" || path == "/account/sessions" {
			continue // they would end the sessions; TestSignOut and TestOwnSessions have them
		}
		methods := []string{method}
		if method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		for _, method := range methods {
			for who, key := range g.keys {
				g.set(g.now().Add(time.Second)) // nobody is to be slowed down here
				res := g.send(method, fill.Replace(path), "{}", key)
				want := wanted(roles[who], least)
				if got := expectationOf(res, path); got != want {
					t.Errorf("%s (%s) as %s: got %d %s, want %v", pattern, method, who, res.StatusCode, res.Header.Get("Location"), want)
				}
				status, listed := other[pattern]
				if !listed {
					status = http.StatusOK
				}
				if want == allowed && (method == http.MethodGet || method == http.MethodHead) && status != 0 && res.StatusCode != status {
					t.Errorf("%s (%s) as %s: %d, want %d", pattern, method, who, res.StatusCode, status)
				}
			}
		}
	}
}

// A method that a path does not know does nothing, for whoever asks: nobody
// learns more than that they must sign in, and others that there is no such thing.
func TestOtherMethodsDoNothing(t *testing.T) {
	g, roles := everybody(t)
	id := g.log(`{"vendor":"sotas","title":"x"}`, g.keys["analyst"])
	fill := strings.NewReplacer("{$}", "", "/vendors/{id}", "/vendors/sotas", "{id}", id, "{month}", "2026-04", "{name}", "kigen.css", "{topic}", "slack")
	before := g.get("/api/v1/incidents/"+id+"/events", g.keys["viewer"])
	known := table(t)
	paths := map[string]bool{}
	for pattern := range known {
		if _, path, ok := strings.Cut(pattern, " "); ok {
			paths[path] = true
		}
	}
	for path := range paths {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"} {
			if _, ok := known[method+" "+path]; ok {
				continue
			}
			if method == "PATCH" && (path == "/api/v1/incidents/batch" || path == "/api/v1/incidents/bulk") {
				continue // an incident of that name
			}
			for who, key := range g.keys {
				g.set(g.now().Add(time.Second))
				res := g.send(method, fill.Replace(path), "{}", key)
				want := wanted(roles[who], access.Viewer)
				if got := expectationOf(res, path); got != want {
					t.Errorf("%s %s as %s: got %d %s, want %v", method, path, who, res.StatusCode, res.Header.Get("Location"), want)
				}
				if want == allowed && res.StatusCode != http.StatusNotFound && res.StatusCode != http.StatusMethodNotAllowed {
					t.Errorf("%s %s as %s: %d", method, path, who, res.StatusCode)
				}
			}
		}
	}
	if after := g.get("/api/v1/incidents/"+id+"/events", g.keys["viewer"]); after != before {
		t.Errorf("something was changed:\n%s", after)
	}
}

// Another spelling of an address leads to nothing that the address itself does
// not give, below a path too.
func TestOtherSpellingsGiveNothing(t *testing.T) {
	g := newGuarded(t, withEverything, func(o *web.Options) { o.Base = "/soc/kigen" })
	g.get("/settings", g.keys["admin"])
	for _, path := range []string{
		"//settings", "/./settings", "/vendors/../settings", "/%2e/settings", "/%73ettings", "/settings/", "/settings;x", "/SETTINGS", "/settings%00",
		"/soc/kigen/settings", "/soc/kigen//settings", "/soc/kigen/../kigen/settings", "/soc/kigen/soc/kigen/settings", "/static/..%2f..%2fsettings", "/login/../settings",
		"/healthz/../settings", "/static/%2e%2e/settings",
	} {
		for _, key := range []string{"X-Nobody: yes", g.keys["viewer"], g.session("a-analyst")} {
			res := g.send(http.MethodGet, path, "", key)
			if res.StatusCode == http.StatusOK || strings.Contains(text(t, res), "alerts:") {
				t.Errorf("%s as %.20s: %d", path, key, res.StatusCode)
			}
			g.set(g.now().Add(time.Second))
		}
	}
}

// expectationOf tells by an answer what somebody got, and that it has the form
// that people or programs understand.
func expectationOf(res *http.Response, path string) expectation {
	program := strings.HasPrefix(path, "/api") || strings.HasPrefix(path, "/openapi") || path == "/metrics" || path == "/calendar.ics" || path == "/events"
	switch {
	case program && res.StatusCode == http.StatusUnauthorized && res.Header.Get("WWW-Authenticate") != "":
		return askedToSignIn
	case !program && res.StatusCode == http.StatusSeeOther && strings.HasPrefix(res.Header.Get("Location"), "/login?next="):
		return askedToSignIn
	case path != "/login" && (res.StatusCode == http.StatusForbidden || res.StatusCode == http.StatusUnauthorized):
		return refused
	}
	return allowed
}

// A calendar takes a name and a password, and is given a token as that.
func TestTokenAsAPassword(t *testing.T) {
	g := newGuarded(t)
	_, key, _ := strings.Cut(g.keys["viewer"], "Bearer ")
	for password, want := range map[string]int{key: http.StatusOK, "kgn_other": http.StatusUnauthorized, "password": http.StatusUnauthorized} {
		basic := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("calendar:"+password))
		for _, path := range []string{"/calendar.ics", "/api/v1/vendors"} {
			if got := g.send(http.MethodGet, path, "", basic).StatusCode; got != want {
				t.Errorf("%s with %s: %d, want %d", path, password, got, want)
			}
		}
	}
}

// Whoever restarts kigen learns whether it is ready, and a stranger no more.
func TestReadyTellsStrangersNoMore(t *testing.T) {
	g := newGuarded(t, func(o *web.Options) {
		o.Health = func(context.Context) web.Health {
			var h web.Health
			h.Fault(true, calendar.Text{En: "the database /secret/path is full"})
			return h
		}
	})
	for key, want := range map[string]string{"X-Nobody: 1": "not ready\n", g.keys["viewer"]: "not ready: the database /secret/path is full\n"} {
		for _, accept := range []string{"Accept: */*", "Accept: application/json"} {
			res := g.send(http.MethodGet, "/readyz", "", key, accept)
			if got := text(t, res); res.StatusCode != http.StatusServiceUnavailable || accept == "Accept: */*" && got != want || key == "X-Nobody: 1" && got != want {
				t.Errorf("%s: %d %q, want %q", accept, res.StatusCode, got, want)
			}
		}
	}
}

func TestOpenOnlyOnLoopbackWithoutAnybody(t *testing.T) {
	empty := func(t *testing.T, loopback bool) *guarded {
		g := &guarded{site: newSite(t)}
		g.options.Access = access.New(g.store, g.options.Now, access.Limits{Idle: 8 * time.Hour, Life: 24 * time.Hour}, cheap)
		g.options.Loopback = loopback
		g.handler = web.New(g.options, pages.Mount, api.Mount)
		g.manage = &access.Manager{Store: g.store, Now: g.now(), Cost: cheap, By: "cli:test", From: "local"}
		return g
	}
	g := empty(t, true)
	if page := g.get("/"); !strings.Contains(page, "Access control is off") {
		t.Errorf("the page does not say that it is open:\n%s", page)
	}
	g.log(`{"vendor":"sotas","title":"x"}`)
	// A token that nobody knows does not matter where none is needed.
	g.get("/api/v1/incidents", "Authorization: Bearer kgn_unknown")

	// The first user closes it, at once and for good.
	g.must(g.manage.AddUser(t.Context(), "yamada", access.Viewer, password))
	if res := g.send(http.MethodGet, "/", ""); res.StatusCode != http.StatusSeeOther {
		t.Errorf("with a user it is still open: %d", res.StatusCode)
	}
	g.must(g.manage.Disable(t.Context(), "yamada"))
	if res := g.send(http.MethodGet, "/api/v1/incidents", ""); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("with its only user disabled it is open: %d", res.StatusCode)
	}
	if res := empty(t, false).send(http.MethodGet, "/api/v1/incidents", ""); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("open to other machines: %d", res.StatusCode)
	}
}

func TestSignIn(t *testing.T) {
	g := newGuarded(t)
	res := g.signIn(" A-Analyst ", password, "/incidents/new?lang=en")
	cookie := sessionOf(t, res)
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/incidents/new?lang=en" {
		t.Errorf("signed in: %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Secure || cookie.MaxAge != 0 {
		t.Errorf("cookie %+v", cookie)
	}
	signedIn := "Cookie: kigen_session=" + cookie.Value
	page := g.get("/", signedIn)
	if !strings.Contains(page, "a-analyst") || strings.Contains(page, "Loopback") {
		t.Errorf("the page does not say who is signed in:\n%s", page)
	}
	if res := g.send(http.MethodGet, "/login?next=/vendors", "", signedIn); res.Header.Get("Location") != "/vendors" {
		t.Errorf("whoever is in is asked again: %d", res.StatusCode)
	}
	// The key of a session is not what the database holds.
	if _, err := g.store.Session(t.Context(), cookie.Value); err == nil {
		t.Error("the key itself is stored")
	}
}

// What changes no incident and still reaches people stands in the access log.
func TestSendingIsLogged(t *testing.T) {
	g := newGuarded(t, withEverything, func(o *web.Options) {
		o.Trial = func(_ context.Context, to string) (web.Trial, error) { return web.Trial{Destination: to}, nil }
	})
	for _, ask := range [][2]string{{"/api/v1/reports/2026-04/send", `{"to":["soc","head"]}`}, {"/api/v1/reports/2026-05/send", "{}"}, {"/api/v1/notify/test", `{"destination":"soc"}`}} {
		g.send(http.MethodPost, ask[0], ask[1], g.keys["admin"])
		g.send(http.MethodPost, ask[0], ask[1], g.keys["viewer"])
	}
	lines, err := g.store.AccessLog(t.Context(), 0)
	g.must(err)
	var got []string
	denied := 0
	for _, l := range lines {
		switch {
		case l.Actor == "token:t-admin":
			got = append(got, l.Kind+" "+l.Subject+" from "+l.Origin)
		case l.Actor == "token:t-viewer" && l.Kind == "denied":
			denied++
		case l.Actor != "cli:test":
			t.Errorf("the log says %+v", l)
		}
	}
	if denied != 3 {
		t.Errorf("%d attempts of the viewer are on record, want 3", denied)
	}
	if want := []string{"report_sent 2026-04 soc head from 192.0.2.1", "destination_tested soc from 192.0.2.1"}; !slices.Equal(got, want) {
		t.Errorf("the log says %q, want %q", got, want)
	}
}

func TestSignInNeverTellsWhatWasWrong(t *testing.T) {
	g := newGuarded(t)
	g.must(g.manage.AddUser(t.Context(), "locked-out", access.Admin, password))
	g.must(g.manage.Disable(t.Context(), "locked-out"))
	var answers []string
	for name, given := range map[string]string{"a-viewer": "wrong password it is", "nobody-here": password, "locked-out": password} {
		res := g.signIn(name, given, "/")
		if res.StatusCode != http.StatusUnauthorized || len(res.Cookies()) > 0 {
			t.Errorf("%s: %d, %v", name, res.StatusCode, res.Cookies())
		}
		page := text(t, res)
		if strings.Contains(page, given) {
			t.Errorf("%s: the page shows the password", name)
		}
		answers = append(answers, strings.ReplaceAll(page, name, "NAME"))
	}
	if answers[0] != answers[1] || answers[1] != answers[2] {
		t.Error("the answers differ")
	}
}

// Guessing is slowed down by name and by address; another address gets on, and
// after the wait so does the right password.
func TestGuessingIsSlowedDown(t *testing.T) {
	g := newGuarded(t, func(o *web.Options) { o.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")} })
	last := 0
	for range 20 {
		last = g.signIn("a-viewer", "guess after guess", "/", "X-Forwarded-For: 203.0.113.9").StatusCode
	}
	if last != http.StatusTooManyRequests {
		t.Fatalf("the 20th guess: %d", last)
	}
	if res := g.signIn("a-viewer", password, "/", "X-Forwarded-For: 203.0.113.9"); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("the right password within the wait: %d", res.StatusCode)
	}
	if res := g.signIn("a-admin", password, "/", "X-Forwarded-For: 198.51.100.7"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("somebody else elsewhere: %d", res.StatusCode)
	}
	g.set(g.now().Add(15 * time.Minute))
	if res := g.signIn("a-viewer", password, "/", "X-Forwarded-For: 203.0.113.9"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("after the wait: %d", res.StatusCode)
	}
	lines, err := g.store.AccessLog(t.Context(), 0)
	g.must(err)
	tried := slices.DeleteFunc(lines, func(l store.AccessLine) bool { return l.Kind != store.AccessRefused })
	if len(tried) != 5 || tried[0].Actor != "user:a-viewer" || tried[0].Origin != "203.0.113.9" {
		t.Errorf("the log holds %d refusals: %+v", len(tried), tried)
	}
}

func TestSessionsEnd(t *testing.T) {
	g := newGuarded(t)
	works := func(cookie string) bool { return g.send(http.MethodGet, "/", "", cookie).StatusCode == http.StatusOK }
	for name, end := range map[string]func(cookie string){
		"sign-out": func(cookie string) { g.send(http.MethodPost, "/logout", "", cookie) },
		"password": func(string) { g.must(g.manage.SetPassword(t.Context(), "a-viewer", password)) },
		"role":     func(string) { g.must(g.manage.SetRole(t.Context(), "a-viewer", access.Analyst)) },
		"idle":     func(string) { g.set(g.now().Add(8 * time.Hour)) },
		"lifetime": func(cookie string) {
			for range 4 {
				g.set(g.now().Add(6 * time.Hour))
				works(cookie)
			}
		},
		"disabled": func(string) {
			g.must(g.manage.Disable(t.Context(), "a-viewer"))
			g.must(g.manage.Enable(t.Context(), "a-viewer"))
		},
	} {
		cookie := g.session("a-viewer")
		g.set(g.now().Add(time.Hour))
		if !works(cookie) {
			t.Errorf("%s: the session did not work before", name)
		}
		end(cookie)
		if works(cookie) {
			t.Errorf("%s: the session goes on", name)
		}
	}
}

// A key that was planted in the browser before the sign-in is worth nothing after.
func TestSessionFixation(t *testing.T) {
	g := newGuarded(t)
	planted := g.session("a-viewer")
	res := g.signIn("a-admin", password, "/", planted)
	if "Cookie: kigen_session="+sessionOf(t, res).Value == planted {
		t.Error("the sign-in kept the key")
	}
	if res := g.send(http.MethodGet, "/incidents/new", "", planted); res.StatusCode != http.StatusForbidden {
		t.Errorf("the planted session has gained a role: %d", res.StatusCode)
	}
}

func TestNextLeadsNowhereElse(t *testing.T) {
	g := newGuarded(t)
	for next, want := range map[string]string{
		"/vendors/sotas?year=2026": "/vendors/sotas?year=2026", "": "/", "//evil.example/": "/", "https://evil.example/": "/",
		"/\\evil.example": "/", "\\\\evil.example": "/", "javascript:alert(1)": "/", "evil.example": "/", "/login?next=/login": "/",
		"///evil.example": "/", "/%2f%2fevil.example": "/", "http:///evil.example": "/", "/\nLocation: x": "/",
	} {
		if got := g.signIn("a-viewer", password, next).Header.Get("Location"); got != want {
			t.Errorf("next %q leads to %q, want %q", next, got, want)
		}
	}
}

// What a viewer may not do, the pages do not offer.
func TestViewersSeeNoForms(t *testing.T) {
	g := newGuarded(t)
	g.log(`{"vendor":"sotas","title":"x"}`, g.keys["analyst"])
	for _, path := range []string{"/", "/incidents/KGN-1"} {
		for who, want := range map[string]bool{"a-viewer": false, "a-analyst": true} {
			page := g.get(path, g.session(who))
			if got := strings.Contains(page, `href="/incidents/new"`); got != want {
				t.Errorf("%s as %s: link to the form %v, want %v", path, who, got, want)
			}
			if got := strings.Contains(page, "/ack\""); got != (want && path != "/") {
				t.Errorf("%s as %s: form to acknowledge %v", path, who, got)
			}
		}
	}
	res := g.send(http.MethodGet, "/incidents/new", "", g.session("a-viewer"))
	if page := text(t, res); res.StatusCode != http.StatusForbidden || !strings.Contains(page, "analyst") || !strings.Contains(page, "viewer") {
		t.Errorf("forbidden: %d\n%s", res.StatusCode, page)
	}
}

// A key is bound to the account that used it: a replay is answered with the incident,
// also after its vendor left the configuration, and another account is refused
// without its id.
func TestIdempotencyKeyOfAnAccount(t *testing.T) {
	g := newGuarded(t)
	body := `{"vendor":"sotas","title":"x","occurred_at":"2026-05-01T09:00:00+09:00"}`
	log := func(credential string) (*http.Response, string) {
		res := g.send(http.MethodPost, "/api/v1/incidents", body, credential, "Idempotency-Key: k", "Content-Type: application/json")
		return res, text(t, res)
	}
	first, want := log(g.keys["analyst"])
	g.tracker.Catalogue = nil
	again, got := log(g.keys["analyst"])
	if first.StatusCode != http.StatusCreated || again.StatusCode != http.StatusCreated || got != want || again.Header.Get("Location") != first.Header.Get("Location") {
		t.Errorf("first %d %s\nagain %d %s", first.StatusCode, want, again.StatusCode, got)
	}
	other, refusal := log(g.keys["admin"])
	if other.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(refusal, "another user or token: use a new key") || strings.Contains(refusal, "KGN") {
		t.Errorf("another account: %d %s", other.StatusCode, refusal)
	}
}

// Every change stands in the history with who made it and from where.
func TestChangesHaveAnActorAndAnAddress(t *testing.T) {
	g := newGuarded(t)
	id := g.log(`{"vendor":"sotas","title":"x"}`, g.keys["analyst"])
	session := g.session("a-admin")
	form := "Content-Type: application/x-www-form-urlencoded"
	g.send(http.MethodPost, "/incidents/"+id+"/ack", "by=someone+else", form, session)
	g.send(http.MethodPost, "/api/v1/incidents/"+id+"/ack", `{"by":"佐藤"}`, g.keys["analyst"])
	g.send(http.MethodPost, "/api/v1/incidents/"+id+"/ack", `{"by":"森) (user:a-admin"}`, g.keys["analyst"])
	g.send(http.MethodPost, "/api/v1/incidents/"+id+"/ack", `{"by":"佐藤"}`, g.keys["analyst"])
	events := text(t, g.send(http.MethodGet, "/api/v1/incidents/"+id+"/events", "", g.keys["viewer"]))
	for _, want := range []string{`"actor":"token:t-analyst (森） （user:a-admin)"`, `"actor":"token:t-analyst","kind":"logged"`, `"actor":"user:a-admin","kind":"acknowledged"`, `"actor":"token:t-analyst (佐藤)"`, `"origin":"192.0.2.1"`} {
		if !strings.Contains(events, want) {
			t.Errorf("the history lacks %s:\n%s", want, events)
		}
	}
	if strings.Contains(events, "someone else") {
		t.Error("whoever is signed in acted under another name")
	}
	if page := g.get("/incidents/"+id, session); !strings.Contains(page, "192.0.2.1") || !strings.Contains(page, "assigned to 佐藤") {
		t.Errorf("the page does not say who and from where:\n%s", page)
	}
	g.must(g.store.Verify(t.Context()))
}
