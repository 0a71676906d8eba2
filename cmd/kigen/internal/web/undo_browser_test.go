package web_test

import (
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
)

// What was done by mistake is taken back in a browser, in both languages: a notice is
// withdrawn, a deadline waived and the waiver lifted, an incident cancelled and reopened,
// each with its reason, which the history then shows.
func TestUndoInABrowser(t *testing.T) {
	all := newTab(t)
	for lang, states := range map[string]struct{ met, atRisk, waived, cancelled string }{
		"ja": {"期限内", "期限間近", "免除", "取消"},
		"en": {"In time", "At risk", "Waived", "Cancelled"},
	} {
		t.Run(lang, func(t *testing.T) {
			s := newSite(t, func(o *web.Options) { o.Lang = lang })
			s.setClock("2026-05-07 08:00")
			s.log(`{"vendor": "sotas", "title": "Sign-in fails", "occurred_at": "2026-05-01T18:00:00+09:00"}`)
			b := all.at(t, s)
			b.size(1280, 800)
			b.open("/incidents/KGN-1")
			undo := func(form, reason, state, picture string) {
				t.Helper()
				b.click(`details:has(form[action*="/` + form + `"]) > summary`)
				if reason != "" {
					b.typeIn(`form[action*="/`+form+`"] input[name=reason]`, reason)
				} else {
					b.typeIn(`form[action*="/`+form+`"] [name=text]`, "another matter")
				}
				b.shoot("undo-" + picture + "-form-" + lang)
				b.follow(`form[action*="/` + form + `"] button`)
				b.see(".done")
				if got := b.text(`document.querySelector("#live-head").innerText`); !strings.Contains(got, state) {
					t.Errorf("after %s the incident says %q, want %q", form, got, state)
				}
				if got := b.text(`document.querySelector(".history").innerText`); !strings.Contains(got, reason) {
					t.Errorf("after %s the history lacks the reason %q:\n%s", form, reason, got)
				}
				b.shoot("undo-" + picture + "-" + lang)
			}
			b.text(`String(document.querySelectorAll("details.card[open]").forEach((d) => d.open = false))`)
			undo("notices", "", states.met, "1-notice")
			undo("withdraw", "別件への通知だった", states.atRisk, "2-withdrawn")
			undo("waive", "合意により免除", states.waived, "3-waived")
			undo("unwaive", "合意の取り消し", states.atRisk, "4-lifted")
			undo("cancel", "訓練だった", states.cancelled, "5-cancelled")
			undo("reopen", "訓練ではなかった", states.atRisk, "6-reopened")
			b.size(390, 844)
			b.shoot("undo-7-phone-" + lang)
			if got := b.text(`String(document.documentElement.scrollWidth <= innerWidth)`); got != "true" {
				t.Error("the incident's page is wider than a phone")
			}
		})
	}
}
