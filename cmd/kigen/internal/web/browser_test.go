package web_test

import (
	"cmp"
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// tab is a page in Chromium. Nothing else in the tests knows chromedp.
type tab struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // it is the browser
	url string          // of the site
}

// browser starts Chromium on the site. Without Chromium the test is skipped,
// or fails where KIGEN_REQUIRE_EXTRAS is 1. Flags are Chromium's own.
func browser(t *testing.T, s *site, flags map[string]any) *tab {
	t.Helper()
	path := chromium()
	if path == "" {
		const why = "Chromium is not installed: apt-get install chromium fonts-noto-cjk"
		if os.Getenv("KIGEN_REQUIRE_EXTRAS") == "1" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	server := httptest.NewServer(s.handler)
	t.Cleanup(server.Close)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("lang", "ja"), chromedp.WSURLReadTimeout(time.Minute),
	)
	for name, value := range flags {
		options = append(options, chromedp.Flag(name, value))
	}
	allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(allocator)
	t.Cleanup(func() { end(); endAllocator() })
	b := &tab{t: t, ctx: ctx, url: server.URL}
	// The first call starts Chromium, which then lives as long as ctx.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	b.size(1280, 800)
	// A page that is looked at: focus shows, and live updates run.
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return err
	}))
	return b
}

func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// do is what a person does in the browser, within a bounded time.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) size(width, height int64) { b.t.Helper(); b.do(chromedp.EmulateViewport(width, height)) }
func (b *tab) open(path string)         { b.t.Helper(); b.do(chromedp.Navigate(b.url + path)) }
func (b *tab) click(selector string)    { b.t.Helper(); b.do(chromedp.Click(chromedp.CSS(selector))) }
func (b *tab) typeIn(selector, text string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// see waits until something is there, also on the page that a click leads to.
func (b *tab) see(selector string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(chromedp.CSS(selector)))
}

// text is what the page's script language makes of an expression.
func (b *tab) text(expression string) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		b.t.Fatal(expression, err)
	}
	return text
}

// until waits for an expression to become true.
func (b *tab) until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](expression)); err != nil {
		b.t.Fatal(expression, err)
	}
}

// shoot keeps a picture of the whole page in $KIGEN_SCREENSHOTS, or else in
// $KIGEN_ARTEFACTS, if one is set.
func (b *tab) shoot(name string) {
	b.t.Helper()
	dir := cmp.Or(os.Getenv("KIGEN_SCREENSHOTS"), os.Getenv("KIGEN_ARTEFACTS"))
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil { //nolint:gosec // a picture for all
		b.t.Fatal(err)
	}
}

// refreshed makes the page fetch its part again, as it does whenever a person
// comes back to it, and waits until that is done.
func (b *tab) refreshed() {
	b.t.Helper()
	b.text(`document.querySelector("#live").firstElementChild.dataset.old = "yes"`)
	b.text(`String(document.dispatchEvent(new Event("visibilitychange")))`)
	b.until(`document.querySelector("#live").firstElementChild.dataset.old === undefined`)
}
