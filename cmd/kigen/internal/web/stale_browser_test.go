package web_test

import (
	"net/http"
	"sync/atomic"
	"testing"

	"kigen/cmd/kigen/internal/web"
)

// comesBack is what a browser tells a page that somebody looks at again.
const comesBack = `String(document.dispatchEvent(new Event("visibilitychange")))`

// A board whose session ends leads to the sign-in page by itself and back to
// what it showed; beside a form that was begun it says so and waits.
func TestSignedOutInABrowser(t *testing.T) {
	live := web.NewLive()
	g := newGuarded(t, func(o *web.Options) {
		o.Live, o.Lang = live, "ja"
		watch(o, live)
	})
	g.log(`{"vendor":"sotas","title":"x"}`, g.keys["analyst"])
	b := browser(t, g.site)
	signIn := func() {
		t.Helper()
		b.see("#f-password")
		b.typeIn("#f-name", "a-analyst")
		b.typeIn("#f-password", password)
		b.click("form.login button")
		b.see("form.who")
	}

	b.open("/?state=running&vendor=sotas")
	signIn()
	b.see("#live")
	g.must(g.manage.SetPassword(t.Context(), "a-analyst", password)) // ends the session
	live.Changed()
	b.see("#f-password")
	if got := b.text("location.pathname"); got != "/login" {
		t.Errorf("without its session the board is at %s", got)
	}
	b.shoot("signed-out-board-ja")
	signIn()
	if got := b.text("location.pathname + location.search"); got != "/?state=running&vendor=sotas" {
		t.Errorf("after the sign-in the browser is at %s", got)
	}

	for _, page := range []struct{ path, field string }{{"/incidents/KGN-1", "#f-text"}, {"/incidents/new", "#f-title"}} {
		b.open(page.path)
		b.see(page.field)
		b.typeIn(page.field, "We found ")
		g.must(g.manage.SetPassword(t.Context(), "a-analyst", password))
		b.text(comesBack)
		b.typeIn(page.field, "the cause")
		b.see("#signed-out")
		b.shoot("signed-out-form-ja")
		// Signed in again in another tab, the page goes on where it was.
		b.text(`(fetch("/login", {method: "POST", body: new URLSearchParams({name: "a-analyst", password: "` + password + `"})}).then(() => { window.back = true; }), "")`)
		b.until(`window.back === true`)
		b.text(comesBack)
		b.typeIn(page.field, ".")
		b.until(`document.querySelector("#signed-out").hidden`)
		if got := b.text(`location.pathname + " " + document.querySelector("` + page.field + `").value`); got != page.path+" We found the cause." {
			t.Errorf("what was typed is now: %s", got)
		}
	}
}

// A board that can't be brought up to date says so, whether the server answers
// with nothing, with trouble or not at all, and takes it back when it can.
func TestStaleBoardInABrowser(t *testing.T) {
	s, _, _ := liveSite(t)
	s.seed()
	whole := s.handler
	var fault atomic.Int32
	s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch fault.Load() {
		case 1:
			panic(http.ErrAbortHandler)
		case 2:
			w.WriteHeader(http.StatusInternalServerError)
		default:
			whole.ServeHTTP(w, r)
		}
	})
	b := browser(t, s)
	const isStale = `!document.querySelector("#stale").hidden`
	b.open("/")
	b.see("#KGN-6")
	for _, kind := range []int32{1, 2} {
		fault.Store(kind)
		b.text(comesBack)
		b.until(isStale)
		b.shoot("stale-board-en")
		fault.Store(0)
		b.refreshed()
		b.until("!(" + isStale + ")")
	}
	// An answer that never comes. Three quarters of a minute later by the page's
	// own clock it says so.
	b.text(`(() => { window.fetch = () => new Promise(() => {}); return ""; })()`)
	b.text(comesBack)
	b.untilLater(isStale)
}

// A text that is selected keeps the board as it is while somebody copies it,
// and not for ever.
func TestForgottenSelectionInABrowser(t *testing.T) {
	s, _, _ := liveSite(t)
	s.seed()
	b := browser(t, s)
	b.open("/")
	b.see("#KGN-6")
	b.text(`(() => { getSelection().selectAllChildren(document.querySelector("#KGN-6 .what")); window.asked = 0; const real = fetch; window.fetch = (...all) => { window.asked++; return real(...all); }; return ""; })()`)
	b.text(comesBack)
	if got := b.text("String(window.asked)"); got != "0" {
		t.Errorf("the board asked %s times while a text was selected", got)
	}
	s.log(`{"vendor":"sotas","title":"New meanwhile"}`) // what did not change would stay, with its selection
	b.untilLater(`window.asked > 0 && String(getSelection()) === ""`)
}

// untilLater waits for an expression while the page's own clock runs ahead by a
// second with each look, so that an answer that was still on its way when the
// waiting began only puts it off.
func (b *tab) untilLater(expression string) {
	b.t.Helper()
	b.text(`(() => { const now = Date.now; window.ahead = 0; Date.now = () => now() + window.ahead; return ""; })()`)
	b.until(`(window.ahead += 1000) && ` + expression)
}
