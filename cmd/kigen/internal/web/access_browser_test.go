package web_test

import (
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
)

// Signing in, being refused as a viewer, acting as an analyst: in a real
// browser, with its own ideas of cookies and redirects.
func TestSignInInABrowser(t *testing.T) {
	g := newGuarded(t, func(o *web.Options) { o.Lang = "ja" })
	guard := g.handler
	open := g.options
	open.Access, g.handler = nil, web.New(open)
	g.seed()
	g.handler = guard
	b := browser(t, g.site, nil)

	b.open("/incidents/KGN-5")
	b.see("#f-password")
	b.shoot("sign-in-ja")
	b.typeIn("#f-name", "a-viewer")
	b.typeIn("#f-password", "not the password")
	b.click("form.login button")
	b.see(".refused")
	if got := b.text(`document.querySelector("#f-name").value + document.querySelector("#f-password").value`); got != "a-viewer" {
		t.Errorf("the form keeps %q", got)
	}
	b.shoot("sign-in-refused-ja")
	b.typeIn("#f-password", password)
	b.click("form.login button")
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
	b.shoot("incident-as-viewer-ja")
	b.open("/incidents/new?lang=en")
	if got := b.text(`document.querySelector("main").innerText`); !strings.Contains(got, `needs the role "analyst"`) {
		t.Errorf("the form says to a viewer: %s", got)
	}
	b.shoot("forbidden-en")
	b.click("form.who button")
	b.see("#f-password")

	b.typeIn("#f-name", "a-analyst")
	b.typeIn("#f-password", password)
	b.size(390, 844)
	b.shoot("sign-in-phone-en")
	b.click("form.login button")
	b.see("#live")
	b.shoot("board-as-analyst-phone-en")
	b.open("/incidents/KGN-5")
	b.click(`details:has(form[action$="/ack"]) summary`)
	b.click(`form[action$="/ack"] button`)
	b.see(".done")
	if got := b.text(`document.querySelector(".history").innerText`); !strings.Contains(got, "user:a-analyst") || !strings.Contains(got, "127.0.0.1") {
		t.Errorf("the history says %s", got)
	}
	b.size(1280, 800)
	b.shoot("history-en")
}
