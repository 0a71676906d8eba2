package web_test

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	browserproto "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// tab is a page in Chromium. Nothing else in the tests knows chromedp.
type tab struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // it is the browser
	url string          // of the site
}

// browser opens a tab on the site. Without Chromium the test is skipped, or fails where
// KIGEN_REQUIRE_EXTRAS is 1.
func browser(t *testing.T, s *site) *tab {
	t.Helper()
	return newTab(t).at(t, s)
}

// newTab opens a tab that shares nothing with others: it has a browser context of its
// own, as a private window has.
func newTab(t *testing.T) *tab {
	t.Helper()
	if chromium() == "" {
		const why = "Chromium is not installed: apt-get install chromium-headless-shell fonts-noto-cjk"
		if os.Getenv("KIGEN_REQUIRE_EXTRAS") == "1" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	running, err := started()
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := chromedp.NewContext(running, chromedp.WithNewBrowserContext())
	t.Cleanup(end)
	b := &tab{t: t, ctx: ctx}
	// The first call opens the tab, which then lives as long as ctx.
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

// started starts Chromium at the first call, for all tests: that takes longer than most
// of what is then done in it.
var started = sync.OnceValues(func() (context.Context, error) {
	dir, err := os.MkdirTemp("", "kigen-chromium-")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium()), chromedp.UserDataDir(dir), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("lang", "ja"), chromedp.WSURLReadTimeout(time.Minute),
	)
	allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(allocator)
	browsers <- func() {
		end()
		endAllocator()
		_ = os.RemoveAll(dir)
	}
	// The first call starts Chromium, which then lives as long as ctx.
	return ctx, chromedp.Do(ctx)
})

// browsers holds what ends the Chromium that was started.
var browsers = make(chan func(), 1)

func TestMain(m *testing.M) {
	code := m.Run()
	select {
	case stop := <-browsers:
		stop()
	default:
	}
	os.Exit(code)
}

// at is the same tab on another site, or in another test, with nothing remembered. It
// asks for pages in the language of the site's configuration.
func (b *tab) at(t *testing.T, s *site) *tab {
	t.Helper()
	server := httptest.NewServer(s.handler)
	t.Cleanup(func() {
		server.CloseClientConnections() // an open page holds its stream of news
		server.Close()
	})
	b = &tab{t: t, ctx: b.ctx, url: server.URL}
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
			Headers: network.Headers{"Accept-Language": s.options.Lang},
		})
		return err
	}))
	return b
}

// chromium returns the path of the browser, empty if there is none. The headless shell comes
// first: the whole Chromium computes a window and its toolbar for each tab, even when headless.
func chromium() string {
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// do is what a person does in the browser, within a bounded time. A live update can
// replace an element between being found and being used; then the step is done again.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	for {
		err := chromedp.Do(ctx, steps...)
		if err == nil {
			return
		}
		if !strings.Contains(err.Error(), "Could not find node") || ctx.Err() != nil {
			b.t.Fatal(err)
		}
	}
}

func (b *tab) size(width, height int64) { b.t.Helper(); b.do(chromedp.EmulateViewport(width, height)) }

// media is what the page is for: "screen" or "print", in a "light" or "dark" scheme.
func (b *tab) media(media, scheme string) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: media, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}))
}

func (b *tab) open(path string)      { b.t.Helper(); b.do(chromedp.Navigate(b.url + path)) }
func (b *tab) click(selector string) { b.t.Helper(); b.do(chromedp.Click(chromedp.CSS(selector))) }
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

// until waits for an expression to become true, also on the page that a click leads to.
func (b *tab) until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	for {
		_, err := chromedp.Run(ctx, chromedp.Poll[bool](expression))
		if err == nil {
			return
		}
		// The page that a click leads to took the place of the one that was asked.
		left := strings.Contains(err.Error(), "navigated") || strings.Contains(err.Error(), "Cannot find context")
		if !left || ctx.Err() != nil {
			b.t.Fatal(expression, err)
		}
	}
}

// follow clicks and waits for the page that the click leads to: what is then looked for
// may also stand on the page before.
func (b *tab) follow(selector string) {
	b.t.Helper()
	b.text(`String(window.isBefore = true)`)
	b.click(selector)
	b.until(`!window.isBefore && document.readyState === "complete"`)
}

// shoot keeps a picture of the whole page in $KIGEN_ARTEFACTS, if that is set.
func (b *tab) shoot(name string) {
	b.t.Helper()
	dir := os.Getenv("KIGEN_ARTEFACTS")
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // pictures for all
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	picture, err := chromedp.Run(ctx, wholePage)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil { //nolint:gosec // a picture for all
		b.t.Fatal(err)
	}
}

// wholePage takes a picture that is packed in haste: for the smallest PNG Chromium needs
// as long as for all that the tests do on a page.
func wholePage(ctx context.Context, target *chromedp.Target) ([]byte, error) {
	whole := true
	taken, err := cdp.Call(ctx, target, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatPng, CaptureBeyondViewport: &whole, OptimizeForSpeed: &whole,
	})
	if err != nil {
		return nil, err
	}
	return taken.Data, nil
}

// refreshed makes the page fetch its part again, as it does whenever a person
// comes back to it, and waits until that is done.
func (b *tab) refreshed() {
	b.t.Helper()
	b.text(`document.querySelector("#live").dataset.current = "before"`)
	b.text(`String(document.dispatchEvent(new Event("visibilitychange")))`)
	b.until(`document.querySelector("#live").dataset.current !== "before"`)
}

// download follows a link that gives a file, and returns the name and the
// content of what then lies in the folder.
func (b *tab) download(selector string) (name string, content []byte) {
	b.t.Helper()
	dir := b.t.TempDir()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	progress := chromedp.Events(ctx, browserproto.DownloadProgress)
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		events := true
		own := chromedp.FromContext(ctx).BrowserContextID
		_, err := cdp.Call(ctx, target, browserproto.SetDownloadBehavior, browserproto.SetDownloadBehaviorParams{
			Behavior: browserproto.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir, EventsEnabled: &events, BrowserContextID: own,
		})
		return err
	}), chromedp.Click(chromedp.CSS(selector)))
	for event, err := range progress {
		if err != nil || event.State == browserproto.DownloadProgressStateCanceled {
			b.t.Fatal(selector, event.State, err)
		}
		if event.State == browserproto.DownloadProgressStateCompleted {
			break
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		b.t.Fatalf("%s: %v (%v)", selector, files, err)
	}
	if content, err = os.ReadFile(filepath.Join(dir, files[0].Name())); err != nil {
		b.t.Fatal(err)
	}
	return files[0].Name(), content
}
