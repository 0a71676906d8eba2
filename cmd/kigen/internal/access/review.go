package access

import (
	"context"
	"time"

	"kigen/store"
)

// DormantAfter is how long a user or a token may be unused before a review marks it.
const DormantAfter = 90 * 24 * time.Hour

// Review is who may get in, for the people who check that.
type Review struct {
	At     time.Time
	Users  []ReviewedUser
	Tokens []ReviewedToken
}

// ReviewedUser is a user in a review.
type ReviewedUser struct {
	store.User
	Source       string // password or oidc
	State        string // active, disabled or no_role
	SecondFactor bool
	Sessions     int       // open ones
	LastSeen     time.Time // zero: never
	Dormant      bool      // active and not seen for DormantAfter
}

// ReviewedToken is a token in a review.
type ReviewedToken struct {
	store.Token
	State   string // works, expired or revoked
	Dormant bool   // works and was not used for DormantAfter
	Endless bool   // works and has no expiry
}

// TakeReview lists users and tokens as of now. bounds says which sessions are open.
func TakeReview(ctx context.Context, db *store.DB, now time.Time, bounds store.SessionBounds) (*Review, error) {
	users, err := db.Users(ctx)
	if err != nil {
		return nil, err
	}
	open, err := db.SessionCounts(ctx, bounds)
	if err != nil {
		return nil, err
	}
	tokens, err := db.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	r := &Review{At: now}
	for i := range users {
		r.Users = append(r.Users, reviewUser(&users[i], open[users[i].ID], now))
	}
	for i := range tokens {
		r.Tokens = append(r.Tokens, reviewToken(&tokens[i], now))
	}
	return r, nil
}

func reviewUser(u *store.User, sessions int, now time.Time) ReviewedUser {
	v := ReviewedUser{User: *u, Source: "password", State: "active", SecondFactor: u.TOTPSecret != "", Sessions: sessions, LastSeen: u.SeenAt}
	if u.Subject != "" {
		v.Source = "oidc"
	}
	if v.LastSeen.IsZero() {
		v.LastSeen = u.SignedInAt
	}
	switch {
	case u.Disabled:
		v.State = "disabled"
	case !u.RoleLostAt.IsZero():
		v.State = "no_role"
	default:
		v.Dormant = unused(v.LastSeen, u.CreatedAt, now)
	}
	v.Password, v.TOTPSecret = "", "" // not for lists
	return v
}

func reviewToken(t *store.Token, now time.Time) ReviewedToken {
	v := ReviewedToken{Token: *t, State: "works"}
	switch {
	case !t.RevokedAt.IsZero():
		v.State = "revoked"
	case !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt):
		v.State = "expired"
	default:
		v.Dormant, v.Endless = unused(t.UsedAt, t.CreatedAt, now), t.ExpiresAt.IsZero()
	}
	v.Hash = ""
	return v
}

// unused counts from the creation where there was no use yet.
func unused(last, created, now time.Time) bool {
	if last.IsZero() {
		last = created
	}
	return now.Sub(last) >= DormantAfter
}

// Review lists who may get in as of now.
func (k *Keeper) Review(ctx context.Context) (*Review, error) {
	return TakeReview(ctx, k.store, k.now(), k.bounds())
}

// Passwords reports whether users with a password may sign in.
func (k *Keeper) Passwords() bool { return !k.limits.NoPasswords }
