package tracker

import "kigen/sla"

// version is what is kept for good of a version of a promise: the promise,
// which names its calendar by hash, and the calendar.
type version struct{ promise, calendar sla.Terms }

// version works out a promise's terms once: a promise never changes, and to
// write and hash it anew for each incident would cost more than the deadline.
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

// keep stores what a clock's deadline follows from, and returns the hash that
// the clock knows it by.
func (c *change) keep(p *sla.Promise) (hash string, err error) {
	v := c.version(p)
	for _, terms := range []sla.Terms{v.calendar, v.promise} {
		if err := c.tx.KeepTerms(c.ctx, terms); err != nil {
			return "", err
		}
	}
	return v.promise.Hash, nil
}
