package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
)

// What the form would lead to is shown before anything is saved.
func TestPreview(t *testing.T) {
	s := newSite(t)
	s.setClock("2026-05-01 18:30")
	ask := func(values url.Values) string { return s.form("/incidents/preview?part=1", values, http.StatusOK) }
	for name, tc := range map[string]struct {
		form  url.Values
		wants []string
	}{
		"nothing yet": {url.Values{}, []string{"Choose a vendor"}},
		"half a name": {url.Values{"vendor": {"s"}}, []string{"Choose a vendor"}},
		"by id":       {url.Values{"vendor": {"sotas"}, "occurred_at": {"2026-05-01T18:00"}}, []string{"Thu 7 May 09:00", "Constitution Memorial Day", "標準営業時間外の場合", "Nothing is saved yet", `<option value="Sotas工程管理">`}},
		"by a part of the name, in full width": {url.Values{"vendor": {"Sotas株"}, "aware_at": {"2026-05-01T17:00"}},
			[]string{"Fri 1 May 23:00", "The promise counts from “occurred”. That time is unknown, so “our awareness” is used"}},
		"no time promised": {url.Values{"vendor": {"Cybertrust"}}, []string{"No commitment"}},
		"gate shut":        {url.Values{"vendor": {"CCJ"}, "impact": {"limited"}}, []string{"Not applicable"}},
		"overdue already":  {url.Values{"vendor": {"sotas"}, "occurred_at": {"2026-04-27T10:00"}}, []string{"Mon 27 Apr 16:00", "raises the alert at once"}},
		"as people write": {url.Values{"vendor": {"sotas"}, "occurred_at": {"令和8年5月1日 午後6時"}, "aware_at": {"18:15"}},
			[]string{"Thu 7 May 09:00", "read as Fri 1 May 2026 18:00 &#43;09:00 (Asia/Tokyo)", "read as Fri 1 May 2026 18:15 &#43;09:00 (Asia/Tokyo); the date is missing, today is meant"}},
		"ambiguous":   {url.Values{"vendor": {"sotas"}, "occurred_at": {"5/1 18:00"}}, []string{"5/1 is ambiguous"}},
		"no such day": {url.Values{"vendor": {"sotas"}, "occurred_at": {"2026-02-30T10:00"}}, []string{"there is no day 30"}},
	} {
		part := ask(tc.form)
		for _, want := range tc.wants {
			if !strings.Contains(part, want) {
				t.Errorf("%s: no %q in\n%s", name, want, part)
			}
		}
		if strings.Contains(part, "<html") || strings.Contains(part, "⟦") {
			t.Errorf("%s: more than a part:\n%s", name, part)
		}
	}
	// Without scripts a button asks for the page, which keeps what was filled in.
	page := s.form("/incidents/preview", url.Values{"vendor": {"sotas"}, "title": {"Kept"}, "occurred_at": {"2026-05-01T18:00"}, "key": {"k9"}}, http.StatusOK)
	holds(t, page, `value="Kept"`, `name="key" value="k9"`, "Thu 7 May 09:00", `formaction="/incidents/preview"`)
	if got := s.get("/api/v1/incidents"); !strings.Contains(got, `"incidents":[]`) {
		t.Errorf("a preview was saved: %s", got)
	}
	// The name leads to the vendor when it is logged, too.
	holds(t, s.form("/incidents", url.Values{"vendor": {"NTTデータ"}, "title": {"x"}}, http.StatusSeeOther), "NTT DATA Tax Service Group", "KGN-1")
	holds(t, s.form("/incidents", url.Values{"vendor": {"株式会社"}, "title": {"x"}}, http.StatusUnprocessableEntity), "株式会社")
}

func TestPreviewInABrowser(t *testing.T) {
	s, _, _ := liveSite(t, func(o *web.Options) { o.Lang = "ja" })
	s.setClock("2026-05-01 18:30")
	b := browser(t, s)
	b.open("/incidents/new")
	b.typeIn("#f-vendor", "Sotas")
	b.until(`document.querySelector("#preview").innerText.includes("代用しています")`)
	b.text(`String(document.querySelector("#f-occurred_at").value = "2026-05-01T18:00")`)
	b.typeIn("#f-title", "工程管理にログインできない")
	b.until(`document.querySelector("#preview b").innerText.includes("5月7日(木) 09:00") && !document.querySelector("#preview").innerText.includes("代用しています")`)
	if got := b.text(`String(document.querySelector(".ask-preview").checkVisibility())`); got != "false" {
		t.Error("the button for browsers without scripts is there")
	}
	if got := b.text(`String(document.querySelector(".preview").getBoundingClientRect().left > document.querySelector("#new").getBoundingClientRect().right)`); got != "true" {
		t.Error("the deadline does not stand beside the form")
	}
	b.click("#new .primary")
	b.see(".done")
	if got := b.text(`document.querySelector(".head h1").innerText`); got != "工程管理にログインできない" {
		t.Errorf("logged %q", got)
	}
}
