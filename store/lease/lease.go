package lease

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// lasts is how long the row belongs to its holder from a renewal on.
	lasts = 5 * time.Second
	// trusted is how long the holder counts on a renewal, from before its request.
	trusted = 4 * time.Second
	// period is the time between two renewals, and between two looks at another's row.
	period = time.Second
	// answerBound bounds each request, the opening of its connection included.
	answerBound = 2 * time.Second
)

// Term is one leadership of one replica. The zero Term is none.
type Term struct {
	Number int64
	Holder string // random for each start of a replica
}

// Leader is a replica that leads.
type Leader struct {
	Term
	Name    string // of its machine
	Address string // of its board
}

// Lease is one replica's part in the election. Its methods are safe for any number of
// goroutines.
type Lease struct {
	me      Leader
	row     row
	log     *slog.Logger
	now     func() time.Time // the monotonic clock counts
	wall    func() time.Time
	changed chan struct{}

	trust atomic.Pointer[trust]

	mu     sync.Mutex
	leader Leader      // of the last look
	led    time.Time   // when a look last found that somebody leads, by now
	ending *time.Timer // signals the end of the trust
	failed error       // of the last request; nil: it was answered
	skew   time.Duration
}

// trust is what a holder counts on.
type trust struct {
	term        Term
	begun, wall time.Time // before the request that took or renewed the row
	forever     bool
}

// row is the row of the table. One goroutine uses it.
type row interface {
	// take makes the row ours if it is free, and reads it otherwise.
	take(ctx context.Context, me Leader, patience time.Duration) (sight, error)
	// renew prolongs the row of our term. A sight that is not ours: it is lost.
	renew(ctx context.Context, term Term) (sight, error)
	// giveUp frees the row of our term and tells the other replicas.
	giveUp(ctx context.Context, term Term) error
	// wait returns when a replica has given the row up, or when ctx ends.
	wait(ctx context.Context)
	close()
}

// sight is what a request has found.
type sight struct {
	leader Leader
	led    bool      // the row belongs to leader, and is not free
	now    time.Time // of the database
}

// Options adjust a Lease.
type Options struct {
	Config  *pgx.ConnConfig // of the database
	Exclude string          // the statement by which a transaction excludes all that change data
	Name    string          // of this machine, for people
	Address string          // of this replica's board, for people
	Log     *slog.Logger
	Wall    func() time.Time // the wall clock; nil: time.Now
}

// New returns the lease of a replica on a PostgreSQL database. Run takes it.
func New(o Options) *Lease { return newLease(newPostgresRow(o.Config, o.Exclude), o) }

func newLease(r row, o Options) *Lease {
	if o.Wall == nil {
		o.Wall = time.Now
	}
	l := &Lease{
		me: Leader{Term: Term{Holder: rand.Text()}, Name: o.Name, Address: o.Address}, row: r, log: o.Log,
		now: time.Now, wall: func() time.Time { return o.Wall().Round(0) }, changed: make(chan struct{}, 1),
	}
	l.led = l.now() // an election takes its time
	return l
}

// Alone returns the lease of a database that only one process can have open: it is always
// held.
func Alone() *Lease {
	l := newLease(nil, Options{Log: slog.New(slog.DiscardHandler)})
	l.trust.Store(&trust{forever: true})
	l.signal()
	return l
}

// Contended reports whether other replicas may hold the lease.
func (l *Lease) Contended() bool { return l.row != nil }

// Valid reports whether this replica leads now.
func (l *Lease) Valid() bool {
	_, ok := l.Term()
	return ok
}

// Term returns the term by which this replica leads now, false if it does not lead.
func (l *Lease) Term() (Term, bool) {
	t := l.trust.Load()
	if t == nil || !t.forever && l.left(t) <= 0 {
		return Term{}, false
	}
	return t.term, true
}

// left returns how long a trust lasts from now on.
func (l *Lease) left(t *trust) time.Duration {
	return trusted - max(l.now().Sub(t.begun), l.wall().Sub(t.wall))
}

// Changed is signalled when this replica may have begun or ceased to lead: Term says
// which. It has one receiver.
func (l *Lease) Changed() <-chan struct{} { return l.changed }

func (l *Lease) signal() {
	select {
	case l.changed <- struct{}{}:
	default: // a signal is pending already
	}
}

// Leader returns the replica that led at the last look, false if the row was free or
// could not be read.
func (l *Lease) Leader() (Leader, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.leader, l.leader.Number != 0 && l.failed == nil
}

// Leaderless returns for how long no look has found that a replica leads, and the error
// of the last one.
func (l *Lease) Leaderless() (time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.row == nil {
		return 0, nil
	}
	return l.now().Sub(l.led), l.failed
}

// Skew returns by how much the wall clock is certainly ahead of the database's.
func (l *Lease) Skew() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.skew
}
