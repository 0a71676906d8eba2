package web_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/api"
	"kigen/cmd/kigen/internal/web/pages"
)

// post fills in a form as a browser with these cookies does.
func (g *guarded) post(path, cookie string, fields ...string) *http.Response {
	g.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return g.send(http.MethodPost, path, form.Encode(), "Content-Type: application/x-www-form-urlencoded", "Sec-Fetch-Site: same-origin", cookie)
}

func cookieOf(t testing.TB, res *http.Response) string {
	t.Helper()
	return "Cookie: kigen_session=" + sessionOf(t, res).Value
}

// hidden returns a value that a page carries for its form.
func hidden(t *testing.T, page, name string) string {
	t.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no %s in\n%s", name, page)
	}
	return found[1]
}

func codeOf(t *testing.T, g *guarded, page string) (secret, code string) {
	t.Helper()
	found := regexp.MustCompile(`<code>([A-Z2-7 ]{32,})</code>`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no key in\n%s", page)
	}
	secret = strings.ReplaceAll(found[1], " ", "")
	code, err := totp.GenerateCode(secret, g.now())
	g.must(err)
	return secret, code
}

// A role that requires a second factor: sign in, set it up, keep the codes, and from
// then on give a code.
func TestSignInWithASecondFactor(t *testing.T) {
	g := newGuarded(t, func(o *web.Options) {
		o.Access = nil
	})
	g.options.Access = access.New(g.store, g.options.Now, access.Limits{Idle: 8 * time.Hour, Life: 24 * time.Hour, SecondFactor: []access.Role{access.Admin}}, cheap)
	g.handler = web.New(g.options, pages.Mount, api.Mount)
	cookie := cookieOf(t, g.signIn("a-admin", password, "/vendors"))
	for _, path := range []string{"/", "/settings", "/account"} {
		if res := g.send(http.MethodGet, path, "", cookie); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/login/step?") {
			t.Errorf("%s before the second factor: %d to %s", path, res.StatusCode, res.Header.Get("Location"))
		}
	}
	for _, path := range []string{"/api/v1/incidents", "/events", "/metrics"} {
		if res := g.send(http.MethodGet, path, "", cookie); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s before the second factor: %d", path, res.StatusCode)
		}
	}
	page := g.get("/login/step?next=/vendors", cookie)
	if !strings.Contains(page, `src="data:image/png;base64,`) || strings.Contains(page, `name="password"`) {
		t.Errorf("the page is\n%s", page)
	}
	secret, code := codeOf(t, g, page)
	if res := g.post("/login/step", cookie, "sealed", hidden(t, page, "sealed"), "code", "000000", "next", "/vendors"); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a wrong code: %d", res.StatusCode)
	}
	res := g.post("/login/step", cookie, "sealed", hidden(t, page, "sealed"), "code", code, "next", "/vendors")
	shown := text(t, res)
	if n := len(regexp.MustCompile(`<li><code>[A-Z2-7-]{19}</code>`).FindAllString(shown, -1)); n != 10 || !strings.Contains(shown, `href="/vendors"`) {
		t.Fatalf("%d recovery codes in\n%s", n, shown)
	}
	g.get("/settings", cookie)

	g.set(g.now().Add(time.Minute))
	half := cookieOf(t, g.signIn("a-admin", password, "/vendors"))
	if page := g.get("/login/step?next=/vendors", half); !strings.Contains(page, `autocomplete="one-time-code"`) {
		t.Errorf("the step is\n%s", page)
	}
	code, err := totp.GenerateCode(secret, g.now())
	g.must(err)
	res = g.post("/login/step", half, "code", code, "next", "/vendors")
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/vendors" {
		t.Fatalf("the code: %d %s", res.StatusCode, text(t, res))
	}
	whole := cookieOf(t, res)
	g.get("/settings", whole)
	if res := g.send(http.MethodGet, "/settings", "", half); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the key from before the code works: %d", res.StatusCode)
	}
	if page := g.get("/account", whole); !strings.Contains(page, "Unused recovery codes: 10") {
		t.Errorf("the account is\n%s", page)
	}
}

// A password that an admin has set opens the page that changes it, and nothing else.
func TestForcedPasswordChange(t *testing.T) {
	g := newGuarded(t)
	g.must(g.manage.AddUserOnce(t.Context(), "new", access.Analyst, password))
	cookie := cookieOf(t, g.signIn("new", password, "/incidents/new"))
	page := g.get("/login/step?next=/incidents/new", cookie)
	if !strings.Contains(page, `name="present"`) {
		t.Fatalf("the step is\n%s", page)
	}
	change := func(present, next, repeat string) *http.Response {
		return g.post("/login/step", cookie, "present", present, "password", next, "repeat", repeat, "next", "/incidents/new")
	}
	for _, test := range []struct{ present, next, repeat, says string }{
		{"wrong password", "another long password", "another long password", "present password is wrong"},
		{password, "another long password", "another", "differs from its repetition"}, {password, "short", "short", "too short"},
	} {
		res := change(test.present, test.next, test.repeat)
		if page := text(t, res); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, test.says) || strings.Contains(page, "another long") {
			t.Errorf("%s: %d\n%s", test.says, res.StatusCode, page)
		}
	}
	if res := change(password, "another long password", "another long password"); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/incidents/new" {
		t.Fatalf("%d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	g.get("/incidents/new", cookie)
}

// A user sees the own sessions, ends them, and changes the password.
func TestOwnSessions(t *testing.T) {
	g := newGuarded(t)
	first := g.session("a-viewer")
	second := cookieOf(t, g.signIn("a-viewer", password, "/", "User-Agent: Firefox on <b>phone"))
	page := g.get("/account", first)
	if strings.Count(page, `name="id"`) != 2 || !strings.Contains(page, "Firefox on &lt;b&gt;phone") || !strings.Contains(page, "192.0.2.1") || !strings.Contains(page, "this browser") {
		t.Errorf("the account is\n%s", page)
	}
	ids := regexp.MustCompile(`name="id" value="(\w+)"`).FindAllStringSubmatch(page, -1)
	for _, id := range ids {
		if strings.Contains(second, id[1]) {
			t.Error("an id is a key")
		}
	}
	if res := g.post("/account/password", first, "present", password, "password", "another long password", "repeat", "another long password"); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("change: %d\n%s", res.StatusCode, text(t, res))
	}
	if res := g.send(http.MethodGet, "/", "", second); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the other session goes on: %d", res.StatusCode)
	}
	if page := g.get("/account?done=password", first); !strings.Contains(page, "Password changed") {
		t.Errorf("the account is\n%s", page)
	}
	g.post("/account/sessions", first)
	if res := g.send(http.MethodGet, "/account", "", first); res.StatusCode != http.StatusSeeOther {
		t.Errorf("after ending all: %d", res.StatusCode)
	}
	if res := g.send(http.MethodPost, "/account/password", "present=x", "Sec-Fetch-Site: cross-site", "Content-Type: application/x-www-form-urlencoded", g.session("a-admin")); res.StatusCode != http.StatusForbidden {
		t.Errorf("from another site: %d", res.StatusCode)
	}
	// Programs have no account, and neither has an open board.
	for _, who := range []string{g.keys["viewer"], "X-None: 1"} {
		if res := g.send(http.MethodGet, "/account", "", who); res.StatusCode == http.StatusOK {
			t.Errorf("%s has an account", who)
		}
	}
}

// Admins see who may get in, and export it; the export is on record.
func TestPeopleOnTheBoard(t *testing.T) {
	g := newGuarded(t)
	g.set(g.now().Add(access.DormantAfter))
	session := g.session("a-admin")
	for _, lang := range []string{"en", "ja"} {
		page := g.get("/settings/access?lang="+lang, session)
		if strings.Contains(page, "⟦") || strings.Contains(page, "<no value>") || strings.Contains(page, "argon2") || strings.Contains(page, "kgn_") {
			t.Errorf("%s:\n%s", lang, page)
		}
		if n := strings.Count(page, `class="mark"`); n != 8 { // two users, and three tokens for two reasons
			t.Errorf("%s: %d marks\n%s", lang, n, page)
		}
	}
	for format, want := range map[string]string{"csv": "user,a-admin,admin,password,active,false,", "json": `"name": "a-admin"`} {
		res := g.send(http.MethodGet, "/settings/access/"+format, "", session)
		if got := text(t, res); res.StatusCode != http.StatusOK || !strings.Contains(got, want) || !strings.Contains(res.Header.Get("Content-Disposition"), "kigen-access-2026-08-05."+format) {
			t.Errorf("%s: %d %v\n%s", format, res.StatusCode, res.Header, got)
		}
	}
	if res := g.send(http.MethodGet, "/settings/access/xml", "", session); res.StatusCode != http.StatusNotFound {
		t.Errorf("xml: %d", res.StatusCode)
	}
	lines, err := g.store.AccessLog(t.Context(), 2)
	g.must(err)
	for _, l := range lines {
		if l.Kind != "access_review_exported" || l.Actor != "user:a-admin" || l.Origin != "192.0.2.1" {
			t.Errorf("the log says %+v", l)
		}
	}
}

// Addresses may be allowed apart for people, for admins and for programs.
func TestAllowedAddresses(t *testing.T) {
	g := newGuarded(t, func(o *web.Options) {
		nets := func(text string) []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix(text)} }
		o.Proxies = nets("192.0.2.1/32")
		o.Allow = web.Allow{Board: nets("10.0.0.0/8"), Admin: nets("10.9.0.0/16"), Tokens: nets("2001:db8::/32")}
	})
	at := func(address string) string { return "X-Forwarded-For: " + address }
	res := g.signIn("a-admin", password, "/", at("10.9.0.1"))
	session := cookieOf(t, res)
	for _, test := range []struct {
		path, from, who string
		want            int
	}{
		{"/", "10.0.0.1", session, http.StatusOK}, {"/settings", "10.9.0.1", session, http.StatusOK}, {"/settings", "10.0.0.1", session, http.StatusForbidden},
		{"/incidents/new", "10.0.0.1", session, http.StatusOK}, {"/", "203.0.113.9", session, http.StatusForbidden}, {"/api/v1/incidents", "203.0.113.9", session, http.StatusForbidden},
		{"/login", "203.0.113.9", "X-None: 1", http.StatusForbidden}, {"/login", "10.0.0.1", "X-None: 1", http.StatusOK}, {"/healthz", "203.0.113.9", "X-None: 1", http.StatusOK},
		{"/api/v1/incidents", "2001:db8::1", g.keys["viewer"], http.StatusOK}, {"/api/v1/incidents", "10.0.0.1", g.keys["viewer"], http.StatusForbidden},
		{"/metrics", "203.0.113.9", g.keys["admin"], http.StatusForbidden}, {"/settings", "2001:db8::1", g.keys["admin"], http.StatusForbidden},
	} {
		if res := g.send(http.MethodGet, test.path, "", at(test.from), test.who); res.StatusCode != test.want {
			t.Errorf("%s from %s (%.12s): %d, want %d", test.path, test.from, test.who, res.StatusCode, test.want)
		}
	}
	if res := g.signIn("a-admin", password, "/", at("203.0.113.9")); res.StatusCode != http.StatusForbidden {
		t.Errorf("sign-in from elsewhere: %d", res.StatusCode)
	}
	if page := text(t, g.send(http.MethodGet, "/settings", "", at("10.0.0.1"), session)); !strings.Contains(page, "access.allow.admin") {
		t.Errorf("the page does not say why:\n%s", page)
	}
}

// A flood of sign-ins gets 503 with a time to wait, rather than all the memory.
func TestFloodOfPasswordsIsBounded(t *testing.T) {
	g := newGuarded(t)
	g.options.Access = access.New(g.store, g.options.Now, access.Limits{Idle: time.Hour, Life: time.Hour}, access.DefaultCost())
	g.options.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}
	g.handler = web.New(g.options, pages.Mount, api.Mount)
	const flood = 100
	answers := make(chan *http.Response, flood)
	start := make(chan struct{})
	for i := range flood {
		go func() {
			<-start
			answers <- g.signIn(fmt.Sprintf("user%d", i), "guess after guess", "/", fmt.Sprintf("X-Forwarded-For: 203.0.113.%d", i))
		}()
	}
	close(start)
	busy := 0
	for range flood {
		switch res := <-answers; res.StatusCode {
		case http.StatusServiceUnavailable:
			if busy++; res.Header.Get("Retry-After") == "" {
				t.Error("503 without a time to wait")
			}
		case http.StatusUnauthorized:
		default:
			t.Errorf("got %d", res.StatusCode)
		}
	}
	if busy == 0 {
		t.Errorf("%d sign-ins at once were all checked", flood)
	}
}

// With single sign-on only, the sign-in page asks for no password.
func TestSignInPageWithoutPasswords(t *testing.T) {
	i := newIDP(t)
	g := guardedBy(t, i)
	g.options.Access = access.New(g.store, g.options.Now, access.Limits{Idle: time.Hour, Life: time.Hour, NoPasswords: true}, cheap)
	g.handler = web.New(g.options, pages.Mount, api.Mount)
	if page := g.get("/login"); strings.Contains(page, `type="password"`) || !strings.Contains(page, "/login/oidc") {
		t.Errorf("the page is\n%s", page)
	}
	if res := g.signIn("a-admin", password, "/"); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("the right password: %d", res.StatusCode)
	}
	sessionOf(t, g.through(i))
}

// The pages of the account are complete in both languages.
func TestAccountPagesInBothLanguages(t *testing.T) {
	g := newGuarded(t)
	g.must(g.manage.AddUserOnce(t.Context(), "new", access.Viewer, password))
	session, step := g.session("a-admin"), cookieOf(t, g.signIn("new", password, "/"))
	for _, lang := range []string{"ja", "en"} {
		for _, page := range []string{
			g.get("/account?lang="+lang, session), g.get("/account/second?lang="+lang, session), g.get("/login/step?lang="+lang, step),
			text(t, g.post("/account/password?lang="+lang, session, "present", "x", "password", "short", "repeat", "short")),
			text(t, g.post("/account/second?lang="+lang, session, "code", "1")),
		} {
			if strings.Contains(page, "⟦") || strings.Contains(page, "<no value>") || strings.Contains(page, "ZgotmplZ") || !strings.Contains(page, fmt.Sprintf(`<html lang=%q>`, lang)) {
				t.Errorf("%s:\n%s", lang, page)
			}
		}
	}
}
