package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"kigen/notify"
	"kigen/notify/wire"
	"kigen/sla/outbox"
)

// HookOptions configure an incoming webhook.
type HookOptions struct {
	URL string // a secret: it is redacted from errors
	// Transport makes the requests; nil: http.DefaultTransport.
	Transport http.RoundTripper
}

// Hook writes to a Slack channel by an incoming webhook. The webhook does not
// return timestamps, so messages cannot be edited or searched, and there are no
// threads and no files.
type Hook struct {
	client *http.Client
	url    string
}

// NewHook makes the destination. It makes no request yet.
func NewHook(opts HookOptions) *Hook {
	return &Hook{client: notify.NewClient(opts.Transport), url: opts.URL}
}

// Pace returns Slack's limit: one message a second. An update is a message.
func (h *Hook) Pace() wire.Pace {
	return wire.Pace{Post: time.Second, Account: h.url, Channel: h.url, UpdatesPost: true}
}

// Digest merges many alerts into a summary, followed by pages, and sends each
// change once.
func (*Hook) Digest() outbox.DigestForm {
	return outbox.DigestForm{Above: digestAbove, Page: pageLines, Once: true, Flat: true}
}

// Post writes a message to the channel. The receipt is empty.
func (h *Hook) Post(ctx context.Context, m *wire.Message) (outbox.Receipt, error) {
	text, blocks, attachments := parts(m)
	message := slack.WebhookMessage{Text: text, Attachments: attachments}
	if len(blocks) > 0 {
		message.Blocks = &slack.Blocks{BlockSet: blocks}
	}
	body, err := json.Marshal(message)
	if err != nil {
		return outbox.Receipt{}, &wire.Failure{Kind: wire.Refused, Reason: "the message has no JSON form: " + err.Error(), Err: err}
	}
	return outbox.Receipt{}, h.send(ctx, body)
}

// Update posts the change as a new message, unless another message has shown it.
func (h *Hook) Update(ctx context.Context, _ outbox.Receipt, m *wire.Message) error {
	if m.Redundant || len(m.Items) > 0 { // an updated page would repeat the whole page
		return nil
	}
	if m.News != nil {
		m = m.News
	}
	_, err := h.Post(ctx, m)
	return err
}

func (h *Hook) send(ctx context.Context, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return &wire.Failure{Kind: wire.Broken, Reason: "the destination's webhook_url is not a valid URL: write it as https://hooks.slack.com/services/…", Err: err}
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := h.client.Do(req)
	if err != nil {
		return markUnsearchable(notify.RequestFailure(err, h.url))
	}
	defer func() { _ = resp.Body.Close() }()
	const longestWord = 100
	answer, err := io.ReadAll(io.LimitReader(resp.Body, longestWord))
	if err != nil {
		return markUnsearchable(notify.RequestFailure(err, h.url))
	}
	return hookFailure(resp.StatusCode, strings.TrimSpace(wire.Redact(string(answer), h.url)))
}

// hookFailure classifies the answer of a webhook; nil: it accepted the message.
func hookFailure(status int, answer string) error {
	f := &wire.Failure{Kind: wire.Refused, Reason: fmt.Sprintf("Slack answered %d %q", status, answer)}
	word, known := errorWordOf(answer)
	switch {
	case status == http.StatusOK && answer == "ok":
		return nil
	case status == http.StatusOK, status == http.StatusRequestTimeout, status >= http.StatusInternalServerError:
		f.Kind = wire.Unknown
	case status == http.StatusProxyAuthRequired:
		f.Kind = wire.Unreached
		f.Reason += wire.ProxyRemedy
	case known && word.of != ofMessage && word.of != ofEarlier:
		classifyWord(f, answer, place{})
	}
	return markUnsearchable(f)
}

// markUnsearchable marks a failure with unknown outcome: no search can resolve
// it.
func markUnsearchable(f *wire.Failure) *wire.Failure {
	f.Unsearchable = f.Kind == wire.Unknown
	return f
}
