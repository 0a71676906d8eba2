package access

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"kigen/sla/tracker"
	"kigen/store"
)

// Account is what a signed-in user sees of the own account.
type Account struct {
	Who          Identity
	ByPassword   bool // false: signs in at the issuer
	SecondFactor bool
	Required     bool // the role requires a second factor
	RecoveryLeft int  // unused recovery codes
	Sessions     []Session
}

// Session is a session in a list of one's own.
type Session struct {
	ID               string // names the session in a form; it is no key
	Began, Seen      time.Time
	Origin, Agent    string
	Current, Partial bool // Partial: the second factor was not given
}

// idLength is how much of the hash names a session.
const idLength = 16

// longestAgent bounds what is stored of a browser's own name, in characters.
const longestAgent = 200

// agentName removes from a browser's own name what could not be shown on one line.
func agentName(agent string) string {
	if len(agent) > 4*longestAgent {
		agent = agent[:4*longestAgent]
	}
	agent = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(agent, ""))
	if runes := []rune(agent); len(runes) > longestAgent {
		agent = string(runes[:longestAgent])
	}
	return agent
}

// ErrSignedOut means that the session has ended.
var ErrSignedOut = errors.New("the session has ended: sign in again")

// own returns the session with this key, or ErrSignedOut.
func (k *Keeper) own(ctx context.Context, key string) (*store.Session, error) {
	s, err := k.session(ctx, key)
	if err == nil && s == nil {
		err = ErrSignedOut
	}
	return s, err
}

// Account returns the account of a session's user.
func (k *Keeper) Account(ctx context.Context, key string) (*Account, error) {
	s, err := k.own(ctx, key)
	if err != nil {
		return nil, err
	}
	u := &s.User
	a := &Account{
		Who: k.identityIn(s), ByPassword: u.Subject == "", SecondFactor: u.TOTPSecret != "",
		Required: slices.Contains(k.limits.SecondFactor, Role(u.Role)),
	}
	if a.RecoveryLeft, err = k.store.RecoveryLeft(ctx, u.ID); err != nil {
		return nil, err
	}
	all, err := k.store.Sessions(ctx, u.ID)
	bounds := k.bounds()
	for i := range all {
		if o := &all[i]; o.CreatedAt.After(bounds.Old) && o.SeenAt.After(bounds.Idle) {
			a.Sessions = append(a.Sessions, Session{
				ID: o.Hash[:idLength], Began: o.CreatedAt, Seen: o.SeenAt, Origin: o.Origin, Agent: o.Agent,
				Current: o.Hash == s.Hash, Partial: u.TOTPSecret != "" && !o.Second,
			})
		}
	}
	return a, err
}

// EndSessions ends sessions of the key's user: the one with the id, or all with it
// empty, the current one included.
func (k *Keeper) EndSessions(ctx context.Context, key, id, from string) error {
	s, err := k.own(ctx, key)
	if err != nil {
		return err
	}
	line := store.AccessLine{At: k.now(), Actor: identity(&s.User).Actor(), Kind: "sessions_ended", Subject: s.User.Name, Origin: from}
	if id == "" {
		return k.store.EndSessions(ctx, s.User.ID, "", line)
	}
	all, err := k.store.Sessions(ctx, s.User.ID)
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].Hash[:idLength] == id {
			line.Kind = "session_ended"
			return k.store.EndSession(ctx, all[i].Hash, line)
		}
	}
	return nil // it has ended already
}

// ChangePassword changes the password of the key's user, who gives the present one
// again, and ends the user's other sessions. The error can be a *PasswordError,
// ErrRefused, a *TooManyError or ErrBusy.
func (k *Keeper) ChangePassword(ctx context.Context, key, present, next string, a Attempt) error {
	s, err := k.own(ctx, key)
	if err != nil {
		return err
	}
	if s.User.Subject != "" || k.step(s) == StepCode {
		return ErrRefused
	}
	if err := k.confirmPassword(ctx, s, present, a); err != nil {
		return err
	}
	if normal(next) == normal(present) {
		return WeakPasswordf("is the present one: use another")
	}
	if err := checkPassword(s.User.Name, next); err != nil {
		return err
	}
	line := store.AccessLine{At: k.now(), Actor: identity(&s.User).Actor(), Kind: "password_changed", Subject: s.User.Name, Origin: a.From}
	err = k.store.ChangeOwnPassword(ctx, &s.User, hashPassword(next, k.cost), s.Hash, line)
	if errors.Is(err, tracker.ErrNotFound) {
		return ErrRefused // changed by another meanwhile
	}
	return err
}

// confirmPassword checks that the person at the browser still knows the password. It
// counts as a sign-in does.
func (k *Keeper) confirmPassword(ctx context.Context, s *store.Session, password string, a Attempt) error {
	a.Name = s.User.Name
	g, err := k.admit(ctx, a)
	if err != nil {
		return err
	}
	_, err = k.check(ctx, g, password)
	switch {
	case errors.Is(err, ErrRefused):
		return errors.Join(err, k.refuse(ctx, identity(&s.User).Actor(), a.From))
	case errors.Is(err, ErrBusy):
		g.takeBack()
	case err == nil:
		g.succeed()
	}
	return err
}
