package web_test

import (
	"fmt"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/api"
	"kigen/cmd/kigen/internal/web/pages"
)

// peopled is a site with users and tokens in every state.
func peopled(t *testing.T, lang string) *guarded {
	g := newGuarded(t, func(o *web.Options) { o.Lang = lang })
	limits := access.Limits{Idle: 8 * time.Hour, Life: 24 * time.Hour, SecondFactor: []access.Role{access.Analyst}}
	g.options.Access = access.New(g.store, g.options.Now, limits, cheap)
	g.handler = web.New(g.options, pages.Mount, api.Mount)
	g.must(g.manage.AddUserOnce(t.Context(), "new", access.Viewer, password))
	g.must(g.manage.AddUser(t.Context(), "left", access.Admin, password))
	g.must(g.manage.Disable(t.Context(), "left"))
	person := access.Person{Subject: "https://login.example.jp 1", Name: "sato.hanako@example.jp", Role: access.Analyst}
	_, err := g.options.Access.SignInAs(t.Context(), person, access.Attempt{From: "10.0.0.7"})
	g.must(err)
	g.token("soar", access.Analyst, g.now().AddDate(0, 3, 0))
	g.must(g.manage.RevokeToken(t.Context(), "soar"))
	g.set(g.now().Add(access.DormantAfter))
	g.signIn("a-admin", password, "/", "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	return g
}

// as signs another user in.
func (b *tab) as(name, see string) {
	b.t.Helper()
	if b.text(`String(document.querySelectorAll("form.who").length)`) != "0" {
		b.click("form.who button")
		b.see("#f-name")
	}
	b.signIn(name, password)
	b.see(see)
}

// The pages of accounts, in both languages, on a desk and on a phone, are looked over
// as the others are; screenshots are kept.
func TestAccountPagesAreAccessible(t *testing.T) {
	all := newTab(t)
	for _, lang := range []string{"ja", "en"} {
		b := all.at(t, peopled(t, lang).site)
		b.open("/login")
		for _, scene := range []struct{ name, user, see, path string }{
			{"step-password", "new", "#f-present", ""},
			{"step-enrol", "a-analyst", "img.qr", ""},
			{"account", "a-admin", "#live", "/account"},
			{"second", "", "img.qr", "/account/second"},
			{"people", "", "table.people", "/settings/access"},
		} {
			if scene.user != "" {
				b.as(scene.user, scene.see)
			}
			if scene.path != "" {
				b.open(scene.path)
			}
			for name, width := range map[string]int64{"desk": 1440, "phone": phone} {
				b.size(width, 900)
				b.shoot(scene.name + "-" + name + "-" + lang)
				b.isSound(fmt.Sprintf("%s on a %s in %s", scene.name, name, lang))
			}
		}
	}
}
