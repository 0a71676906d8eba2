package listener

import (
	"log"
	"log/slog"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Messages of the HTTP server that are logged, per second and in a burst. Any client
// causes them, such as by a TLS handshake that fails.
const (
	serverLogRate  = 0.2
	serverLogBurst = 20
)

// serverLog passes messages of the HTTP server on to slog, within a rate.
type serverLog struct {
	log *slog.Logger
	now func() time.Time

	mu      sync.Mutex
	limit   *rate.Limiter
	skipped int
}

// newServerLog returns a logger for http.Server.
func newServerLog(to *slog.Logger, now func() time.Time) *log.Logger {
	return log.New(&serverLog{log: to, now: now, limit: rate.NewLimiter(serverLogRate, serverLogBurst)}, "", 0)
}

func (l *serverLog) Write(message []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.limit.AllowN(l.now(), 1) {
		l.skipped++
		return len(message), nil
	}
	args := []any{"error", strings.TrimSpace(string(message))}
	if l.skipped > 0 {
		args = append(args, "skipped", l.skipped)
		l.skipped = 0
	}
	l.log.Warn("http server", args...)
	return len(message), nil
}
