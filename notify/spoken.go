package notify

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"kigen/notify/destinations"
	"kigen/notify/wire"
	"kigen/sla/outbox"
)

// Spoken is a destination that speaks a protocol of the table of destinations: it makes the
// protocol's requests and passes it the answers.
type Spoken struct {
	protocol destinations.Protocol
	client   *http.Client
	secrets  []string
}

// NewSpoken makes the destination of a kind that has a protocol. It makes no request yet. A
// nil transport means http.DefaultTransport.
func NewSpoken(k *destinations.Kind, v destinations.Values, s destinations.Surroundings, transport http.RoundTripper) *Spoken {
	return &Spoken{protocol: k.New(v, s), client: NewClient(transport), secrets: k.Secrets(v)}
}

// Pace returns the protocol's rate limit.
func (s *Spoken) Pace() wire.Pace { return s.protocol.Pace() }

// Digest returns the protocol's form for many alerts at once.
func (s *Spoken) Digest() outbox.DigestForm { return s.protocol.Digest() }

// Post sends a new message.
func (s *Spoken) Post(ctx context.Context, m *wire.Message) (outbox.Receipt, error) {
	return s.exchange(ctx, s.protocol.Post(m))
}

// Update sends the change of an earlier message.
func (s *Spoken) Update(ctx context.Context, r outbox.Receipt, m *wire.Message) error {
	_, err := s.exchange(ctx, s.protocol.Update(r, m))
	return err
}

// exchange makes the requests in order. After a failure the whole message is sent again, so
// only a protocol that is idempotent has more than one.
func (s *Spoken) exchange(ctx context.Context, e destinations.Exchange) (outbox.Receipt, error) {
	for i, request := range e.Requests {
		if err := s.request(ctx, request); err != nil {
			f := wire.AsFailure(err)
			f.Partly = i > 0
			return outbox.Receipt{}, f
		}
	}
	return e.Receipt, nil
}

func (s *Spoken) request(ctx context.Context, r destinations.Request) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return &wire.Failure{Kind: wire.Broken, Reason: "the destination's address is not a valid URL: write it as https://host/path", Err: err}
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "kigen")
	secrets := append([]string{r.URL}, s.secrets...)
	resp, err := s.client.Do(req)
	if err != nil {
		return RequestFailure(err, secrets...)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return RequestFailure(err, secrets...)
	}
	f := s.protocol.Judge(destinations.Answer{Status: resp.StatusCode, Body: wire.Redact(string(body), secrets...)})
	if f == nil {
		return nil
	}
	return f
}
