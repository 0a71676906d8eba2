package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/sla/tracker"
	"kigen/store"
)

// Attempt is one try to sign in with a password. Every field comes from the client.
type Attempt struct {
	Name, Password string
	From           string // address
	Device         string // cookie of an earlier sign-in; empty: none
	Agent          string // browser, as it names itself
}

// Entry is a successful sign-in.
type Entry struct {
	Key    string // of the session, for the browser
	Who    Identity
	Device string // cookie by which the browser is known from now on
}

// SignIn checks a password and begins a session. All refusals take equal time and
// return the same error, ErrRefused. The error can also be a *TooManyError or ErrBusy.
func (k *Keeper) SignIn(ctx context.Context, a Attempt) (Entry, error) {
	if k.limits.NoPasswords {
		return Entry{}, ErrNoPasswords
	}
	g, err := k.admit(ctx, a)
	if err != nil {
		return Entry{}, err
	}
	user, err := k.check(ctx, g, a.Password)
	switch {
	case errors.Is(err, ErrRefused):
		// Only existing names are logged: people type their password into the wrong field.
		actor := "user:?"
		if user != nil {
			actor = identity(user).Actor()
		}
		return Entry{}, errors.Join(ErrRefused, k.refuse(ctx, actor, a.From))
	case errors.Is(err, ErrBusy):
		g.takeBack() // no password was checked
		return Entry{}, err
	case err != nil:
		return Entry{}, err
	}
	g.succeed()
	return k.enter(ctx, user, a)
}

// guess is an attempt that may be checked, with the buckets that count it.
type guess struct {
	name    string
	queue   *queue
	buckets []bucket
}

// bucket is one key of a throttle. A shared one stands for several users: one
// success takes only its own attempt back.
type bucket struct {
	*throttle
	key    string
	shared bool
}

func (g *guess) succeed() {
	for _, b := range g.buckets {
		if b.shared {
			b.forgive(b.key)
		} else {
			b.succeed(b.key)
		}
	}
}

func (g *guess) takeBack() {
	for _, b := range g.buckets {
		b.forgive(b.key)
	}
}

// admit bounds the input, then throttles, then normalises: a client that has
// to wait costs little, also with a long name. A known device has a bucket of its own.
func (k *Keeper) admit(ctx context.Context, a Attempt) (*guess, error) {
	if len(a.Name) > longestTyped {
		a.Name = ""
	}
	d, now := k.device(ctx, a.Device), k.now()
	if d.ID != "" {
		if name := typedName(a.Name); name == d.Name {
			return &guess{name, k.devices, []bucket{{k.known, d.ID, false}}}, waited(k.known.try(d.ID, now))
		}
	}
	from := Network(a.From)
	if wait := k.addresses.try(from, now); wait > 0 { // a throttled address must not throttle a user
		return nil, waited(wait)
	}
	name := typedName(a.Name)
	return &guess{name, k.strangers, []bucket{{k.addresses, from, true}, {k.users, name, false}}}, waited(k.users.try(name, now))
}

// longestTyped bounds a name before it is normalised, in bytes: 64 characters of
// full width.
const longestTyped = 256

// typedName normalises a name; empty: no user has such a name, and throttle keys
// must stay short.
func typedName(text string) string {
	name := strings.ToLower(strings.TrimSpace(normal(text)))
	if !names.MatchString(name) {
		return ""
	}
	return name
}

func waited(wait time.Duration) error {
	if wait > 0 {
		return &TooManyError{Wait: wait}
	}
	return nil
}

// check returns the user if the password matches. With ErrRefused it returns the
// named user, or nil if there is none.
func (k *Keeper) check(ctx context.Context, g *guess, password string) (*store.User, error) {
	user, err := k.store.User(ctx, g.name)
	if err != nil && !errors.Is(err, tracker.ErrNotFound) {
		return nil, err
	}
	stored := k.decoy
	if user != nil && user.Password != "" {
		stored = user.Password
	}
	leave, err := g.queue.enter(ctx)
	if err != nil {
		return nil, err
	}
	ok, err := matches(password, stored)
	leave()
	if err != nil {
		return nil, fmt.Errorf("password of %s: %w: set a new one with kigen user passwd %s", g.name, err, g.name)
	}
	if !ok || user == nil || user.Disabled || user.Password == "" {
		return user, ErrRefused
	}
	return user, nil
}

// enter begins the session of a user whose password or issuer is right. The browser
// becomes known when nothing else is to be proved.
func (k *Keeper) enter(ctx context.Context, user *store.User, a Attempt) (Entry, error) {
	key, session, err := k.begin(ctx, user, a)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Key: key, Who: k.identityIn(session)}
	if e.Who.Step == StepCode {
		return e, nil
	}
	e.Device, err = k.remember(ctx, user.Name, a.Device)
	return e, err
}

// identityIn returns the identity of a session. It has no role while a step is left.
func (k *Keeper) identityIn(s *store.Session) Identity {
	who := identity(&s.User)
	if who.Step = k.step(s); who.Step != "" {
		who.Role = NoRole
	}
	return who
}

// step returns what the user of a session has to do first. The database and the
// configuration decide at every request, so a new rule holds for open sessions too.
func (k *Keeper) step(s *store.Session) Step {
	u := &s.User
	switch {
	case u.Subject != "":
		return "" // the issuer asks for what it requires
	case u.TOTPSecret != "" && !s.Second:
		return StepCode
	case u.MustChange:
		return StepPassword
	case u.TOTPSecret == "" && slices.Contains(k.limits.SecondFactor, Role(u.Role)):
		return StepEnrol
	}
	return ""
}
