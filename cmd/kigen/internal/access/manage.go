package access

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"kigen/sla/tracker"
	"kigen/store"
)

// Manager changes users and tokens. By and From stand in the access log.
type Manager struct {
	Store *store.DB
	Now   time.Time
	Cost  Cost
	By    string // such as cli:root
	From  string
}

// InputError is a request that the person can mend.
type InputError struct{ Field, Value, Remedy string }

// Error names the field, the value and the remedy.
func (e *InputError) Error() string { return fmt.Sprintf("%s %q: %s", e.Field, e.Value, e.Remedy) }

var names = regexp.MustCompile(`^[a-z0-9][a-z0-9._@+-]{0,63}$`)

func checkName(field, name string) error {
	if names.MatchString(name) {
		return nil
	}
	return &InputError{field, name, "can't be used: use 1 to 64 of a-z, 0-9 and . _ @ + -, starting with a letter or digit"}
}

func (m *Manager) line(kind, subject string) store.AccessLine {
	return store.AccessLine{At: m.Now, Actor: m.By, Kind: kind, Subject: subject, Origin: m.From}
}

// AddUser makes a user with a password.
func (m *Manager) AddUser(ctx context.Context, name string, role Role, password string) error {
	if err := checkName("NAME", name); err != nil {
		return err
	}
	if err := checkPassword(name, password); err != nil {
		return err
	}
	u := &store.User{Name: name, Role: string(role), Password: hashPassword(password, m.Cost), CreatedAt: m.Now}
	err := m.Store.AddUser(ctx, u, m.line("user_added", name+" "+string(role)))
	if errors.Is(err, tracker.ErrConflict) {
		return &InputError{"NAME", name, "is taken: give another name, or use kigen user passwd, role or enable"}
	}
	return err
}

// CheckAdd refuses a name before anybody is asked for a password.
func (m *Manager) CheckAdd(ctx context.Context, name string) error {
	if err := checkName("NAME", name); err != nil {
		return err
	}
	_, err := m.Store.User(ctx, name)
	switch {
	case err == nil:
		return &InputError{"NAME", name, "is taken: give another name, or use kigen user passwd, role or enable"}
	case errors.Is(err, tracker.ErrNotFound):
		return nil
	}
	return err
}

// user finds a user that a person named.
func (m *Manager) user(ctx context.Context, name string) (*store.User, error) {
	u, err := m.Store.User(ctx, name)
	if errors.Is(err, tracker.ErrNotFound) {
		return nil, &InputError{"NAME", name, "there is no such user: kigen user list shows them"}
	}
	return u, err
}

// CheckPasswd refuses a user who has no password here, before anybody is asked
// for one.
func (m *Manager) CheckPasswd(ctx context.Context, name string) error {
	u, err := m.user(ctx, name)
	if err != nil {
		return err
	}
	if u.Subject != "" {
		return &InputError{"NAME", name, "signs in at the OpenID Connect issuer: the password is changed there"}
	}
	return nil
}

// SetPassword gives a user another password and ends the user's sessions.
func (m *Manager) SetPassword(ctx context.Context, name, password string) error {
	if err := m.CheckPasswd(ctx, name); err != nil {
		return err
	}
	if err := checkPassword(name, password); err != nil {
		return err
	}
	hash := hashPassword(password, m.Cost)
	return m.change(ctx, name, m.line("password_changed", name), func(u *store.User) { u.Password = hash })
}

// SetRole gives a user another role and ends the user's sessions.
func (m *Manager) SetRole(ctx context.Context, name string, role Role) error {
	u, err := m.user(ctx, name)
	if err != nil {
		return err
	}
	if u.Subject != "" {
		return &InputError{"NAME", name, "signs in at the OpenID Connect issuer: the role follows from the groups there, see oidc.roles in the configuration"}
	}
	return m.change(ctx, name, m.line("role_changed", name+" "+string(role)), func(u *store.User) { u.Role = string(role) })
}

// Disable keeps a user out, and ends the user's sessions at once.
func (m *Manager) Disable(ctx context.Context, name string) error {
	return m.change(ctx, name, m.line("user_disabled", name), func(u *store.User) { u.Disabled = true })
}

// Enable lets a user in again.
func (m *Manager) Enable(ctx context.Context, name string) error {
	return m.change(ctx, name, m.line("user_enabled", name), func(u *store.User) { u.Disabled = false })
}

func (m *Manager) change(ctx context.Context, name string, line store.AccessLine, f func(*store.User)) error {
	u, err := m.user(ctx, name)
	if err != nil {
		return err
	}
	f(u)
	return m.Store.ChangeUser(ctx, u, line)
}

// AddToken makes a token and returns its key, which is shown this once: only
// its hash is kept. Without expires it works until it is revoked.
func (m *Manager) AddToken(ctx context.Context, name string, role Role, expires time.Time) (key string, err error) {
	if err := checkName("NAME", name); err != nil {
		return "", err
	}
	key, hash := newKey(TokenPrefix)
	t := &store.Token{Name: name, Hash: hash, Role: string(role), CreatedAt: m.Now, ExpiresAt: expires}
	err = m.Store.AddToken(ctx, t, m.line("token_added", name+" "+string(role)))
	if errors.Is(err, tracker.ErrConflict) {
		return "", &InputError{"NAME", name, "is taken: give another name, or revoke that token first"}
	}
	if err != nil {
		return "", err
	}
	return key, nil
}

// RevokeToken ends a token at once and for good.
func (m *Manager) RevokeToken(ctx context.Context, name string) error {
	err := m.Store.RevokeToken(ctx, name, m.Now, m.line("token_revoked", name))
	if errors.Is(err, tracker.ErrNotFound) {
		return &InputError{"NAME", name, "there is no such token that still works: kigen token list shows them"}
	}
	return err
}
