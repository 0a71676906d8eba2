package tracker

import (
	"context"
	"errors"
	"time"

	"kigen/sla"
)

// Errors that a Store returns, wrapped, so that a caller can tell them apart.
var (
	ErrNotFound = errors.New("not found")
	// ErrConflict means that another writer won: read again, then retry.
	ErrConflict = errors.New("changed meanwhile by someone else")
)

// Store keeps incidents. Update runs f in one immediate transaction: all that
// f wrote is kept, or nothing. View runs f over one consistent snapshot.
type Store interface {
	Update(ctx context.Context, f func(Tx) error) error
	View(ctx context.Context, f func(Reader) error) error
}

// Reader reads inside a transaction or snapshot.
type Reader interface {
	// Incident returns an incident with its clocks (in creation order) and its notices
	// (by ReceivedAt), or ErrNotFound.
	Incident(ctx context.Context, id sla.IncidentID) (*sla.Incident, error)
	// Evidence returns a file that came with a notice of the incident, and what
	// it holds, or ErrNotFound.
	Evidence(ctx context.Context, id sla.IncidentID, sha256 string) (sla.Evidence, []byte, error)
	// Events returns the history of an incident, oldest first.
	Events(ctx context.Context, id sla.IncidentID) ([]sla.Event, error)
	// DueIncidents returns, soonest first, the ids of at most limit incidents
	// with a clock whose NextStepAt is at or before now.
	DueIncidents(ctx context.Context, now time.Time, limit int) ([]sla.IncidentID, error)
	// NextStep returns the earliest NextStepAt of all clocks, false when none is planned.
	NextStep(ctx context.Context) (time.Time, bool, error)
	// Replayed returns the incident that was logged under an idempotency key,
	// with the hash of the request that logged it; ErrNotFound when the key is new.
	Replayed(ctx context.Context, key string) (id sla.IncidentID, requestHash string, err error)
	// HasAlert reports whether an alert with this key was ever raised.
	HasAlert(ctx context.Context, key string) (bool, error)
	// Untold returns those of the destinations to which no alert of the clock's
	// deadline went that was planned for since or later.
	Untold(ctx context.Context, clock *sla.Clock, since time.Time, to []string) ([]string, error)
	// CreatedAt is when this database was made.
	CreatedAt(ctx context.Context) (time.Time, error)
}

// Tx reads and writes inside one transaction.
type Tx interface {
	Reader
	// InsertIncident stores a new incident without clocks and sets its ID and Version.
	InsertIncident(ctx context.Context, inc *sla.Incident) error
	// UpdateIncident stores the incident's own fields if its Version is still
	// the stored one, and raises Version; otherwise ErrConflict.
	UpdateIncident(ctx context.Context, inc *sla.Incident) error
	// InsertClock stores a new clock and sets its ID.
	InsertClock(ctx context.Context, c *sla.Clock) error
	// UpdateClock stores the clock if it is still in state was; otherwise ErrConflict.
	// A stored BreachedAt is never cleared or changed.
	UpdateClock(ctx context.Context, c *sla.Clock, was sla.State) error
	// AdoptPolicies makes the next steps of all ticking clocks fall at the given
	// instant or after it, batch clocks at a time with a pause between, what is due
	// first first, and none later than it was planned; unless fingerprint is that
	// of the policies adopted before.
	AdoptPolicies(ctx context.Context, fingerprint string, from time.Time, batch int, pause time.Duration) error
	// KeepEvidence stores a file's content under its SHA-256, in hex. What is
	// kept already stays as it is.
	KeepEvidence(ctx context.Context, sha256 string, content []byte) error
	// InsertNotice stores a notice, with the names of its files, and sets its ID.
	InsertNotice(ctx context.Context, n *sla.Notice) error
	// AppendEvent seals the event to the incident's last one and stores it.
	AppendEvent(ctx context.Context, e *sla.Event) error
	// KeepTerms stores a version of a promise, or of a calendar, by its hash. One
	// that is kept already costs a look, not another write.
	KeepTerms(ctx context.Context, t sla.Terms) error
	// Remember binds an idempotency key to the incident that it logged.
	Remember(ctx context.Context, key, requestHash string, id sla.IncidentID, at time.Time) error
	// Raise stores an alert and one pending delivery for each of its destinations.
	// It reports false, and stores nothing, when the key exists.
	Raise(ctx context.Context, a *sla.Alert) (bool, error)
	// Supersede marks the clock's pending posts at these destinations (nil: at
	// all), as far as they were never attempted, as superseded.
	Supersede(ctx context.Context, clock sla.ClockID, to []string) error
	// SupersedeLogged does the same to the incident's own pending posts, which
	// say that it was logged.
	SupersedeLogged(ctx context.Context, id sla.IncidentID, to []string) error
	// QueueUpdates adds a pending Update for every post of the incident that
	// was sent or is being sent, unless one is pending already.
	QueueUpdates(ctx context.Context, id sla.IncidentID, at time.Time) error
}
