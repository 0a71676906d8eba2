package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// Destination is a configured destination as the outbox stores it. Place and
// Account hold no secret.
type Destination struct {
	Name    string
	Place   string // identifies the target of its messages, independent of Name
	Channel string // the target as its receipts name it; empty: they do not
	Account string // destinations of one account may change each other's messages; empty: only itself
}

// Departed is a destination that left the configuration.
type Departed struct {
	Name      string
	LeftAt    time.Time
	Successor string // the configured destination with the same target; empty: none
	Updates   string // the configured destination that may change its messages; empty: none
	Retired   int    // messages retired since it left
	Settled   bool   // Rename has moved all its messages to the successor
}

// departed is a row of destinations.
type departed struct {
	name, place, channel, account, successor string
	leftAt                                   nullInt
}

// KeepDestinations stores the configured destinations and returns, by name, the
// stored ones that are no longer configured, each with its successor if it has one.
// A destination that is configured again is no longer returned.
func (db *DB) KeepDestinations(ctx context.Context, configured []Destination, now time.Time) (left []Departed, err error) {
	err = db.update(ctx, func(t *tx) error {
		known, err := t.destinations(ctx)
		if err != nil {
			return err
		}
		for i := range configured {
			if err := t.keepDestination(ctx, &configured[i], known); err != nil {
				return err
			}
		}
		for _, k := range known {
			if slices.ContainsFunc(configured, func(c Destination) bool { return c.Name == k.name }) {
				continue
			}
			d, err := t.depart(ctx, k, configured, now)
			if err != nil {
				return err
			}
			left = append(left, d)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("keep the destinations: %w", err)
	}
	return left, nil
}

func (r *reader) destinations(ctx context.Context) (known []departed, err error) {
	err = r.query(ctx, func(rows *sql.Rows) error {
		var k departed
		err := rows.Scan(&k.name, &k.place, &k.channel, &k.account, &k.leftAt, &k.successor)
		known = append(known, k)
		return err
	}, `SELECT name, place, channel, account, left_at, successor FROM destinations ORDER BY name`)
	return known, err
}

// formerPlaceSQL marks what may stand at the former place of a destination. An
// update is a message there only if it was posted anew, because the message to
// change is gone or has no receipt.
const formerPlaceSQL = `UPDATE deliveries SET possible_repeat = 1 WHERE destination = $1
	AND (kind <> 'update' AND state IN ('sending', 'unknown')
		OR kind = 'update' AND attempts > 0 AND state IN ('pending', 'sending', 'unknown')
		AND EXISTS (SELECT 1 FROM deliveries p LEFT JOIN deliveries t ON t.id = p.digest_page_id
			WHERE p.id = deliveries.post_id AND (p.gone = 1 OR COALESCE(t.ts, p.ts) = '')))`

// keepDestination notes one that is configured. What may have arrived at its
// former place can't be looked for at the present one: sent again, it may be a
// repeat.
func (t *tx) keepDestination(ctx context.Context, d *Destination, known []departed) error {
	if slices.ContainsFunc(known, func(k departed) bool { return k.name == d.Name && k.place != "" && k.place != d.Place }) {
		if _, err := t.exec(ctx, formerPlaceSQL, d.Name); err != nil {
			return err
		}
	}
	const keep = `INSERT INTO destinations (name, place, account) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET place = excluded.place, account = excluded.account, channel = '', left_at = NULL, successor = '', retired = 0`
	_, err := t.exec(ctx, keep, d.Name, d.Place, d.Account)
	return err
}

// depart stores that a destination left, and finds its successor, which has the same
// target, and the destination for its updates, which may only share its account.
func (t *tx) depart(ctx context.Context, k departed, configured []Destination, now time.Time) (d Departed, err error) {
	d.Name, d.LeftAt = k.name, now
	if k.leftAt.Valid {
		d.LeftAt = utc(k.leftAt)
	} else if k.channel, err = t.lastChannel(ctx, k.name); err != nil {
		return d, err
	}
	for _, c := range configured {
		if d.Successor == "" && (k.place != "" && c.Place == k.place || k.channel != "" && c.Channel == k.channel) {
			d.Successor = c.Name
		}
		if d.Updates == "" && k.account != "" && c.Account == k.account {
			d.Updates = c.Name
		}
	}
	d.Updates = cmp.Or(d.Successor, d.Updates)
	d.Settled = d.Successor != "" && d.Successor == k.successor
	const leave = `UPDATE destinations SET left_at = $1, channel = $2 WHERE name = $3 RETURNING retired`
	err = t.one(ctx, []any{&d.Retired}, nil, leave, d.LeftAt.UnixMilli(), k.channel, k.name)
	return d, err
}

// lastChannel is the channel in the newest receipt of a destination; empty if its
// receipts hold none. It is known also of a destination without a stored place.
func (r *reader) lastChannel(ctx context.Context, name string) (channel string, err error) {
	const newest = `SELECT channel FROM deliveries WHERE destination = $1 AND channel <> '' ORDER BY id DESC LIMIT 1`
	err = r.one(ctx, []any{&channel}, nil, newest, name)
	return channel, err
}

// Departed lists the destinations that left the configuration since an instant.
func (db *DB) Departed(ctx context.Context, since time.Time) (left []Departed, err error) {
	err = db.view(ctx, func(r *reader) error {
		return r.query(ctx, func(rows *sql.Rows) error {
			var d Departed
			var at nullInt
			err := rows.Scan(&d.Name, &at, &d.Successor, &d.Retired)
			d.LeftAt = utc(at)
			left = append(left, d)
			return err
		}, `SELECT name, left_at, successor, retired FROM destinations WHERE left_at >= $1 ORDER BY name`, since.UnixMilli())
	})
	if err != nil {
		return nil, fmt.Errorf("destinations that left: %w", err)
	}
	return left, nil
}
