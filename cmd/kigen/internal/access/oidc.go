package access

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"kigen/sla/tracker"
	"kigen/store"
)

const (
	issuerTimeout = 10 * time.Second // of one request to the issuer
	issuerPause   = 5 * time.Second  // before an issuer that is down is asked again
	longestName   = 64               // characters of a name that the issuer gives
)

// ErrStale means that a sign-in came back which was not begun in this browser,
// or too long ago.
var ErrStale = errors.New("this sign-in was not begun here, or too long ago")

// ErrDeclined means that the issuer did not sign the person in.
var ErrDeclined = errors.New("the issuer did not sign you in")

// IssuerConfig is what an issuer and kigen know of each other.
type IssuerConfig struct {
	URL                    string // of the issuer
	ClientID, ClientSecret string
	CallbackURL            string // where the issuer sends people back to
	Scopes                 []string
	GroupsClaim            string
	Roles                  map[string]Role // by group
	Default                Role            // of who is in none of these; Nobody: no access
	Now                    func() time.Time
}

// Issuer signs people in at an OpenID Connect issuer, by the code flow with
// state, nonce and PKCE. It is safe for any number of goroutines.
type Issuer struct {
	config IssuerConfig
	client *http.Client

	mu       sync.Mutex
	provider *oidc.Provider // nil until the issuer was reached
	failure  error          // why it was not, the last time
	failed   time.Time
}

// NewIssuer asks the issuer nothing yet: kigen must watch deadlines also while
// the issuer is down.
func NewIssuer(c IssuerConfig) *Issuer {
	return &Issuer{config: c, client: &http.Client{Timeout: issuerTimeout}}
}

// Pending is a sign-in that was begun. The browser keeps it until it is back.
type Pending struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	Next     string `json:"p"` // where to go then
}

// Person is whom the issuer vouches for.
type Person struct {
	Subject string // issuer and subject: what never changes
	Name    string
	Role    Role
}

// discover reaches the issuer once.
func (i *Issuer) discover(ctx context.Context) (*oidc.Provider, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.config.Now()
	if i.provider != nil || i.failure != nil && now.Sub(i.failed) < issuerPause {
		return i.provider, i.failure
	}
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, i.client), i.config.URL)
	if err != nil {
		i.failed = now
		i.failure = fmt.Errorf("OpenID Connect issuer %s: %w: check oidc.issuer and that it can be reached", i.config.URL, err)
		return nil, i.failure
	}
	i.provider, i.failure = provider, nil
	return provider, nil
}

func (i *Issuer) oauth(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: i.config.ClientID, ClientSecret: i.config.ClientSecret,
		Endpoint: p.Endpoint(), RedirectURL: i.config.CallbackURL, Scopes: i.config.Scopes,
	}
}

// Begin returns where to send the browser, and what it must bring back.
func (i *Issuer) Begin(ctx context.Context, next string) (address string, begun Pending, err error) {
	provider, err := i.discover(ctx)
	if err != nil {
		return "", Pending{}, err
	}
	state, _ := newKey("")
	nonce, _ := newKey("")
	begun = Pending{State: state, Nonce: nonce, Verifier: oauth2.GenerateVerifier(), Next: next}
	address = i.oauth(provider).AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(begun.Verifier))
	return address, begun, nil
}

// Finish takes what the issuer sent the browser back with. The error is
// ErrStale, ErrDeclined, ErrNoRole with the person's name, or what went wrong.
func (i *Issuer) Finish(ctx context.Context, begun Pending, query url.Values) (Person, error) {
	if begun.State == "" || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(begun.State)) != 1 {
		return Person{}, ErrStale
	}
	if query.Get("code") == "" {
		return Person{}, ErrDeclined
	}
	provider, err := i.discover(ctx)
	if err != nil {
		return Person{}, err
	}
	ctx = oidc.ClientContext(ctx, i.client)
	oauth := i.oauth(provider)
	tokens, err := oauth.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(begun.Verifier))
	if err != nil {
		return Person{}, fmt.Errorf("OpenID Connect issuer: %w", err)
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return Person{}, errors.New("OpenID Connect issuer: its answer holds no ID token: check oidc.scopes, which must hold openid")
	}
	token, err := provider.Verifier(&oidc.Config{ClientID: i.config.ClientID, Now: i.config.Now}).Verify(ctx, raw)
	if err != nil {
		return Person{}, fmt.Errorf("OpenID Connect issuer: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(begun.Nonce)) != 1 {
		return Person{}, ErrStale
	}
	return i.person(ctx, provider, token, tokens)
}

// person reads who it is. Issuers that keep groups out of the ID token tell
// them where they tell about the user.
func (i *Issuer) person(ctx context.Context, provider *oidc.Provider, token *oidc.IDToken, tokens *oauth2.Token) (Person, error) {
	claims := map[string]any{}
	if err := token.Claims(&claims); err != nil {
		return Person{}, fmt.Errorf("OpenID Connect issuer: claims: %w", err)
	}
	if _, ok := claims[i.config.GroupsClaim]; !ok && provider.UserInfoEndpoint() != "" {
		info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
		if err != nil || info.Subject != token.Subject {
			return Person{}, fmt.Errorf("OpenID Connect issuer: user info: %w", cmp.Or(err, ErrStale))
		}
		more := map[string]any{}
		if err := info.Claims(&more); err != nil {
			return Person{}, fmt.Errorf("OpenID Connect issuer: user info: %w", err)
		}
		claims[i.config.GroupsClaim] = more[i.config.GroupsClaim]
	}
	p := Person{Subject: token.Issuer + " " + token.Subject, Name: nameOf(claims, token.Subject), Role: i.role(claims[i.config.GroupsClaim])}
	if p.Role == Nobody {
		return p, ErrNoRole
	}
	return p, nil
}

// role is the highest that any of the groups has. Some issuers write a single
// group as a text.
func (i *Issuer) role(groups any) Role {
	best := i.config.Default
	list, ok := groups.([]any)
	if !ok {
		list = []any{groups}
	}
	for _, group := range list {
		name, _ := group.(string)
		if role := i.config.Roles[name]; role.Includes(best) {
			best = role
		}
	}
	return best
}

// nameOf is how the person stands in the history: the address if the issuer
// has verified it, because anybody may choose a name there.
func nameOf(claims map[string]any, subject string) string {
	text := func(key string) string { s, _ := claims[key].(string); return s }
	email := ""
	if verified, _ := claims["email_verified"].(bool); verified {
		email = text("email")
	}
	name := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || unicode.IsSpace(r) || strings.ContainsRune(":()", r) {
			return -1
		}
		return unicode.ToLower(r)
	}, cmp.Or(email, text("preferred_username"), subject))
	if runes := []rune(name); len(runes) > longestName {
		name = string(runes[:longestName])
	}
	return cmp.Or(name, "unnamed")
}

// SignInAs begins a session for whom an issuer vouches for, under the role that
// the issuer's groups give now. Who comes for the first time becomes a user, so
// that an admin can disable it here.
func (k *Keeper) SignInAs(ctx context.Context, p Person, from string) (key string, err error) {
	user, err := k.known(ctx, p, from)
	if err != nil {
		return "", err
	}
	user.Role = string(p.Role)
	if user.Disabled {
		return "", errors.Join(ErrRefused, k.refuse(ctx, identity(user).Actor(), from))
	}
	return k.begin(ctx, user, from)
}

// Refused logs somebody whom an issuer knows, and who has no role here.
func (k *Keeper) Refused(ctx context.Context, p Person, from string) error {
	return k.refuse(ctx, string(KindOIDC)+":"+p.Name, from)
}

func (k *Keeper) refuse(ctx context.Context, actor, from string) error {
	return k.store.LogRefused(ctx, store.AccessLine{At: k.now(), Actor: actor, Origin: from})
}

// known finds or makes the user. A name that somebody else has already is told
// apart by the subject.
func (k *Keeper) known(ctx context.Context, p Person, from string) (*store.User, error) {
	user, err := k.store.UserOf(ctx, p.Subject)
	if !errors.Is(err, tracker.ErrNotFound) {
		return user, err
	}
	user = &store.User{Name: p.Name, Subject: p.Subject, Role: string(p.Role), CreatedAt: k.now()}
	line := store.AccessLine{At: k.now(), Actor: string(KindOIDC) + ":" + p.Name, Kind: "user_added", Subject: p.Name, Origin: from}
	err = k.store.AddUser(ctx, user, line)
	if errors.Is(err, tracker.ErrConflict) {
		sum := sha256.Sum256([]byte(p.Subject))
		user.Name = p.Name + "#" + hex.EncodeToString(sum[:4])
		line.Subject = user.Name
		err = k.store.AddUser(ctx, user, line)
	}
	return user, err
}
