package listener_test

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kigen/cmd/kigen/internal/listener"
)

// pipes is a listener whose connections stay inside the process, so that they
// live in a test's own time.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// A client that sends a byte now and then holds no connection for ever,
// wherever in its request it dawdles.
func TestSlowClientsAreCutOff(t *testing.T) {
	for name, test := range map[string]struct {
		begin string
		byte  string
		bound time.Duration
	}{
		"nothing at all": {"", "", 5 * time.Second},
		"headers":        {"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", "X-A: b\r\n", 5 * time.Second},
		"body":           {"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n", "x", 30 * time.Second},
		"next request":   {"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "", 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
				server := listener.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }), slog.New(slog.DiscardHandler))
				go func() { _ = listener.Serve(server, l) }()
				client, inside := net.Pipe()
				l.conns <- inside
				began := time.Now()
				var writes sync.WaitGroup
				writes.Go(func() {
					_, err := io.WriteString(client, test.begin)
					for err == nil && test.byte != "" {
						time.Sleep(900 * time.Millisecond) // of the test's own time
						_, err = io.WriteString(client, test.byte)
					}
				})
				if _, err := io.Copy(io.Discard, client); err != nil {
					t.Logf("read: %v", err)
				}
				if held := time.Since(began); held < test.bound-time.Second || held > test.bound+2*time.Second {
					t.Errorf("held for %s, want %s", held, test.bound)
				}
				if err := errors.Join(client.Close(), server.Close()); err != nil {
					t.Error(err)
				}
				writes.Wait()
			})
		})
	}
}

func TestLongHeadersAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		server := listener.NewServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
		go func() { _ = listener.Serve(server, l) }()
		client, inside := net.Pipe()
		l.conns <- inside
		go func() {
			_, _ = io.WriteString(client, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: "+strings.Repeat("x", 64<<10)+"\r\n\r\n")
		}()
		answer := make([]byte, 64)
		n, err := client.Read(answer)
		if err != nil || !strings.Contains(string(answer[:n]), "431") {
			t.Errorf("%v: %s", err, answer[:n])
		}
		if err := errors.Join(client.Close(), server.Close()); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second) // of the test's own time: the server lingers over what it refused
	})
}
