package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"kigen/sla/tracker"
	"kigen/store"
)

const (
	// TokenPrefix begins every token, so that secret scanners can recognize it.
	TokenPrefix = "kgn_"

	keyBytes = 32 // of a session or token key: not guessable

	// A user's delay is short, because a stranger who knows the name could lock the user
	// out otherwise: 20 s after the last guess, the user gets in from any address. An
	// address waits longer.
	longestUserDelay    = 15 * time.Second
	longestAddressDelay = 15 * time.Minute
	// A code has six digits only; who guesses at codes has the password already.
	longestCodeDelay = 5 * time.Minute

	// seenEvery is the resolution of last-use times. A write per request would cost
	// more than the request itself.
	seenEvery = time.Minute
)

// Sign-in errors. None reveals whether the user exists.
var (
	ErrRefused = errors.New("wrong name or password, or the user is disabled")
	// ErrNoPasswords means that the configuration has single sign-on only.
	ErrNoPasswords = errors.New("passwords are off: sign in at the OpenID Connect issuer")
	// ErrNoRole means that the issuer signed the person in, but no group of the
	// person maps to a role.
	ErrNoRole = errors.New("none of your groups has a role in kigen")
)

// TooManyError means that too many attempts were made recently.
type TooManyError struct{ Wait time.Duration }

// Error says how long to wait.
func (e *TooManyError) Error() string {
	return fmt.Sprintf("too many tries: wait %s", e.Wait.Round(time.Second))
}

// Limits bounds sessions and says how users sign in.
type Limits struct {
	Idle time.Duration // of a session, since the last use
	Life time.Duration // of a session, since the sign-in
	Most int           // sessions of one user; the oldest end; 0: no limit

	SecondFactor []Role // roles whose users with a password need a second factor
	NoPasswords  bool   // sign-in at the OpenID Connect issuer only
}

// stepLife is how long a session waits for a step that follows the password.
const stepLife = 10 * time.Minute

// Keeper authenticates people and programs. It is safe for concurrent use.
type Keeper struct {
	store  *store.DB
	now    func() time.Time
	limits Limits
	cost   Cost

	users, addresses, known *throttle // known: by device
	codes                   *throttle // second factors, by user or device
	strangers, devices      *queue
	sealing                 sealer
	denials, strange        *budget // of denials to users and tokens, and to strangers
	decoy                   string  // hash checked for unknown users, so that refusals take equal time
}

// New returns a Keeper over a database. now is the wall clock.
func New(db *store.DB, now func() time.Time, limits Limits, cost Cost) *Keeper {
	return &Keeper{
		store: db, now: now, limits: limits, cost: cost,
		users: newThrottle(longestUserDelay), addresses: newThrottle(longestAddressDelay), known: newThrottle(longestUserDelay),
		codes:     newThrottle(longestCodeDelay),
		strangers: newQueue(strangerSlots, strangersWaiting), devices: newQueue(deviceSlots, devicesWaiting),
		denials: newBudget(), strange: newBudget(),
		decoy: hashPassword("", cost),
	}
}

// Open reports whether access control is off: no user or token has ever been created.
func (k *Keeper) Open(ctx context.Context) (bool, error) {
	guarded, err := k.store.Guarded(ctx)
	return err == nil && !guarded, err
}

// newKey returns a new key and the hash to store.
func newKey(prefix string) (key, hash string) {
	b := make([]byte, keyBytes)
	rand.Read(b) //nolint:errcheck // crypto/rand ends the program rather than fail
	key = prefix + base64.RawURLEncoding.EncodeToString(b)
	return key, hashKey(key)
}

// hashKey uses neither salt nor work factor: keys are long and random.
func hashKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// identity returns the identity of a user.
func identity(u *store.User) Identity {
	if u.Subject != "" {
		return Identity{Kind: KindOIDC, Name: u.Name, Role: Role(u.Role)}
	}
	return Identity{Kind: KindUser, Name: u.Name, Role: Role(u.Role)}
}

// begin starts a session under a new key, so that a key planted in the browser
// before sign-in is useless.
func (k *Keeper) begin(ctx context.Context, user *store.User, a Attempt) (key string, session *store.Session, err error) {
	now := k.now()
	key, hash := newKey("")
	session = &store.Session{Hash: hash, User: *user, CreatedAt: now, SeenAt: now, Origin: a.From, Agent: agentName(a.Agent)}
	line := store.AccessLine{At: now, Actor: identity(user).Actor(), Kind: "signed_in", Origin: a.From}
	if k.step(session) == StepCode {
		line.Kind = "password_accepted" // signed_in follows the code
	}
	err = k.store.BeginSession(ctx, session, k.bounds(), line)
	if errors.Is(err, tracker.ErrNotFound) {
		return "", nil, ErrRefused // disabled, or password changed, during the check
	}
	return key, session, err
}

// bounds returns which sessions have ended.
func (k *Keeper) bounds() store.SessionBounds {
	now := k.now()
	return store.SessionBounds{Old: now.Add(-k.limits.Life), Idle: now.Add(-k.limits.Idle), Most: k.limits.Most}
}

// Purpose says whether a lookup counts as use.
type Purpose int

// The purposes.
const (
	Use  Purpose = iota // a request by the person or program: updates the last use
	Look                // a check that the session or token is still valid: updates nothing
)

// BySession returns the session's identity; false if it has ended or is unknown.
func (k *Keeper) BySession(ctx context.Context, key string, why Purpose) (Identity, bool, error) {
	session, err := k.session(ctx, key)
	if session == nil || err != nil {
		return Identity{}, false, err
	}
	now := k.now()
	if why == Use && now.Sub(session.SeenAt) >= seenEvery {
		// A full disk must not keep people from the board.
		_ = k.store.SeeSession(ctx, session.Hash, now)
	}
	return k.identityIn(session), true, nil
}

// session returns the session with this key; nil if it has ended or is unknown.
func (k *Keeper) session(ctx context.Context, key string) (*store.Session, error) {
	s, err := k.store.Session(ctx, hashKey(key))
	if errors.Is(err, tracker.ErrNotFound) {
		return nil, nil //nolint:nilnil // no session is no error
	}
	if err != nil {
		return nil, err
	}
	now := k.now()
	ended := s.User.Disabled || !s.User.RoleLostAt.IsZero() || s.User.Subject == "" && k.limits.NoPasswords ||
		now.Sub(s.CreatedAt) >= k.limits.Life || now.Sub(s.SeenAt) >= k.limits.Idle ||
		k.step(s) == StepCode && now.Sub(s.CreatedAt) >= stepLife
	if ended {
		return nil, nil //nolint:nilnil // as above
	}
	return s, nil
}

// SignOut ends a session.
func (k *Keeper) SignOut(ctx context.Context, key string, who Identity, from string) error {
	line := store.AccessLine{At: k.now(), Actor: who.Actor(), Kind: "signed_out", Origin: from}
	return k.store.EndSession(ctx, hashKey(key), line)
}

// Note writes an action to the access log that no incident's history records.
func (k *Keeper) Note(ctx context.Context, actor, from, kind, subject string) error {
	return k.store.LogAccess(ctx, store.AccessLine{At: k.now(), Actor: actor, Kind: kind, Subject: subject, Origin: from})
}

// ByToken returns the token's identity; false if it has expired, was revoked or
// is unknown.
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
		_ = k.store.UseToken(ctx, token.ID, now) // ignored as with sessions
	}
	return Identity{Kind: KindToken, Name: token.Name, Role: Role(token.Role)}, true, nil
}
