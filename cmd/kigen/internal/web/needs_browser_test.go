package web_test

import (
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
)

// The shift of an analyst in a browser, in both languages: an incident is taken from
// its row, several are assigned at once, a note and a chaser are recorded, and the way
// back leads to the filtered board.
func TestNeedsInABrowser(t *testing.T) {
	all := newTab(t)
	for lang, says := range map[string]struct{ owner, copied, asked string }{
		"ja": {"担当者: 山田", "コピーしました", "ベンダーへ催促を送信"},
		"en": {"assigned to 山田", "Copied", "The vendor was asked"},
	} {
		t.Run(lang, func(t *testing.T) {
			s, _, _ := liveSite(t, func(o *web.Options) { o.Lang = lang })
			s.seed()
			b := all.at(t, s)
			b.size(1440, 900)
			// A live part may be replaced between the moves of a mouse.
			press := func(selector string) {
				t.Helper()
				b.see(selector)
				b.text("(() => { document.querySelector(`" + selector + "`).click(); return ''; })()")
			}
			b.open("/?vendor=sotas")
			if got := b.text(`String(document.querySelector("#bulk").checkVisibility())`); got != "false" {
				t.Error("the form for the chosen incidents is shown before any is chosen")
			}
			press(`.row .pick input`)
			b.see("#bulk")
			b.typeIn("#f-by", "佐藤")
			first := b.text(`document.querySelector(".pick input:checked").value`)
			b.refreshed() // a live update keeps the choice
			if got := b.text(`document.querySelector(".pick input:checked")?.value ?? "none"`); got != first {
				t.Errorf("after an update %s is chosen, want %s", got, first)
			}
			b.shoot("needs-1-chosen-" + lang)
			b.click(`#bulk button[value=ack]`)
			b.see(".done")
			if got := b.text(`document.querySelector("#` + first + ` .r-who").innerText + location.search`); !strings.HasPrefix(got, "佐藤") || !strings.Contains(got, "vendor=sotas") {
				t.Errorf("after the acknowledgement: %q", got)
			}

			press(`.row .take`) // the name is remembered
			b.see(".done")
			press(`.row .pick input`)
			b.typeIn("#f-owner", "山田")
			b.follow(`#bulk button[value=assign]`)
			b.see(".done")
			b.until(`[...document.querySelectorAll(".r-who")].some((who) => who.innerText.includes("山田"))`)
			b.shoot("needs-2-assigned-" + lang)

			press(`.row:has(.count.is-past):has(.who) .what a`)
			b.see("#live-head")
			b.click("#chaser > summary")
			b.see("#chaser .copy")
			b.click(`#chaser [data-copy="chaser-body"]`)
			b.until(`document.querySelector('[data-copy="chaser-body"]').textContent === "` + says.copied + `"`)
			b.click("#add-note > summary")
			b.typeIn("#f-note", "10:05 電話、応答なし")
			b.follow(`form[action*="/notes"] button`)
			b.see("#notes")
			if got := b.text(`document.querySelector("#notes").innerText`); !strings.Contains(got, "10:05 電話、応答なし") || !strings.Contains(got, "佐藤") {
				t.Errorf("the note says %q", got)
			}
			b.click("#set-owner > summary")
			b.text(`document.querySelector("#f-owner").value = ""`)
			b.typeIn("#f-owner", "山田")
			b.follow(`form[action*="/owner"] button`)
			b.see(".done")
			if got := b.text(`document.querySelector("#live-head").innerText`); !strings.Contains(got, says.owner) {
				t.Errorf("the owner is %q", got)
			}
			b.click("#add-chaser > summary")
			b.typeIn("#f-chaser_to", "support@vendor.example")
			b.follow(`form[action*="/chasers"] button`)
			b.see("#chased")
			if got := b.text(`document.querySelector(".history").innerText`); !strings.Contains(got, says.asked) {
				t.Errorf("the history does not say that the vendor was asked:\n%s", got)
			}
			b.text(`String(document.querySelector("#chaser").open = true)`)
			b.shoot("needs-3-incident-" + lang)
			b.size(390, 844)
			b.shoot("needs-4-phone-incident-" + lang)
			if got := b.text(`String(document.documentElement.scrollWidth <= innerWidth)`); got != "true" {
				t.Error("the incident's page is wider than a phone")
			}
			if name, packed := b.download(`.way a[href*="/bundle"]`); !strings.HasSuffix(name, ".zip") || len(packed) < 1000 {
				t.Errorf("the bundle is %q of %d bytes", name, len(packed))
			}
			b.click(".way a")
			b.see("#live .row")
			if got := b.text(`location.search`); got != "?vendor=sotas" {
				t.Errorf("the way back leads to %q", got)
			}
			press(`.row .pick input`)
			b.see("#bulk")
			b.shoot("needs-5-phone-board-" + lang)
			if got := b.text(`String(document.documentElement.scrollWidth <= innerWidth)`); got != "true" {
				t.Error("the board with its form is wider than a phone")
			}
		})
	}
}
