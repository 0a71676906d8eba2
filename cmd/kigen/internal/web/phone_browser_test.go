package web_test

import (
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
)

// widest names the elements that make a page wider than the window; empty: there are none.
const widest = `document.documentElement.scrollWidth <= innerWidth ? "" :
	document.documentElement.scrollWidth + " px: " + [...document.querySelectorAll("body *")]
		.filter(e => e.getBoundingClientRect().right > innerWidth + 1 && ![...document.querySelectorAll("*")].some(p =>
			p !== e && p !== document.documentElement && p !== document.body && p.contains(e) && getComputedStyle(p).overflowX !== "visible"))
		.map(e => e.tagName + "." + e.className).join(" ")`

// TestNoPageScrollsSideways measures every page on a phone, in both languages.
func TestNoPageScrollsSideways(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Lang = "ja"; withReports(o); withEverything(o) })
	s.seed()
	b := browser(t, s)
	b.size(390, 844)
	for _, lang := range []string{"ja", "en"} {
		b.open("/vendors?lang=" + lang)
		for _, path := range pagePaths() {
			if path == "/board" { // a part of the page "/"
				continue
			}
			b.open(path)
			if wide := b.text(widest); wide != "" {
				t.Errorf("%s %s is wider than a phone: %s", lang, path, strings.TrimSpace(wide))
			}
		}
	}
}
