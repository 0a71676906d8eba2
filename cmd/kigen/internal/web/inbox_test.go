package web_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/web"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/tracker"
)

// inboxSite is a site with an inbox, a vendor's incident KGN-1, and a mail that was matched
// with it.
func inboxSite(t *testing.T, change ...func(*web.Options)) *site {
	t.Helper()
	s := newSite(t, append([]func(*web.Options){withIntake(&[]string{})}, change...)...)
	s.log(`{"vendor":"sotas","title":"Sign-in fails","service":"Sotas工程管理","impact":"serious","occurred_at":"2026-05-07 09:30","detected_at":"2026-05-07 09:40","reference":"ST-10001"}`)
	return s
}

// take puts an item into the inbox as a source does.
func (s *site) take(it inbox.Item, raw string) inbox.Item {
	s.t.Helper()
	sum := sha256.Sum256([]byte(raw))
	it.Evidence = hex.EncodeToString(sum[:])
	taken, err := s.options.Intake.Take(s.t.Context(), intake.Batch{
		Source: "mail", Pushed: true, Entries: []intake.Entry{{Item: it, Document: inbox.Document{Name: "mail.eml", Type: "message/rfc822", Content: []byte(raw)}}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return taken.Items[0]
}

// matched is a vendor's mail about KGN-1.
func (s *site) matched() inbox.Item {
	now := s.now()
	return inbox.Item{
		SourceID: "<1@sotas.example>", Revision: 1, Vendor: "sotas", Service: "Sotas工程管理", Kind: inbox.KindFirst, Incident: "KGN-1", Title: "【重要】障害のお知らせ",
		Text: "原因を調査しています。\nhttps://sotas.example/status", Channel: "email", Reference: "ST-10001", ReceivedAt: now.Add(-1e9), SentAt: now.Add(-60e9).UTC(),
		Times:   inbox.Times{Occurred: now.Add(-2 * 3600e9)},
		Reasons: []inbox.Reason{{Key: "matched_ticket", Args: []string{"Ticket", "ST-10001", "Incident", "KGN-1"}}, {Key: "source_off", Args: []string{"Source", "mail"}}},
	}
}

var hiddenField = regexp.MustCompile(`name="(key|version)" value="(\w+)"`)

// decideOn fills in the hidden fields of an item's page, as a browser does.
func (s *site) decideOn(page string, values url.Values) url.Values {
	s.t.Helper()
	for _, m := range hiddenField.FindAllStringSubmatch(s.get(page), -1) {
		if !values.Has(m[1]) {
			values.Set(m[1], m[2])
		}
	}
	return values
}

// A candidate is listed with its reasons, previewed, accepted, taken back and put away, by
// forms alone.
func TestInboxWithoutScripts(t *testing.T) {
	s := inboxSite(t)
	holds(t, s.get("/inbox"), "Nothing waits for a person.")
	it := s.take(s.matched(), "From: x\n\nhello")
	page := s.get("/inbox")
	holds(t, page, "【重要】障害のお知らせ", "KGN-1", "Sign-in fails", "Incident, first report", "ST-10001 is that of KGN-1", "records nothing by itself",
		`id="inbox-waiting" title="waiting for a person">1</b>`, "02:59 &#43;00:00", `aria-current="page">Inbox`)
	holds(t, s.get("/incidents/KGN-1"), "What may be its notice is waiting", `href="/inbox/1"`)

	page = s.get("/inbox/1")
	holds(t, page, `value="KGN-1" required checked`, "stops: notice ", `value="Sotas工程管理"`, "Accept as a new incident", it.Evidence, "as it came")
	if strings.Contains(page, `href="https://sotas.example`) {
		t.Error("a link of a mail can be opened")
	}
	// Two people open it; the slower one learns who was quicker, and a double click decides once.
	first := s.decideOn("/inbox/1", url.Values{"incident": {"KGN-1"}})
	second := s.decideOn("/inbox/1", url.Values{"incident": {"KGN-1"}})
	holds(t, s.form("/inbox/1/notice", first, http.StatusSeeOther), "Recorded as a notice.", "Recorded as notice", "Notice no. 1 of KGN-1 is withdrawn")
	holds(t, s.form("/inbox/1/notice", first, http.StatusSeeOther), "Recorded as a notice.")
	holds(t, s.form("/inbox/1/notice", second, http.StatusUnprocessableEntity), "Recorded as notice” by the board at", "nothing was saved")
	inc := s.get("/incidents/KGN-1")
	holds(t, inc, "Linked from the inbox", "In time")
	if n := strings.Count(inc, `class="message"`); n != 1 {
		t.Errorf("%d notices", n)
	}
	if strings.Contains(s.get("/"), `id="inbox-waiting" title="waiting for a person">1`) {
		t.Error("the count stays")
	}

	holds(t, s.form("/inbox/1/undo", s.decideOn("/inbox/1", url.Values{}), http.StatusUnprocessableEntity), "reason")
	holds(t, s.form("/inbox/1/undo", s.decideOn("/inbox/1", url.Values{"reason": {"another one"}}), http.StatusSeeOther), "The decision was taken back", "another one", `value="KGN-1" required checked`)
	if state := s.incident(1).Clocks[0].State; !state.Open() {
		t.Errorf("after the undo the clock is %s", state)
	}
	holds(t, s.form("/inbox/1/link", s.decideOn("/inbox/1", url.Values{"incident": {"KGN-1"}}), http.StatusSeeOther), "Linked to the incident.")
	if state := s.incident(1).Clocks[0].State; !state.Open() {
		t.Errorf("a link made the clock %s", state)
	}
	s.form("/inbox/1/undo", s.decideOn("/inbox/1", url.Values{"reason": {"no"}}), http.StatusSeeOther)
	holds(t, s.form("/inbox/1/dismiss", s.decideOn("/inbox/1", url.Values{}), http.StatusUnprocessableEntity), `<a href="#f-reason">`)
	holds(t, s.form("/inbox/1/dismiss", s.decideOn("/inbox/1", url.Values{"reason": {"Advertising"}}), http.StatusSeeOther), "Dismissed.", "Advertising", "No clock changes")
	if page := s.get("/inbox"); strings.Contains(page, "障害のお知らせ") {
		t.Error("what is dismissed waits")
	}
	holds(t, s.get("/inbox?state=all"), "障害のお知らせ")
	holds(t, s.get("/inbox?state=dismissed&vendor=sotas&source=mail"), "障害のお知らせ")
	holds(t, s.get("/inbox?state=all&vendor=tatsujin"), "No item matches these filters.")
}

func (s *site) incident(id sla.IncidentID) (inc *sla.Incident) {
	s.t.Helper()
	err := s.store.View(s.t.Context(), func(r tracker.Reader) (err error) {
		inc, err = r.Incident(s.t.Context(), id)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return inc
}

// A candidate becomes a new incident with what was mended; what was left alone keeps its
// seconds and its basis.
func TestInboxNewIncident(t *testing.T) {
	s := inboxSite(t)
	it := s.matched()
	it.Incident, it.Times.Occurred = "", s.now().Add(-3600e9+7e9)
	s.take(it, "x")
	page := s.get("/inbox/1")
	holds(t, page, `id="accept-new"`, "stops: notice", "vendor&#39;s first notice")
	values := s.decideOn("/inbox/1", url.Values{
		"vendor": {"sotas"}, "service": {"Sotasデータベース"}, "title": {"Database down"}, "impact": {"serious"}, "scope": {"unknown"}, "severity": {"high"},
		"occurred_at": {"2026-05-07T11:00:07"}, "detected_at": {"2026-05-07T11:20"}, "confirmed_at": {""}, "aware_at": {"2026-05-07T11:59:59"},
	})
	holds(t, s.form("/inbox/1/preview", values, http.StatusOK), `value="Database down"`, `value="2026-05-07T11:20"`)
	bad := url.Values{}
	for k, v := range values {
		bad[k] = slices.Clone(v)
	}
	bad.Set("occurred_at", "2026-05-09T11:00")
	holds(t, s.form("/inbox/1/preview?part=1", bad, http.StatusOK), "preview-problems")
	holds(t, s.form("/inbox/1/incident", bad, http.StatusUnprocessableEntity), `value="2026-05-09T11:00"`, `class="problems"`)
	holds(t, s.form("/inbox/1/incident", values, http.StatusSeeOther), "The incident was logged.", "KGN-2")
	inc := s.incident(2)
	if inc.Title != "Database down" || inc.Service != "Sotasデータベース" || inc.Severity != sla.SeverityHigh || len(inc.Notices) != 1 {
		t.Errorf("%+v", inc)
	}
	if got := inc.Times[sla.Occurred]; got.Basis != sla.Stated || !got.At.Equal(it.Times.Occurred) {
		t.Errorf("occurred %v", got)
	}
	if got := inc.Times[sla.Detected].At; got.In(s.now().Location()).Format("15:04") != "11:20" {
		t.Errorf("detected %v", got)
	}
}

// What a mail says stays text: no element, no direction, no way out.
func TestInboxOfHostileText(t *testing.T) {
	s := inboxSite(t)
	it := s.matched()
	it.Title = "<script>alert(1)</script>\u202egnp.exe\x1b[2J"
	it.Text = "</pre><img src=x onerror=alert(1)> javascript:alert(1)\u202eabc\u0000 ⟦x⟧\n" + strings.Repeat("あ", 30_000)
	it.Link = "javascript:alert(1)"
	it.Reference, it.Service = `"><b>`, "<i>"
	it = s.take(it, "<script>alert(1)</script>")
	for _, path := range []string{"/inbox", "/inbox/1", "/incidents/KGN-1", "/inbox/part"} {
		page := s.get(path)
		for _, bad := range []string{"<script>alert", "<img src=x", "\u202e", "\x1b", "\x00", `href="javascript`, `"><b>`} {
			if strings.Contains(page, bad) {
				t.Errorf("%s holds %q", path, bad)
			}
		}
	}
	page := s.get("/inbox/1")
	holds(t, page, "&lt;script&gt;alert(1)&lt;/script&gt;", `\u202e`, "The text is longer than what is shown here")
	if len(page) > 200_000 {
		t.Errorf("the page has %d bytes", len(page))
	}
	res := s.send(http.MethodGet, "/inbox/1/original/"+strings.Repeat("0", 64), "")
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("an original under no hash: %d", res.StatusCode)
	}
	res = s.send(http.MethodGet, "/inbox/1/original/"+it.Evidence, "")
	if got := text(t, res); got != "<script>alert(1)</script>" {
		t.Errorf("the original is %q", got)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/octet-stream", "Content-Security-Policy": web.EvidencePolicy,
		"Content-Disposition": `attachment; filename=mail.eml`, "X-Content-Type-Options": "nosniff",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Each revision's original is listed with its time, size and hash, and can be downloaded on
// the board and by the API as the newest one can; not under another item, and not once it is
// erased.
func TestEveryOriginalOfAnItem(t *testing.T) {
	s := inboxSite(t)
	first := s.take(s.matched(), "<p>first</p>")
	changed := s.matched()
	changed.Text, changed.Revision = "They found the cause.", 2
	s.setClock("2026-05-07 12:05")
	second := s.take(changed, "<p>the second</p>")
	other := s.matched()
	other.SourceID = "<other@sotas.example>"
	another := s.take(other, "<p>another</p>")
	if first.ID != second.ID || second.Revision != 2 || another.ID == first.ID {
		t.Fatalf("%+v, %+v, %+v", first, second, another)
	}

	page := s.get("/inbox/1")
	holds(t, page, "Revision 1 (", "Revision 2 (", "12 B · SHA-256 <code>"+first.Evidence, "17 B · SHA-256 <code>"+second.Evidence,
		`/inbox/1/original/`+first.Evidence, `/inbox/1/original/`+second.Evidence)
	told := text(t, s.send(http.MethodGet, "/api/v1/intake/1", ""))
	holds(t, told, `"original":{"name":"mail.eml","type":"message/rfc822","size":12,"sha256":"`+first.Evidence+`"}`, `"size":17,"sha256":"`+second.Evidence+`"`)
	for _, path := range []string{"/inbox/1/original/", "/api/v1/intake/1/original/"} {
		for sum, want := range map[string]string{first.Evidence: "<p>first</p>", second.Evidence: "<p>the second</p>"} {
			res := s.send(http.MethodGet, path+sum, "")
			if got := text(t, res); res.StatusCode != http.StatusOK || got != want {
				t.Errorf("%s%s: %d %q, want %q", path, sum, res.StatusCode, got, want)
			}
			for name, want := range map[string]string{
				"Content-Type": "application/octet-stream", "Content-Security-Policy": web.EvidencePolicy,
				"Content-Disposition": `attachment; filename=mail.eml`, "X-Content-Type-Options": "nosniff",
			} {
				if got := res.Header.Get(name); got != want {
					t.Errorf("%s%s: %s is %q", path, sum, name, got)
				}
			}
		}
		for _, sum := range []string{another.Evidence, strings.Repeat("0", 64), "x"} {
			if res := s.send(http.MethodGet, path+sum, ""); res.StatusCode != http.StatusNotFound {
				t.Errorf("%s%s: %d", path, sum, res.StatusCode)
			}
		}
	}
	if got := text(t, s.send(http.MethodGet, "/api/v1/intake/1/original", "")); got != "<p>the second</p>" {
		t.Errorf("the newest original is %q", got)
	}
}

// The inbox is not shown where nothing uses it, and another incident is shown before it is
// chosen.
func TestInboxWhereItIsUsed(t *testing.T) {
	s := newSite(t)
	if page := s.get("/"); strings.Contains(page, "inbox-link") {
		t.Error("a board without an intake has an inbox")
	}
	if res := s.send(http.MethodGet, "/inbox", ""); res.StatusCode != http.StatusNotFound {
		t.Error(res.Status)
	}
	s = inboxSite(t, func(o *web.Options) { o.Intake.Config = config.Intake{} })
	if page := s.get("/"); !strings.Contains(page, `href="/inbox" hidden>`) {
		t.Error("an inbox that nothing uses is shown")
	}
	it := s.matched()
	it.Vendor, it.Incident = "", ""
	s.take(it, "x")
	if page := s.get("/"); strings.Contains(page, `href="/inbox" hidden>`) {
		t.Error("the inbox stays hidden")
	}
	s.log(`{"vendor":"tatsujin","title":"another","occurred_at":"2026-05-07 09:30"}`)
	holds(t, s.get("/inbox/1?incident=kgn-2"), `value="KGN-2" required checked`)
	holds(t, s.get("/inbox/1?incident=KGN-99"), "KGN-99 was not found")
	holds(t, s.form("/inbox/1/notice", s.decideOn("/inbox/1", url.Values{"incident": {"KGN-99"}}), http.StatusUnprocessableEntity), "Choose one of the incidents.")
	if res := s.send(http.MethodGet, "/inbox/99", ""); res.StatusCode != http.StatusNotFound {
		t.Error(res.Status)
	}
}

// Fifty items are one page; the rest follows, and every page keeps the filter.
func TestInboxPages(t *testing.T) {
	s := inboxSite(t)
	for i := range 60 {
		it := s.matched()
		it.SourceID = strings.Repeat("x", i+1)
		s.take(it, it.SourceID)
	}
	page := s.get("/inbox?vendor=sotas")
	if n := strings.Count(page, `class="row item`); n != 50 {
		t.Errorf("%d items on the first page", n)
	}
	next := regexp.MustCompile(`href="(/inbox\?[^"]+)" rel="next"`).FindStringSubmatch(page)
	if len(next) != 2 || !strings.Contains(next[1], "vendor=sotas") {
		t.Fatal(next)
	}
	page = s.get(strings.ReplaceAll(next[1], "&amp;", "&"))
	if n := strings.Count(page, `class="row item`); n != 10 {
		t.Errorf("%d items on the second page", n)
	}
	holds(t, page, `href="/inbox?vendor=sotas"`)
}

// Viewers read the inbox, and analysts decide.
func TestInboxOfAViewer(t *testing.T) {
	g := newGuarded(t, withIntake(&[]string{}))
	g.log(`{"vendor":"sotas","title":"x"}`, g.keys["analyst"])
	g.take(g.matched(), "x")
	for who, decides := range map[string]bool{"a-viewer": false, "a-analyst": true} {
		key := g.session(who)
		if page := g.get("/inbox", key); !strings.Contains(page, "障害のお知らせ") {
			t.Errorf("%s does not see what waits", who)
		}
		if page := g.get("/inbox/1", key); strings.Contains(page, "<form method=\"post\" action=\"/inbox/1/") != decides {
			t.Errorf("%s: a form to decide %v", who, !decides)
		}
	}
}

// A page's item shows where it stands, as text, and what it said before. It is no notice by
// itself, and who reads in another zone sees both.
func TestInboxOfAPage(t *testing.T) {
	s := inboxSite(t)
	it := s.matched()
	it.SourceID, it.Kind, it.Incident, it.Channel, it.Link = "p1", inbox.KindIncident, "", "status_page", "https://status.sotas.example/p1"
	s.take(it, "first")
	it.Text, it.Revision = "復旧しました。", 2
	s.take(it, "second")
	page := s.get("/inbox/1?zone=Europe%2FBerlin")
	holds(t, page, "Revision 1", "原因を調査しています。", "Revision 2", "復旧しました。", `<code id="item-shows">https://status.sotas.example/p1</code>`, "A page alone is no notice.",
		"Thu 7 May 04:59", "2026-05-07 11:59 &#43;09:00")
	if strings.Contains(page, `href="https://status`) {
		t.Error("the address of a page can be opened")
	}
	holds(t, s.form("/inbox/1/incident", s.decideOn("/inbox/1", url.Values{
		"vendor": {"sotas"}, "title": {"Outage"}, "impact": {"unknown"}, "scope": {"unknown"}, "severity": {""},
	}), http.StatusSeeOther), "KGN-2")
	if inc := s.incident(2); len(inc.Notices) != 0 || !inc.Clocks[0].State.Open() {
		t.Errorf("a page stopped the clock: %+v", inc.Clocks[0])
	}
}
