package web_test

import (
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/api"
	"kigen/cmd/kigen/internal/web/pages"
)

// seedBehind fills the books of a guarded site, past the guard.
func (g *guarded) seedBehind() {
	g.t.Helper()
	guard, open := g.handler, g.options
	open.Access = nil
	g.handler = web.New(open, pages.Mount, api.Mount)
	g.seed()
	g.handler = guard
}

// Signing in, being refused as a viewer, acting as an analyst: in a real
// browser, with its own ideas of cookies and redirects.
func TestSignInInABrowser(t *testing.T) {
	all := newTab(t)
	for lang, says := range map[string]struct{ wrong, refused, done string }{
		"ja": {"パスワードが違うか", "「アナリスト」の権限が必要です(現在の権限:「閲覧者」)", "担当者を記録しました"},
		"en": {"password is wrong", `requires the role "analyst"; you have "viewer"`, "Acknowledged."},
	} {
		t.Run(lang, func(t *testing.T) {
			g := newGuarded(t, func(o *web.Options) { o.Lang = lang })
			g.seedBehind()
			b := all.at(t, g.site)

			b.open("/incidents/KGN-5")
			b.see("#f-password")
			b.signIn("a-viewer", "not the password")
			b.see(".refused")
			if got := b.text(`document.querySelector(".refused").innerText`); !strings.Contains(got, says.wrong) {
				t.Errorf("a wrong password: %s", got)
			}
			if got := b.text(`document.querySelector("#f-name").value + document.querySelector("#f-password").value`); got != "a-viewer" {
				t.Errorf("the form keeps %q", got)
			}
			b.signIn("a-viewer", password)
			b.see("header.head")
			if got := b.text("location.pathname"); got != "/incidents/KGN-5" {
				t.Errorf("the sign-in led to %s", got)
			}
			if got := b.text(`String(document.querySelectorAll("main form, nav a[href$=new]").length) + document.querySelector("form.who").innerText`); !strings.HasPrefix(got, "0a-viewer") {
				t.Errorf("a viewer is offered %s", got)
			}
			if got := b.text(`document.cookie`); strings.Contains(got, "kigen_session") {
				t.Error("a script can read the session")
			}
			b.beRefused(says.refused)
			b.click("form.who button")
			b.see("#f-password")

			b.signIn("a-analyst", password)
			b.see("#live")
			b.open("/incidents/KGN-5")
			b.click(`details:has(form[action$="/ack"]) summary`)
			b.click(`form[action$="/ack"] button`)
			b.see(".done")
			if got := b.text(`document.querySelector(".done").innerText`); !strings.Contains(got, says.done) {
				t.Errorf("an analyst who takes it is told %s", got)
			}
			if got := b.text(`document.querySelector(".history").innerText`); !strings.Contains(got, "user:a-analyst") || !strings.Contains(got, "127.0.0.1") {
				t.Errorf("the history says %s", got)
			}
			b.shoot("incident-as-analyst-" + lang)
		})
	}
}

// beRefused tries what a viewer may not do: the page of a form, and the form
// itself, as one that was left open from before would send it.
func (b *tab) beRefused(says string) {
	b.t.Helper()
	b.open("/incidents/new")
	b.says(".empty", says)
	b.open("/incidents/KGN-5")
	b.text(`(() => {
		document.querySelector("main").insertAdjacentHTML("beforeend", '<form id="old" method="post" action="/incidents/KGN-5/cancel"><input name="reason" value="x"><button>x</button></form>');
		return "";
	})()`)
	b.click("#old button")
	b.see(".empty")
	b.says(".empty", says)
	b.open("/incidents/KGN-5")
	if b.text(`String(document.querySelector(".head").classList.contains("s-cancelled"))`) == "true" {
		b.t.Error("a viewer has withdrawn the incident")
	}
}
