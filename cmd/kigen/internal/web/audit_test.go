package web_test

import (
	"os"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
)

// Every page, in both languages, light and dark, on a desk and on a phone, is
// looked over as a checker of accessibility would; screenshots are kept.
func TestEveryPageIsAccessible(t *testing.T) {
	audit, err := os.ReadFile("testdata/audit.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, look := range []struct {
		name, lang, scheme string
		width, height      int64
	}{
		{"light-ja", "ja", "light", 1280, 800},
		{"dark-en", "en", "dark", 1280, 800},
		{"phone-ja", "ja", "light", 390, 844},
		{"phone-dark-en", "en", "dark", 390, 844},
	} {
		t.Run(look.name, func(t *testing.T) {
			s := newSite(t, func(o *web.Options) { o.Lang = look.lang; o.Live = web.NewLive() })
			s.seed()
			s.notice("KGN-5", "お知らせ.eml", "We are sorry.")
			b := browser(t, s, map[string]any{"blink-settings": map[string]string{"light": "preferredColorScheme=1", "dark": "preferredColorScheme=0"}[look.scheme]})
			b.size(look.width, look.height)
			for _, page := range []struct{ name, path string }{
				{"board", "/"}, {"board-text", "/?q=nothing"}, {"incident", "/incidents/KGN-5"}, {"incident-open", "/incidents/KGN-7"},
				{"new", "/incidents/new?vendor=sotas"}, {"vendors", "/vendors"}, {"vendor", "/vendors/sotas"}, {"reports", "/reports"}, {"settings", "/settings"}, {"missing", "/incidents/KGN-999"},
			} {
				b.open(page.path)
				if got := b.text(`String(matchMedia("(prefers-color-scheme: ` + look.scheme + `)").matches)`); got != "true" {
					t.Fatalf("the browser is not %s", look.scheme)
				}
				b.text(`String([...document.querySelectorAll("details")].forEach((d) => { d.open = true; }))`)
				if found := b.text(string(audit)); found != "" {
					t.Errorf("%s:\n%s", page.path, strings.TrimSpace(found))
				}
				b.shoot(page.name + "-" + look.name)
			}
		})
	}
}

// The audit finds what it is there to find.
func TestTheAuditFindsFaults(t *testing.T) {
	audit, err := os.ReadFile("testdata/audit.js")
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t)
	s.seed()
	b := browser(t, s, nil)
	b.open("/")
	b.text(`(() => {
		const main = document.querySelector("main");
		main.insertAdjacentHTML("beforeend", '<input name="bare"><button></button><h4>Jump</h4><p id="pale">Pale words</p><svg></svg><nav>x</nav><table><tr><td>1</td></tr></table><a href="/" id="dull">Dull</a><p id="pale">Twice</p>');
		document.querySelector("#pale").style.color = "#bbb";
		document.querySelector("#dull").style.outline = "none";
		return "";
	})()`)
	found := b.text(string(audit))
	for _, want := range []string{
		"field without a label", "no name: <button>", "heading of level 4 after 2", "contrast", "picture without a text", "landmarks named", "table without heads",
		"focus can't be seen", "id pale twice",
	} {
		if !strings.Contains(found, want) {
			t.Errorf("the audit does not find %q:\n%s", want, found)
		}
	}
}
