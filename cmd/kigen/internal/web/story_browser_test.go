package web_test

import (
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
)

// The night of an analyst, in both languages: an incident is logged with its
// deadline in sight, becomes overdue on the wall without anybody reloading,
// and its notice is recorded.
func TestANightInABrowser(t *testing.T) {
	for lang, says := range map[string]struct{ due, fallback, overdue, late string }{
		"ja": {"5月8日(金) 00:10", "代用しています", "期限超過", "遅延(期限後に通知)"},
		"en": {"Fri 8 May 00:10", "is used", "Overdue", "Late"},
	} {
		t.Run(lang, func(t *testing.T) {
			s, _, _ := liveSite(t, func(o *web.Options) { o.Lang = lang })
			s.setClock("2026-05-07 18:30")
			b := browser(t, s)
			b.open("/incidents/new")
			b.typeIn("#f-vendor", "CCJ")
			b.until(`document.querySelector("#preview").innerText.includes("` + says.fallback + `")`)
			b.text(`(() => { document.querySelector("#f-confirmed_at").value = "2026-05-07T00:10"; return ""; })()`)
			b.typeIn("#f-title", "Strange sign-ins")
			b.until(`document.querySelector("#preview").innerText.includes("` + says.due + `")`)
			b.shoot("story-1-preview-" + lang)
			b.click("#new .primary")
			b.see(".done")

			b.open("/")
			b.text(`(() => { window.same = true; return ""; })()`)
			b.see("#KGN-1.s-at_risk")
			s.setClock("2026-05-08 00:10:00.001")
			b.see("#KGN-1.s-overdue")
			if got := b.text(`String(window.same) + " " + document.querySelector(".group h2").innerText + " " + document.title`); !strings.HasPrefix(got, "true "+says.overdue) || !strings.Contains(got, "(1)") {
				t.Errorf("the board says %q", got)
			}
			b.until(`document.querySelector(".timeline .edge-text").textContent.includes("1")`)
			b.shoot("story-2-overdue-" + lang)

			s.setClock("2026-05-08 00:12")
			b.click("#KGN-1 .what a")
			b.see("#f-text")
			b.typeIn("#f-text", "We found ")
			// Somebody else takes it meanwhile; what is being typed stays.
			s.send("POST", "/api/v1/incidents/KGN-1/ack", `{"by":"Mori"}`)
			b.until(`document.querySelector("#live-head").innerText.includes("Mori")`)
			b.typeIn("#f-text", "the cause.")
			b.click(`form[action$="/notices"] .primary`)
			b.see(".done")
			if got := b.text(`document.querySelector(".head .state").innerText`); got != says.late {
				t.Errorf("after the notice: %q", got)
			}
			if got := b.text(`document.querySelector(".message .text").innerText`); got != "We found the cause." {
				t.Errorf("the notice says %q", got)
			}
			b.shoot("story-3-notice-" + lang)
		})
	}
}
