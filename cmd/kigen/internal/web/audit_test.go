package web_test

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
	"kigen/config"
	"kigen/sla/tracker"
)

// scene is a page in one of its states.
type scene struct {
	site, name, path string
	do               func(*tab) // what a person does first
	file             bool       // a file of ours that stands alone, not a page of the board
	paper            bool       // people print it
	desk             bool       // on a phone it looks as another scene does
}

// scenes is every page in every state that looks different.
func scenes() []scene {
	all := []scene{
		{site: "soc", name: "board", path: "/", paper: true},
		{site: "soc", name: "board-explained", path: "/", do: open("#why-KGN-6", "#why-KGN-9")},
		{site: "soc", name: "board-filtered", path: "/?vendor=sustaina&state=overdue"},
		{site: "soc", name: "board-nothing", path: "/?q=nothing"},
		{site: "empty", name: "board-empty", path: "/"},
		{site: "unwell", name: "board-unwell", path: "/"},
		{site: "soc", name: "incident-chaser", path: "/incidents/KGN-6", do: open("#chaser")},
		{site: "soc", name: "incident-conflict", path: "/incidents/KGN-8", do: amendTogether},
		{site: "soc", name: "incident-refused", path: "/incidents/KGN-7", do: refuseNotice},
		{site: "soc", name: "new", path: "/incidents/new?vendor=sotas"},
		{site: "soc", name: "new-preview", path: "/incidents/new", do: fillIn},
		{site: "soc", name: "new-refused", path: "/incidents/new", do: refuseIncident},
		{site: "soc", name: "import", path: "/incidents/import"},
		{site: "soc", name: "vendors", path: "/vendors?view=waits"},
		{site: "soc", name: "register", path: "/vendors"},
		{site: "soc", name: "register-vendor", path: "/vendors/acme?version=2#versions"},
		{site: "soc", name: "register-new", path: "/register/new"},
		{site: "soc", name: "register-kept", path: "/register/harbor"},
		{site: "soc", name: "register-cards", path: "/register/new", do: readClause},
		{site: "soc", name: "register-preview", path: "/register/new", do: func(b *tab) { readClause(b); b.follow("button[value=take]") }},
		{site: "soc", name: "register-refused", path: "/register/acme", do: refuseEntry},
		{site: "soc", name: "vendor", path: "/vendors/sotas", paper: true},
		{site: "soc", name: "vendor-staged", path: "/vendors/harbor"},
		{site: "soc", name: "vendor-no-time", path: "/vendors/cybertrust", desk: true},
		{site: "soc", name: "reports", path: "/reports"},
		{site: "empty", name: "reports-empty", path: "/reports"},
		{site: "soc", name: "report", path: "/reports/2026-04"},
		{site: "soc", name: "report-running", path: "/reports/2026-05", desk: true},
		{site: "soc", name: "report-nothing", path: "/reports/2026-03"},
		{site: "soc", name: "report-file", path: "/reports/2026-04?format=html", file: true, paper: true},
		{site: "soc", name: "settings", path: "/settings"},
		{site: "soc", name: "health", path: "/health"},
		{site: "unwell", name: "health-unwell", path: "/health"},
		{site: "guarded", name: "sign-in", path: "/login"},
		{site: "guarded", name: "sign-in-refused", path: "/login", do: func(b *tab) { b.signIn("a-viewer", "not the password"); b.see(".refused") }},
		{site: "guarded", name: "board-as-viewer", path: "/", do: func(b *tab) { b.signIn("a-viewer", password); b.see("#live") }, desk: true},
		{site: "guarded", name: "incident-as-viewer", path: "/incidents/KGN-5", desk: true},
		{site: "guarded", name: "forbidden", path: "/incidents/new"},
		{site: "soc", name: "missing", path: "/incidents/KGN-999"},
		{site: "soc", name: "missing-report", path: "/reports/2027-01", desk: true},
		{site: "broken", name: "fault", path: "/", desk: true},
	}
	for id, state := range map[int]string{
		1: "met", 2: "in-time-after-all", 3: "no-commitment", 4: "cancelled", 5: "late", 6: "overdue", 7: "at-risk", 9: "running", 10: "not-covered", 11: "stages",
	} {
		all = append(all, scene{site: "soc", name: "incident-" + state, path: fmt.Sprintf("/incidents/KGN-%d", id), paper: id == 5, desk: id != 5 && id != 6 && id != 11})
	}
	return all
}

// phone is how wide one is.
const phone = 390

// Every page, in both languages, light and dark, on a desk and on a phone, is
// looked over as a checker of accessibility would; screenshots are kept.
func TestEveryPageIsAccessible(t *testing.T) {
	all := newTab(t)
	for _, look := range []struct {
		name, lang, media, scheme string
		width, height             int64
	}{
		{"ja", "ja", "screen", "light", 1280, 800},
		{"dark-en", "en", "screen", "dark", 1280, 800},
		{"phone-ja", "ja", "screen", "light", phone, 844},
		{"phone-dark-en", "en", "screen", "dark", phone, 844},
		{"print-ja", "ja", "print", "light", 794, 1123}, // a sheet of A4
	} {
		t.Run(look.name, func(t *testing.T) {
			tabs := map[string]*tab{}
			for name, s := range gallery(t, look.lang) {
				tabs[name] = all.at(t, s)
			}
			all := all.at(t, newSite(t, func(o *web.Options) { o.Lang = look.lang })) // whose language the tab then asks for
			all.media(look.media, look.scheme)
			all.size(look.width, look.height)
			for _, scene := range scenes() {
				if look.media == "print" && !scene.paper || look.width == phone && scene.desk {
					continue
				}
				b := tabs[scene.site]
				b.open(scene.path)
				if scene.do != nil {
					scene.do(b)
				}
				b.shoot(scene.name + "-" + look.name)
				if scene.file || look.media == "print" {
					continue
				}
				b.isSound(scene.name)
				b.text(`String([...document.querySelectorAll("details")].forEach((d) => { d.open = true; }))`)
				b.isSound(scene.name + ", all open")
			}
		})
	}
}

//go:embed testdata/audit.js
var auditScript string

//go:embed testdata/overlap.js
var overlapScript string

// faults are those of the page as it stands, a line each.
func (b *tab) faults() string {
	b.t.Helper()
	return strings.TrimSpace(b.text(overlapScript) + "\n" + b.text(auditScript))
}

// isSound expects a page without faults.
func (b *tab) isSound(page string) {
	b.t.Helper()
	if found := b.faults(); found != "" {
		b.t.Errorf("%s:\n%s", page, found)
	}
}

// gallery is the sites that the scenes are on.
func gallery(t *testing.T, lang string) map[string]*site {
	speak := func(o *web.Options) { o.Lang = lang; o.Live = web.NewLive() }
	guarded := newGuarded(t, speak)
	guarded.seedBehind()
	return map[string]*site{
		"soc":     socSite(t, lang),
		"guarded": guarded.site,
		"empty":   newSite(t, speak, withReports, func(o *web.Options) { o.Health = nil }),
		"unwell":  withHealth(t, unwell, speak),
		"broken":  newSite(t, speak, func(o *web.Options) { o.Incidents = brokenLists{} }),
	}
}

// socConfig is the configuration of a SOC that has made itself at home.
const socConfig = `
destinations:
  soc:  {slack: {token: xoxb-1, channel: C0123456789}, fallback: lead}
  lead: {email: {smtp: "smtp://127.0.0.1:25", from: kigen@example.jp, to: [lead@example.jp, ciso@example.jp]}}
  siem: {webhook: {url: "https://siem.example.jp/hook", secret: s3cret}}
alerts:
  - {to: [soc], warn: [50%, 1h], repeat: 4h}
  - {to: [lead], after: 2h, when: {vendor: [sotas, tatsujin], severity: [critical, high]}}
vendors:
  - id: harbor
    name: {ja: 港湾クラウド株式会社, en: Harbor Cloud}
    services: [Harbor Storage]
    contact: security@harbor.example
    promises:
      - id: notice
        source: {document: Trust Paper, edition: "3", section: "7", quote: We notify within 4 hours of detection and report within 2 days of that notice., url: "https://harbor.example/trust"}
        strength: best_effort
        start: detected
        stages:
          - {id: first, name: {ja: 第一報, en: first notice}, due: 4h}
          - {id: final, name: {ja: 最終報告, en: final report}, after: first, due: 48h}
`

// socSite has incidents in every state and a kept report that has changed since.
func socSite(t *testing.T, lang string) *site {
	t.Helper()
	own, err := config.Parse("", []byte(socConfig), nil)
	if err != nil {
		t.Fatal(err)
	}
	var s *site
	s = newSite(t, func(o *web.Options) {
		o.Lang, o.Live, o.Register.Config = lang, web.NewLive(), own
		o.Catalogue, o.Tracker.Catalogue, o.Tracker.Policies = own.Catalogue, own.Catalogue, own.Alerts
		o.Health = func(context.Context) web.Health { return well(s.now()) }
		o.Settings = &web.Settings{
			Destinations: []web.DestinationSetting{
				{Name: "lead", Kind: "email", Where: "lead@example.jp, ciso@example.jp"},
				{Name: "siem", Kind: "webhook", Where: "siem.example.jp"},
				{Name: "soc", Kind: "slack", Where: "C0123456789", Fallback: "lead"},
			},
			Path: "/etc/kigen/kigen.yaml", Reports: "CRON_TZ=Asia/Tokyo 0 9 1 * * → soc, lead",
			Backups: "CRON_TZ=Asia/Tokyo 0 3 * * * → /var/backups/kigen",
		}
	}, withReports)
	s.seed()
	s.notice("KGN-5", "お知らせ.eml", "We are sorry.")
	s.log(`{"vendor":"harbor","title":"バケット一覧の取得が遅い","detected_at":"2026-05-07 11:40","aware_at":"2026-05-07 11:58","impact":"serious"}`)
	s.keep("2026-04")
	s.fillRegister()
	s.send(http.MethodPatch, "/api/v1/incidents/KGN-2", `{"detected_at":"2026-04-23 02:15","aware_at":"2026-04-23 08:40"}`)
	return s
}

// brokenLists is a store that can't be read.
type brokenLists struct{ web.Incidents }

func (brokenLists) List(context.Context, tracker.Query) (tracker.Page, error) {
	return tracker.Page{}, errors.New("the disk is gone")
}

func (brokenLists) Deadlines(context.Context, tracker.DeadlineQuery) ([]tracker.Deadline, error) {
	return nil, errors.New("the disk is gone")
}

func open(details ...string) func(*tab) {
	return func(b *tab) {
		for _, d := range details {
			b.click(d + " > summary")
			b.until(`document.querySelector("` + d + `").open`)
		}
	}
}

// amendTogether sends a correction that somebody else has overtaken.
func amendTogether(b *tab) {
	b.text(`fetch("/api/v1" + location.pathname, {method: "PATCH", headers: {"Content-Type": "application/json"}, body: JSON.stringify({title: "仕訳データを参照できない"})}).then((r) => { window.patched = r.status; }) && ""`)
	b.until(`window.patched === 200`)
	b.click(`details:has(form[action$="/amend"]) summary`)
	b.text(`document.querySelector("#f-title").value = "仕訳データの一部を参照できない(4月分)"`)
	b.click(`form[action$="/amend"] button`)
	b.see(".problems")
}

// refuseNotice records a notice of a day that has not come.
func refuseNotice(b *tab) {
	b.text(`document.querySelector("#f-received_at").value = "2026-05-08T09:00"`)
	b.click(`form[action$="/notices"] .primary`)
	b.see(".problems")
}

func fillIn(b *tab) {
	b.text(`(() => {
		for (const [id, value] of [["vendor", "Sotas"], ["service", "Sotas工程管理"], ["title", "工程管理にログインできない"], ["aware_at", "2026-05-01T18:05"], ["severity", "high"]]) document.querySelector("#f-" + id).value = value;
		document.querySelector("#new").dispatchEvent(new Event("input"));
		return "";
	})()`)
	b.see("#preview .lines")
}

func refuseIncident(b *tab) {
	b.text(`(() => {
		for (const [id, value] of [["vendor", "Sotos"], ["title", "ログインできない"], ["occurred_at", "2026-05-08T18:00"]]) document.querySelector("#f-" + id).value = value;
		return "";
	})()`)
	b.click("#new .primary")
	b.see(".problems")
}

// signIn fills in the form as it stands.
func (b *tab) signIn(name, password string) {
	b.t.Helper()
	b.text(`document.querySelector("#f-name").value = ""`)
	b.typeIn("#f-name", name)
	b.typeIn("#f-password", password)
	b.click("form.login button")
}

// The audit finds what it is there to find.
func TestTheAuditFindsFaults(t *testing.T) {
	s := newSite(t)
	s.seed()
	b := browser(t, s)
	b.open("/")
	b.text(`(() => {
		const main = document.querySelector("main");
		main.insertAdjacentHTML("beforeend", '<input name="bare"><button></button><h4>Jump</h4><p id="pale">Pale words</p><svg></svg><nav>x</nav><table><tr><td>1</td></tr></table><a href="/" id="dull">Dull</a><p id="pale">Twice</p><button id="under">Under</button><button id="over">Over</button>');
		document.querySelector("#pale").style.color = "#bbb";
		document.querySelector("#dull").style.outline = "none";
		document.querySelector("#over").style.marginLeft = "-4rem";
		return "";
	})()`)
	found := b.faults()
	for _, want := range []string{
		"field without a label", "no name: <button>", "heading of level 4 after 2", "contrast", "picture without a text", "landmarks named", "table without heads",
		"focus can't be seen", "id pale twice", `covers: <button id="under">Under</button> and <button id="over"`,
	} {
		if !strings.Contains(found, want) {
			t.Errorf("the audit does not find %q:\n%s", want, found)
		}
	}
}
