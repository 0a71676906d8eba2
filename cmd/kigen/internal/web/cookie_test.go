package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
)

// cookiesOf signs in and returns the answer's cookies by their names.
func cookiesOf(t *testing.T, g *guarded) map[string]*http.Cookie {
	t.Helper()
	res := g.signIn("a-viewer", password, "/")
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign-in: %d %s", res.StatusCode, text(t, res))
	}
	cookies := map[string]*http.Cookie{}
	for _, c := range res.Cookies() {
		cookies[c.Name] = c
	}
	return cookies
}

// Behind a proxy that does TLS, kigen sees plain requests; the public address says
// what the browser sees.
func TestCookiesFollowTheAddress(t *testing.T) {
	for name, test := range map[string]struct {
		origin, base string
		prefix       string
		secure       bool
	}{
		"https":             {origin: "https://kigen.example.jp", prefix: "__Host-", secure: true},
		"https with a path": {origin: "https://soc.example.jp", base: "/kigen", prefix: "__Secure-", secure: true},
		"http":              {origin: "http://kigen.example.jp"},
		"no address":        {},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGuarded(t, func(o *web.Options) { o.Origin, o.Base = test.origin, test.base })
			cookies := cookiesOf(t, g)
			for _, want := range []string{"kigen_session", "kigen_device"} {
				c := cookies[test.prefix+want]
				if c == nil || c.Secure != test.secure || !c.HttpOnly || c.Path != test.base+"/" || c.Domain != "" {
					t.Errorf("%s: %v", want, cookies)
				}
			}
			if got := g.send(http.MethodGet, "/healthz", "").Header.Get("Strict-Transport-Security") != ""; got != test.secure {
				t.Errorf("Strict-Transport-Security: %v", got)
			}
			session := cookies[test.prefix+"kigen_session"].Value
			g.get("/vendors", "Cookie: "+test.prefix+"kigen_session="+session)
			// A cookie without the prefix may come from another host of the domain.
			if test.secure {
				if res := g.send(http.MethodGet, "/vendors", "", "Cookie: kigen_session="+session); res.StatusCode != http.StatusSeeOther {
					t.Errorf("without the prefix: %d", res.StatusCode)
				}
			}
		})
	}
}

func TestSignInBodiesAreShort(t *testing.T) {
	g := newGuarded(t)
	res := g.signIn(strings.Repeat("ﷺ", 340_000), "x", "/")
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a megabyte as a name: %d", res.StatusCode)
	}
}

// A flood from an address takes nothing from a browser behind it that signed in before.
func TestFloodLeavesKnownBrowsersAlone(t *testing.T) {
	g := newGuarded(t)
	known := "Cookie: kigen_device=" + cookiesOf(t, g)["kigen_device"].Value
	for i := range 400 {
		g.send(http.MethodGet, fmt.Sprintf("/login?%d", i), "")
	}
	if res := g.send(http.MethodGet, "/login", ""); res.StatusCode != http.StatusTooManyRequests {
		t.Fatalf("a stranger after the flood: %d", res.StatusCode)
	}
	if res := g.send(http.MethodGet, "/login", "", known); res.StatusCode != http.StatusOK {
		t.Errorf("the known browser: %d", res.StatusCode)
	}
}
