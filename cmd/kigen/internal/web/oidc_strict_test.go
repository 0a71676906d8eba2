package web_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/access"
	"kigen/store"
)

// through signs the issuer's person in and returns the answer.
func (g *guarded) through(i *idp) *http.Response {
	g.t.Helper()
	cookie := g.begin(i, "/")
	return g.callback(i.asked.Get("state"), cookie)
}

// A person who has lost every group has lost the role, in open sessions too, until a
// group gives one again.
func TestLosingEveryGroup(t *testing.T) {
	i := newIDP(t)
	g := guardedBy(t, i)
	session := "Cookie: kigen_session=" + sessionOf(t, g.through(i)).Value
	g.get("/incidents/new", session)
	i.claims = map[string]any{"groups": []string{"staff"}}
	if res := g.through(i); res.StatusCode != http.StatusForbidden {
		t.Fatalf("without a group: %d", res.StatusCode)
	}
	if res := g.send(http.MethodGet, "/", "", session); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the open session goes on: %d", res.StatusCode)
	}
	user, err := g.store.User(t.Context(), "yamada@example.jp")
	g.must(err)
	lines, err := g.store.AccessLog(t.Context(), 2)
	g.must(err)
	if user.RoleLostAt.IsZero() || lines[0].Kind != "role_lost" || lines[1].Kind != store.AccessRefused {
		t.Errorf("the user is %+v, the log %+v", user, lines)
	}
	i.claims = nil
	session = "Cookie: kigen_session=" + sessionOf(t, g.through(i)).Value
	g.get("/incidents/new", session)
}

func TestStrangeIDTokensAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		claims map[string]any
		in     bool
	}{
		"empty sub":                  {map[string]any{"sub": ""}, false},
		"blank sub":                  {map[string]any{"sub": " \t"}, false},
		"long sub":                   {map[string]any{"sub": strings.Repeat("x", 256)}, false},
		"another client":             {map[string]any{"azp": "other"}, false},
		"another client and kigen":   {map[string]any{"aud": []string{"other", "kigen"}, "azp": "other"}, false},
		"two audiences, no client":   {map[string]any{"aud": []string{"other", "kigen"}}, false},
		"two audiences, kigen's own": {map[string]any{"aud": []string{"other", "kigen"}, "azp": "kigen"}, true},
		"kigen's own":                {map[string]any{"azp": "kigen"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			i := newIDP(t)
			g := guardedBy(t, i)
			i.claims = test.claims
			res := g.through(i)
			if got := res.StatusCode == http.StatusSeeOther; got != test.in {
				t.Errorf("%d\n%s", res.StatusCode, text(t, res))
			}
		})
	}
}

// A name from the issuer that looks like a user's is not shown as that user's.
func TestLookalikesAreMarked(t *testing.T) {
	for _, name := range []string{"a-adm\u0131n", "\u0430-admin", "a-\u0430dm\u0456n", "\uff41-admin", "A-ADMIN"} {
		i := newIDP(t)
		g := guardedBy(t, i)
		i.claims = map[string]any{"email": name}
		session := "Cookie: kigen_session=" + sessionOf(t, g.through(i)).Value
		if page := g.get("/", session); !strings.Contains(page, "#") || strings.Contains(page, "<span>"+name+"</span>") {
			t.Errorf("%q is shown as it is", name)
		}
	}
	g := newGuarded(t)
	for name, want := range map[string]bool{"a-ana1yst": true, "a-adrnin": true, "b-admin": false} {
		if err := g.manage.AddUser(t.Context(), name, access.Viewer, password); (err == nil) == want || err != nil && !strings.Contains(err.Error(), "looks like the user") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Another host of the domain may plant a cookie; kigen continues only what it began.
func TestPlantedSignIns(t *testing.T) {
	i := newIDP(t)
	g := guardedBy(t, i)
	g.begin(i, "/")
	planted, err := json.Marshal(map[string]any{"s": "state", "n": i.asked.Get("nonce"), "v": "verifier", "p": "/", "t": g.now().Unix()})
	g.must(err)
	body := base64.RawURLEncoding.EncodeToString(planted)
	for name, value := range map[string]string{"unsigned": body, "empty signature": body + ".", "another's": body + ".AAAA"} {
		if res := g.callback("state", "Cookie: kigen_signin="+value); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	// And not what it sealed for something else, or too long ago.
	entry, err := g.options.Access.SignIn(t.Context(), access.Attempt{Name: "a-viewer", Password: password, From: "::1"})
	g.must(err)
	if begun := g.options.Access.OpenPending(t.Context(), entry.Device); begun.State != "" {
		t.Error("a device's cookie passes for a sign-in")
	}
	cookie := g.begin(i, "/")
	g.set(g.now().Add(access.PendingLife + time.Second))
	if res := g.callback(i.asked.Get("state"), cookie); res.StatusCode != http.StatusForbidden {
		t.Errorf("too late: %d", res.StatusCode)
	}
}
