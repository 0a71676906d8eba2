package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"kigen/sla/tracker"
)

// Session is one browser in which a user is signed in.
type Session struct {
	Hash              string // of the key that the browser holds
	User              User
	CreatedAt, SeenAt time.Time
}

// BeginSession stores a session and when its user last signed in, with the role
// of one who signs in elsewhere. A user who was disabled or got another password
// since it was read is tracker.ErrNotFound. It forgets all sessions that began
// before old or were last seen before idle: they have ended, whoever still holds
// their keys.
func (db *DB) BeginSession(ctx context.Context, s *Session, old, idle time.Time, line AccessLine) error {
	return db.logged(ctx, line, func(t *tx) error {
		if _, err := t.exec(ctx, `DELETE FROM sessions WHERE created_at < $1 OR seen_at < $2`, old.UnixMilli(), idle.UnixMilli()); err != nil {
			return err
		}
		const sign = `UPDATE users SET signed_in_at = $1, role = CASE WHEN subject <> '' THEN $2 ELSE role END
			WHERE id = $3 AND password = $4 AND disabled = 0`
		n, err := t.exec(ctx, sign, s.CreatedAt.UnixMilli(), s.User.Role, s.User.ID, s.User.Password)
		if err != nil || n == 0 {
			return fmt.Errorf("session of %s: %w", s.User.Name, orNotFound(err))
		}
		const begin = `INSERT INTO sessions (hash, user_id, created_at, seen_at) VALUES ($1, $2, $3, $4)`
		_, err = t.exec(ctx, begin, s.Hash, s.User.ID, s.CreatedAt.UnixMilli(), s.SeenAt.UnixMilli())
		return err
	})
}

// Session finds a session with its user as the user is now, or is
// tracker.ErrNotFound.
func (db *DB) Session(ctx context.Context, hash string) (*Session, error) {
	s := &Session{Hash: hash}
	err := db.view(ctx, func(r *reader) error {
		var user int64
		var created, seen nullInt
		absent := fmt.Errorf("session: %w", tracker.ErrNotFound)
		err := r.one(ctx, []any{&user, &created, &seen}, absent, `SELECT user_id, created_at, seen_at FROM sessions WHERE hash = $1`, hash)
		if err != nil {
			return err
		}
		s.CreatedAt, s.SeenAt = utc(created), utc(seen)
		u, err := r.user(ctx, `WHERE id = $1`, user)
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

// SeeSession stores when a session was last used.
func (db *DB) SeeSession(ctx context.Context, hash string, at time.Time) error {
	return db.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `UPDATE sessions SET seen_at = $1 WHERE hash = $2`, at.UnixMilli(), hash)
		return err
	})
}

// EndSession forgets a session.
func (db *DB) EndSession(ctx context.Context, hash string, line AccessLine) error {
	return db.logged(ctx, line, func(t *tx) error {
		_, err := t.exec(ctx, `DELETE FROM sessions WHERE hash = $1`, hash)
		return err
	})
}

// Token lets a program in.
type Token struct {
	ID        int64
	Name      string
	Hash      string // of the key that the program holds
	Role      string // viewer, analyst or admin
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
	UsedAt    time.Time // last; zero: never
	RevokedAt time.Time // zero: it was not
}

func (r *reader) tokens(ctx context.Context, where string, args ...any) ([]Token, error) {
	var tokens []Token
	err := r.query(ctx, func(rows *sql.Rows) error {
		var (
			k                               Token
			created, expires, used, revoked nullInt
		)
		err := rows.Scan(&k.ID, &k.Name, &k.Hash, &k.Role, &created, &expires, &used, &revoked)
		k.CreatedAt, k.ExpiresAt, k.UsedAt, k.RevokedAt = utc(created), utc(expires), utc(used), utc(revoked)
		tokens = append(tokens, k)
		return err
	}, `SELECT id, name, hash, role, created_at, expires_at, used_at, revoked_at FROM tokens `+where, args...)
	return tokens, err
}

// Tokens lists all tokens, also those that no longer work, by name.
func (db *DB) Tokens(ctx context.Context) (tokens []Token, err error) {
	err = db.view(ctx, func(r *reader) error {
		tokens, err = r.tokens(ctx, `ORDER BY name, id`)
		return err
	})
	return tokens, err
}

// Token finds a token by its key's hash, or is tracker.ErrNotFound.
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

// AddToken stores a new token. A name that a token which was not revoked has
// is a tracker.ErrConflict.
func (db *DB) AddToken(ctx context.Context, k *Token, line AccessLine) error {
	return db.logged(ctx, line, func(t *tx) error {
		const stmt = `INSERT INTO tokens (name, hash, role, created_at, expires_at) VALUES ($1, $2, $3, $4, $5) RETURNING id`
		if err := t.one(ctx, []any{&k.ID}, nil, stmt, k.Name, k.Hash, k.Role, millis(k.CreatedAt), millis(k.ExpiresAt)); err != nil {
			return fmt.Errorf("token %s: %w", k.Name, err)
		}
		return nil
	})
}

// RevokeToken ends a token for good, or is tracker.ErrNotFound.
func (db *DB) RevokeToken(ctx context.Context, name string, at time.Time, line AccessLine) error {
	return db.logged(ctx, line, func(t *tx) error {
		const stmt = `UPDATE tokens SET revoked_at = $1 WHERE name = $2 AND revoked_at IS NULL`
		if n, err := t.exec(ctx, stmt, at.UnixMilli(), name); err != nil || n == 0 {
			return fmt.Errorf("token %s: %w", name, orNotFound(err))
		}
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
