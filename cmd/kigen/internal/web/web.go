// Package web serves kigen over HTTP. It holds what the JSON API (web/api) and
// the pages (web/pages) share: options, access control, limits, live updates,
// health and metrics, request bodies and lookups. A handler parses the request,
// calls a use case and renders the result; rules about incidents are in the use
// cases.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/chasing"
	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/registry"
	"kigen/sla"
	"kigen/sla/tracker"
)

// Incidents lists incidents page by page, recently answered ones, and deadlines
// in order of time.
type Incidents interface {
	List(ctx context.Context, q tracker.Query) (tracker.Page, error)
	Answered(ctx context.Context, q tracker.AnsweredQuery) (newest []*sla.Incident, total int, err error)
	Deadlines(ctx context.Context, q tracker.DeadlineQuery) ([]tracker.Deadline, error)
	// Ours lists incidents with clocks of our own duties, the most urgent first.
	Ours(ctx context.Context, limit int) ([]*sla.Incident, error)
}

// Options configures the handler. Tracker, Incidents, Zone and Now must be set.
type Options struct {
	Tracker   *tracker.Tracker
	Incidents Incidents
	Catalogue sla.Catalogue
	Zone      *time.Location // for reading and showing times
	Lang      string         // "ja" or "en"; the default language
	Version   string
	Now       func() time.Time

	// Register holds what is kept of vendors. Nil: there is none.
	Register *registry.Registry
	// Intake is the inbox of what came in from vendors. Nil: there is none.
	Intake *intake.Service
	// Chasing sends vendors the mails that ask for their notices. Nil: it sends none.
	Chasing *chasing.Service
	// Reports makes, sends and lists reports. Nil: there are none.
	Reports Reports
	Operations
	// Metrics is the source of /metrics. Nil: the route does not exist.
	Metrics prometheus.Gatherer
	// Access identifies callers. Nil: every caller is an admin.
	Access *access.Keeper
	// OIDC signs people in at an OpenID Connect issuer. Nil: not configured.
	OIDC *access.Issuer
	// Settings is shown on the settings page, in addition to policies and
	// calendars. Nil: nothing is added.
	Settings *Settings
	Reach
	// Live announces changes to open pages. Nil: pages poll every 15 seconds.
	Live *Live
	// Log receives internal errors. Nil: nothing is logged.
	Log *slog.Logger
}

// Operations are what admins start and look at.
type Operations struct {
	// Replay compares the clocks of a month such as 2026-10 with their results
	// under the current promises. A tracker.Invalid error describes a mistake in
	// the request. Nil: the operation does not exist.
	Replay func(ctx context.Context, month string) (*tracker.Comparison, error)
	// Trial sends a test alert to a destination and waits for its receipt. A
	// tracker.Invalid error describes a mistake in the request. Nil: the operation
	// does not exist.
	Trial func(ctx context.Context, destination string) (Trial, error)
	// Reload reads the configuration again. Mistakes in it are returned as
	// *ReloadRefusedError and change nothing. Nil: there is no configuration file.
	Reload func(context.Context) (*Reloaded, error)
	// Health returns the state of kigen. Nil: pages do not show it, and /readyz
	// always reports ready.
	Health func(context.Context) Health
	// Refused lists the messages of an incident that their destinations refuse.
	// Nil: pages do not show them.
	Refused func(ctx context.Context, id sla.IncidentID) ([]Refusal, error)
}

// Reach is how browsers and programs reach kigen, and from where.
type Reach struct {
	// Origin is the scheme and host of kigen in browsers behind a proxy, such as
	// https://kigen.example.jp; empty: those of the request.
	Origin string
	// Proxies are the networks of trusted proxies, whose X-Forwarded headers are
	// used.
	Proxies []netip.Prefix
	// Hosts are further host names, without port, that kigen accepts on loopback.
	Hosts []string
	// Loopback says that the listener is on loopback. Requests for host names other
	// than loopback's and Hosts are then refused, which prevents DNS rebinding.
	Loopback bool
	// Allow limits the addresses from which kigen is used.
	Allow Allow
	// Published says that the configuration names a proxy or an address that other
	// machines reach. Access control is then never off.
	Published bool
	// Base is the path prefix under which a proxy serves kigen, such as /kigen;
	// empty: none. Requests are accepted with and without it.
	Base string
	// PublicURL is kigen's address for people, without a trailing slash; empty:
	// unknown, so calendar entries contain no links.
	PublicURL string
}

// RecordPages renders an incident for the people who receive a bundle.
type RecordPages interface {
	BundlePage(ctx context.Context, inc *sla.Incident, events []sla.Event, lang string) ([]byte, error)
	BundleReadme(inc *sla.Incident, lang string) string
}

// Server contains what the API and the board share: options, routes, access and
// limits. Its only mutable state are caches and rate limiters.
type Server struct {
	Options
	Mux   *routes
	least map[string]access.Role // required role by route
	// Forbid shows that the caller lacks a role. The board sets it.
	Forbid func(w http.ResponseWriter, r *http.Request, least access.Role)
	// Record renders the pages of a bundle. The board sets it.
	Record RecordPages

	profiles profiles

	requests, strangers *limiter // per client; strangers: anonymous ones
}
