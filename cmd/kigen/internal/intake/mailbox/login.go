package mailbox

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// Credentials are those of a client at a token server.
type Credentials struct {
	TokenURL     string
	ClientID     string
	ClientSecret string
	Scope        string
}

const (
	tokenBound = 30 * time.Second
	// spare is how long a token must be good for when it is used.
	spare = time.Minute
)

// tickets gives the tokens of a client.
type tickets struct {
	config clientcredentials.Config
	client *http.Client
	now    func() time.Time

	mu    sync.Mutex
	token *oauth2.Token
}

func newTickets(c Credentials, client *http.Client, now func() time.Time) *tickets {
	if client == nil {
		client = &http.Client{}
	}
	once := *client
	once.Timeout = tokenBound
	// The request holds the secret: it goes nowhere else.
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t := &tickets{client: &once, now: now}
	t.config = clientcredentials.Config{ClientID: c.ClientID, ClientSecret: c.ClientSecret, TokenURL: c.TokenURL, AuthStyle: oauth2.AuthStyleInParams}
	if c.Scope != "" {
		t.config.Scopes = []string{c.Scope}
	}
	return t
}

// get returns a token that is good.
func (t *tickets) get(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token != nil && (t.token.Expiry.IsZero() || t.now().Add(spare).Before(t.token.Expiry)) {
		return t.token.AccessToken, nil
	}
	token, err := t.config.Token(context.WithValue(ctx, oauth2.HTTPClient, t.client))
	if err != nil {
		return "", noToken(err)
	}
	t.token = token
	return token.AccessToken, nil
}

// forget drops a token that a server refused.
func (t *tickets) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.token = nil
}

// noToken says why there is no token. The answer of the server is left out: it may repeat
// what was asked.
func noToken(err error) error {
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) {
		return &Error{Token, errors.New("the token server can't be reached")}
	}
	switch answer.ErrorCode {
	case "invalid_client", "unauthorized_client", "access_denied":
		return &Error{Refused, errors.New("the token server refuses the client: check client_id and client_secret")}
	case "invalid_scope":
		return &Error{Refused, errors.New("the token server refuses the scope: check scope")}
	}
	return &Error{Token, errors.New("the token server gives no token")}
}

// xoauth2 is the login with a token as Exchange Online and Google know it.
type xoauth2 struct{ user, token string }

// Start begins the dialogue.
func (x *xoauth2) Start() (mechanism string, first []byte, err error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next answers what a server says before it refuses.
func (x *xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }
