package web_test

import (
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
)

// A maintenance is logged in a browser from its own form, its announcement recorded, and
// found again by the filter of kinds, in both languages.
func TestKindsInABrowser(t *testing.T) {
	all := newTab(t)
	for lang, words := range map[string]struct{ kind, verdict, vendor string }{
		"ja": {"メンテナンス", "3日前に通知(約束は7日前)", "株式会社NTTデータ 税務サービスグループ"},
		"en": {"Maintenance", "announced 3 d ahead, promised 7 d", "NTT DATA Tax Service Group"},
	} {
		t.Run(lang, func(t *testing.T) {
			s := newSite(t, func(o *web.Options) { o.Lang = lang })
			s.setClock("2026-05-17 10:00")
			s.log(`{"vendor": "sotas", "title": "Sign-in fails", "occurred_at": "2026-05-16T18:00:00+09:00"}`)
			b := all.at(t, s)
			b.size(1280, 900)
			b.open("/incidents/new")
			if got := b.text(`String(document.querySelectorAll("[name=scheduled_at]").length)`); got != "0" {
				t.Errorf("the form of an incident asks for scheduled_at")
			}
			b.follow(`nav.kinds a[href*="kind=maintenance"]`)
			b.see(`[name=scheduled_at]`)
			if got, want := b.text(`[...document.querySelectorAll("form.new legend")].map((l) => l.innerText).join()`), map[string]string{"ja": "いつ予定されているか", "en": "When it is planned"}[lang]; !strings.Contains(got, want) {
				t.Errorf("after the kind was changed the legends are %q, want %q among them", got, want)
			}
			if got := b.text(`String(document.querySelectorAll("[name=occurred_at]").length)`); got != "0" {
				t.Errorf("the form of a maintenance asks for occurred_at")
			}
			b.typeIn(`input[name=vendor]`, words.vendor)
			b.typeIn(`input[name=title]`, "Regular maintenance")
			b.text(`document.querySelector("[name=scheduled_at]").value = "2026-05-20T22:00"`)
			b.shoot("kinds-1-form-" + lang)
			b.follow(`form.new button.primary`)
			b.see(".done")
			b.text(`String(document.querySelectorAll("details.card[open]").forEach((d) => d.open = false))`)
			b.click(`details:has(form[action*="/notices"]) > summary`)
			b.typeIn(`form[action*="/notices"] [name=text]`, "We will maintain the service.")
			b.follow(`form[action*="/notices"] button`)
			b.see(".done")
			if got := b.text(`document.querySelector("#live-column").innerText`); !strings.Contains(got, words.verdict) {
				t.Errorf("the page says\n%s\nwant %q", got, words.verdict)
			}
			if got := b.text(`document.querySelector("#live-head").innerText`); !strings.Contains(strings.ToLower(got), strings.ToLower(words.kind)) {
				t.Errorf("the head %q does not name the kind %q", got, words.kind)
			}
			b.shoot("kinds-2-incident-" + lang)
			b.open("/?kind=maintenance")
			if got := b.text(`document.querySelector("main").innerText`); !strings.Contains(got, "KGN-2") || strings.Contains(got, "KGN-1") {
				t.Errorf("of the kind maintenance the board lists\n%s", got)
			}
			b.shoot("kinds-3-board-" + lang)
			b.open("/incidents/new?kind=contract_end")
			b.shoot("kinds-4-contract-end-" + lang)
			b.size(390, 844)
			b.open("/incidents/new?kind=periodic")
			b.shoot("kinds-5-phone-" + lang)
			if got := b.text(`String(document.documentElement.scrollWidth <= innerWidth)`); got != "true" {
				t.Error("the form is wider than a phone")
			}
		})
	}
}
