package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/intake/mail"
	"kigen/cmd/kigen/internal/web"
	"kigen/config"
)

// mailConfig is of an invented company and two invented vendors.
const mailConfig = `
intake:
  own: {domains: [aoba-seiki.example], mx: [mx1.aoba-seiki.example], authserv_id: mx.aoba-seiki.example}
  status: {statuspage: "https://status.hokuto-networks.example", vendor: hokuto, every: 5m}
vendors:
  - id: hokuto
    name: {ja: 北斗ネットワークス株式会社, en: Hokuto Networks}
    services: [北斗閉域網, 北斗DNS]
    mail: {domains: [hokuto-networks.example], ticket: "INC[0-9]{7}"}
    calendar: {zone: Asia/Tokyo, hours: {mon-sun: ["00:00-24:00"]}, holidays: none}
    promises:
      - id: incident-notice
        name: {ja: 障害の通知, en: Notice of outages}
        source: {document: 運用規程, section: "5", quote: 障害発生から30分以内に、電子メールまたは電話で連絡します。}
        strength: firm
        start: occurred
        due: 30m
        channels: {any: [email, phone]}
  - id: shiokaze
    name: {ja: 潮風データ株式会社, en: Shiokaze Data}
    services: [しおかぜストレージ]
    mail: {domains: [shiokaze-data.example], ticket: "SKZ-[0-9]{6}"}
    calendar: {zone: Asia/Tokyo, hours: {mon-fri: ["09:00-18:00"]}, holidays: jp}
    promises:
      - id: incident-notice
        name: {ja: インシデントの通知, en: Notice of incidents}
        source: {document: サービス仕様書, section: "8.2", quote: 検知から4時間以内に電子メールで通知します。}
        strength: firm
        start: detected
        due: 4h
        channels: {any: [email]}
`

// letter is a mail as our own server delivered it, in ISO-2022-JP.
func letter(t *testing.T, id, from, received, subject, text string) string {
	t.Helper()
	encode := func(s string) string {
		out, err := japanese.ISO2022JP.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	domain := from[strings.Index(from, "@")+1:]
	return fmt.Sprintf(`Authentication-Results: mx.aoba-seiki.example; dkim=pass header.d=%[1]s; dmarc=pass header.from=%[1]s
Received: from mail.%[1]s (mail.%[1]s [198.51.100.101]) by mx1.aoba-seiki.example (Postfix) with ESMTPS id x1 for <soc@aoba-seiki.example>; %[3]s
From: <%[2]s>
To: soc@aoba-seiki.example
Subject: %[4]s
Date: %[3]s
Message-ID: <%[5]s@%[1]s>
MIME-Version: 1.0
Content-Type: text/plain; charset=iso-2022-jp
Content-Transfer-Encoding: 7bit

%[6]s
`, domain, from, received, encode(subject), id, encode(text))
}

// mailSite is a site on which vendors' mails are read.
func mailSite(t *testing.T, lang string) *site {
	t.Helper()
	c, err := config.Parse("kigen.yaml", []byte(mailConfig), nil)
	if err != nil {
		t.Fatal(err)
	}
	s, _, _ := liveSite(t, func(o *web.Options) {
		o.Lang, o.Catalogue = lang, c.Catalogue
		o.Tracker.Catalogue = c.Catalogue
		o.Intake = &intake.Service{
			Store: o.Incidents.(intake.Store), Tracker: o.Tracker, Config: c.Intake, Register: c.Register, Zone: o.Zone, Lang: lang, Now: o.Now, Mails: mail.Reader{},
		}
	})
	s.setClock("2026-11-14 02:31")
	s.log(`{"vendor":"hokuto","service":"北斗閉域網","title":"東京第2局で断続的な通信断","impact":"serious","occurred_at":"2026-11-14 02:12","aware_at":"2026-11-14 02:20","reference":"INC0048120"}`)
	return s
}

// deliver pushes a mail as a program does.
func (s *site) deliver(raw string) {
	s.t.Helper()
	res := s.send(http.MethodPost, "/api/v1/intake/mail", raw, "Content-Type: message/rfc822")
	if body := text(s.t, res); res.StatusCode != http.StatusCreated || !strings.Contains(body, `"state":"candidate"`) {
		s.t.Fatal(res.StatusCode, body)
	}
}

// The inbox at night, in both languages: a mail appears without anybody reloading, is
// previewed and stops the clock; another becomes an incident; a hostile one is put away, and
// taken back.
func TestTheInboxInABrowser(t *testing.T) {
	for lang, says := range map[string]struct{ stops, met, begins, gone, back string }{
		"ja": {"停止します: 期限の8分50秒前に通知", "期限内", "停止します", "対象外", "確認待ち"},
		"en": {"stops: notice 8 min 50 s before due", "In time", "stops", "Dismissed", "Candidate"},
	} {
		t.Run(lang, func(t *testing.T) {
			s := mailSite(t, lang)
			b := browser(t, s)
			b.open("/")
			b.text(`(() => { window.same = true; return ""; })()`)
			s.setClock("2026-11-14 02:34")
			s.deliver(letter(t, "1", "noc@hokuto-networks.example", "Sat, 14 Nov 2026 02:33:10 +0900", "【障害】北斗閉域網 通信断のお知らせ(初報) INC0048120",
				"お客様各位\n\n東京第2局において、2時12分頃から断続的な通信断が発生しております。\n\n　発生: 2026年11月14日 2時12分\n　受付番号: INC0048120\n\n原因を調査中です。詳細は https://status.hokuto-networks.example/INC0048120 をご覧ください。\n"))
			b.until(`document.querySelector("#inbox-waiting").innerText === "1"`)
			if b.text(`String(window.same)`) != "true" {
				t.Error("the board was reloaded")
			}
			b.click("#inbox-link")
			b.see("#item-1")
			b.text(`(() => { window.same = true; return ""; })()`)
			s.deliver(letter(t, "2", "notice@shiokaze-data.example", "Sat, 14 Nov 2026 02:33:40 +0900", "【障害】ファイルアップロード失敗について(初報)",
				"ご利用のお客様へ\n\nファイルのアップロードに失敗する事象が発生しております。\n\n　発生: 2026年11月14日 1時50分頃\n　検知: 2026年11月14日 2時05分\n\nしおかぜストレージ運用チーム\n"))
			s.deliver(letter(t, "3", "notice@shiokaze-data.example", "Sat, 14 Nov 2026 02:33:50 +0900", `【障害】<img src=x onerror="document.title='owned'">ログイン障害(初報)`,
				"障害が発生しております。\n</pre><script>document.title = 'owned'</script><a href=\"javascript:alert(1)\">click</a>\nhttps://evil.example/\n"))
			b.see("#item-3")
			if b.text(`String(window.same)`) != "true" {
				t.Error("the list was reloaded")
			}
			if got := b.text(`document.title + String(document.querySelectorAll("main img, main script, main a[href^='javascript:'], main a[href^='http']:not([href*='127.0.0.1'])").length)`); strings.HasPrefix(got, "owned") || !strings.HasSuffix(got, "0") {
				t.Errorf("a hostile text acts: %s", got)
			}
			b.looks(lang, "inbox-list")

			b.open("/incidents/KGN-1")
			b.see("#candidates")
			b.looks(lang, "inbox-may-be")
			b.open("/inbox")
			b.click("#item-1 .what a")
			b.see("#accept .choice")
			b.says("#accept", "KGN-1", says.stops)
			b.looks(lang, "inbox-item")
			b.follow("#accept .primary")
			b.see(".done")
			b.open("/incidents/KGN-1")
			b.says("#live-head", says.met)
			b.shoot("inbox-linked-" + lang)

			b.open("/inbox/2")
			b.see("#accept-new[open] #new")
			b.until(`document.querySelector("#preview").innerText.includes("` + says.begins + `")`)
			b.text(`(() => { const f = document.querySelector("#f-detected_at"); f.value = "2026-11-13T22:05"; f.dispatchEvent(new Event("input", {bubbles: true})); return ""; })()`)
			b.until(`document.querySelector("#preview .s-late") !== null || document.querySelector("#preview .preview-problems") !== null`)
			b.text(`(() => { const f = document.querySelector("#f-occurred_at"); f.value = "2026-11-13T21:50"; f.dispatchEvent(new Event("input", {bubbles: true})); return ""; })()`)
			b.until(`document.querySelector("#preview .s-late") !== null`)
			b.looks(lang, "inbox-new")
			b.follow("#new .primary")
			b.see(".done")
			b.says("#live-head", "KGN-2")

			b.open("/inbox/3")
			b.see("#put-away")
			b.shoot("inbox-hostile-" + lang)
			if got := b.text(`document.title + String(document.querySelectorAll("main img, main script").length)`); strings.HasPrefix(got, "owned") || !strings.HasSuffix(got, "0") {
				t.Errorf("a hostile text acts: %s", got)
			}
			b.click("#put-away summary")
			b.typeIn("#put-away input[name=reason]", "not ours")
			b.follow("#put-away button")
			b.says("#live-head", says.gone)
			b.shoot("inbox-dismissed-" + lang)
			b.typeIn("#f-reason", "it is")
			b.follow(".actions .danger")
			b.says("#live-head", says.back)
			b.until(`document.querySelector("#inbox-waiting").innerText === "1"`)
		})
	}
}

// looks takes pictures of a page on a desk and a phone, light and dark, and checks that it is
// accessible and does not scroll sideways.
func (b *tab) looks(lang, name string) {
	b.t.Helper()
	check := func(look string) {
		b.t.Helper()
		b.isSound(name + " " + look)
		if wide := b.text(widest); wide != "" {
			b.t.Errorf("%s %s scrolls sideways: %s", name, look, wide)
		}
		b.shoot(name + "-" + look + lang)
	}
	check("")
	b.media("screen", "dark")
	check("dark-")
	b.size(phone, 844)
	check("phone-dark-")
	b.media("screen", "light")
	check("phone-")
	b.size(1280, 800)
}
