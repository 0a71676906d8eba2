package web_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla/register"
)

// readClause pastes a clause and has it read.
func readClause(b *tab) {
	b.t.Helper()
	b.fill("vendor", "initech", "name_ja", "イニテック株式会社", "services", "Initech Cloud", "paste", goldClause(b.t))
	b.follow(`button[value=read]`)
}

// refuseEntry previews a text with a mistake.
func refuseEntry(b *tab) {
	b.t.Helper()
	b.fill("rest", "promises:\n  - {id: incident-notice, start: detected, due: 24x}\n")
	b.follow(`.finish button[value=preview]`)
}

// fill writes into fields of a form by their names.
func (b *tab) fill(fields ...string) {
	b.t.Helper()
	for i := 0; i < len(fields); i += 2 {
		value, err := json.Marshal(fields[i+1])
		if err != nil {
			b.t.Fatal(err)
		}
		b.text(`String(document.querySelector("#f-` + fields[i] + `").value = ` + string(value) + `)`)
	}
}

// choose chooses a file in a field.
func (b *tab) choose(selector, path string) {
	b.t.Helper()
	b.do(chromedp.SetUploadFiles(chromedp.CSS(selector), []string{path}))
}

// tells reports a text that the page does not show.
func (b *tab) tells(wants ...string) {
	b.t.Helper()
	shown := b.text(`document.querySelector("main").innerText + [...document.querySelectorAll("main :is(input, textarea)")].map(e => e.value).join(" ")`)
	for _, want := range wants {
		if !strings.Contains(shown, want) {
			b.t.Errorf("the page does not say %q:\n%s", want, shown)
		}
	}
}

// A vendor goes from the clause of its paper to a deadline on the board, is corrected by two
// people at once, and withdrawn.
func TestTheRegisterInABrowser(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Lang = "ja" })
	s.switches()
	b := browser(t, s)
	b.open("/vendors")
	b.follow(`a[href="/register/new"]`)
	readClause(b)
	b.tells("読み取った約束", "6時間", "翌営業日の開始時間までか発生から6時間後の遅い方まで")
	b.follow(`button[value=take]`)
	b.tells("公開するとこうなります", "長い休みに入るとき", "金曜の夜")
	b.click(".examples li:nth-child(3) summary")
	b.until(`document.querySelector(".examples li:nth-child(3) .lines").checkVisibility()`)
	b.fill("reason", "契約の開始")
	b.follow(`button[formaction="/register/publish"]`)
	b.tells("公開しました", "イニテック株式会社", "契約の開始")

	b.open("/incidents/new")
	b.fill("vendor", "イニテック株式会社", "title", "ログインできない", "occurred_at", "2026-05-07T10:00")
	b.follow("#new .primary")
	b.open("/?vendor=initech")
	b.tells("ログインできない", "5月7日(木) 16:00")

	b.open("/register/initech")
	if err := s.options.Register.SaveDraft(t.Context(), "user:mori", &register.Draft{Vendor: "initech", Text: "id: initech\nowner: 製造部\n", Base: 1}); err != nil {
		t.Fatal(err)
	}
	b.fill("owner", "情報システム部")
	b.follow(`.finish button[value=save]`)
	b.tells("mori が 5月7日(木) 12:00 に下書きを保存したため", "情報システム部", "- owner: 製造部")
	b.shoot("register-conflict")
	b.follow(`.finish button[value=save]`)
	b.tells("下書きを保存しました", "情報システム部")

	b.open("/vendors/initech")
	b.click("details:has(.withdrawing) > summary")
	b.fill("reason", "契約の終了")
	b.follow(".withdrawing button")
	b.tells("台帳から取り下げました")
	b.open("/vendors/initech?version=2")
	b.tells("取り下げ", "契約の終了", "- id: initech")
}

// A paper of 300 pages, one of pictures alone, and one in Chinese: a sentence says what was
// read and what was not.
func TestPapersInABrowser(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Lang = "ja" })
	b := browser(t, s)
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	leaf := func(text string) string { return `<p style="page-break-after: always">` + text + `</p>` }
	long := strings.Repeat(leaf("The service stores data in two regions."), 299) + leaf("We will notify customers of a security incident by email within 24 hours of detecting it.")
	for name, want := range map[string][]string{
		write("long.pdf", b.printed(long)): {"300", "24時間"},
		write("scan.pdf", b.printed(`<svg width="400" height="400"><rect width="400" height="400" fill="grey"/></svg>`)):                                                                                 {"文字がありません。何も読んでいません"},
		write("chinese.txt", []byte(strings.Repeat("如果发生安全事件，我们将在二十四小时之内通知客户的管理员，并说明应对的情况。\n", 20))):                                                                                                     {"日本語でも英語でもありません"},
		write("hostile.html", []byte(`<body onload="document.title='owned'"><script>document.title="owned"</script><p>We notify customers of a security incident within 24 hours of detecting it.</p>`)): {"24時間"},
	} {
		b.open("/register/new")
		b.fill("vendor", "acme", "owner", "製造部")
		b.choose("#f-paper", name)
		b.follow(`button[value=read]`)
		b.tells(append(want, "製造部")...)
		if got := b.text(`document.title`); strings.Contains(got, "owned") {
			t.Error("a script of the paper ran")
		}
		b.shoot("register-read-" + strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)))
	}
}

// printed is a page of HTML as a PDF.
func (b *tab) printed(body string) (data []byte) {
	b.t.Helper()
	b.do(chromedp.Navigate("about:blank"))
	b.text(`(document.body.innerHTML = ` + quoted(body) + `) && ""`)
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		printed, err := cdp.Call(ctx, target, page.PrintToPDF, page.PrintToPDFParams{})
		if err != nil {
			return err
		}
		data = printed.Data
		return nil
	}))
	return data
}

func quoted(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(data)
}
