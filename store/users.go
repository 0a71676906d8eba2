package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"kigen/sla/record"
	"kigen/sla/tracker"
)

// User is a person who may sign in.
type User struct {
	ID         int64
	Name       string
	Subject    string // OpenID Connect issuer and subject; empty: signs in by password
	Role       string // viewer, analyst or admin
	Password   string // its argon2id hash; empty: signs in at the issuer
	Disabled   bool
	CreatedAt  time.Time
	SignedInAt time.Time // last; zero: never

	RoleLostAt time.Time // the issuer's groups gave no role at the last sign-in; zero: they did
	MustChange bool      // the password, before anything else
	TOTPSecret string    // base32; empty: no second factor
	TOTPStep   int64     // time step of the last accepted code
	GrantedBy  string    // who gave the role, such as cli:root
	GrantedAt  time.Time // zero: unknown
	SeenAt     time.Time // last request in any session; zero: unknown
}

const userColumns = `id, name, subject, role, password, disabled, created_at, signed_in_at,
	role_lost_at, must_change, totp_secret, totp_step, granted_by, granted_at, seen_at`

func (r *reader) users(ctx context.Context, where string, args ...any) ([]User, error) {
	var users []User
	err := r.query(ctx, func(rows *sql.Rows) error {
		var (
			u                                      User
			created, signedIn, lost, granted, seen nullInt
		)
		err := rows.Scan(&u.ID, &u.Name, &u.Subject, &u.Role, &u.Password, &u.Disabled, &created, &signedIn,
			&lost, &u.MustChange, &u.TOTPSecret, &u.TOTPStep, &u.GrantedBy, &granted, &seen)
		u.CreatedAt, u.SignedInAt, u.RoleLostAt, u.GrantedAt = utc(created), utc(signedIn), utc(lost), utc(granted)
		u.SeenAt = utc(seen)
		users = append(users, u)
		return err
	}, `SELECT `+userColumns+` FROM users `+where, args...)
	return users, err
}

func (r *reader) user(ctx context.Context, where string, key any) (*User, error) {
	users, err := r.users(ctx, where, key)
	switch {
	case err != nil:
		return nil, fmt.Errorf("user %v: %w", key, err)
	case len(users) == 0:
		return nil, fmt.Errorf("user %v: %w", key, tracker.ErrNotFound)
	}
	return &users[0], nil
}

// Users lists all users by name.
func (db *DB) Users(ctx context.Context) (users []User, err error) {
	err = db.view(ctx, func(r *reader) error {
		users, err = r.users(ctx, `ORDER BY name`)
		return err
	})
	return users, err
}

// User returns a user by name, or tracker.ErrNotFound.
func (db *DB) User(ctx context.Context, name string) (u *User, err error) {
	err = db.view(ctx, func(r *reader) error {
		u, err = r.user(ctx, `WHERE name = $1`, name)
		return err
	})
	return u, err
}

// UserOf returns a user by OpenID Connect issuer and subject, or tracker.ErrNotFound.
func (db *DB) UserOf(ctx context.Context, subject string) (u *User, err error) {
	err = db.view(ctx, func(r *reader) error {
		u, err = r.user(ctx, `WHERE subject = $1 AND subject <> ''`, subject)
		return err
	})
	return u, err
}

// AddUser stores a new user, granted by the line's actor, and sets its ID. If the name exists, the error is a
// tracker.ErrConflict.
func (db *DB) AddUser(ctx context.Context, u *User, line AccessLine) error {
	return db.logged(ctx, line, func(t *tx) error {
		const stmt = `INSERT INTO users (name, subject, role, password, created_at, must_change, granted_by, granted_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`
		u.GrantedBy, u.GrantedAt = line.Actor, line.At
		err := t.one(ctx, []any{&u.ID}, nil, stmt, u.Name, u.Subject, u.Role, u.Password, millis(u.CreatedAt), u.MustChange, u.GrantedBy, millis(u.GrantedAt))
		if err != nil {
			return fmt.Errorf("user %s: %w", u.Name, err)
		}
		t.sealRow(record.User, u.ID)
		return nil
	})
}

// ChangeUser stores Role, Password, Disabled and MustChange, and ends the user's
// sessions, which began under the old values. The line's actor grants a new role.
func (db *DB) ChangeUser(ctx context.Context, u *User, line AccessLine) error {
	return db.logged(ctx, line, func(t *tx) error {
		const grant = `UPDATE users SET granted_by = $1, granted_at = $2 WHERE id = $3 AND role <> $4`
		if _, err := t.exec(ctx, grant, line.Actor, millis(line.At), u.ID, u.Role); err != nil {
			return err
		}
		const stmt = `UPDATE users SET role = $1, password = $2, disabled = $3, must_change = $4 WHERE id = $5`
		if n, err := t.exec(ctx, stmt, u.Role, u.Password, u.Disabled, u.MustChange, u.ID); err != nil || n == 0 {
			return fmt.Errorf("user %s: %w", u.Name, orNotFound(err))
		}
		t.sealRow(record.User, u.ID)
		_, err := t.exec(ctx, `DELETE FROM sessions WHERE user_id = $1`, u.ID)
		return err
	})
}

// orNotFound is the error of a statement that changed no row.
func orNotFound(err error) error {
	if err == nil {
		return tracker.ErrNotFound
	}
	return err
}

// Guarded reports whether access control is on: a user or a token was created once.
// Disabled users and revoked tokens count, so that access control never turns itself
// off.
func (db *DB) Guarded(ctx context.Context) (guarded bool, err error) {
	err = db.glance(ctx, func(r *reader) error {
		return r.one(ctx, []any{&guarded}, nil, guardedSQL)
	})
	return guarded, err
}

const guardedSQL = `SELECT EXISTS (SELECT 1 FROM users) OR EXISTS (SELECT 1 FROM tokens)`

// LoseRole takes the role from a user of an OpenID Connect issuer until the next
// sign-in that gives one, and ends the user's sessions.
func (db *DB) LoseRole(ctx context.Context, u *User, line AccessLine) error {
	return db.logged(ctx, line, func(t *tx) error {
		if _, err := t.exec(ctx, `UPDATE users SET role_lost_at = $1 WHERE id = $2`, line.At.UnixMilli(), u.ID); err != nil {
			return err
		}
		t.sealRow(record.User, u.ID)
		_, err := t.exec(ctx, `DELETE FROM sessions WHERE user_id = $1`, u.ID)
		return err
	})
}

// ChangeOwnPassword stores a password that the user chose, unless another one replaced
// u.Password meanwhile, and ends the user's other sessions. keep is the hash of the
// session that goes on.
func (db *DB) ChangeOwnPassword(ctx context.Context, u *User, password, keep string, line AccessLine) error {
	return db.logged(ctx, line, func(t *tx) error {
		const stmt = `UPDATE users SET password = $1, must_change = 0 WHERE id = $2 AND password = $3 AND disabled = 0`
		if n, err := t.exec(ctx, stmt, password, u.ID, u.Password); err != nil || n == 0 {
			return fmt.Errorf("user %s: %w", u.Name, orNotFound(err))
		}
		t.sealRow(record.User, u.ID)
		_, err := t.exec(ctx, `DELETE FROM sessions WHERE user_id = $1 AND hash <> $2`, u.ID, keep)
		return err
	})
}
