package web_test

import (
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
	"kigen/config"
)

// withDuties switches duties of ours on.
func withDuties(ids ...string) func(*web.Options) {
	return func(o *web.Options) {
		for _, id := range ids {
			o.Tracker.Duties = append(o.Tracker.Duties, config.Duties().Regime(id))
		}
	}
}

// A person decides in a browser that a duty applies, and records the report: the page of
// our duties shows both, in both languages, and everywhere that it is no legal advice.
func TestDutiesInABrowser(t *testing.T) {
	all := newTab(t)
	for lang, say := range map[string]struct{ undecided, applies, submitted, advice string }{
		"ja": {"未判断", "該当すると", "提出: 個人情報保護委員会", "法的助言ではありません"},
		"en": {"undecided", "decided", "Submitted: initial report", "not legal advice"},
	} {
		t.Run(lang, func(t *testing.T) {
			s := newSite(t, func(o *web.Options) { o.Lang = lang }, withDuties("jp-appi", "eu-dora", "us-sec"))
			s.setClock("2026-05-07 08:00")
			s.log(`{"vendor": "sotas", "title": "Customer data leaked", "occurred_at": "2026-05-07T06:00:00+09:00", "aware_at": "2026-05-07T07:00:00+09:00"}`)
			b := all.at(t, s)
			b.size(1280, 800)
			b.open("/duties")
			b.shoot("duties-1-list-" + lang)
			if got := b.text(`document.body.innerText`); !strings.Contains(got, say.undecided) || !strings.Contains(got, say.advice) {
				t.Errorf("the page of our duties says\n%s", got)
			}
			b.open("/incidents/KGN-1")
			b.text(`String(document.querySelectorAll("details.card[open]").forEach((d) => d.open = false))`)
			b.click(`#decide > summary`)
			b.typeIn(`#decide [name=decision_reason]`, "顧客の個人データを含む")
			b.typeIn(`#decide [name=decider]`, "mori")
			b.shoot("duties-2-deciding-" + lang)
			b.follow(`#decide button`)
			b.see(".done")
			if got := b.text(`document.querySelector("#duties").innerText`); !strings.Contains(got, say.applies) || !strings.Contains(got, "mori") || !strings.Contains(got, say.advice) {
				t.Errorf("after the decision the duties say\n%s", got)
			}
			b.text(`String(document.querySelectorAll("details.card[open]").forEach((d) => d.open = false))`)
			b.click(`#submit > summary`)
			b.typeIn(`#submit [name=submission_reference]`, "PPC-2026-1")
			b.shoot("duties-3-submitting-" + lang)
			b.follow(`#submit button`)
			b.see(".done")
			if got := b.text(`document.querySelector(".history").innerText`); !strings.Contains(got, say.submitted) {
				t.Errorf("the history lacks the submission:\n%s", got)
			}
			b.shoot("duties-4-incident-" + lang)
			b.open("/duties?show=all")
			b.shoot("duties-5-all-" + lang)
			b.size(390, 844)
			b.open("/duties")
			b.shoot("duties-6-phone-" + lang)
			for _, page := range []string{"/duties", "/incidents/KGN-1"} {
				b.open(page)
				if got := b.text(`String(document.documentElement.scrollWidth <= innerWidth)`); got != "true" {
					t.Errorf("%s is wider than a phone", page)
				}
			}
		})
	}
}
