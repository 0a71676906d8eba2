package daemon

import (
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"

	"kigen/config"
)

// NewServer and Serve show the HTTP server with its bounds.
func NewServer(h http.Handler) *http.Server { return newServer(h, slog.New(slog.DiscardHandler)) }

// Serve answers on a listener until the server is shut down.
func Serve(s *http.Server, l net.Listener) error { return serve(s, l) }

// LoadTLS is what a listener with a certificate speaks.
func LoadTLS(files config.TLS, log *slog.Logger) (*tls.Config, error) {
	c, err := loadCertificate(files, log)
	if err != nil {
		return nil, err
	}
	return c.tlsConfig(), nil
}
