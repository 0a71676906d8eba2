package web_test

import (
	"strings"
	"testing"
)

// A manager reads the month's page, goes to the months beside it, hands one vendor its
// own report, and sends and freezes the whole one, each only after a confirmation.
func TestReportPageInABrowser(t *testing.T) {
	all := newTab(t)
	for lang, says := range map[string]struct{ met, vendor, of, sent, same, confirm, interim string }{
		"ja": {"期限内", "このベンダーの報告書", "ほかのベンダーのデータは含みません", "送信待ち", "新しい版は作成していません", "チェック", "現在の速報"},
		"en": {"In time", "Report for this vendor", "no other vendor's data", "queued for sending", "no new one was stored", "tick", "Preliminary, as of"},
	} {
		t.Run(lang, func(t *testing.T) {
			b := all.at(t, socSite(t, lang))
			b.open("/reports/2026-04")
			b.see(".results .bar rect.v-met")
			b.says(".results tbody", says.met, says.vendor, "100.0%")
			b.says(".neighbours", "←", "→")
			if got := b.text(`[...document.querySelectorAll(".trend svg")].map(s => s.getAttribute("aria-label")).join(" ")`); !strings.Contains(got, "100.0%") {
				t.Errorf("the trend says %q", got)
			}
			for _, look := range []struct {
				name, media, scheme string
				width               int64
			}{{"desk", "screen", "light", 1440}, {"phone", "screen", "light", phone}, {"dark", "screen", "dark", 1440}, {"print", "print", "light", 794}} {
				b.size(look.width, 900)
				b.media(look.media, look.scheme)
				if got := b.text(`String(document.documentElement.scrollWidth > innerWidth)`); got != "false" {
					t.Errorf("%s is wider than the window", look.name)
				}
				b.shoot("report-page-" + lang + "-" + look.name)
			}
			b.size(1440, 900)
			b.media("screen", "light")

			b.click(`.neighbours [rel=next]`)
			b.see(`.languages [href*="/reports/2026-05"]`)
			b.says("main", says.interim)
			if got := b.text(`String(!document.querySelector("form.deciding"))`); got != "true" {
				t.Error("a month that runs can be sent")
			}
			b.click(`.neighbours [rel=prev]`)
			b.see(`.languages [href*="/reports/2026-04"]`)

			b.click(`details:has(form[action$="/freeze"]) summary`)
			b.text(`String(document.querySelector('form[action$="/freeze"] [name=confirm]').required = false)`)
			b.click(`form[action$="/freeze"] button`)
			b.see(".problems")
			b.says(".problems", says.confirm)
			b.click(`details:has(form[action$="/freeze"]) summary`)
			b.click(`form[action$="/freeze"] [name=confirm]`)
			b.click(`form[action$="/freeze"] button`)
			b.see(".done")
			if got := b.text(`String(document.querySelectorAll(".edition").length)`); got != "2" {
				t.Errorf("%s editions", got)
			}
			b.open("/reports/2026-04")
			b.click(`details:has(form[action$="/freeze"]) summary`)
			b.click(`form[action$="/freeze"] [name=confirm]`)
			b.click(`form[action$="/freeze"] button`)
			b.see(".done")
			b.says(".done", says.same)
			b.open("/reports/2026-04")
			b.click(`details:has(form[action$="/send"]) summary`)
			b.click(`form[action$="/send"] [name=confirm]`)
			b.click(`form[action$="/send"] button`)
			b.see(".done")
			b.says(".done", says.sent)

			b.click(`.results .hand`)
			b.see(".results")
			b.says("main", says.of)
			if got := b.text(`String(document.querySelectorAll(".results tbody tr").length) + document.querySelectorAll("form.deciding, .edition").length`); got != "10" {
				t.Errorf("rows and forms of one vendor's report: %s", got)
			}
			b.shoot("report-vendor-" + lang)
		})
	}
}
