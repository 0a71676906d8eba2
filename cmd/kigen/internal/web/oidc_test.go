package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/web"
)

const clientSecret = "the-client-s3cret"

// idp is an OpenID Connect issuer at which everybody is who the test says.
type idp struct {
	t      *testing.T
	server *httptest.Server
	key    *ecdsa.PrivateKey
	claims map[string]any // over the usual ones
	nonce  string         // in place of the one that was asked for; empty: that
	asked  url.Values     // the last request to sign somebody in
}

func newIDP(t *testing.T) *idp {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &idp{t: t, key: key}
	provider := &oidctest.Server{Algorithms: []string{oidc.ES256}, PublicKeys: []oidctest.PublicKey{{PublicKey: key.Public(), KeyID: "k", Algorithm: oidc.ES256}}}
	mux := http.NewServeMux()
	mux.Handle("/", provider)
	mux.HandleFunc("POST /token", i.token)
	i.server = httptest.NewServer(mux)
	t.Cleanup(i.server.Close)
	provider.SetIssuer(i.server.URL)
	return i
}

// token answers only who knows the secret and the verifier of the challenge.
func (i *idp) token(w http.ResponseWriter, r *http.Request) {
	id, secret, ok := r.BasicAuth()
	challenge := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || id != "kigen" || secret != clientSecret || r.PostFormValue("code") != "the-code" ||
		base64.RawURLEncoding.EncodeToString(challenge[:]) != i.asked.Get("code_challenge") {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	claims := map[string]any{
		"iss": i.server.URL, "aud": "kigen", "sub": "0815", "exp": 4_000_000_000, "iat": 1_700_000_000, "nonce": i.asked.Get("nonce"),
		"email": "Yamada@example.jp", "email_verified": true, "groups": []string{"staff", "soc"},
	}
	for k, v := range i.claims {
		claims[k] = v
	}
	if i.nonce != "" {
		claims["nonce"] = i.nonce
	}
	text, err := json.Marshal(claims)
	if err != nil {
		i.t.Error(err)
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":"a","token_type":"Bearer","id_token":%q}`, oidctest.SignIDToken(i.key, "k", oidc.ES256, string(text)))
}

// guardedBy is a site whose people sign in there.
func guardedBy(t *testing.T, i *idp) *guarded {
	t.Helper()
	return newGuarded(t, func(o *web.Options) {
		o.OIDC = access.NewIssuer(access.IssuerConfig{
			URL: i.server.URL, ClientID: "kigen", ClientSecret: clientSecret, CallbackURL: "https://kigen.example.jp/login/callback",
			Scopes: []string{"openid", "email"}, GroupsClaim: "groups", Now: o.Now,
			Roles: map[string]access.Role{"soc": access.Analyst, "soc-admins": access.Admin},
		})
	})
}

// begin starts a sign-in and returns the cookie that the browser then holds.
func (g *guarded) begin(i *idp, next string) (cookie string) {
	g.t.Helper()
	res := g.send(http.MethodGet, "/login/oidc?next="+url.QueryEscape(next), "")
	to, err := url.Parse(res.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(to.String(), i.server.URL+"/auth?") {
		g.t.Fatalf("begin: %d to %s", res.StatusCode, to)
	}
	i.asked = to.Query()
	for _, c := range res.Cookies() {
		if c.Name == "kigen_signin" && c.HttpOnly && c.SameSite == http.SameSiteLaxMode && c.MaxAge > 0 {
			return "Cookie: kigen_signin=" + c.Value
		}
	}
	g.t.Fatalf("no cookie in %v", res.Header)
	return ""
}

func (g *guarded) callback(state, cookie string) *http.Response {
	g.t.Helper()
	return g.send(http.MethodGet, "/login/callback?"+url.Values{"state": {state}, "code": {"the-code"}}.Encode(), "", cookie)
}

func TestSingleSignOn(t *testing.T) {
	i := newIDP(t)
	g := guardedBy(t, i)
	if page := g.get("/login?next=/vendors"); !strings.Contains(page, `href="/login/oidc?next=%2Fvendors"`) {
		t.Errorf("the sign-in page does not offer it:\n%s", page)
	}
	cookie := g.begin(i, "/vendors")
	for _, want := range []string{"state", "nonce", "code_challenge"} {
		if len(i.asked.Get(want)) < 32 {
			t.Errorf("%s is %q", want, i.asked.Get(want))
		}
	}
	if i.asked.Get("code_challenge_method") != "S256" || i.asked.Get("redirect_uri") != "https://kigen.example.jp/login/callback" {
		t.Errorf("asked for %v", i.asked)
	}
	res := g.callback(i.asked.Get("state"), cookie)
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/vendors" {
		t.Fatalf("callback: %d to %q\n%s", res.StatusCode, res.Header.Get("Location"), text(t, res))
	}
	session := "Cookie: kigen_session=" + sessionOf(t, res).Value
	if page := g.get("/incidents/new", session); !strings.Contains(page, "yamada@example.jp") {
		t.Errorf("the page does not say who:\n%s", page)
	}
	g.send(http.MethodPost, "/api/v1/incidents", `{"vendor":"sotas","title":"x"}`, session)
	events := text(t, g.send(http.MethodGet, "/api/v1/incidents/1/events", "", session))
	if !strings.Contains(events, `"actor":"oidc:yamada@example.jp"`) {
		t.Errorf("the history says\n%s", events)
	}
	// The next sign-in follows the groups as they are then.
	i.claims = map[string]any{"groups": "soc-admins"}
	cookie = g.begin(i, "/")
	sessionOf(t, g.callback(i.asked.Get("state"), cookie))
	users, err := g.store.Users(t.Context())
	g.must(err)
	if last := users[len(users)-1]; last.Name != "yamada@example.jp" || last.Role != "admin" || len(users) != 4 {
		t.Errorf("users %+v", users)
	}
	// Disabled here is out, whatever the issuer says.
	g.must(g.manage.Disable(t.Context(), "yamada@example.jp"))
	if res := g.send(http.MethodGet, "/api/v1/incidents", "", session); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("disabled: %d", res.StatusCode)
	}
	cookie = g.begin(i, "/")
	if res := g.callback(i.asked.Get("state"), cookie); res.StatusCode != http.StatusForbidden {
		t.Errorf("disabled, signing in again: %d", res.StatusCode)
	}
}

func TestSingleSignOnRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*idp)
		state  string // in place of the true one
		cookie string
		status int
		says   string
	}{
		"no group":         {change: func(i *idp) { i.claims = map[string]any{"groups": []string{"staff"}} }, status: 403, says: "none of your groups"},
		"no groups at all": {change: func(i *idp) { i.claims = map[string]any{"groups": nil} }, status: 403, says: "none of your groups"},
		"another state":    {state: "made-up", status: 403, says: "not completed"},
		"no cookie":        {cookie: "X-None: 1", status: 403, says: "not completed"},
		"broken cookie":    {cookie: "Cookie: kigen_signin=xx", status: 403, says: "not completed"},
		"another nonce":    {change: func(i *idp) { i.nonce = "replayed" }, status: 403, says: "not completed"},
		"another audience": {change: func(i *idp) { i.claims = map[string]any{"aud": "other"} }, status: 502, says: "is not available"},
		"another issuer":   {change: func(i *idp) { i.claims = map[string]any{"iss": "https://evil.example"} }, status: 502, says: "is not available"},
		"expired":          {change: func(i *idp) { i.claims = map[string]any{"exp": 1_700_000_001} }, status: 502, says: "is not available"},
		"another verifier": {change: func(i *idp) { i.asked.Set("code_challenge", "x") }, status: 502, says: "is not available"},
		"another key":      {change: func(i *idp) { i.key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }, status: 502, says: "is not available"},
	} {
		t.Run(name, func(t *testing.T) {
			i := newIDP(t)
			g := guardedBy(t, i)
			cookie := g.begin(i, "/")
			state := i.asked.Get("state")
			if test.change != nil {
				test.change(i)
			}
			if test.state != "" {
				state = test.state
			}
			if test.cookie != "" {
				cookie = test.cookie
			}
			res := g.callback(state, cookie)
			page := text(t, res)
			if res.StatusCode != test.status || !strings.Contains(page, test.says) || strings.Contains(page, clientSecret) {
				t.Errorf("%d\n%s", res.StatusCode, page)
			}
			for _, c := range res.Cookies() {
				if c.Name == "kigen_session" {
					t.Error("a session began")
				}
			}
		})
	}
}

// While the issuer is down, kigen works and whoever has a password gets in.
func TestIssuerIsDown(t *testing.T) {
	i := newIDP(t)
	g := guardedBy(t, i)
	i.server.Close()
	res := g.send(http.MethodGet, "/login/oidc", "")
	if page := text(t, res); res.StatusCode != http.StatusBadGateway || !strings.Contains(page, `name="password"`) {
		t.Errorf("%d\n%s", res.StatusCode, page)
	}
	g.session("a-viewer")
}

// Two people whom the issuer gives one name stay two.
func TestSameNameTwice(t *testing.T) {
	i := newIDP(t)
	g := guardedBy(t, i)
	i.claims = map[string]any{"email": "a-admin", "sub": "4711"}
	cookie := g.begin(i, "/")
	session := "Cookie: kigen_session=" + sessionOf(t, g.callback(i.asked.Get("state"), cookie)).Value
	if page := g.get("/", session); !strings.Contains(page, "a-admin#") {
		t.Errorf("the page shows the other's name:\n%s", page)
	}
}
