package feed

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const (
	tokenBound = 30 * time.Second
	// tokenSpare is how long a token must be good for when it is used.
	tokenSpare = time.Minute
)

// Credentials are those of a client at a token server.
type Credentials struct {
	TokenURL     string
	ClientID     string
	ClientSecret string
	Scope        string
}

// Token returns the Token of a Source whose token never changes.
func Token(token string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return token, nil }
}

// Tokens returns the Token of a Source that asks a token server for one by client
// credentials, and keeps it while it is good. Its errors hold nothing of the server's
// answer, which may repeat the secret.
func Tokens(c Credentials, now func() time.Time) func(context.Context) (string, error) {
	client := &http.Client{
		Timeout:       tokenBound, // the request holds the secret: it goes nowhere else
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	config := clientcredentials.Config{ClientID: c.ClientID, ClientSecret: c.ClientSecret, TokenURL: c.TokenURL, AuthStyle: oauth2.AuthStyleInParams}
	if c.Scope != "" {
		config.Scopes = []string{c.Scope}
	}
	var mu sync.Mutex
	var kept *oauth2.Token
	return func(ctx context.Context) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if kept != nil && (kept.Expiry.IsZero() || now().Add(tokenSpare).Before(kept.Expiry)) {
			return kept.AccessToken, nil
		}
		token, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
		if err != nil {
			return "", noToken(err)
		}
		kept = token
		return token.AccessToken, nil
	}
}

func noToken(err error) error {
	var answer *oauth2.RetrieveError
	switch {
	case !errors.As(err, &answer):
		return errors.New("the token server can't be reached")
	case answer.ErrorCode == "invalid_client", answer.ErrorCode == "unauthorized_client", answer.ErrorCode == "access_denied":
		return errors.New("the token server refuses the client: check client_id and client_secret")
	case answer.ErrorCode == "invalid_scope":
		return errors.New("the token server refuses the scope: check scope")
	}
	return errors.New("the token server gives no token")
}
