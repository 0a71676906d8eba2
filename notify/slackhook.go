package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"kigen/sla"
)

// SlackHookOptions say through which incoming webhook to write.
type SlackHookOptions struct {
	URL string // holds the key to the channel: it is kept out of errors
	// Transport makes the requests; nil: the standard one.
	Transport http.RoundTripper
}

// SlackHook is a Slack channel, written to by an incoming webhook. It never
// learns what its messages are called: they can't be changed, nor be looked
// for, and there are no threads and no files.
type SlackHook struct {
	client *http.Client
	url    string

	mu     sync.Mutex
	latest string // the title of the last update
}

// NewSlackHook makes the destination. It makes no request yet.
func NewSlackHook(opts SlackHookOptions) *SlackHook {
	return &SlackHook{client: newClient(opts.Transport), url: opts.URL}
}

// Pace keeps to what Slack allows: one message a second. An update is one.
func (h *SlackHook) Pace() Pace {
	return Pace{Post: time.Second, Account: h.url, Channel: h.url, UpdatesPost: true}
}

// Digest tells many alerts as a summary, with pages after it.
func (*SlackHook) Digest() sla.DigestForm {
	return sla.DigestForm{Above: slackDigestAbove, Page: slackPageLines}
}

// Post writes a message to the channel. The receipt is empty.
func (h *SlackHook) Post(ctx context.Context, m *Message) (sla.Receipt, error) {
	text, blocks, attachments := slackParts(m)
	message := slack.WebhookMessage{Text: text, Attachments: attachments}
	if len(blocks) > 0 {
		message.Blocks = &slack.Blocks{BlockSet: blocks}
	}
	body, err := json.Marshal(message)
	if err != nil {
		return sla.Receipt{}, &Failure{Kind: Refused, Reason: "the message has no JSON form: " + err.Error(), Err: err}
	}
	return sla.Receipt{}, h.send(ctx, body)
}

// Update writes a new message that says what has become of an earlier one.
// When all messages of an incident change alike, it is said once.
func (h *SlackHook) Update(ctx context.Context, _ sla.Receipt, m *Message) error {
	h.mu.Lock()
	said := h.latest == m.Title
	h.mu.Unlock()
	if said || len(m.Items) > 0 { // a page of a list would be the whole page again
		return nil
	}
	_, err := h.Post(ctx, m)
	if err == nil {
		h.mu.Lock()
		h.latest = m.Title
		h.mu.Unlock()
	}
	return err
}

func (h *SlackHook) send(ctx context.Context, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return &Failure{Kind: Broken, Reason: "the destination's webhook_url is none: write it as https://hooks.slack.com/services/…", Err: err}
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := h.client.Do(req)
	if err != nil {
		return blind(requestFailure(err, h.url))
	}
	defer func() { _ = resp.Body.Close() }()
	const longestWord = 100
	answer, err := io.ReadAll(io.LimitReader(resp.Body, longestWord))
	if err != nil {
		return blind(requestFailure(err, h.url))
	}
	return hookFailure(resp.StatusCode, strings.TrimSpace(redact(string(answer), h.url)))
}

// hookFailure says what the answer of a webhook means; nil: it has the message.
func hookFailure(status int, answer string) error {
	reason := fmt.Sprintf("Slack answered %d %q", status, answer)
	switch {
	case status == http.StatusOK && answer == "ok":
		return nil
	case status == http.StatusOK, status == http.StatusRequestTimeout, status >= http.StatusInternalServerError:
		return blind(&Failure{Kind: Unknown, Reason: reason})
	case status == http.StatusBadRequest:
		return &Failure{Kind: Refused, Reason: reason}
	default:
		return &Failure{Kind: Broken, Reason: reason + ": put a valid address into the destination's webhook_url"}
	}
}

// blind marks a failure of which no search can tell how it ended.
func blind(f *Failure) *Failure {
	f.Blind = f.Kind == Unknown
	return f
}
