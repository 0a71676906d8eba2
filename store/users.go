package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"kigen/sla/tracker"
)

// User is a person who may sign in.
type User struct {
	ID         int64
	Name       string
	Subject    string // issuer and subject, of whoever signs in elsewhere; empty: signs in here
	Role       string // viewer, analyst or admin
	Password   string // as it was hashed; empty: signs in elsewhere
	Disabled   bool
	CreatedAt  time.Time
	SignedInAt time.Time // last; zero: never
}

const userColumns = `id, name, subject, role, password, disabled, created_at, signed_in_at`

func (r *reader) users(ctx context.Context, where string, args ...any) ([]User, error) {
	var users []User
	err := r.query(ctx, func(rows *sql.Rows) error {
		var (
			u                 User
			created, signedIn nullInt
		)
		err := rows.Scan(&u.ID, &u.Name, &u.Subject, &u.Role, &u.Password, &u.Disabled, &created, &signedIn)
		u.CreatedAt, u.SignedInAt = utc(created), utc(signedIn)
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

// Users lists everybody, by name.
func (db *DB) Users(ctx context.Context) (users []User, err error) {
	err = db.view(ctx, func(r *reader) error {
		users, err = r.users(ctx, `ORDER BY name`)
		return err
	})
	return users, err
}

// User finds a user by name, or is tracker.ErrNotFound.
func (db *DB) User(ctx context.Context, name string) (u *User, err error) {
	err = db.view(ctx, func(r *reader) error {
		u, err = r.user(ctx, `WHERE name = $1`, name)
		return err
	})
	return u, err
}

// UserOf finds a user who signs in elsewhere, or is tracker.ErrNotFound.
func (db *DB) UserOf(ctx context.Context, subject string) (u *User, err error) {
	err = db.view(ctx, func(r *reader) error {
		u, err = r.user(ctx, `WHERE subject = $1 AND subject <> ''`, subject)
		return err
	})
	return u, err
}

// AddUser stores a new user and sets its ID. A name that is taken is a
// tracker.ErrConflict.
func (db *DB) AddUser(ctx context.Context, u *User, line AccessLine) error {
	return db.logged(ctx, line, func(t *tx) error {
		const stmt = `INSERT INTO users (name, subject, role, password, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING id`
		if err := t.one(ctx, []any{&u.ID}, nil, stmt, u.Name, u.Subject, u.Role, u.Password, millis(u.CreatedAt)); err != nil {
			return fmt.Errorf("user %s: %w", u.Name, err)
		}
		return nil
	})
}

// ChangeUser stores the role, the password and whether the user is disabled,
// and ends the user's sessions, which began under what was before.
func (db *DB) ChangeUser(ctx context.Context, u *User, line AccessLine) error {
	return db.logged(ctx, line, func(t *tx) error {
		const stmt = `UPDATE users SET role = $1, password = $2, disabled = $3 WHERE id = $4`
		if n, err := t.exec(ctx, stmt, u.Role, u.Password, u.Disabled, u.ID); err != nil || n == 0 {
			return fmt.Errorf("user %s: %w", u.Name, orNotFound(err))
		}
		_, err := t.exec(ctx, `DELETE FROM sessions WHERE user_id = $1`, u.ID)
		return err
	})
}

// orNotFound is the error of a change that met no row.
func orNotFound(err error) error {
	if err == nil {
		return tracker.ErrNotFound
	}
	return err
}

// Guarded reports whether anybody has a user or a token, whether or not it
// still works: access that was once asked for never falls open by itself.
func (db *DB) Guarded(ctx context.Context) (guarded bool, err error) {
	err = db.view(ctx, func(r *reader) error {
		return r.one(ctx, []any{&guarded}, nil, `SELECT EXISTS (SELECT 1 FROM users) OR EXISTS (SELECT 1 FROM tokens)`)
	})
	return guarded, err
}
