package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"kigen/sla/record"
	"kigen/sla/tracker"
)

// Session is a browser session of a signed-in user.
type Session struct {
	Hash              string // of the key in the browser's cookie
	User              User
	CreatedAt, SeenAt time.Time
	Origin            string // address of the sign-in
	Agent             string // browser, as it names itself
	Second            bool   // the second factor was given
}

// SessionBounds says which sessions end when another one begins.
type SessionBounds struct {
	Old, Idle time.Time // all that began before Old or were last seen before Idle
	Most      int       // the user's oldest beyond this number; 0: no limit
}

// BeginSession stores a session and when its user last signed in, and the role of a
// user of an OpenID Connect issuer. It returns tracker.ErrNotFound if the user was
// disabled or got another password after it was read. Sessions out of bounds are
// deleted, which makes their keys invalid.
func (db *DB) BeginSession(ctx context.Context, s *Session, bounds SessionBounds, line AccessLine) error {
	return db.logged(ctx, line, func(t *tx) error {
		if _, err := t.exec(ctx, `DELETE FROM sessions WHERE created_at < $1 OR seen_at < $2`, bounds.Old.UnixMilli(), bounds.Idle.UnixMilli()); err != nil {
			return err
		}
		const sign = `UPDATE users SET signed_in_at = $1, seen_at = $2, role = CASE WHEN subject <> '' THEN $3 ELSE role END,
			role_lost_at = CASE WHEN subject <> '' THEN NULL ELSE role_lost_at END
			WHERE id = $4 AND password = $5 AND disabled = 0`
		n, err := t.exec(ctx, sign, s.CreatedAt.UnixMilli(), s.CreatedAt.UnixMilli(), s.User.Role, s.User.ID, s.User.Password)
		if err != nil || n == 0 {
			return fmt.Errorf("session of %s: %w", s.User.Name, orNotFound(err))
		}
		if s.User.Subject != "" { // its role may have changed
			t.sealRow(record.User, s.User.ID)
		}
		const begin = `INSERT INTO sessions (hash, user_id, created_at, seen_at, origin, agent, second) VALUES ($1, $2, $3, $4, $5, $6, $7)`
		if _, err = t.exec(ctx, begin, s.Hash, s.User.ID, s.CreatedAt.UnixMilli(), s.SeenAt.UnixMilli(), foreign(s.Origin), foreign(s.Agent), s.Second); err != nil || bounds.Most == 0 {
			return err
		}
		const end = `DELETE FROM sessions WHERE user_id = $1 AND hash <> $2 AND hash NOT IN (
			SELECT hash FROM sessions WHERE user_id = $3 AND hash <> $4 ORDER BY created_at DESC, hash LIMIT $5)`
		_, err = t.exec(ctx, end, s.User.ID, s.Hash, s.User.ID, s.Hash, bounds.Most-1)
		return err
	})
}

const sessionColumns = `hash, user_id, created_at, seen_at, origin, agent, second`

func (r *reader) sessions(ctx context.Context, where string, args ...any) ([]Session, error) {
	var sessions []Session
	err := r.query(ctx, func(rows *sql.Rows) error {
		var s Session
		var created, seen nullInt
		err := rows.Scan(&s.Hash, &s.User.ID, &created, &seen, &s.Origin, &s.Agent, &s.Second)
		s.CreatedAt, s.SeenAt = utc(created), utc(seen)
		sessions = append(sessions, s)
		return err
	}, `SELECT `+sessionColumns+` FROM sessions `+where, args...)
	return sessions, err
}

// Sessions lists the sessions of a user, the newest first. Of User, only ID is set.
func (db *DB) Sessions(ctx context.Context, user int64) (sessions []Session, err error) {
	err = db.view(ctx, func(r *reader) error {
		sessions, err = r.sessions(ctx, `WHERE user_id = $1 ORDER BY created_at DESC, hash`, user)
		return err
	})
	return sessions, err
}

// SessionCounts returns the number of sessions by user, without those out of bounds.
func (db *DB) SessionCounts(ctx context.Context, bounds SessionBounds) (map[int64]int, error) {
	counts := map[int64]int{}
	err := db.view(ctx, func(r *reader) error {
		return r.query(ctx, func(rows *sql.Rows) error {
			var user int64
			var n int
			err := rows.Scan(&user, &n)
			counts[user] = n
			return err
		}, `SELECT user_id, COUNT(*) FROM sessions WHERE created_at >= $1 AND seen_at >= $2 GROUP BY user_id`, bounds.Old.UnixMilli(), bounds.Idle.UnixMilli())
	})
	return counts, err
}

// EndSessions deletes the sessions of a user except the one with the hash keep.
func (db *DB) EndSessions(ctx context.Context, user int64, keep string, line AccessLine) error {
	return db.logged(ctx, line, func(t *tx) error {
		_, err := t.exec(ctx, `DELETE FROM sessions WHERE user_id = $1 AND hash <> $2`, user, keep)
		return err
	})
}

// Session returns a session with the current row of its user, or
// tracker.ErrNotFound.
func (db *DB) Session(ctx context.Context, hash string) (*Session, error) {
	s := &Session{}
	err := db.view(ctx, func(r *reader) error {
		found, err := r.sessions(ctx, `WHERE hash = $1`, hash)
		if err == nil && len(found) == 0 {
			err = tracker.ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("session: %w", err)
		}
		*s = found[0]
		u, err := r.user(ctx, `WHERE id = $1`, s.User.ID)
		if err == nil {
			s.User = *u
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// SeeSession stores when a session, and so its user, was last seen.
func (db *DB) SeeSession(ctx context.Context, hash string, at time.Time) error {
	return db.update(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, `UPDATE sessions SET seen_at = $1 WHERE hash = $2`, at.UnixMilli(), hash); err != nil {
			return err
		}
		_, err := t.exec(ctx, `UPDATE users SET seen_at = $1 WHERE id = (SELECT user_id FROM sessions WHERE hash = $2)`, at.UnixMilli(), hash)
		return err
	})
}

// EndSession deletes a session.
func (db *DB) EndSession(ctx context.Context, hash string, line AccessLine) error {
	return db.logged(ctx, line, func(t *tx) error {
		_, err := t.exec(ctx, `DELETE FROM sessions WHERE hash = $1`, hash)
		return err
	})
}

// Token is an API token of a program.
type Token struct {
	ID        int64
	Name      string
	Hash      string // of the program's key
	Role      string // viewer, analyst or admin
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
	UsedAt    time.Time // last; zero: never
	RevokedAt time.Time // zero: not revoked
	GrantedBy string    // who made it, such as cli:root
}

func (r *reader) tokens(ctx context.Context, where string, args ...any) ([]Token, error) {
	var tokens []Token
	err := r.query(ctx, func(rows *sql.Rows) error {
		var (
			k                               Token
			created, expires, used, revoked nullInt
		)
		err := rows.Scan(&k.ID, &k.Name, &k.Hash, &k.Role, &created, &expires, &used, &revoked, &k.GrantedBy)
		k.CreatedAt, k.ExpiresAt, k.UsedAt, k.RevokedAt = utc(created), utc(expires), utc(used), utc(revoked)
		tokens = append(tokens, k)
		return err
	}, `SELECT id, name, hash, role, created_at, expires_at, used_at, revoked_at, granted_by FROM tokens `+where, args...)
	return tokens, err
}

// Tokens lists all tokens by name, expired and revoked ones included.
func (db *DB) Tokens(ctx context.Context) (tokens []Token, err error) {
	err = db.view(ctx, func(r *reader) error {
		tokens, err = r.tokens(ctx, `ORDER BY name, id`)
		return err
	})
	return tokens, err
}

// Token returns a token by its key's hash, or tracker.ErrNotFound.
func (db *DB) Token(ctx context.Context, hash string) (*Token, error) {
	var tokens []Token
	err := db.view(ctx, func(r *reader) (err error) {
		tokens, err = r.tokens(ctx, `WHERE hash = $1`, hash)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case len(tokens) == 0:
		return nil, fmt.Errorf("token: %w", tracker.ErrNotFound)
	}
	return &tokens[0], nil
}

// AddToken stores a new token. If a token with this name is not revoked, the error is
// a tracker.ErrConflict.
func (db *DB) AddToken(ctx context.Context, k *Token, line AccessLine) error {
	return db.logged(ctx, line, func(t *tx) error {
		const stmt = `INSERT INTO tokens (name, hash, role, created_at, expires_at, granted_by) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`
		if err := t.one(ctx, []any{&k.ID}, nil, stmt, k.Name, k.Hash, k.Role, millis(k.CreatedAt), millis(k.ExpiresAt), line.Actor); err != nil {
			return fmt.Errorf("token %s: %w", k.Name, err)
		}
		t.sealRow(record.Token, k.ID)
		return nil
	})
}

// RevokeToken revokes a token for good, or returns tracker.ErrNotFound.
func (db *DB) RevokeToken(ctx context.Context, name string, at time.Time, line AccessLine) error {
	return db.logged(ctx, line, func(t *tx) error {
		const stmt = `UPDATE tokens SET revoked_at = $1 WHERE name = $2 AND revoked_at IS NULL RETURNING id`
		var id int64
		if err := t.one(ctx, []any{&id}, tracker.ErrNotFound, stmt, at.UnixMilli(), name); err != nil {
			return fmt.Errorf("token %s: %w", name, err)
		}
		t.sealRow(record.Token, id)
		return nil
	})
}

// UseToken stores when a token was last used.
func (db *DB) UseToken(ctx context.Context, id int64, at time.Time) error {
	return db.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `UPDATE tokens SET used_at = $1 WHERE id = $2`, at.UnixMilli(), id)
		return err
	})
}
