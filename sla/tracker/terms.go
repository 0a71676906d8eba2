package tracker

import (
	"context"

	"kigen/sla"
)

// TermsWriter stores the terms that deadlines follow from.
type TermsWriter interface {
	// KeepTerms stores a version of a promise or of a calendar by its hash. A
	// version that is stored already costs one lookup and no write.
	KeepTerms(ctx context.Context, t sla.Terms) error
}

// version is the stored form of a version of a promise: the promise, which names
// its calendar by hash, and the calendar.
type version struct{ promise, calendar sla.Terms }

// version caches a promise's terms: a promise never changes, and marshalling and
// hashing it for each incident would cost more than the deadline.
func (t *Tracker) version(p *sla.Promise) *version {
	if known, ok := t.versions.Load(p); ok {
		return known.(*version)
	}
	v := &version{
		promise:  p.Terms(),
		calendar: sla.Terms{Hash: p.Calendar.Hash(), Body: []byte(p.Calendar.Canonical())},
	}
	t.versions.Store(p, v)
	return v
}

// keep stores the terms that a clock's deadline follows from, and returns the hash
// of the promise.
func (c *change) keep(p *sla.Promise) (hash string, err error) {
	v := c.version(p)
	for _, terms := range []sla.Terms{v.calendar, v.promise} {
		if err := c.tx.KeepTerms(c.ctx, terms); err != nil {
			return "", err
		}
	}
	return v.promise.Hash, nil
}
