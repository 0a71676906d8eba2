// Package listener is where kigen answers HTTP: the address, the certificate, which is
// renewed while kigen runs, and a server with bounds against slow and hostile clients.
package listener

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Bounds against slow and hostile clients.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 2 * time.Minute // a report over many incidents is slow
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10
)

// Open listens on an address such as 127.0.0.1:8080.
func Open(ctx context.Context, address string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, fmt.Errorf("listen %q: write it as host:port, such as 127.0.0.1:8080: %w", address, err)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen %q: set listen: (or KIGEN_LISTEN) to a free address, or stop the process that uses it: %w", address, err)
	}
	if addr, ok := l.Addr().(*net.TCPAddr); ok && !addr.IP.IsLoopback() && IsLoopback(hostOf(address)) {
		return nil, errors.Join(fmt.Errorf("listen %q: this machine resolves the name to %s, which other machines reach: use 127.0.0.1", address, addr.IP), l.Close())
	}
	return l, nil
}

func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}

// IsLoopback reports whether a host of an address is this machine.
func IsLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// NewServer makes a server with these bounds, which logs within a rate.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ErrorLog:          newServerLog(log, time.Now),
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
	}
}

// Serve serves until the server is shut down. Any other end is an error.
func Serve(s *http.Server, l net.Listener) error {
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("http: %w", err)
	}
	return nil
}
