package daemon

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"

	"kigen/cmd/kigen/internal/web"
	"kigen/config"
)

// NewServer and Serve show the HTTP server with its bounds.
func NewServer(h http.Handler) *http.Server { return newServer(h) }

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

// Asked is how the board and the API ask for a report.
func (s *Reports) Asked(ctx context.Context, q web.ReportRequest) (contentType string, body []byte, err error) {
	return s.asked(ctx, q)
}
