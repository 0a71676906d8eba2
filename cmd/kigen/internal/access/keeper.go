package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"kigen/sla/tracker"
	"kigen/store"
)

const (
	// TokenPrefix begins every token, so that a scanner for leaked secrets
	// knows one when it sees it.
	TokenPrefix = "kgn_"

	keyBytes = 32 // of the key of a session or a token: nothing that can be guessed

	// A user waits a minute at most: a stranger who knows the name could lock
	// it out for longer otherwise. An address waits longer.
	longestUserDelay    = time.Minute
	longestAddressDelay = 15 * time.Minute

	// More passwords than this are not checked at once: each takes memory.
	atOnce = 4

	// How exactly last use is kept. Writing it with every request would cost
	// more than the request.
	seenEvery = time.Minute
)

// Errors of signing in. Neither says whether there is such a user.
var (
	ErrRefused = errors.New("name or password are wrong, or the user is disabled")
	// ErrNoRole means that the issuer knows the person, and kigen no role for
	// any of the person's groups.
	ErrNoRole = errors.New("none of your groups has a role here")
)

// TooManyError means that too many tries came in too short a time.
type TooManyError struct{ Wait time.Duration }

// Error says how long to wait.
func (e *TooManyError) Error() string {
	return fmt.Sprintf("too many tries: wait %s", e.Wait.Round(time.Second))
}

// Limits says how long a session lasts.
type Limits struct {
	Idle time.Duration // since it was last used
	Life time.Duration // since it began
}

// DefaultLimits are a shift without a look, and a day.
func DefaultLimits() Limits { return Limits{Idle: 8 * time.Hour, Life: 24 * time.Hour} }

// Keeper lets people and programs in. It is safe for any number of goroutines.
type Keeper struct {
	store  *store.DB
	now    func() time.Time
	limits Limits
	cost   Cost

	users, addresses *throttle
	hashing          chan struct{} // holds one for each password that is being checked
	decoy            string        // hash that is checked where there is no user
}

// New returns a Keeper over a database. now is the wall clock.
func New(db *store.DB, now func() time.Time, limits Limits, cost Cost) *Keeper {
	return &Keeper{
		store: db, now: now, limits: limits, cost: cost,
		users: newThrottle(longestUserDelay), addresses: newThrottle(longestAddressDelay),
		hashing: make(chan struct{}, atOnce), decoy: hashPassword("", cost),
	}
}

// Open reports whether there is nobody to be: no user and no token was ever made.
func (k *Keeper) Open(ctx context.Context) (bool, error) {
	guarded, err := k.store.Guarded(ctx)
	return err == nil && !guarded, err
}

// newKey makes a key and what is kept of it.
func newKey(prefix string) (key, hash string) {
	b := make([]byte, keyBytes)
	rand.Read(b) //nolint:errcheck // crypto/rand ends the program rather than fail
	key = prefix + base64.RawURLEncoding.EncodeToString(b)
	return key, hashKey(key)
}

// hashKey needs no salt and no work factor: keys are random and long.
func hashKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// identity is who a user is as an actor.
func identity(u *store.User) Identity {
	if u.Subject != "" {
		return Identity{Kind: KindOIDC, Name: u.Name, Role: Role(u.Role)}
	}
	return Identity{Kind: KindUser, Name: u.Name, Role: Role(u.Role)}
}

// SignIn checks a password and begins a session, whose key the browser is to
// hold. Every refusal takes as long and reads the same, whatever was wrong:
// ErrRefused, or a *TooManyError.
func (k *Keeper) SignIn(ctx context.Context, name, password, from string) (key string, who Identity, err error) {
	name = strings.ToLower(strings.TrimSpace(normal(name)))
	if !names.MatchString(name) {
		name = "" // nobody's; what is tried is remembered, and must not be long
	}
	now := k.now()
	wait := k.addresses.try(from, now)
	if wait == 0 { // an address that must wait can't make a user wait
		wait = k.users.try(name, now)
	}
	if wait > 0 {
		return "", Identity{}, &TooManyError{Wait: wait}
	}
	user, err := k.check(ctx, name, password)
	if errors.Is(err, ErrRefused) {
		// The name goes into the log only where there is such a user: people type
		// their password into the wrong field.
		actor := "user:?"
		if user != nil {
			actor = identity(user).Actor()
		}
		return "", Identity{}, errors.Join(ErrRefused, k.refuse(ctx, actor, from))
	}
	if err != nil {
		return "", Identity{}, err
	}
	k.users.succeed(name)
	k.addresses.forgive(from)
	key, err = k.begin(ctx, user, from)
	return key, identity(user), err
}

// check returns the user whose password it is. With ErrRefused, the user is
// the one whose it is not; nil when there is none.
func (k *Keeper) check(ctx context.Context, name, password string) (*store.User, error) {
	user, err := k.store.User(ctx, name)
	if err != nil && !errors.Is(err, tracker.ErrNotFound) {
		return nil, err
	}
	stored := k.decoy
	if user != nil && user.Password != "" {
		stored = user.Password
	}
	select {
	case k.hashing <- struct{}{}:
		defer func() { <-k.hashing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	ok, err := matches(password, stored)
	if err != nil {
		return nil, fmt.Errorf("password of %s: %w: set a new one with kigen user passwd %s", name, err, name)
	}
	if !ok || user == nil || user.Disabled || user.Password == "" {
		return user, ErrRefused
	}
	return user, nil
}

// begin starts a session under a new key: one that was planted in the browser
// before is worth nothing after.
func (k *Keeper) begin(ctx context.Context, user *store.User, from string) (key string, err error) {
	now := k.now()
	key, hash := newKey("")
	session := &store.Session{Hash: hash, User: *user, CreatedAt: now, SeenAt: now}
	line := store.AccessLine{At: now, Actor: identity(user).Actor(), Kind: "signed_in", Origin: from}
	err = k.store.BeginSession(ctx, session, now.Add(-k.limits.Life), now.Add(-k.limits.Idle), line)
	if errors.Is(err, tracker.ErrNotFound) {
		return "", ErrRefused // disabled, or given another password, while this one was checked
	}
	return key, err
}

// Purpose is why somebody's key is looked up.
type Purpose int

// The purposes.
const (
	Use  Purpose = iota // somebody does something: the session or token was used now
	Look                // whether somebody is still in: nothing was used
)

// BySession returns whose session it is; false when it has ended or never was.
func (k *Keeper) BySession(ctx context.Context, key string, why Purpose) (Identity, bool, error) {
	session, err := k.store.Session(ctx, hashKey(key))
	if errors.Is(err, tracker.ErrNotFound) {
		return Identity{}, false, nil
	}
	if err != nil {
		return Identity{}, false, err
	}
	now := k.now()
	if session.User.Disabled || now.Sub(session.CreatedAt) >= k.limits.Life || now.Sub(session.SeenAt) >= k.limits.Idle {
		return Identity{}, false, nil
	}
	if why == Use && now.Sub(session.SeenAt) >= seenEvery {
		// A full disk must not keep people from the board.
		_ = k.store.SeeSession(ctx, session.Hash, now)
	}
	return identity(&session.User), true, nil
}

// SignOut ends a session.
func (k *Keeper) SignOut(ctx context.Context, key string, who Identity, from string) error {
	line := store.AccessLine{At: k.now(), Actor: who.Actor(), Kind: "signed_out", Origin: from}
	return k.store.EndSession(ctx, hashKey(key), line)
}

// Note writes to the access log what somebody did that is in no incident's history.
func (k *Keeper) Note(ctx context.Context, actor, from, kind, subject string) error {
	return k.store.LogAccess(ctx, store.AccessLine{At: k.now(), Actor: actor, Kind: kind, Subject: subject, Origin: from})
}

// ByToken returns whose token it is; false when it has expired, was revoked or
// never was.
func (k *Keeper) ByToken(ctx context.Context, key string, why Purpose) (Identity, bool, error) {
	token, err := k.store.Token(ctx, hashKey(key))
	if errors.Is(err, tracker.ErrNotFound) {
		return Identity{}, false, nil
	}
	if err != nil {
		return Identity{}, false, err
	}
	now := k.now()
	if !token.RevokedAt.IsZero() || !token.ExpiresAt.IsZero() && !now.Before(token.ExpiresAt) {
		return Identity{}, false, nil
	}
	if why == Use && now.Sub(token.UsedAt) >= seenEvery {
		_ = k.store.UseToken(ctx, token.ID, now) // as with sessions
	}
	return Identity{Kind: KindToken, Name: token.Name, Role: Role(token.Role)}, true, nil
}
