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

	"kigen/sla"
)

// The headers of a webhook request. The signature is the HMAC-SHA256, in hex,
// of the timestamp, a dot and the body; a receiver should refuse a timestamp
// that is minutes old.
const (
	HeaderTimestamp      = "Kigen-Timestamp" // Unix seconds
	HeaderSignature      = "Kigen-Signature" // "sha256=" and the hex digits
	HeaderIdempotencyKey = "Idempotency-Key" // the same at every attempt
)

// WebhookOptions say where to post, and how.
type WebhookOptions struct {
	URL    string // may hold a key: it is kept out of errors
	Secret string // signs each request; empty: unsigned
	// Transport makes the requests; nil: the standard one.
	Transport http.RoundTripper
}

// Webhook is a URL that takes messages as signed JSON.
type Webhook struct {
	client *http.Client
	opts   WebhookOptions
}

// NewWebhook makes the destination. It makes no request yet.
func NewWebhook(opts WebhookOptions) *Webhook {
	return &Webhook{client: newClient(opts.Transport), opts: opts}
}

// hook is the body of a request.
type hook struct {
	Key     string    `json:"key"`
	Kind    string    `json:"kind"`              // post or update
	Updates string    `json:"updates,omitempty"` // the key of the post that an update changes
	At      time.Time `json:"at"`
	Status  Status    `json:"status"`
	Late    bool      `json:"late,omitempty"`
	Repeat  bool      `json:"possible_repeat,omitempty"`
	Title   string    `json:"title"`
	Text    string    `json:"text"`
	Notes   []string  `json:"notes,omitempty"`
	Link    string    `json:"link,omitempty"`
	Case    *Facts    `json:"case,omitempty"`
	Cases   []Facts   `json:"cases,omitempty"` // of a digest: one an alert

	Files []LinkedFile `json:"files,omitempty"` // of a report
}

// Post sends the message. The receipt's TS is the delivery's key.
func (w *Webhook) Post(ctx context.Context, m *Message) (sla.Receipt, error) {
	if err := w.send(ctx, m, hook{Kind: string(sla.Post)}); err != nil {
		return sla.Receipt{}, err
	}
	return sla.Receipt{TS: m.Key}, nil
}

// Update sends the message with the key of the post that it brings up to date.
func (w *Webhook) Update(ctx context.Context, r sla.Receipt, m *Message) error {
	return w.send(ctx, m, hook{Kind: string(sla.Update), Updates: r.TS})
}

func (w *Webhook) send(ctx context.Context, m *Message, h hook) error {
	h.Key, h.At, h.Status, h.Late, h.Repeat = m.Key, m.At, m.Status, m.Late, m.Repeat
	h.Title, h.Text, h.Notes, h.Link, h.Case = m.Title, m.Text, m.Notes, m.Link.URL, m.Facts
	h.Cases, h.Files = m.Cases, m.Files
	body, err := json.Marshal(h)
	if err != nil {
		return &Failure{Kind: Refused, Reason: "the message has no JSON form: " + err.Error(), Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.opts.URL, bytes.NewReader(body))
	if err != nil {
		return &Failure{Kind: Broken, Reason: "the destination's url is none: write it as https://host/path", Err: err}
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "kigen")
	// A destination's name, and so the key, need not be ASCII; a header must.
	req.Header.Set(HeaderIdempotencyKey, strings.Trim(strconv.QuoteToASCII(m.Key), `"`))
	w.sign(req.Header, body, time.Now())
	resp, err := w.client.Do(req)
	if err != nil {
		return requestFailure(err, w.opts.URL, w.opts.Secret)
	}
	defer func() { _ = resp.Body.Close() }()
	return answerFailure(resp.StatusCode)
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

// answerFailure says what the receiver's answer means; nil: it has the message.
func answerFailure(status int) error {
	reason := fmt.Sprintf("the receiver answered %d %s", status, http.StatusText(status))
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusRequestTimeout, status == http.StatusConflict, status >= 500:
		return &Failure{Kind: Unknown, Reason: reason}
	default:
		return &Failure{Kind: Broken, Reason: reason + ": correct the destination's url or secret"}
	}
}
