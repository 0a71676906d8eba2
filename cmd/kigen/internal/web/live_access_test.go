package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/api"
	"kigen/cmd/kigen/internal/web/pages"
	"kigen/store"
)

// untilCut is how long a stream may live on after what opened it has ended.
const untilCut = 5 * time.Second

// pipe is a page's end of a stream, in memory.
type pipe struct {
	*httptest.ResponseRecorder
	mu    sync.Mutex
	ended chan struct{}
}

func (p *pipe) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ResponseRecorder.Write(b)
}

func (p *pipe) Flush() {}

// told is how many announcements came.
func (p *pipe) told() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Count(p.Body.String(), "event: changed")
}

func (p *pipe) open() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// listen opens a stream as whoever sends the header.
func (s *site) listen(header string) *pipe {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, "/events", http.NoBody)
	r.Host = "127.0.0.1:8080"
	name, value, _ := strings.Cut(header, ": ")
	r.Header.Set(name, value)
	p := &pipe{ResponseRecorder: httptest.NewRecorder(), ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		s.handler.ServeHTTP(p, r)
	}()
	synctest.Wait()
	if !p.open() || p.Code != http.StatusOK || p.told() != 1 {
		s.t.Fatalf("the stream did not begin: %d, %s", p.Code, p.Body)
	}
	return p
}

// inVirtualTime runs a guarded site with open streams, whose sessions are idle
// after ten minutes and live for an hour.
func inVirtualTime(t *testing.T, f func(t *testing.T, g *guarded, live *web.Live), change ...func(*web.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		live := web.NewLive()
		g := newGuarded(t, append(change, func(o *web.Options) {
			o.Live, o.Now = live, time.Now
			watch(o, live)
		})...)
		g.options.Access = access.New(g.store, time.Now, access.Limits{Idle: 10 * time.Minute, Life: time.Hour}, cheap)
		g.handler = web.New(g.options, pages.Mount, api.Mount)
		f(t, g, live)
		live.Close()
		synctest.Wait()
	})
}

// cut waits until a stream has to have ended, with news on its way or without.
// The news it must not tell.
func (g *guarded) cut(p *pipe, live *web.Live, news bool) {
	g.t.Helper()
	before := p.told()
	if news {
		live.Changed()
	}
	time.Sleep(untilCut) // of the test's own time
	synctest.Wait()
	if p.open() {
		g.t.Errorf("the stream lives on after %s", untilCut)
	}
	if p.told() != before {
		g.t.Error("the stream told of what happened after its end")
	}
}

// A stream ends with the session or the token that opened it, whoever ends
// that and where, and tells nothing in between; those of others go on.
func TestStreamEndsWithItsIdentity(t *testing.T) {
	for name, end := range map[string]func(g *guarded, session string){
		"sign-out":      func(g *guarded, session string) { g.send(http.MethodPost, "/logout", "", session) },
		"disabled":      func(g *guarded, _ string) { g.must(g.manage.Disable(g.t.Context(), "a-viewer")) },
		"new password":  func(g *guarded, _ string) { g.must(g.manage.SetPassword(g.t.Context(), "a-viewer", password)) },
		"greater role":  func(g *guarded, _ string) { g.must(g.manage.SetRole(g.t.Context(), "a-viewer", access.Admin)) },
		"token revoked": func(g *guarded, _ string) { g.must(g.manage.RevokeToken(g.t.Context(), "t-viewer")) },
	} {
		for _, news := range []bool{true, false} {
			inVirtualTime(t, func(t *testing.T, g *guarded, live *web.Live) {
				session := g.session("a-viewer")
				header, others := session, g.keys["viewer"]
				if name == "token revoked" {
					header, others = others, header
				}
				p, other, analyst := g.listen(header), g.listen(others), g.listen(g.keys["analyst"])
				end(g, session)
				g.cut(p, live, news)
				want := 1
				if news {
					want = 2
				}
				if !other.open() || !analyst.open() || other.told() != want || analyst.told() != want {
					t.Errorf("%s: others' streams: %v, told %d times; %v, told %d times; want %d", name, other.open(), other.told(), analyst.open(), analyst.told(), want)
				}
			})
		}
	}
}

// What runs out by itself ends its stream too. A stream alone is no use of a
// session; a page that is looked at asks again and again, which is, until the
// session has lived its life.
func TestStreamEndsInTime(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, g *guarded, live *web.Live) {
		g.keys["short"] = "Authorization: Bearer " + g.token("short", access.Viewer, time.Now().Add(20*time.Minute))
		left, looked := g.session("a-viewer"), g.session("a-admin")
		alone, token, wall := g.listen(left), g.listen(g.keys["short"]), g.listen(looked)
		state := func() [3]bool { return [3]bool{alone.open(), token.open(), wall.open()} }
		for minute := 1; minute <= 61; minute++ {
			for range 4 { // as the page does
				time.Sleep(15 * time.Second)
				g.send(http.MethodGet, "/board", "", looked, "Sec-Fetch-Mode: cors")
			}
			synctest.Wait()
			if got, want := state(), [3]bool{minute <= 10, minute <= 20, minute <= 60}; got != want && minute%10 != 0 {
				t.Fatalf("minute %d: open are the idle one, the token's and the wall's %v, want %v", minute, got, want)
			}
		}
		told := wall.told()
		live.Changed()
		time.Sleep(time.Second)
		if wall.told() != told || alone.told() != 1 {
			t.Error("a stream told of what happened after its end")
		}
	})
}

// Whoever listens while nobody has to sign in is cut off by the first user or
// token, and must then say who they are.
func TestFirstUserEndsOpenStreams(t *testing.T) {
	for name, first := range map[string]func(g *guarded){
		"user":  func(g *guarded) { g.must(g.manage.AddUser(g.t.Context(), "yamada", access.Admin, password)) },
		"token": func(g *guarded) { g.token("soar", access.Viewer, time.Time{}) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				live := web.NewLive()
				g := &guarded{site: newSite(t, func(o *web.Options) { o.Live, o.Now = live, time.Now })}
				g.options.Access = access.New(g.store, time.Now, access.Limits{Idle: 8 * time.Hour, Life: 24 * time.Hour}, cheap)
				g.handler = web.New(g.options, pages.Mount, api.Mount)
				g.manage = &access.Manager{Store: g.store, Now: time.Now(), Cost: cheap, By: "cli:test", From: "local"}
				p := g.listen("X-Nobody: 1")
				time.Sleep(time.Hour)
				if !p.open() {
					t.Fatal("the stream ended while the board was open to all")
				}
				first(g)
				g.cut(p, live, false)
				if res := g.send(http.MethodGet, "/events", "", "Sec-Fetch-Mode: cors"); res.StatusCode != http.StatusUnauthorized {
					t.Errorf("listening again: %d", res.StatusCode)
				}
				live.Close()
				synctest.Wait()
			})
		})
	}
}

// A database that does not say who somebody is lets nobody listen.
func TestStreamEndsWithoutTheDatabase(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, g *guarded, live *web.Live) {
		p := g.listen(g.keys["viewer"])
		g.must(g.store.Close())
		g.cut(p, live, false)
	})
}

// An admin at an address where admins are not allowed keeps the stream of an analyst.
func TestStreamOfAnAdminElsewhere(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, g *guarded, live *web.Live) {
		p := g.listen(g.session("a-admin"))
		live.Changed()
		time.Sleep(time.Minute) // of the test's own time
		synctest.Wait()
		if !p.open() || p.told() < 2 {
			t.Errorf("the stream ended, or told %d times", p.told())
		}
	}, func(o *web.Options) { o.Allow.Admin = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
}

// A session that lacks a step since a rule changed loses its stream.
func TestStreamEndsWithAMissingStep(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, g *guarded, live *web.Live) {
		p := g.listen(g.session("a-admin"))
		u, err := g.store.User(t.Context(), "a-admin")
		g.must(err)
		u.TOTPSecret = "JBSWY3DPEHPK3PXP"
		sessions, err := g.store.Sessions(t.Context(), u.ID)
		g.must(err)
		g.must(g.store.SetSecondFactor(t.Context(), u, "", nil, store.AccessLine{At: time.Now(), Actor: "cli:test", Kind: "second_factor_set", Origin: "local"}))
		if len(sessions) != 1 {
			t.Errorf("%d sessions", len(sessions))
		}
		g.cut(p, live, true)
	})
}
