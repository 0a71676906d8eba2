package store

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
)

var (
	//go:embed query/mergeable.sql
	mergeableQuery string
	//go:embed query/open_digest.sql
	openDigestSQL string
	//go:embed query/digest_lines.sql
	digestLinesSQL string
)

var (
	mergeableSQL     = strings.ReplaceAll(mergeableQuery, "{past}", "0")
	mergeablePastSQL = strings.ReplaceAll(mergeableQuery, "{past}", "1")
)

// mostMerged bounds how many posts one transaction merges.
const mostMerged = 20_000

// Merge puts the posts that are due for a destination at now into a digest, when
// there are more than form.Above of them or a digest is pending already. It
// returns how many it merged. Each keeps its row and its key, and counts as sent
// when its page is sent. With form.File it first queues the files of waiting
// messages. NextDelivery applies the form to updates from then on.
func (db *DB) Merge(ctx context.Context, destination string, now time.Time, form outbox.DigestForm) (int, error) {
	if form.File {
		if err := db.attach(ctx, destination); err != nil {
			return 0, err
		}
	}
	db.forms.Store(destination, form)
	worth, err := db.worthMerging(ctx, destination, now, form)
	if err != nil || !worth {
		return 0, err
	}
	var n int
	err = db.updateLeading(ctx, func(t *tx) error {
		posts, err := t.mergeable(ctx, mergeableSQL, destination, now, mostMerged)
		if err != nil || len(posts) == 0 {
			return err
		}
		n = len(posts)
		d, err := t.openDigest(ctx, destination, outbox.ReasonDigest, form)
		if err != nil {
			return err
		}
		if d == nil {
			if n <= form.Above {
				n = 0
				return nil
			}
			if d, err = t.newDigest(ctx, destination, outbox.ReasonDigest, posts, now, form); err != nil {
				return err
			}
		}
		return t.fill(ctx, d, posts, now, form)
	})
	if err != nil {
		return 0, fmt.Errorf("merge alerts for %s: %w", destination, err)
	}
	return n, nil
}

// worthMerging reports whether there are posts to merge. It needs no write lock;
// in most cases there are none.
func (db *DB) worthMerging(ctx context.Context, destination string, now time.Time, form outbox.DigestForm) (worth bool, err error) {
	err = db.view(ctx, func(r *reader) error {
		posts, err := r.mergeable(ctx, mergeableSQL, destination, now, form.Above+1)
		if err != nil || len(posts) == 0 {
			return err
		}
		d, err := r.openDigest(ctx, destination, outbox.ReasonDigest, form)
		worth = d != nil || len(posts) > form.Above
		return err
	})
	if err != nil {
		return false, fmt.Errorf("merge alerts for %s: %w", destination, err)
	}
	return worth, nil
}

// mergeablePost is a post or an update that may join a digest.
type mergeablePost struct{ id, queuedAt int64 }

func (r *reader) mergeable(ctx context.Context, stmt, destination string, now time.Time, most int) (posts []mergeablePost, err error) {
	err = r.query(ctx, func(rows *sql.Rows) error {
		var p mergeablePost
		err := rows.Scan(&p.id, &p.queuedAt)
		posts = append(posts, p)
		return err
	}, stmt, destination, now.UnixMilli(), now.UnixMilli(), most)
	return posts, err
}

// digest is an open digest: more posts may join it.
type digest struct {
	id, alert   int64 // of the summary's delivery
	key         string
	destination string
	state       outbox.DeliveryState
}

// openDigest returns the destination's open digest with the given reason, nil
// when there is none.
func (r *reader) openDigest(ctx context.Context, destination string, reason outbox.Reason, form outbox.DigestForm) (*digest, error) {
	d := digest{destination: destination}
	err := r.one(ctx, []any{&d.id, &d.key, &d.alert, &d.state}, nil, openDigestSQL, destination, form.Page, reason)
	if err != nil || d.id == 0 {
		return nil, err
	}
	return &d, nil
}

// newDigest makes the alert of a digest with the delivery of its summary and, if
// the form has one, of its file. The key has the id of the first post, which is
// in no other digest.
func (t *tx) newDigest(ctx context.Context, destination string, reason outbox.Reason, posts []mergeablePost, now time.Time, form outbox.DigestForm) (*digest, error) {
	oldest := posts[0].queuedAt
	for _, p := range posts {
		oldest = min(oldest, p.queuedAt)
	}
	d := &digest{destination: destination, state: outbox.DeliveryPending}
	to, err := listText([]string{destination})
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%s/%d", reason, posts[0].id)
	const insert = `INSERT INTO alerts (key, reason, at, destinations) VALUES ($1, $2, $3, $4) RETURNING id`
	if err := t.one(ctx, []any{&d.alert}, nil, insert, name, reason, oldest, to); err != nil {
		return nil, err
	}
	d.key = name + "@" + destination
	if d.id, err = t.digestPart(ctx, d, d.key, outbox.Post, 0, oldest, now); err != nil {
		return nil, err
	}
	if form.Once {
		if _, err := t.exec(ctx, `UPDATE deliveries SET fixed = 1 WHERE id = $1`, d.id); err != nil {
			return nil, err
		}
	}
	if !form.File {
		return d, nil
	}
	_, err = t.digestPart(ctx, d, d.key+"/file", outbox.File, 0, oldest, now)
	return d, err
}

// digestPart queues one delivery of a digest: the summary if d.id is not set,
// otherwise a page or file in its thread.
func (t *tx) digestPart(ctx context.Context, d *digest, key string, kind outbox.DeliveryKind, part int, queuedAt int64, now time.Time) (id int64, err error) {
	const insert = `INSERT INTO deliveries (key, alert_id, thread_root_id, part, destination, kind, state, queued_at, next_at)
		VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $8) RETURNING id`
	root := nullInt{V: d.id, Valid: d.id != 0}
	err = t.one(ctx, []any{&id}, nil, insert, key, d.alert, root, part, d.destination, kind, queuedAt, now.UnixMilli())
	return id, err
}

// fill assigns each post to a page, and adds pages as needed.
func (t *tx) fill(ctx context.Context, d *digest, posts []mergeablePost, now time.Time, form outbox.DigestForm) error {
	page, part, room := d.id, 0, len(posts)
	if form.Page > 0 {
		var err error
		if page, part, room, err = t.lastPage(ctx, d, form); err != nil {
			return err
		}
	}
	for len(posts) > 0 {
		if room == 0 {
			part++
			var err error
			key := fmt.Sprintf("%s/%d", d.key, part)
			if page, err = t.digestPart(ctx, d, key, outbox.Page, part, posts[0].queuedAt, now); err != nil {
				return err
			}
			room = form.Page
		}
		n := min(room, len(posts))
		if err := t.assign(ctx, page, posts[:n]); err != nil {
			return err
		}
		posts, room = posts[n:], room-n
	}
	if d.state == outbox.DeliveryPending {
		return nil
	}
	// The summary may have been sent with the old counts.
	const correct = `INSERT INTO deliveries (key, alert_id, post_id, destination, kind, state, queued_at, next_at)
		SELECT key || '#' || (1 + (SELECT COUNT(*) FROM deliveries u WHERE u.post_id = d.id)), alert_id, id, destination, 'update', 'pending', $1, $2
		FROM deliveries d WHERE id = $3 AND NOT EXISTS (SELECT 1 FROM deliveries u WHERE u.post_id = d.id AND u.state = 'pending')`
	_, err := t.exec(ctx, correct, now.UnixMilli(), now.UnixMilli(), d.id)
	return err
}

// assign merges posts into one page.
func (t *tx) assign(ctx context.Context, page int64, posts []mergeablePost) error {
	for some := range chunks(posts) {
		args := []any{page}
		for _, p := range some {
			args = append(args, p.id)
		}
		merge := `UPDATE deliveries SET state = 'merged', digest_page_id = $1 WHERE state = 'pending' AND id IN (` + placeholders(2, len(some)) + `)`
		if _, err := t.exec(ctx, merge, args...); err != nil {
			return err
		}
	}
	return nil
}

// lastPage returns the digest's last page, its number, and the number of lines
// that still fit.
func (t *tx) lastPage(ctx context.Context, d *digest, form outbox.DigestForm) (id int64, part, room int, err error) {
	var state outbox.DeliveryState
	const last = `SELECT id, part, state FROM deliveries WHERE thread_root_id = $1 AND kind = 'page' ORDER BY part DESC LIMIT 1`
	if err := t.one(ctx, []any{&id, &part, &state}, nil, last, d.id); err != nil || state != outbox.DeliveryPending {
		return 0, part, 0, err
	}
	var lines int
	if err := t.one(ctx, []any{&lines}, nil, `SELECT COUNT(*) FROM deliveries WHERE digest_page_id = $1 AND state = 'merged'`, id); err != nil {
		return 0, 0, 0, err
	}
	return id, part, max(form.Page-lines, 0), nil
}

// digest reads the content of a digest's delivery. message is the delivery of the
// summary or page, also for an update of it.
func (r *reader) digest(ctx context.Context, message int64, part int, root nullInt) (*outbox.Digest, error) {
	g := &outbox.Digest{Part: part}
	whole := message
	if root.Valid {
		whole = root.V
	}
	const pages = `SELECT COUNT(*) FROM deliveries WHERE thread_root_id = $1 AND kind = 'page' AND state <> 'superseded'`
	if err := r.one(ctx, []any{&g.Pages}, nil, pages, whole); err != nil {
		return nil, err
	}
	of := whole
	if part > 0 {
		of = message
	}
	err := r.query(ctx, func(rows *sql.Rows) error {
		line, err := scanLine(rows)
		g.Lines = append(g.Lines, line)
		return err
	}, digestLinesSQL, of, of)
	return g, err
}

func scanLine(rows *sql.Rows) (l outbox.Line, err error) {
	var at, due, dueEast, notice, breached, ackAt, ackUntil nullInt
	err = rows.Scan(&l.Key, &l.Reason, &at, &l.Incident, &l.Kind, &l.Reference, &l.Vendor, &l.Service, &l.Title, &l.Severity,
		&l.Promise, &l.Stage, &l.State, &due, &dueEast, &notice, &breached,
		&l.Acknowledged.By, &ackAt, &ackUntil, &l.InsteadOf, &l.Change)
	l.At, l.Due, l.NotifiedAt, l.BreachedAt = utc(at), entered(due, dueEast), utc(notice), utc(breached)
	l.Acknowledged.At, l.Acknowledged.Until = utc(ackAt), utc(ackUntil)
	if l.State != "" {
		clock := sla.Clock{State: l.State, Due: l.Due, NotifiedAt: l.NotifiedAt, BreachedAt: l.BreachedAt}
		l.Unreadable = checkClockRow(&clock) != nil
	}
	if l.Unreadable {
		l.State, l.Due, l.NotifiedAt, l.BreachedAt = "", time.Time{}, time.Time{}, time.Time{}
	}
	return l, err
}
