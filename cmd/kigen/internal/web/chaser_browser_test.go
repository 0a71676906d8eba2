package web_test

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/chasing"
	"kigen/cmd/kigen/internal/web"
	"kigen/notify/email"
	"kigen/notify/fakemail"
	"kigen/sla/inbox"
	"kigen/sla/register"
)

// chasingSite is a site that sends letters to vendors by a mail server on loopback, which
// refuses one address.
func chasingSite(t *testing.T, lang string) (*site, *fakemail.Server) {
	t.Helper()
	server := new(fakemail.Server)
	server.AnswerRecipients(map[string]func() string{"gone@sotas.example": fakemail.Always("550 5.1.1 no such user")})
	host, port, err := net.SplitHostPort(server.Listen(t))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	office, err := email.New(email.Options{Server: email.Server{Host: host, Port: n}, From: "SOC <kigen@aoba.example>", To: []string{"lead@aoba.example"}})
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, func(o *web.Options) {
		o.Lang = lang
		o.Chasing = &chasing.Service{
			Tracker: o.Tracker, Offices: map[string]chasing.Office{"lead": office}, Zone: o.Zone, Lang: lang, Now: o.Now,
			Register: map[string]register.Entry{"sotas": {Contacts: []register.Contact{{Name: "Security", Mail: "security@sotas.example"}}}},
		}
	})
	s.setClock("2026-05-07 12:00")
	s.log(`{"vendor": "sotas", "title": "Sign-in fails", "occurred_at": "2026-05-01T18:00:00+09:00"}`)
	return s, server
}

// A person sends the letter to the vendor in a browser, in both languages: a refused address
// is corrected in the form, a second letter within minutes needs a tick, and each letter that
// arrives is on record with its text.
func TestChaserInABrowser(t *testing.T) {
	all := newTab(t)
	for lang, says := range map[string]struct{ letter, refused, accepted, recent, again string }{
		"ja": {"Sotas株式会社", "宛先: 何も送信されていません", "メールサーバーが文面を受け付け", "もう一度送る", "再送: KGN-1"},
		"en": {"Sotas", "To: nothing was sent", "The mail server accepted the letter", "Send it again", "Send again: KGN-1"},
	} {
		t.Run(lang, func(t *testing.T) {
			s, server := chasingSite(t, lang)
			b := all.at(t, s)
			b.size(1280, 800)
			b.open("/incidents/KGN-1")
			b.text(`String(document.querySelectorAll("details.card[open]").forEach((d) => d.open = false))`)
			b.click("#chaser > summary")
			b.see("#send-chaser")
			b.says("#chaser-body", says.letter)
			if to := b.text(`document.querySelector("#f-send_to").value`); to != "security@sotas.example" {
				t.Errorf("the form is addressed to %q", to)
			}
			b.looks(lang, "chaser-form")

			b.fill("send_to", "gone@sotas.example")
			b.fill("send_by", "佐藤")
			b.follow("#send-chaser button")
			b.see("#chaser[open] #send-chaser")
			b.says("main", says.refused, "550 5.1.1 no such user")
			if to := b.text(`document.querySelector("#f-send_to").value`); to != "gone@sotas.example" {
				t.Errorf("the refused form is addressed to %q", to)
			}
			b.looks(lang, "chaser-refused")
			if letters := server.Letters(); len(letters) != 0 {
				t.Fatalf("%d letters arrived", len(letters))
			}

			b.fill("send_to", "security@sotas.example, desk@sotas.example")
			b.follow("#send-chaser button")
			b.says(".done", says.accepted)
			b.says("#chased", "security@sotas.example", "desk@sotas.example", "Message-ID")
			b.says("#notes", "[KGN-1]")
			b.looks(lang, "chaser-sent")
			letters := server.AcceptedFor("desk@sotas.example")
			if len(letters) != 1 || len(letters[0].To) != 2 {
				t.Fatalf("letters %+v", letters)
			}
			b.says("#notes", "\n佐藤")
			id := letters[0].Message(t).Header.Get("Message-ID")
			if shown := b.text(`document.querySelector("#chased code").innerText`); shown != id || !strings.HasSuffix(id, "@aoba.example>") {
				t.Errorf("the letter is %s, the page shows %s", id, shown)
			}

			b.click("#chaser > summary")
			b.says("#send-chaser", says.recent)
			b.follow("#send-chaser button")
			b.see("#chaser[open] input[name=send_again]")
			b.says("main", says.again)
			if n := len(server.Accepted()); n != 1 {
				t.Errorf("%d letters without the tick", n)
			}
			b.click("input[name=send_again]")
			b.follow("#send-chaser button")
			b.says(".done", says.accepted)
			if n := len(server.Accepted()); n != 2 {
				t.Errorf("%d letters after the tick, want 2", n)
			}
			if n := b.text(`String(document.querySelectorAll("#chased article").length)`); n != "2" {
				t.Errorf("%s chasers on record, want 2", n)
			}
		})
	}
}

// Every original of an item is listed in a browser, and the older one can be downloaded.
func TestOriginalsInABrowser(t *testing.T) {
	all := newTab(t)
	for _, lang := range []string{"ja", "en"} {
		t.Run(lang, func(t *testing.T) {
			s := inboxSite(t, func(o *web.Options) { o.Lang = lang })
			s.take(s.matched(), "the first")
			changed := s.matched()
			changed.Text, changed.Revision, changed.Kind = "原因が分かりました。", 2, inbox.KindFollowup
			s.setClock("2026-05-07 12:05")
			s.take(changed, "the second")
			b := all.at(t, s)
			b.size(1280, 800)
			b.open("/inbox/1")
			b.looks(lang, "inbox-originals")
			if name, content := b.download(".files li:last-child a"); name != "mail.eml" || string(content) != "the first" {
				t.Errorf("downloaded %s: %q", name, content)
			}
		})
	}
}
