package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// Owner, note and chaser of an incident by forms alone.
func TestNeedsWithoutScripts(t *testing.T) {
	s := newSite(t)
	s.setClock("2026-05-07 10:00")
	s.log(`{"vendor":"sotas","title":"Sign-in fails","occurred_at":"2026-05-01 18:00"}`)
	key := regexp.MustCompile(`name="note_key" value="(\w+)"`).FindStringSubmatch(s.get("/incidents/KGN-1"))[1]
	note := url.Values{"note_key": {key}, "note": {"Called at 10:05,\nno answer."}, "author": {"佐藤"}}
	page := s.form("/incidents/KGN-1/notes", note, http.StatusSeeOther)
	holds(t, page, "Note added.", "Called at 10:05,\nno answer.", `<span class="sub">佐藤</span>`)
	page = s.form("/incidents/KGN-1/notes", note, http.StatusSeeOther) // a double click
	if n := strings.Count(page, `<article class="message ours">`); n != 1 {
		t.Errorf("%d notes after a double click", n)
	}
	page = s.form("/incidents/KGN-1/notes", url.Values{"note": {" "}}, http.StatusUnprocessableEntity)
	holds(t, page, `<a href="#f-note">Note</a>`, "write what happened", `id="add-note" open`)

	page = s.form("/incidents/KGN-1/owner", url.Values{"owner": {"山田"}}, http.StatusSeeOther)
	holds(t, page, "Owner changed.", "assigned to 山田", "Assigned to 山田")
	page = s.form("/incidents/KGN-1/owner", url.Values{"owner": {""}}, http.StatusSeeOther)
	holds(t, page, "unassigned", "No longer assigned to 山田")

	page = s.form("/incidents/KGN-1/chasers", url.Values{
		"chaser_sent_at": {"2026-05-07T09:30"}, "chaser_channel": {"phone"}, "chaser_to": {"03-1234-5678"},
	}, http.StatusSeeOther)
	holds(t, page, "Request to the vendor recorded.", "09:30", "03-1234-5678", "The vendor was asked at")
	page = s.form("/incidents/KGN-1/chasers", url.Values{"chaser_sent_at": {"2026-05-08T09:30"}, "chaser_to": {"kept@example.jp"}}, http.StatusUnprocessableEntity)
	holds(t, page, `<a href="#f-chaser_sent_at">Sent at</a>`, "lies in the future", `value="kept@example.jp"`)

	holds(t, page, `href="/api/v1/incidents/KGN-1/bundle?lang=en"`, `href="/calendar.ics?incident=KGN-1"`)
	holds(t, s.get("/calendar.ics?incident=KGN-1"), "BEGIN:VEVENT", "Sign-in fails (KGN-1)")
	if res := s.send(http.MethodGet, "/calendar.ics?incident=KGN-9", ""); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the calendar of no incident: %d", res.StatusCode)
	}
}

// Several incidents are acknowledged and assigned at once; a refused one stays chosen
// and says why, and the others are changed.
func TestSeveralAtOnceWithoutScripts(t *testing.T) {
	s := newSite(t)
	s.setClock("2026-05-07 10:00")
	for range 3 {
		s.log(`{"vendor":"sotas","title":"Sign-in fails","occurred_at":"2026-05-01 18:00"}`)
	}
	s.log(`{"vendor":"sustaina","title":"Another","confirmed_at":"2026-05-07 09:00"}`)
	const back = "?back=vendor%3Dsotas"
	holds(t, s.get("/?vendor=sotas"), `action="/incidents/bulk`+back+`"`, `name="id" value="KGN-2"`, `name="take" value="KGN-2"`, `href="/incidents/KGN-2`+back+`"`)

	page := s.form("/incidents/bulk"+back, url.Values{"take": {"KGN-1"}}, http.StatusUnprocessableEntity)
	holds(t, page, "Enter your name", `class="bulk on"`)
	page = s.form("/incidents/bulk"+back, url.Values{"take": {"KGN-1"}, "by": {"sato"}}, http.StatusSeeOther)
	holds(t, page, `<span class="who">sato</span>`, `<option value="sotas" selected>`)
	if strings.Contains(page, "Another") {
		t.Error("the way back lost its filter")
	}
	s.form("/incidents/bulk", url.Values{"do": {"ack"}, "by": {"mori"}, "id": {"KGN-1", "KGN-2"}}, http.StatusSeeOther)
	holds(t, s.get("/?owner=mori"), "KGN-2")
	holds(t, s.get("/?owner=mine", "Cookie: kigen_name=mori"), "KGN-2", `<option value="mine" selected>`)
	if page := s.get("/?owner=unowned"); strings.Contains(page, `id="KGN-2"`) || !strings.Contains(page, `id="KGN-3"`) {
		t.Error("the filter for incidents without an owner is wrong")
	}
	holds(t, s.get("/?q=mori"), `id="KGN-2"`)

	s.send(http.MethodPost, "/api/v1/incidents/KGN-3/cancel", `{"reason":"twice"}`)
	page = s.form("/incidents/bulk"+back, url.Values{"do": {"assign"}, "owner": {"山田"}, "id": {"KGN-2", "KGN-3", "KGN-77"}}, http.StatusUnprocessableEntity)
	holds(t, page, "KGN-3: KGN-3 was cancelled", "KGN-77: There is no such incident", `<span class="who">山田</span>`, `data-query="?vendor=sotas"`)
	page = s.form("/incidents/bulk", url.Values{"do": {"assign"}, "owner": {" "}, "id": {"KGN-2"}}, http.StatusUnprocessableEntity)
	holds(t, page, "Enter the name of the owner", `value="KGN-2" checked`)
	page = s.form("/incidents/bulk", url.Values{"do": {"ack"}, "by": {"sato"}}, http.StatusUnprocessableEntity)
	holds(t, page, "choose 1 to 100 incidents")
}

// The way back leads to the filtered board and nowhere else, through every form.
func TestWayBack(t *testing.T) {
	s := newSite(t)
	s.log(`{"vendor":"sotas","title":"Sign-in fails"}`)
	const query = "?back=q%3Dsign%2Bin%26vendor%3Dsotas"
	holds(t, s.get("/incidents/KGN-1"+query), `<a href="/?q=sign&#43;in&amp;vendor=sotas">`, `action="/incidents/KGN-1/ack`+query+`"`, `action="/incidents/KGN-1/amend`+query+`"`)
	page := s.form("/incidents/KGN-1/ack"+query, url.Values{"by": {"sato"}}, http.StatusSeeOther)
	holds(t, page, `<a href="/?q=sign&#43;in&amp;vendor=sotas">`)
	page = s.form("/incidents/KGN-1/cancel"+query, url.Values{"reason": {""}}, http.StatusUnprocessableEntity)
	holds(t, page, `<a href="/?q=sign&#43;in&amp;vendor=sotas">`)
	for _, evil := range []string{"https://evil.example/", "//evil.example", "javascript:alert(1)", "next=https://evil.example&done=cancel", "%00", "vendor=%zz"} {
		page := s.get("/incidents/KGN-1?back=" + url.QueryEscape(evil))
		if strings.Contains(page, `href="https://evil`) || strings.Contains(page, `href="//`) || !strings.Contains(page, `<a href="/">To the board</a>`) {
			t.Errorf("back=%s leads elsewhere", evil)
		}
	}
}

// Viewers see owners and notes, and no way to change them; a signed-in analyst needs
// no name.
func TestNeedsByRole(t *testing.T) {
	g := newGuarded(t)
	g.seedBehind()
	analyst := g.session("a-analyst")
	for _, page := range []string{g.get("/", analyst), g.get("/incidents/KGN-5", analyst)} {
		if strings.Contains(page, `name="by"`) || strings.Contains(page, `name="author"`) {
			t.Error("a signed-in user is asked for a name")
		}
	}
	viewer := g.session("a-viewer")
	page := g.get("/", viewer) + g.get("/incidents/KGN-5", viewer)
	if strings.Contains(page, `id="bulk"`) || strings.Contains(page, `id="add-note"`) || strings.Contains(page, `class="writes"`) {
		t.Error("a viewer sees forms that change something")
	}
}
