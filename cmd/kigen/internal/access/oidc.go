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
	"github.com/mtibben/confusables"
	"golang.org/x/oauth2"
	"golang.org/x/text/unicode/norm"

	"kigen/sla/tracker"
	"kigen/store"
)

const (
	issuerTimeout = 10 * time.Second // of one request to the issuer
	issuerPause   = 5 * time.Second  // between attempts to reach an issuer that is down
	longestName   = 64               // characters of a name from the issuer
	longestClaim  = 1024             // bytes of a claim that are looked at for a name
)

// ErrStale means that the sign-in was begun in another browser or too long ago.
var ErrStale = errors.New("this sign-in was begun in another browser, or too long ago")

// ErrDeclined means that the issuer did not sign the person in.
var ErrDeclined = errors.New("the issuer did not sign you in")

// IssuerConfig is the registration of kigen at an issuer.
type IssuerConfig struct {
	URL                    string // of the issuer
	ClientID, ClientSecret string
	CallbackURL            string // where the issuer redirects people back to
	Scopes                 []string
	GroupsClaim            string
	Roles                  map[string]Role // by group
	Default                Role            // for people in none of these groups; NoRole: no access
	Now                    func() time.Time
}

// Issuer signs people in at an OpenID Connect issuer, by the code flow with
// state, nonce and PKCE. It is safe for concurrent use.
type Issuer struct {
	config IssuerConfig
	client *http.Client

	mu       sync.Mutex
	provider *oidc.Provider // nil until discovery succeeded
	failure  error          // of the last discovery
	failed   time.Time
}

// NewIssuer makes no request: kigen must start and watch deadlines also while the
// issuer is down.
func NewIssuer(c IssuerConfig) *Issuer {
	return &Issuer{config: c, client: &http.Client{Timeout: issuerTimeout}}
}

// PendingLife is how long a person may take at the issuer.
const PendingLife = 10 * time.Minute

// Pending is a sign-in in progress. The browser keeps it, sealed, until the callback.
type Pending struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	Next     string `json:"p"` // page to return to
	At       int64  `json:"t"` // of the beginning, in Unix seconds
}

// SealPending signs a sign-in in progress: a cookie that another host of the same
// domain plants does not continue one.
func (k *Keeper) SealPending(ctx context.Context, p Pending) (string, error) {
	p.At = k.now().Unix()
	return k.seal(ctx, sealPending, p)
}

// OpenPending returns the sign-in in progress; the zero value if kigen did not seal
// the text, or too long ago.
func (k *Keeper) OpenPending(ctx context.Context, sealed string) (p Pending) {
	if !k.unseal(ctx, sealPending, sealed, &p) || k.now().Sub(time.Unix(p.At, 0)) > PendingLife {
		return Pending{}
	}
	return p
}

// Person is a person as the issuer describes them.
type Person struct {
	Subject string // issuer and subject, which never change
	Name    string
	Role    Role
}

// discover fetches the issuer's metadata once.
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

// Begin returns the issuer's address for the browser, and the state that the callback needs.
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

// Finish handles the issuer's callback. The error is ErrStale, ErrDeclined,
// ErrNoRole with the person's name, or a failure.
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
		return Person{}, errors.New("OpenID Connect issuer: the token response lacks an ID token: add openid to oidc.scopes")
	}
	token, err := provider.Verifier(&oidc.Config{ClientID: i.config.ClientID, Now: i.config.Now}).Verify(ctx, raw)
	if err != nil {
		return Person{}, fmt.Errorf("OpenID Connect issuer: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(begun.Nonce)) != 1 {
		return Person{}, ErrStale
	}
	if err := i.checkToken(token); err != nil {
		return Person{}, err
	}
	return i.person(ctx, provider, token, tokens)
}

// longestSubject is what OpenID Connect allows for a subject, in bytes.
const longestSubject = 255

// checkToken refuses a token that names no person, and one that was issued to another
// client and only mentions kigen as an audience.
func (i *Issuer) checkToken(token *oidc.IDToken) error {
	if strings.TrimSpace(token.Subject) == "" || len(token.Subject) > longestSubject {
		return errors.New("OpenID Connect issuer: the ID token has no usable sub: every person needs one that never changes")
	}
	var claims struct {
		Party string `json:"azp"`
	}
	if err := token.Claims(&claims); err != nil {
		return fmt.Errorf("OpenID Connect issuer: claims: %w", err)
	}
	switch {
	case claims.Party != "" && claims.Party != i.config.ClientID:
		return fmt.Errorf("OpenID Connect issuer: the ID token was issued to the client %q: register kigen as a client of its own", claims.Party)
	case claims.Party == "" && len(token.Audience) > 1:
		return errors.New("OpenID Connect issuer: the ID token has several audiences and no azp: let the issuer send azp")
	}
	return nil
}

// person reads the claims. If the ID token lacks the groups, they are read from
// the issuer's userinfo endpoint.
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
	if p.Role == NoRole {
		return p, ErrNoRole
	}
	return p, nil
}

// role returns the highest role of the groups. Some issuers send a single group
// as a string.
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

// nameOf returns the person's name for the history: the mail address if the issuer
// has verified it, because other names are freely chosen.
func nameOf(claims map[string]any, subject string) string {
	text := func(key string) string { s, _ := claims[key].(string); return s }
	email := ""
	if verified, _ := claims["email_verified"].(bool); verified {
		email = text("email")
	}
	chosen := cmp.Or(email, text("preferred_username"), subject)
	if len(chosen) > longestClaim {
		chosen = strings.ToValidUTF8(chosen[:longestClaim], "")
	}
	name := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || unicode.IsSpace(r) || strings.ContainsRune(":()", r) {
			return -1
		}
		return unicode.ToLower(r)
	}, chosen)
	if runes := []rune(name); len(runes) > longestName {
		name = string(runes[:longestName])
	}
	return cmp.Or(name, "unnamed")
}

// SignInAs begins a session for a person from the issuer, with the role of the
// person's current groups. The first sign-in creates a user, so that an admin can
// disable it. Of the attempt, name and password are not used.
func (k *Keeper) SignInAs(ctx context.Context, p Person, a Attempt) (Entry, error) {
	user, err := k.userOf(ctx, p, a.From)
	if err != nil {
		return Entry{}, err
	}
	user.Role = string(p.Role)
	if user.Disabled {
		return Entry{}, errors.Join(ErrRefused, k.refuse(ctx, identity(user).Actor(), a.From))
	}
	return k.enter(ctx, user, a)
}

// Refused logs the sign-in of a person without a role. A person who had one before
// loses it, and every session that began under it.
func (k *Keeper) Refused(ctx context.Context, p Person, from string) error {
	user, err := k.store.UserOf(ctx, p.Subject)
	switch {
	case errors.Is(err, tracker.ErrNotFound):
		return k.refuse(ctx, string(KindOIDC)+":"+p.Name, from)
	case err != nil:
		return err
	case user.RoleLostAt.IsZero():
		line := store.AccessLine{At: k.now(), Actor: identity(user).Actor(), Kind: "role_lost", Subject: user.Name, Origin: from}
		err = k.store.LoseRole(ctx, user, line)
	}
	return errors.Join(err, k.refuse(ctx, identity(user).Actor(), from))
}

func (k *Keeper) refuse(ctx context.Context, actor, from string) error {
	return k.store.LogBounded(ctx, store.AccessLine{At: k.now(), Actor: actor, Kind: store.AccessRefused, Origin: from})
}

// userOf finds or creates the user. If another user has the name, or one that looks
// like it, the subject is appended.
func (k *Keeper) userOf(ctx context.Context, p Person, from string) (*store.User, error) {
	user, err := k.store.UserOf(ctx, p.Subject)
	if !errors.Is(err, tracker.ErrNotFound) {
		return user, err
	}
	user = &store.User{Name: p.Name, Subject: p.Subject, Role: string(p.Role), CreatedAt: k.now()}
	line := store.AccessLine{At: k.now(), Actor: string(KindOIDC) + ":" + p.Name, Kind: "user_added", Subject: p.Name, Origin: from}
	alike, err := lookalike(ctx, k.store, p.Name)
	if err != nil {
		return nil, err
	}
	if alike == "" {
		err = k.store.AddUser(ctx, user, line)
	}
	if alike != "" || errors.Is(err, tracker.ErrConflict) {
		sum := sha256.Sum256([]byte(p.Subject))
		user.Name = p.Name + "#" + hex.EncodeToString(sum[:4])
		line.Actor, line.Subject = string(KindOIDC)+":"+user.Name, user.Name
		err = k.store.AddUser(ctx, user, line)
	}
	return user, err
}

// lookalike returns the name of a user that looks like the given one, such as uadmın
// and uadmin; empty: none.
func lookalike(ctx context.Context, db *store.DB, name string) (string, error) {
	users, err := db.Users(ctx)
	if err != nil {
		return "", err
	}
	for i := range users {
		if skeleton(users[i].Name) == skeleton(name) {
			return users[i].Name, nil
		}
	}
	return "", nil
}

const longestSkeleton = 1000 // bytes

// skeleton maps names that look alike to one text, as in Unicode's UTS #39: the
// dotless ı of uadmın becomes i, and 0 becomes o.
func skeleton(name string) string {
	if len(name) > longestSkeleton { // no user has such a name
		return name
	}
	return strings.ToLower(confusables.Skeleton(strings.ToLower(norm.NFKC.String(name))))
}
