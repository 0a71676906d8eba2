package notify

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"

	"kigen/sla"
)

// Every posted message carries metadata by which it can be found again.
const (
	SlackEventType = "kigen_alert" // the metadata's type
	SlackKey       = "key"         // the field of its payload that holds the delivery's key
)

// SlackOptions say which channel to write to, and how.
type SlackOptions struct {
	Token   string // of a bot with the scope chat:write
	Channel string // its id: C0123456789
	APIURL  string // with a slash at the end; empty: Slack's own
	// Transport makes the requests; nil: the standard one.
	Transport http.RoundTripper
}

// Slack is a channel of a Slack workspace, written to by a bot.
type Slack struct {
	api     *slack.Client
	channel string
	token   string       // only to keep it out of errors
	posted  atomic.Value // string: the id of the channel, once a post has told it
}

// NewSlack makes the destination. It makes no request yet.
func NewSlack(opts SlackOptions) *Slack {
	// The library's own client has no timeout. And no retries by the library:
	// it resends what may have arrived.
	options := []slack.Option{slack.OptionHTTPClient(newClient(opts.Transport))}
	if opts.APIURL != "" {
		options = append(options, slack.OptionAPIURL(opts.APIURL))
	}
	return &Slack{api: slack.New(opts.Token, options...), channel: opts.Channel, token: opts.Token}
}

// Pace keeps to what Slack allows: one message a second in a channel; fifty
// updates, searches and uploads a minute of each for a bot.
func (s *Slack) Pace() Pace {
	const fifty = 1200 * time.Millisecond
	return Pace{
		Post: time.Second, Update: fifty, File: fifty, Search: fifty,
		Account: s.token, Channel: s.channel,
	}
}

// Post writes a new message to the channel.
func (s *Slack) Post(ctx context.Context, m *Message) (sla.Receipt, error) {
	return s.post(ctx, m)
}

func (s *Slack) post(ctx context.Context, m *Message, more ...slack.MsgOption) (sla.Receipt, error) {
	options := append(slackContent(m),
		slack.MsgOptionDisableLinkUnfurl(),
		slack.MsgOptionMetadata(slack.SlackMetadata{
			EventType: SlackEventType, EventPayload: map[string]any{SlackKey: m.Key},
		}))
	channel, ts, err := s.api.PostMessageContext(ctx, s.channel, append(options, more...)...)
	if err != nil {
		return sla.Receipt{}, s.failure(err)
	}
	if ts == "" {
		return sla.Receipt{}, errNoTimestamp()
	}
	if channel != "" {
		s.posted.Store(channel)
	}
	return sla.Receipt{Channel: channel, TS: ts}, nil
}

// Update changes a message in place. What can't be edited any more is
// answered in its thread, and in the channel if we never learnt its name.
func (s *Slack) Update(ctx context.Context, r sla.Receipt, m *Message) error {
	if r.TS == "" {
		_, err := s.post(ctx, m)
		return err
	}
	// The metadata stays that of the post: it names the message.
	_, ts, _, err := s.api.UpdateMessageContext(ctx, r.Channel, r.TS, slackContent(m)...)
	switch {
	case err != nil && uneditable(err):
		_, err := s.post(ctx, m, slack.MsgOptionTS(r.TS))
		return err
	case err != nil:
		return s.failure(err)
	case ts == "":
		return errNoTimestamp()
	}
	return nil
}

// errNoTimestamp is an answer without error that is no success either: the
// library takes "{}" for one.
func errNoTimestamp() *Failure {
	return &Failure{Kind: Unknown, Reason: "Slack answered without a message timestamp"}
}
