package notify_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/email"
	"kigen/notify/fakemail"
	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/notify/wire"
)

// closing is a fence that lets a number of writes through and then no more.
type closing struct{ left atomic.Int64 }

func closeAfter(writes int) *notify.Fence {
	c := new(closing)
	c.left.Store(int64(writes))
	return notify.NewFence(func() bool { return c.left.Add(-1) >= 0 })
}

// heldBack reports whether an error says that the message certainly did not leave.
func heldBack(err error) bool {
	return errors.Is(err, notify.ErrHeldBack) && wire.AsFailure(err).Kind == wire.Unreached
}

// Wherever the fence closes, a message that arrived is not called held back, and one that
// was held back did not arrive.
func sweep(t *testing.T, post func(*notify.Fence) error, arrived func() int) {
	t.Helper()
	for writes := 0; ; writes++ {
		before := arrived()
		err := post(closeAfter(writes))
		got := arrived() - before
		switch {
		case err == nil && got == 1:
			if writes == 0 {
				t.Error("a closed fence let the message through")
			}
			return
		case got != 0 || !heldBack(err):
			t.Fatalf("after %d writes: %d arrived, %v", writes, got, err)
		case writes > 1000:
			t.Fatal("the message never leaves")
		}
	}
}

// connections counts those that were opened on one side and have ended on the other.
type connections struct {
	mu           sync.Mutex
	change       sync.Cond
	opened, over int
}

func (c *connections) add(opened, over int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opened += opened
	c.over += over
	c.change.Broadcast()
}

// wait waits until all have ended.
func (c *connections) wait() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.over < c.opened {
		c.change.Wait()
	}
}

func newConnections() *connections {
	c := new(connections)
	c.change.L = &c.mu
	return c
}

type dial func(ctx context.Context, network, address string) (net.Conn, error)

func (c *connections) dial(by dial) dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c.add(1, 0)
		return by(ctx, network, address)
	}
}

// behind serves HTTP, and passes on what a fence lets out.
func (c *connections) behind(t *testing.T, encrypted bool, h http.Handler) (server *httptest.Server, by func(*notify.Fence) *http.Transport) {
	t.Helper()
	server = httptest.NewUnstartedServer(h)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			c.add(0, 1)
		}
	}
	if server.EnableHTTP2 = encrypted; encrypted {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server, func(f *notify.Fence) *http.Transport {
		transport := f.Transport().(*http.Transport) //nolint:errcheck // else it panics
		transport.DialContext = c.dial(transport.DialContext)
		if encrypted {
			transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone() //nolint:errcheck // as above
		}
		return transport
	}
}

func TestFenceHoldsBackRequests(t *testing.T) {
	long := overdue()
	long.Incident.Description = strings.Repeat("a long story. ", 20_000) // many writes
	for name, encrypted := range map[string]bool{"http": false, "https": true} {
		t.Run(name, func(t *testing.T) {
			all, arrived := newConnections(), new(atomic.Int64)
			server, by := all.behind(t, encrypted, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if r.ProtoMajor != 1 {
					t.Errorf("the request came by %s", r.Proto)
				}
				if _, err := io.Copy(io.Discard, r.Body); err == nil {
					arrived.Add(1)
				}
			}))
			sweep(t, func(f *notify.Fence) error {
				transport := by(f)
				hook := notify.NewWebhook(notify.WebhookOptions{URL: server.URL, Transport: transport})
				_, err := hook.Post(t.Context(), writer("en").Write(long, may7(9, 0)))
				transport.CloseIdleConnections()
				all.wait()
				return err
			}, func() int { return int(arrived.Load()) })
		})
	}
}

// net/http reads and writes a connection at the same time. Both sides have to report that
// the message was held back, because either may report first.
func TestReaderLearnsWhatWasHeldBack(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	conn, err := closeAfter(0).Dial(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\n")); !errors.Is(err, notify.ErrHeldBack) {
		t.Errorf("the write: %v", err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, notify.ErrHeldBack) {
		t.Errorf("the read: %v", err)
	}
}

func TestFenceHoldsBackSlack(t *testing.T) {
	fake, all := fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channelID}}), newConnections()
	server, by := all.behind(t, true, fake)
	sweep(t, func(f *notify.Fence) error {
		transport := by(f)
		channel := slack.New(slack.Options{Token: token, Channel: channelID, APIURL: server.URL + "/api/", Transport: transport})
		_, err := channel.Post(t.Context(), writer("en").Write(overdue(), may7(9, 0)))
		transport.CloseIdleConnections()
		all.wait()
		return err
	}, func() int { return len(fake.Messages()) })
}

func TestFenceHoldsBackMails(t *testing.T) {
	script, all := &fakemail.Server{Offers: []string{"SIZE", "8BITMIME"}}, newConnections()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { script.Serve(conn); all.add(0, 1) }()
		}
	}()
	port := l.Addr().(*net.TCPAddr).Port //nolint:errcheck // it is one
	sweep(t, func(f *notify.Fence) error {
		list, err := email.New(email.Options{
			Server: email.Server{Host: "127.0.0.1", Port: port, Dial: all.dial(f.Dial)}, From: "kigen@example.jp", To: []string{"lead@example.jp"},
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = list.Post(t.Context(), plainMail())
		all.wait()
		return err
	}, func() int { return len(script.Letters()) })
}

// A message that was sent whole, on a connection that the server then closed, may have
// arrived: that another attempt was held back says nothing about it.
func TestHeldBackAfterAnAttempt(t *testing.T) {
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Error(err)
		}
		if requests.Add(1) == 2 {
			conn, _, err := w.(http.Hijacker).Hijack() //nolint:errcheck // it is one
			if err == nil {
				err = conn.Close()
			}
			if err != nil {
				t.Error(err)
			}
		}
	}))
	defer server.Close()
	fence := notify.NewFence(func() bool { return requests.Load() < 2 })
	hook := notify.NewWebhook(notify.WebhookOptions{URL: server.URL, Transport: fence.Transport()})
	message := writer("en").Write(overdue(), may7(9, 0))
	if _, err := hook.Post(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	_, err := hook.Post(t.Context(), message)
	if err == nil || wire.AsFailure(err).Kind != wire.Unknown {
		t.Errorf("%d requests arrived, %v", requests.Load(), err)
	}
}

// A message that was held back goes out as soon as this process may send again: the
// destination has not failed.
func TestHeldBackIsSentAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var closed atomic.Bool
		closed.Store(true)
		b := start(t, newMemory(numbered(1)), func(next http.RoundTripper) http.RoundTripper {
			return roundTrip(func(req *http.Request) (*http.Response, error) {
				if closed.Load() {
					return nil, notify.ErrHeldBack
				}
				return next.RoundTrip(req)
			})
		})
		after(5 * time.Second)
		if n := len(b.slack.Messages()); n != 0 {
			t.Fatalf("%d messages arrived", n)
		}
		closed.Store(false)
		after(2 * time.Second)
		if n := len(b.slack.Messages()); n != 1 {
			t.Errorf("%d messages arrived", n)
		}
	})
}
