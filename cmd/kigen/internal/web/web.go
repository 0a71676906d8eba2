// Package web is what kigen answers over HTTP: the JSON API under /api/v1 with
// its OpenAPI description, the board that people read, health and metrics. It
// parses, calls a use case and renders; it decides nothing itself.
package web

import (
	"context"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kigen/cmd/kigen/internal/access"
	"kigen/sla"
	"kigen/sla/tracker"
)

// Incidents lists incidents page by page, what was answered lately, and
// deadlines in order of time.
type Incidents interface {
	List(ctx context.Context, q tracker.Query) (tracker.Page, error)
	Answered(ctx context.Context, q tracker.AnsweredQuery) (newest []*sla.Incident, total int, err error)
	Deadlines(ctx context.Context, q tracker.DeadlineQuery) ([]tracker.Deadline, error)
}

// ReportRequest says which report, and how.
type ReportRequest struct {
	Period string // such as 2026-10 or 2026-Q3
	Format string // json, html, pdf, xlsx or csv
	Lang   string // ja or en
	Vendor string // id; empty: all
	Table  string // of CSV; empty: vendors
	BOM    bool   // CSV begins with a byte order mark

	Edition int // a kept edition by its number; 0: the report as it is now
}

// Options is what the handler works with. Tracker, Incidents, Zone and Now
// must be set.
type Options struct {
	Tracker   *tracker.Tracker
	Incidents Incidents
	Catalogue sla.Catalogue
	Zone      *time.Location // in which times are read and shown
	Lang      string         // "ja" or "en", where the reader does not choose
	Version   string
	Now       func() time.Time

	// Report renders a report. A tracker.Invalid error is the reader's to mend.
	// Nil: none.
	Report func(context.Context, ReportRequest) (contentType string, body []byte, err error)
	// Send sends the report of a finished period to destinations, none: to those
	// of the schedule. A tracker.Invalid error is the reader's to mend. Nil: it
	// can't be sent.
	Send func(ctx context.Context, period string, to []string) (*Dispatch, error)
	// Library says what reports there are. Nil: the board shows none.
	Library Library
	// Replay compares the incidents of a month such as 2026-10 with what today's
	// promises would make of them. A tracker.Invalid error is the reader's to
	// mend. Nil: none.
	Replay func(ctx context.Context, month string) (*tracker.Comparison, error)
	// Trial sends a synthetic overdue alert to a destination and follows it. A
	// tracker.Invalid error is the caller's to mend. Nil: none.
	Trial func(ctx context.Context, destination string) (Trial, error)
	// Health says how kigen itself fares. Nil: nobody knows, the pages do not
	// speak of it, and /readyz says that all is well.
	Health func(context.Context) Health
	// Metrics is what /metrics shows. Nil: nothing.
	Metrics prometheus.Gatherer
	// Access knows who asks. Nil: everybody who reaches the listener may do everything.
	Access *access.Keeper
	// OIDC lets people sign in at an OpenID Connect issuer. Nil: they can't.
	OIDC *access.Issuer
	// Origin is the scheme and host under which browsers know kigen behind a
	// proxy, such as https://kigen.example.jp; empty: those that they ask for.
	Origin string
	// Proxies are the networks whose word on where a request came from is taken.
	Proxies []netip.Prefix
	// Hosts are further host names, without port, under which kigen is asked.
	Hosts []string
	// Loopback says that the listener is on loopback, so that no other name
	// than the loopback's and those of Hosts can rightly lead here: a foreign
	// page that points its own name at 127.0.0.1 is refused.
	Loopback bool
	// Base is the path below which a proxy serves kigen, such as /kigen; empty:
	// none. Requests are taken with it and without.
	Base string
	// Settings is what the page of settings shows beside the promises and the
	// alert policies. Nil: nothing more.
	Settings *Settings
	// PublicURL is where people reach kigen, without a trailing slash; empty: not
	// known, and files that leave kigen have no links back.
	PublicURL string
	// Live tells open pages of news. Nil: they ask every 15 seconds.
	Live *Live
	// Log takes what went wrong inside. Nil: nothing is logged.
	Log *slog.Logger
}

// server answers requests. It holds nothing that changes but what it measured.
type server struct {
	Options
	mux    *routes
	least  map[string]access.Role        // who may use which route
	texts  map[string]texts              // by language
	pages  map[string]*template.Template // by language and page
	assets string                        // names the static files' content

	profiles profiles
	shared   sharedParts

	requests, strangers *limiter // of one client, and of one that did not say who it is
}

// New returns the handler of everything that kigen serves.
func New(o Options) http.Handler {
	s := newServer(o)
	return s.below(s.guard(s.authorize(s.mux)))
}

// newServer makes the server with all its routes.
func newServer(o Options) *server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	all := loadTexts()
	s := &server{
		Options: o, mux: &routes{ServeMux: http.NewServeMux()}, least: leastRoles(),
		texts: all, pages: loadPages(all, o.Base), assets: assetsHash(),
		requests: newLimiter(requestRate, requestBurst), strangers: newLimiter(strangerRate, strangerBurst),
	}
	s.mux.HandleFunc("GET /healthz", s.healthz)
	s.mux.HandleFunc("GET /readyz", s.readyz)
	if o.Metrics != nil {
		s.mux.Handle("GET /metrics", promhttp.HandlerFor(o.Metrics, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	}
	s.mux.HandleFunc("/api/", s.noRoute)
	s.routeAPI()
	s.routePages()
	s.routeSignIn()
	return s
}

// below takes away the path that a proxy may have left in front of ours.
func (s *server) below(next http.Handler) http.Handler {
	if s.Base == "" {
		return next
	}
	stripped := http.StripPrefix(s.Base, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == s.Base:
			http.Redirect(w, r, s.Base+"/", http.StatusPermanentRedirect)
		case strings.HasPrefix(r.URL.Path, s.Base+"/"):
			stripped.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// healthz says that the process answers, nothing more.
func (s *server) healthz(w http.ResponseWriter, _ *http.Request) {
	s.plain(w, http.StatusOK, "ok\n")
}

// plain answers a program that wants one line.
func (s *server) plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	if _, err := w.Write([]byte(text)); err != nil {
		s.Log.Debug("answer not delivered", "error", err)
	}
}
