package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kigen/notify/wire"
	"kigen/sla/outbox"
	"kigen/sla/record"
)

// The headers of a webhook request. The signature is the HMAC-SHA256, in hex,
// of the timestamp, a dot and the body; a receiver should refuse a timestamp
// that is minutes old.
const (
	HeaderTimestamp      = "Kigen-Timestamp" // Unix seconds
	HeaderSignature      = "Kigen-Signature" // "sha256=" and the hex digits
	HeaderIdempotencyKey = "Idempotency-Key" // the same at every attempt
)

// WebhookOptions configure a webhook.
type WebhookOptions struct {
	URL    string // may hold a key: it is redacted from errors
	Secret string // signs each request; empty: unsigned
	// Head returns the head of the record, which goes into each request; nil: none.
	Head func(ctx context.Context) (record.Head, error)
	// Transport makes the requests; nil: http.DefaultTransport.
	Transport http.RoundTripper
}

// Webhook posts messages as signed JSON to a URL.
type Webhook struct {
	client *http.Client
	opts   WebhookOptions
}

// NewWebhook makes the destination. It makes no request yet.
func NewWebhook(opts WebhookOptions) *Webhook {
	return &Webhook{client: NewClient(opts.Transport), opts: opts}
}

// hook is the body of a request.
type hook struct {
	Key     string       `json:"key"`
	Kind    string       `json:"kind"`              // post or update
	Updates string       `json:"updates,omitempty"` // of an update: the key of the incident's first post
	At      time.Time    `json:"at"`
	Status  wire.Status  `json:"status"`
	Late    bool         `json:"late,omitempty"`
	Repeat  bool         `json:"possible_repeat,omitempty"`
	Title   string       `json:"title"`
	Text    string       `json:"text"`
	Notes   []string     `json:"notes,omitempty"`
	Link    string       `json:"link,omitempty"`
	Case    *wire.Facts  `json:"case,omitempty"`
	Cases   []wire.Facts `json:"cases,omitempty"` // of a digest: one for each alert

	Files []wire.LinkedFile `json:"files,omitempty"` // of a report

	Record *recordHead `json:"record,omitempty"` // its head when the request was made
}

// recordHead is the head of the record.
type recordHead struct {
	Count int64  `json:"count"`
	Hash  string `json:"hash"`
}

// Digest merges many alerts into one request, and sends each change once.
func (*Webhook) Digest() outbox.DigestForm { return ListedOnce() }

// Post sends the message. The receipt's TS is the delivery's key.
func (w *Webhook) Post(ctx context.Context, m *wire.Message) (outbox.Receipt, error) {
	if err := w.send(ctx, m, hook{Kind: string(outbox.Post)}); err != nil {
		return outbox.Receipt{}, err
	}
	return outbox.Receipt{TS: m.Key}, nil
}

// Update sends the incident's present state, with the key of its post.
func (w *Webhook) Update(ctx context.Context, r outbox.Receipt, m *wire.Message) error {
	return w.send(ctx, m, hook{Kind: string(outbox.Update), Updates: r.TS})
}

func (w *Webhook) send(ctx context.Context, m *wire.Message, h hook) error {
	h.Key, h.At, h.Status, h.Late, h.Repeat = m.Key, m.At, m.Status, m.Late, m.Repeat
	h.Title, h.Text, h.Notes, h.Link, h.Case = m.Title, m.Text, m.Notes, m.Link.URL, m.Facts
	h.Cases, h.Files = m.Cases, m.Files
	if m.Plain { // refused before: leave out the parts that may be too large or unknown to the receiver
		h.Case, h.Cases = nil, nil
	}
	h.Record = w.head(ctx)
	body, err := json.Marshal(h)
	if err != nil {
		return &wire.Failure{Kind: wire.Refused, Reason: "the message has no JSON form: " + err.Error(), Err: err}
	}
	return w.PostJSON(ctx, m.Key, body, m.Attempt > 1)
}

// PostJSON posts a body, which need not be a message. again means that the key was sent
// before. The error is a *Failure.
func (w *Webhook) PostJSON(ctx context.Context, key string, body []byte, again bool) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.opts.URL, bytes.NewReader(body))
	if err != nil {
		return &wire.Failure{Kind: wire.Broken, Reason: "the destination's url is not a valid URL: write it as https://host/path", Err: err}
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "kigen")
	// The key contains the destination's name, which need not be ASCII; a header
	// must be.
	req.Header.Set(HeaderIdempotencyKey, strings.Trim(strconv.QuoteToASCII(key), `"`))
	w.sign(req.Header, body, time.Now())
	resp, err := w.client.Do(req)
	if err != nil {
		return RequestFailure(err, w.opts.URL, w.opts.Secret)
	}
	defer func() { _ = resp.Body.Close() }()
	return answerFailure(resp.StatusCode, again)
}

// head is nil also if the head can't be read: an alert does not wait for it.
func (w *Webhook) head(ctx context.Context) *recordHead {
	if w.opts.Head == nil {
		return nil
	}
	head, err := w.opts.Head(ctx)
	if err != nil {
		return nil
	}
	return &recordHead{Count: head.Count, Hash: head.Hash.String()}
}

// sign adds the timestamp and, with a secret, the signature.
func (w *Webhook) sign(header http.Header, body []byte, now time.Time) {
	timestamp := strconv.FormatInt(now.Unix(), 10)
	header.Set(HeaderTimestamp, timestamp)
	if w.opts.Secret == "" {
		return
	}
	mac := hmac.New(sha256.New, []byte(w.opts.Secret))
	_, _ = mac.Write([]byte(timestamp + ".")) // a hash never fails
	_, _ = mac.Write(body)
	header.Set(HeaderSignature, "sha256="+hex.EncodeToString(mac.Sum(nil)))
}

// answerFailure classifies the receiver's answer; nil: it accepted the message.
// Most 4xx answers count as a refusal of this message (its size, its content, an
// incident that the receiver does not know). again means that the key was sent
// before.
func answerFailure(status int, again bool) error {
	f := &wire.Failure{Kind: wire.Refused, Reason: fmt.Sprintf("the receiver answered %d %s", status, http.StatusText(status))}
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusConflict && again:
		return nil // an earlier attempt with this key arrived
	case status == http.StatusRequestTimeout, status == http.StatusConflict, status == http.StatusTooEarly, status >= 500:
		f.Kind = wire.Unknown
	case status == http.StatusProxyAuthRequired:
		f.Kind = wire.Unreached
		f.Reason += wire.ProxyRemedy
	case status < 400, status == http.StatusUnauthorized:
		f.Kind = wire.Broken
		f.Reason += ": correct the destination's url or secret"
	}
	return f
}
