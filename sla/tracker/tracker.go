package tracker

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kigen/sla"
)

// Tracker runs the use cases over a Store. It is safe for any number of
// goroutines.
type Tracker struct {
	Store     Store
	Catalogue sla.Catalogue
	Policies  sla.Policies
	Now       func() time.Time // the wall clock
	Changed   func()           // called after each commit, to wake the watch loop; may be nil
}

// Entry is what a person or a script enters to log an incident. Only Vendor
// and Title are required.
type Entry struct {
	Vendor, Service, Title, Description string
	sla.Facts
	Reference string
	Tags      []string
}

// Amendment changes an incident: nil leaves a field as it is. In Times, a
// moment that is present with a zero Stamp becomes unknown again.
type Amendment struct {
	Service, Title, Description, Reference *string
	Impact                                 *sla.Impact
	Scope                                  *sla.Scope
	Severity                               *sla.Severity
	Tags                                   *[]string
	Times                                  map[sla.Moment]sla.Stamp
	Version                                int64 // the version that was read; 0: whatever stands
}

// NoticeEntry is what is entered of a vendor's message. A zero ReceivedAt means now.
type NoticeEntry struct {
	ReceivedAt, SentAt        time.Time
	Channel, Stage, Reference string
	Text                      string
}

// Log records a new incident, starts its clocks and returns it. With an
// idempotencyKey, the same request again returns the incident that the first
// one made, and another request under the same key is an Invalid error.
func (t *Tracker) Log(ctx context.Context, actor, idempotencyKey string, e Entry) (*sla.Incident, error) {
	panic("on its way")
}

// Amend changes an incident and recomputes its deadlines; the old ones stay
// in the history.
func (t *Tracker) Amend(ctx context.Context, actor string, id sla.IncidentID, a Amendment) (*sla.Incident, error) {
	panic("on its way")
}

// Notice records a vendor's message and stops the clocks that it answers.
func (t *Tracker) Notice(ctx context.Context, actor string, id sla.IncidentID, n NoticeEntry) (*sla.Incident, error) {
	panic("on its way")
}

// Acknowledge records that a person has the incident. Repeats stay silent
// until the given instant, or for good when it is zero.
func (t *Tracker) Acknowledge(ctx context.Context, actor string, id sla.IncidentID, until time.Time) (*sla.Incident, error) {
	panic("on its way")
}

// Cancel withdraws an incident that was none.
func (t *Tracker) Cancel(ctx context.Context, actor string, id sla.IncidentID, reason string) (*sla.Incident, error) {
	panic("on its way")
}

// Step does what time alone asks for up to now, for every incident that has a
// planned instant behind it, and returns the next planned instant; zero when
// nothing is planned.
func (t *Tracker) Step(ctx context.Context) (next time.Time, err error) { panic("on its way") }

// Problem is one thing wrong with an input.
type Problem struct {
	Field   string // as JSON and flags name it
	Value   string // as it was given
	Message string // what is wrong and what would be right
}

// Invalid is an input that was refused. Nothing of it was stored.
type Invalid []Problem

// Error lists the problems, one a line.
func (e Invalid) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = fmt.Sprintf("%s %q: %s", p.Field, p.Value, p.Message)
	}
	return strings.Join(lines, "\n")
}
