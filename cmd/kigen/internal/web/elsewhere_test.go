package web_test

import (
	"net/http"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
)

// TestASecondSignInSaysWhereTheFirstIs: the first page after a sign-in says where else
// the person is signed in, once, and leads to where the sessions are ended.
func TestASecondSignInSaysWhereTheFirstIs(t *testing.T) {
	for lang, says := range map[string]string{
		"en": "You are also signed in elsewhere, sessions: 1. Last use", "ja": "ほかに1件のセッションでログイン中です(最後の利用: ",
	} {
		t.Run(lang, func(t *testing.T) {
			g := newGuarded(t, func(o *web.Options) { o.Lang = lang })
			page := func(signedIn *http.Response) (shown string, left bool) {
				t.Helper()
				cookie := "Cookie: kigen_session=" + sessionOf(t, signedIn).Value
				marked := false
				for _, c := range signedIn.Cookies() {
					if c.Name == "kigen_signed_in" {
						cookie += "; kigen_signed_in=" + c.Value
						marked = c.HttpOnly && c.MaxAge > 0
					}
				}
				res := g.send(http.MethodGet, "/", "", cookie)
				for _, c := range res.Cookies() {
					left = left || c.Name == "kigen_signed_in" && c.MaxAge < 0
				}
				return text(t, res), marked && left
			}
			if got, once := page(g.signIn("a-analyst", password, "/")); strings.Contains(got, "elsewhere") || !once {
				t.Errorf("the first sign-in: once %t\n%s", once, got)
			}
			second := g.signIn("a-analyst", password, "/")
			got, once := page(second)
			if !strings.Contains(got, says) || !strings.Contains(got, `href="/account"`) || !once {
				t.Errorf("the second sign-in: once %t\n%s", once, got)
			}
			if got := g.get("/", "Cookie: kigen_session="+sessionOf(t, second).Value); strings.Contains(got, says) {
				t.Error("it is said again on the next page")
			}
		})
	}
}
