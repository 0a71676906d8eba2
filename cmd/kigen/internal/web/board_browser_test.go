package web_test

import (
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
)

// What a person sees and does on the board, in a real browser.
func TestBoardInABrowser(t *testing.T) {
	s, _, _ := liveSite(t, func(o *web.Options) { o.Lang = "ja" })
	s.seed()
	b := browser(t, s)

	b.open("/")
	if first := b.text(`document.querySelector(".row").id + " " + document.querySelector(".group h2").innerText`); !strings.HasPrefix(first, "KGN-5 期限超過") {
		t.Errorf("the board begins with %q, want the overdue incident", first)
	}
	const count = `document.querySelector("#KGN-5 .count").textContent`
	if got := b.text(count); !strings.HasPrefix(got, "超過 03:3") {
		t.Errorf("countdown %q", got)
	}
	b.until(count + ` !== "` + b.text(count) + `"`) // it ticks

	b.click("#why-KGN-5 summary")
	b.until(`document.querySelector("#why-KGN-5 .lines").checkVisibility()`)
	if got := b.text(`document.querySelector("#why-KGN-5").innerText`); !strings.Contains(got, "憲法記念日") {
		t.Errorf("the explanation says %q", got)
	}
	// The page keeps itself up to date and leaves open what was opened.
	b.refreshed()
	if got := b.text(`String(document.querySelector("#why-KGN-5").open)`); got != "true" {
		t.Error("the explanation that was open is shut")
	}

	b.click("#KGN-5 .what a")
	b.see(".head.s-overdue")
	b.typeIn("#f-text", "復旧しました。")
	b.click(`form[action$="/notices"] button`)
	b.see(".done")
	if got := b.text(`document.querySelector(".head .state").innerText`); got != "遅延(期限後に通知)" {
		t.Errorf("after the notice the incident is %q", got)
	}

	// What others do appears without reloading.
	b.open("/")
	b.text(`document.body.dataset.same = "yes"`)
	s.setClock("2026-05-07 15:30:00.001") // KGN-9 is due at 15:48 on its own calendar
	s.log(`{"vendor":"sotas","title":"新しい障害","occurred_at":"2026-05-07 15:00"}`)
	b.until(`document.querySelector("#KGN-11") !== null && document.body.dataset.same === "yes"`)

	b.size(390, 844)
	b.open("/?lang=en")
	if got := b.text(`String(document.documentElement.scrollWidth <= innerWidth)`); got != "true" {
		t.Error("the board is wider than a phone")
	}
}
