package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
)

// wrapped lists the lines of the board's rows that take more than one line, of the
// elements that a selector selects.
func wrapped(selector string) string {
	return `[...document.querySelectorAll("` + selector + `")]
		.filter(e => e.getClientRects().length && (e.offsetHeight > 1.9 * parseFloat(getComputedStyle(e).fontSize) * 1.55 || e.scrollWidth > e.offsetWidth + 1))
		.map(e => e.innerText).join(" | ")`
}

func TestRowsDoNotWrapOnADesk(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Lang = "en" })
	s.seed()
	b := browser(t, s)
	b.size(1440, 900)
	const figures = ".r-clock .count, .r-clock .verdict, .r-due p"
	for _, at := range []struct{ lang, now, selector string }{
		{"en", "2026-05-07 12:34:56", figures + ", .r-what .sub, .r-who > :not(button)"},
		{"ja", "2026-05-07 12:34:56", figures + ", .r-who > :not(button)"},
		{"en", "2027-01-05 12:00", figures}, // every time has its year
		{"ja", "2027-01-05 12:00", figures},
	} {
		s.setClock(at.now)
		b.open("/?lang=" + at.lang)
		if lines := b.text(wrapped(at.selector)); lines != "" {
			t.Errorf("%s %s wraps: %s", at.lang, at.now, lines)
		}
	}
}

// On a phone the filters fold, and say how many are set; on a desk they are always open.
func TestFiltersFoldOnAPhone(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Lang = "ja" })
	s.seed()
	b := browser(t, s)
	const visible = `String(document.querySelector("#filter select").checkVisibility({contentVisibilityAuto: true, visibilityProperty: true}) && document.querySelector("#filter select").getBoundingClientRect().height > 0)`
	b.open("/?vendor=sotas")
	if b.text(visible) != "true" {
		t.Error("the filters of a desk are folded")
	}
	b.size(390, 844)
	if b.text(visible) == "true" {
		t.Error("the filters of a phone are open")
	}
	b.isSound("the folded filters of a phone")
	b.shoot("board-phone-folded")
	if got := b.text(`document.querySelector("#filter summary").innerText`); !strings.Contains(got, "1") {
		t.Errorf("one filter is set, and the summary says %q", got)
	}
	b.click("#filter summary")
	b.until(visible + ` === "true"`)
	b.shoot("board-phone-filters")
}

// TestBoardSorts follows the column heads: ascending, descending, and back to urgency,
// with the filter kept. Open incidents stay before settled ones.
func TestBoardSorts(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Lang = "en" })
	s.seed()
	b := browser(t, s)
	b.size(1440, 900)
	b.open("/")
	ids := `[...document.querySelectorAll(".row")].map(e => e.id.slice(4)).join(" ")`
	for _, step := range []struct {
		head       int
		aria, want string
	}{
		{2, "ascending", "6 9 5 7 8 1 10 3 2 4"},
		{2, "descending", "8 5 7 9 6 4 2 3 1 10"},
		{1, "ascending", "6 5 7 8 9 1 2 4 3 10"},
		{3, "ascending", "5 6 9 7 8 1 2 4 3 10"},
	} {
		head := fmt.Sprintf(".heads span:nth-child(%d)", step.head)
		b.click(head + " a")
		b.see(head + "[aria-sort=" + step.aria + "]")
		if got := b.text(ids); got != step.want {
			t.Errorf("by head %d, %s: %s, want %s", step.head, step.aria, got, step.want)
		}
	}
	b.shoot("board-sorted")
	if got := b.text(`document.querySelector("#live").dataset.query`); !strings.Contains(got, "sort=severity") {
		t.Errorf("a refresh asks for %q", got)
	}
}

// TestSortIsKeptWithFilters: each link and the form carry the order along.
func TestSortIsKeptWithFilters(t *testing.T) {
	s := newSite(t)
	s.seed()
	page := s.get("/?vendor=sotas&sort=-due")
	for _, want := range []string{
		`href="/?sort=-due&amp;state=overdue&amp;vendor=sotas"`, // a count
		`href="/?sort=vendor&amp;vendor=sotas"`,                 // another head
		`<option value="-due" selected>`, `aria-sort="descending"`,
		`?back=sort%3D-due%26vendor%3Dsotas`, // the way back from an incident
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the board lacks %s", want)
		}
	}
	if got := rowIDs(page); !slices.Equal(got, []string{"KGN-7", "KGN-5"}) {
		t.Errorf("latest first: %v", got)
	}
	if got := rowIDs(s.get("/?sort=nonsense")); !slices.Equal(got, rowIDs(s.get("/"))) {
		t.Errorf("an unknown order gives %v", got)
	}
}

// A long board folds what is settled, with its count; a board of one state does not.
func TestLongBoardsFoldSettledStates(t *testing.T) {
	s := newSite(t)
	s.seed()
	if page := s.get("/"); strings.Contains(page, `class="folded"`) {
		t.Error("a short board is folded")
	}
	for i := range 6 {
		s.send(http.MethodPost, "/api/v1/incidents", fmt.Sprintf(`{"vendor":"sotas","title":"more %d","occurred_at":"2026-05-07 11:0%d"}`, i, i))
	}
	page := s.get("/")
	for _, key := range []string{"late", "met", "no_commitment", "not_applicable", "cancelled"} {
		if within := group(page, key); !strings.Contains(within, `<details class="folded" id="fold-`+key+`">`) || !strings.Contains(within, `<span class="n">1</span>`) || len(rowIDs(within)) != 1 {
			t.Errorf("%s is not folded, or without its count: %s", key, within)
		}
	}
	if strings.Contains(group(page, "overdue"), "folded") {
		t.Error("open incidents are folded")
	}
	if page := s.get("/?state=late"); strings.Contains(page, `class="folded"`) {
		t.Error("what was asked for is folded")
	}
}
