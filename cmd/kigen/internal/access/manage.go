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

// Manager changes users and tokens. By and From are written to the access log.
type Manager struct {
	Store *store.DB
	Now   time.Time
	Cost  Cost
	By    string // such as cli:root
	From  string
}

// InputError is a request that the person can correct.
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

// CheckName refuses a name that no user or token can have.
func CheckName(name string) error { return checkName("NAME", name) }

func (m *Manager) line(kind, subject string) store.AccessLine {
	return store.AccessLine{At: m.Now, Actor: m.By, Kind: kind, Subject: subject, Origin: m.From}
}

// AddUser creates a user with a password.
func (m *Manager) AddUser(ctx context.Context, name string, role Role, password string) error {
	return m.addUser(ctx, &store.User{Name: name, Role: string(role)}, password)
}

// AddUserOnce creates a user with a password that has to be changed at the first
// sign-in.
func (m *Manager) AddUserOnce(ctx context.Context, name string, role Role, password string) error {
	return m.addUser(ctx, &store.User{Name: name, Role: string(role), MustChange: true}, password)
}

func (m *Manager) addUser(ctx context.Context, u *store.User, password string) error {
	name, role := u.Name, u.Role
	if err := m.CheckAdd(ctx, name); err != nil {
		return err
	}
	if err := checkPassword(name, password); err != nil {
		return err
	}
	u.Password, u.CreatedAt = hashPassword(password, m.Cost), m.Now
	err := m.Store.AddUser(ctx, u, m.line("user_added", name+" "+role))
	if errors.Is(err, tracker.ErrConflict) {
		return &InputError{"NAME", name, "is taken: use another name, or kigen user passwd, role or enable"}
	}
	return err
}

// CheckAdd validates a new name before the password prompt.
func (m *Manager) CheckAdd(ctx context.Context, name string) error {
	if err := checkName("NAME", name); err != nil {
		return err
	}
	_, err := m.Store.User(ctx, name)
	switch {
	case err == nil:
		return &InputError{"NAME", name, "is taken: use another name, or kigen user passwd, role or enable"}
	case !errors.Is(err, tracker.ErrNotFound):
		return err
	}
	alike, err := lookalike(ctx, m.Store, name)
	if err == nil && alike != "" {
		return &InputError{"NAME", name, fmt.Sprintf("looks like the user %s: use a name that differs more", alike)}
	}
	return err
}

// user finds a user by name.
func (m *Manager) user(ctx context.Context, name string) (*store.User, error) {
	u, err := m.Store.User(ctx, name)
	if errors.Is(err, tracker.ErrNotFound) {
		return nil, &InputError{"NAME", name, "does not exist: kigen user list shows all users"}
	}
	return u, err
}

// CheckPasswd rejects a user without a local password before the password prompt.
func (m *Manager) CheckPasswd(ctx context.Context, name string) error {
	u, err := m.user(ctx, name)
	if err != nil {
		return err
	}
	if u.Subject != "" {
		return &InputError{"NAME", name, "signs in at the OpenID Connect issuer: change the password there"}
	}
	return nil
}

// SetPassword changes a user's password and ends the user's sessions.
func (m *Manager) SetPassword(ctx context.Context, name, password string) error {
	return m.setPassword(ctx, name, password, false)
}

// SetPasswordOnce is SetPassword with one that has to be changed at the next sign-in.
func (m *Manager) SetPasswordOnce(ctx context.Context, name, password string) error {
	return m.setPassword(ctx, name, password, true)
}

func (m *Manager) setPassword(ctx context.Context, name, password string, once bool) error {
	if err := m.CheckPasswd(ctx, name); err != nil {
		return err
	}
	if err := checkPassword(name, password); err != nil {
		return err
	}
	hash := hashPassword(password, m.Cost)
	return m.change(ctx, name, m.line("password_changed", name), func(u *store.User) { u.Password, u.MustChange = hash, once })
}

// ResetSecondFactor removes the second factor of a user who lost it, and ends the
// user's sessions. Where the role requires one, the next sign-in sets up another.
func (m *Manager) ResetSecondFactor(ctx context.Context, name string) error {
	u, err := m.user(ctx, name)
	if err != nil {
		return err
	}
	if u.TOTPSecret == "" {
		return &InputError{"NAME", name, "has no second factor: kigen user list shows who has one"}
	}
	return m.Store.ClearSecondFactor(ctx, u, m.line("second_factor_removed", name))
}

// SetRole changes a user's role and ends the user's sessions.
func (m *Manager) SetRole(ctx context.Context, name string, role Role) error {
	u, err := m.user(ctx, name)
	if err != nil {
		return err
	}
	if u.Subject != "" {
		return &InputError{"NAME", name, "signs in at the OpenID Connect issuer: the role is determined by the groups there, see oidc.roles in the configuration"}
	}
	return m.change(ctx, name, m.line("role_changed", name+" "+string(role)), func(u *store.User) { u.Role = string(role) })
}

// Disable blocks a user and ends the user's sessions at once.
func (m *Manager) Disable(ctx context.Context, name string) error {
	return m.change(ctx, name, m.line("user_disabled", name), func(u *store.User) { u.Disabled = true })
}

// Enable unblocks a user.
func (m *Manager) Enable(ctx context.Context, name string) error {
	return m.change(ctx, name, m.line("user_enabled", name), func(u *store.User) { u.Disabled = false })
}

// EndSessions ends all sessions of a user.
func (m *Manager) EndSessions(ctx context.Context, name string) error {
	u, err := m.user(ctx, name)
	if err != nil {
		return err
	}
	return m.Store.EndSessions(ctx, u.ID, "", m.line("sessions_ended", name))
}

func (m *Manager) change(ctx context.Context, name string, line store.AccessLine, f func(*store.User)) error {
	u, err := m.user(ctx, name)
	if err != nil {
		return err
	}
	f(u)
	return m.Store.ChangeUser(ctx, u, line)
}

// AddToken creates a token and returns its key, which cannot be shown again: only
// its hash is stored. A zero expires means no expiry.
func (m *Manager) AddToken(ctx context.Context, name string, role Role, expires time.Time) (key string, err error) {
	if err := checkName("NAME", name); err != nil {
		return "", err
	}
	key, hash := newKey(TokenPrefix)
	t := &store.Token{Name: name, Hash: hash, Role: string(role), CreatedAt: m.Now, ExpiresAt: expires}
	err = m.Store.AddToken(ctx, t, m.line("token_added", name+" "+string(role)))
	if errors.Is(err, tracker.ErrConflict) {
		return "", &InputError{"NAME", name, "is taken: use another name, or revoke that token first"}
	}
	if err != nil {
		return "", err
	}
	return key, nil
}

// RevokeToken ends a token permanently.
func (m *Manager) RevokeToken(ctx context.Context, name string) error {
	err := m.Store.RevokeToken(ctx, name, m.Now, m.line("token_revoked", name))
	if errors.Is(err, tracker.ErrNotFound) {
		return &InputError{"NAME", name, "is not an active token: kigen token list shows all tokens"}
	}
	return err
}
