package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
)

// Recipient is a mailbox that did not get the destination's last mail, which
// others got.
type Recipient struct {
	Destination, Address string
	Refused              bool      // permanently; otherwise the server put it off, and it is tried again
	Since                time.Time // in UTC
	Reason               string    // the server's last answer
}

// Recipients lists the mailboxes that mails do not reach, by destination and
// address.
func (db *DB) Recipients(ctx context.Context) (found []Recipient, err error) {
	err = db.view(ctx, func(r *reader) error {
		return r.query(ctx, func(rows *sql.Rows) error {
			var (
				one   Recipient
				since int64
			)
			err := rows.Scan(&one.Destination, &one.Address, &one.Refused, &since, &one.Reason)
			one.Since = time.UnixMilli(since).UTC()
			found = append(found, one)
			return err
		}, `SELECT destination, address, refused, since, reason FROM recipients r
			WHERE refused = 1 OR EXISTS (SELECT 1 FROM deliveries d
				WHERE d.kind = 'copy' AND d.state = 'pending' AND d.destination = r.destination AND d.recipient = r.address)
			ORDER BY destination, address`)
	})
	if err != nil {
		return nil, fmt.Errorf("recipients that mails do not reach: %w", err)
	}
	return found, nil
}

// Partly records that the destination accepted the delivery except for some
// recipients. Each of them gets a copy, pending or permanently refused; a
// delivery that is a copy itself keeps its row. It is idempotent.
func (db *DB) Partly(ctx context.Context, id outbox.DeliveryID, r outbox.Receipt, at time.Time, left []outbox.Undelivered) error {
	return db.update(ctx, func(t *tx) error {
		m, err := t.mailed(ctx, id)
		if err != nil {
			return err
		}
		for _, u := range left {
			if err := t.leave(ctx, m, u, at); err != nil {
				return fmt.Errorf("delivery %d to %s: %w", id, u.Recipient, err)
			}
		}
		if m.isFor(left) {
			return nil
		}
		return t.sent(ctx, id, r, at, left)
	})
}

// mailed is the part of a delivery that concerns its recipients.
type mailed struct {
	id, original int64 // equal unless it is a copy
	destination  string
	recipient    string // of a copy; empty: all of the destination's
	incident     nullInt
}

func (r *reader) mailed(ctx context.Context, id outbox.DeliveryID) (m mailed, err error) {
	const stmt = `SELECT id, COALESCE(copy_of, id), destination, recipient, incident_id FROM deliveries WHERE id = $1`
	err = r.one(ctx, []any{&m.id, &m.original, &m.destination, &m.recipient, &m.incident}, nil, stmt, id)
	return m, err
}

// isFor reports whether the delivery is a copy for one of the recipients in left.
func (m *mailed) isFor(left []outbox.Undelivered) bool {
	return m.recipient != "" && slices.ContainsFunc(left, func(u outbox.Undelivered) bool { return u.Recipient == m.recipient })
}

// outdatedSQL supersedes the copies of older mails of the incident that wait for
// a recipient: each mail shows the incident's whole state.
const outdatedSQL = `UPDATE deliveries SET state = 'superseded'
	WHERE kind = 'copy' AND state = 'pending' AND destination = $1 AND recipient = $2 AND incident_id = $3 AND copy_of < $4`

// leave records one recipient that did not get the message.
func (t *tx) leave(ctx context.Context, m mailed, u outbox.Undelivered, at time.Time) error {
	if u.Refused {
		if err := t.recordRefusal(ctx, m, u, at); err != nil {
			return err
		}
	}
	if err := t.keepCopy(ctx, m, u, at); err != nil {
		return err
	}
	// All copies wait together, so that only one mail at a time tries a mailbox
	// that is put off.
	const wait = `UPDATE deliveries SET next_at = $1
		WHERE next_at < $2 AND kind = 'copy' AND state = 'pending' AND destination = $3 AND recipient = $4`
	if _, err := t.exec(ctx, outdatedSQL, m.destination, u.Recipient, m.incident, m.original); err != nil {
		return err
	}
	if !u.Refused {
		if _, err := t.exec(ctx, wait, u.Next.UnixMilli(), u.Next.UnixMilli(), m.destination, u.Recipient); err != nil {
			return err
		}
	}
	const note = `INSERT INTO recipients (destination, address, refused, since, reason) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (destination, address) DO UPDATE SET reason = excluded.reason, refused = excluded.refused,
			since = CASE WHEN recipients.refused = excluded.refused THEN recipients.since ELSE excluded.since END`
	_, err := t.exec(ctx, note, m.destination, u.Recipient, bit(u.Refused), at.UnixMilli(), foreign(u.Reason))
	return err
}

// keepCopy inserts the copy, or updates the delivery if it is the copy itself.
func (t *tx) keepCopy(ctx context.Context, m mailed, u outbox.Undelivered, at time.Time) error {
	state := outbox.DeliveryPending
	if u.Refused {
		state = outbox.DeliveryRefused
	}
	if m.recipient == u.Recipient {
		const again = `UPDATE deliveries SET state = $1, next_at = $2, last_error = $3, possible_repeat = possible_repeat | $4
			WHERE id = $5 AND attempts > 0 AND state IN ('pending', 'sending', 'unknown', 'refused')`
		return t.recordOutcome(ctx, outbox.DeliveryID(m.id), "left", again, state, u.Next.UnixMilli(), foreign(u.Reason), bit(u.PossibleRepeat), m.id)
	}
	const insert = `INSERT INTO deliveries (key, alert_id, incident_id, copy_of, recipient, destination, kind, state,
			attempts, queued_at, next_at, attempt_at, last_error, possible_repeat)
		SELECT key || '&' || $1, alert_id, incident_id, id, $2, destination, 'copy', $3, 1, $4, $5, attempt_at, $6, $7
		FROM deliveries WHERE id = $8
		ON CONFLICT (key) DO NOTHING`
	_, err := t.exec(ctx, insert, u.Recipient, u.Recipient, state, at.UnixMilli(), u.Next.UnixMilli(), foreign(u.Reason),
		bit(u.PossibleRepeat), m.id)
	return err
}

// recordRefusal adds the first refusal of each recipient to the incident's
// history.
func (t *tx) recordRefusal(ctx context.Context, m mailed, u outbox.Undelivered, at time.Time) error {
	if !m.incident.Valid {
		return nil
	}
	var known bool
	const before = `SELECT EXISTS (SELECT 1 FROM deliveries
		WHERE incident_id = $1 AND destination = $2 AND kind = 'copy' AND state = 'refused' AND recipient = $3)`
	if err := t.one(ctx, []any{&known}, nil, before, m.incident, m.destination, u.Recipient); err != nil || known {
		return err
	}
	body, err := json.Marshal(map[string]string{"destination": m.destination, "recipient": u.Recipient, "reason": u.Reason})
	if err != nil {
		return err
	}
	return t.AppendEvent(ctx, &sla.Event{
		Incident: sla.IncidentID(m.incident.V), At: at, Actor: "kigen", Kind: sla.EventUndelivered, Body: body,
	})
}

// reached clears the problem of recipients that now got a mail: their waiting
// copies become due, except those that this mail makes outdated.
func (t *tx) reached(ctx context.Context, id outbox.DeliveryID, left []outbox.Undelivered, at time.Time) error {
	m, err := t.mailed(ctx, id)
	if err != nil {
		return err
	}
	var addresses []string
	err = t.query(ctx, func(rows *sql.Rows) error {
		var address string
		err := rows.Scan(&address)
		addresses = append(addresses, address)
		return err
	}, `SELECT address FROM recipients WHERE destination = $1`, m.destination)
	if err != nil {
		return err
	}
	for _, address := range addresses {
		isLeft := slices.ContainsFunc(left, func(u outbox.Undelivered) bool { return u.Recipient == address })
		if isLeft || m.recipient != "" && m.recipient != address {
			continue
		}
		if err := t.reachedOne(ctx, &m, address, at); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) reachedOne(ctx context.Context, m *mailed, address string, at time.Time) error {
	const forget = `DELETE FROM recipients WHERE destination = $1 AND address = $2`
	if _, err := t.exec(ctx, forget, m.destination, address); err != nil {
		return err
	}
	if _, err := t.exec(ctx, outdatedSQL, m.destination, address, m.incident, m.original); err != nil {
		return err
	}
	const due = `UPDATE deliveries SET next_at = $1
		WHERE next_at > $2 AND kind = 'copy' AND state = 'pending' AND destination = $3 AND recipient = $4`
	_, err := t.exec(ctx, due, at.UnixMilli(), at.UnixMilli(), m.destination, address)
	return err
}

// unreached lists the recipients that a delivery has not reached.
func (r *reader) unreached(ctx context.Context, key string) (left []outbox.Undelivered, err error) {
	err = r.query(ctx, func(rows *sql.Rows) error {
		var (
			u    outbox.Undelivered
			next nullInt
		)
		err := rows.Scan(&u.Recipient, &u.Reason, &u.Refused, &next)
		u.Next = utc(next)
		left = append(left, u)
		return err
	}, `SELECT recipient, last_error, state = 'refused', next_at FROM deliveries
		WHERE copy_of = (SELECT id FROM deliveries WHERE key = $1) AND state IN ('pending', 'sending', 'unknown', 'refused') ORDER BY id`, key)
	return left, err
}

// bit is the stored form of a bool.
func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
