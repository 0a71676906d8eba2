package listener

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestServerMessagesAreLimited: handshakes that fail go to slog, and a flood of them says
// how many were left out.
func TestServerMessagesAreLimited(t *testing.T) {
	var out bytes.Buffer
	now := time.Date(2026, 5, 7, 3, 0, 0, 0, time.UTC)
	l := newServerLog(slog.New(slog.NewTextHandler(&out, nil)), func() time.Time { return now })
	for range 100 {
		l.Printf("http: TLS handshake error from 203.0.113.9:4711: EOF\n")
	}
	now = now.Add(5 * time.Second)
	l.Print("http: TLS handshake error from 203.0.113.9:4712: EOF")
	if lines := strings.Count(out.String(), "level=WARN"); lines != serverLogBurst+1 || !strings.Contains(out.String(), "skipped=80") {
		t.Errorf("%d lines:\n%s", lines, &out)
	}
}

// TestTheServerLogsThroughSlog: nothing of it reaches standard error by another way.
func TestTheServerLogsThroughSlog(t *testing.T) {
	said := make(chan string, 1)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config = NewServer(http.NotFoundHandler(), slog.New(slog.NewTextHandler(lines(said), nil)))
	server.StartTLS()
	t.Cleanup(server.Close)
	var dialer net.Dialer
	conn, err := dialer.DialContext(context.WithoutCancel(t.Context()), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := conn.Write([]byte("GET / HTTP/1.0\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if line := <-said; !strings.Contains(line, "TLS handshake error") || !strings.Contains(line, "level=WARN") {
		t.Errorf("it says %s", line)
	}
}

// lines passes on what is written.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}
