package store

import (
	"context"
	"database/sql"
	"fmt"

	"kigen/sla/record"
)

// fetched is the number of rows that a cursor of a server hands over at once.
const fetched = 1000

// sealedContent is a key with its content.
type sealedContent struct {
	key     sealedKey
	content record.Hash
}

// cursor reads keys and contents one by one; of several contents of one key, the last.
type cursor struct {
	sealedContent
	rows contents
	next sealedContent
	more bool // next is read
	done bool
	err  error
}

// contents is what a cursor reads from.
type contents interface {
	// read returns the next content; false after the last one.
	read() (sealedContent, bool, error)
	close()
}

// pull begins to read what a statement selects. Within a transaction the name is its own.
func (r *reader) pull(ctx context.Context, scan func(*sql.Rows) (sealedKey, record.Hash, error), name, stmt string) (*cursor, error) {
	c := &cursor{}
	if r.db.sql.streams {
		rows, err := r.tx.QueryContext(ctx, stmt) //nolint:rowserrcheck,sqlclosecheck // live.read and live.close do
		if err != nil {
			return nil, r.db.explain(ctx, err)
		}
		c.rows = &live{rows, scan}
	} else {
		if _, err := r.tx.ExecContext(ctx, "DECLARE "+name+" NO SCROLL CURSOR FOR "+stmt); err != nil {
			return nil, r.db.explain(ctx, err)
		}
		c.rows = &batches{ctx: ctx, r: r, scan: scan, name: name}
	}
	c.read()
	c.advance()
	return c, nil
}

// read reads one content ahead.
func (c *cursor) read() {
	c.more = false
	if c.err == nil {
		c.next, c.more, c.err = c.rows.read()
	}
}

func (c *cursor) advance() {
	if !c.more {
		c.done = true
		return
	}
	c.key = c.next.key
	for c.more && c.next.key == c.key {
		c.content = c.next.content
		c.read()
	}
}

func (c *cursor) close() { c.rows.close() }

func (c *cursor) errorOr(other *cursor) error {
	if c.err != nil {
		return c.err
	}
	return other.err
}

// live reads the rows of a statement as they come.
type live struct {
	rows *sql.Rows
	scan func(*sql.Rows) (sealedKey, record.Hash, error)
}

func (l *live) read() (s sealedContent, ok bool, err error) {
	if !l.rows.Next() {
		return s, false, l.rows.Err()
	}
	s.key, s.content, err = l.scan(l.rows)
	return s, err == nil, err
}

func (l *live) close() { _ = l.rows.Close() } // the error of reading was returned

// batches reads a cursor of the server, whose sessions answer one statement at a time.
type batches struct {
	ctx  context.Context //nolint:containedctx // of the transaction that the cursor is part of
	r    *reader
	scan func(*sql.Rows) (sealedKey, record.Hash, error)
	name string
	held []sealedContent
	last bool // the server has no more
}

func (b *batches) read() (s sealedContent, ok bool, err error) {
	if len(b.held) == 0 && !b.last {
		if err := b.fetch(); err != nil {
			return s, false, err
		}
	}
	if len(b.held) == 0 {
		return s, false, nil
	}
	s, b.held = b.held[0], b.held[1:]
	return s, true, nil
}

func (b *batches) fetch() error {
	b.held = b.held[:0]
	err := b.r.query(b.ctx, func(rows *sql.Rows) (err error) {
		var s sealedContent
		s.key, s.content, err = b.scan(rows)
		b.held = append(b.held, s)
		return err
	}, fmt.Sprintf("FETCH %d FROM %s", fetched, b.name))
	b.last = len(b.held) < fetched
	return err
}

func (b *batches) close() {} // the cursor ends with its transaction
