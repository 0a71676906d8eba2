// Package slack is the destination of Slack messages: a channel, written to by a
// bot or by an incoming webhook, which takes over while the bot is broken.
package slack

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"

	"kigen/notify"
	"kigen/notify/wire"
	"kigen/sla/outbox"
)

// Every posted message carries its key as metadata, by which Find finds it.
const (
	EventType = "kigen_alert" // the metadata's type
	Key       = "key"         // the field of its payload that holds the delivery's key
)

// Options configure the channel and the bot.
type Options struct {
	Token   string // of a bot with the scope chat:write
	Channel string // its id: C0123456789
	APIURL  string // with a slash at the end; empty: Slack's own
	// Transport makes the requests; nil: http.DefaultTransport.
	Transport http.RoundTripper
}

// Channel is a channel of a Slack workspace, written to by a bot.
type Channel struct {
	api     *slack.Client
	channel string
	token   string       // to redact it from errors
	posted  atomic.Value // string: the channel's id, from the answer to the first post
}

// New makes the destination. It makes no request yet.
func New(opts Options) *Channel {
	// The library's own client has no timeout. The library's retries stay off,
	// because they would repeat messages that may have arrived.
	options := []slack.Option{slack.OptionHTTPClient(notify.NewClient(opts.Transport))}
	if opts.APIURL != "" {
		options = append(options, slack.OptionAPIURL(opts.APIURL))
	}
	return &Channel{api: slack.New(opts.Token, options...), channel: opts.Channel, token: opts.Token}
}

// Pace returns Slack's limits: one message a second in a channel; for a bot,
// fifty updates, fifty searches and fifty uploads a minute.
func (s *Channel) Pace() wire.Pace {
	const fifty = 1200 * time.Millisecond
	return wire.Pace{
		Post: time.Second, Update: fifty, File: fifty,
		Search:  1500 * time.Millisecond, // forty, and a burst of ten
		Account: s.token, Channel: s.channel,
	}
}

// Post writes a new message to the channel.
func (s *Channel) Post(ctx context.Context, m *wire.Message) (outbox.Receipt, error) {
	return s.post(ctx, m)
}

func (s *Channel) post(ctx context.Context, m *wire.Message) (outbox.Receipt, error) {
	options := append(content(m),
		slack.MsgOptionDisableLinkUnfurl(),
		slack.MsgOptionMetadata(slack.SlackMetadata{
			EventType: EventType, EventPayload: map[string]any{Key: m.Key},
		}))
	place := s.present()
	if thread := s.under(m); thread != "" {
		place.earlier = true
		options = append(options, slack.MsgOptionTS(thread))
	}
	channel, ts, err := s.api.PostMessageContext(ctx, s.channel, options...)
	if err != nil {
		return outbox.Receipt{}, s.failureAt(err, place)
	}
	if ts == "" {
		return outbox.Receipt{}, errNoTimestamp()
	}
	if channel != "" {
		s.posted.Store(channel)
	}
	return outbox.Receipt{Channel: channel, TS: ts}, nil
}

// Update edits a message. It replies in the thread of a message that can no
// longer be edited. A message that was deleted, or is in a channel that the bot
// left, is Gone.
func (s *Channel) Update(ctx context.Context, r outbox.Receipt, m *wire.Message) error {
	switch err := s.edit(ctx, r, m); {
	case err == nil:
		return nil
	case uneditable(err):
		return s.answer(ctx, r, m)
	default:
		return s.failureAt(err, s.placeOf(r))
	}
}

// edit changes a message in place. Without metadata, it keeps the post's, which has its key.
func (s *Channel) edit(ctx context.Context, r outbox.Receipt, m *wire.Message) error {
	_, ts, _, err := s.api.UpdateMessageContext(ctx, r.Channel, r.TS, content(m)...)
	if err == nil && ts == "" {
		return errNoTimestamp()
	}
	return err
}

// answer posts a message in the thread of another one, or in the thread that
// contains the other one. Unlike an edit, a reply is not idempotent, so a repeat
// searches for it first.
func (s *Channel) answer(ctx context.Context, r outbox.Receipt, m *wire.Message) error {
	under := *m
	if under.Under.TS == "" {
		under.Under = r
	}
	if m.Attempt > 1 {
		once := func(context.Context) error { return nil }
		found, err := s.find(ctx, notify.Search{Keys: []string{m.Key}, Thread: under.Under, Turn: once})
		if reply := found[m.Key]; err == nil && reply != nil {
			return s.answerAgain(ctx, outbox.Receipt{Channel: under.Under.Channel, TS: reply.Timestamp}, reply.Text, &under)
		}
	}
	_, err := s.post(ctx, &under)
	return err
}

// answerAgain changes the reply that an earlier attempt made if it does not show the
// message. One that can't be edited either is followed by another.
func (s *Channel) answerAgain(ctx context.Context, reply outbox.Receipt, shows string, m *wire.Message) error {
	if shows == plainText(m) {
		return nil
	}
	err := s.edit(ctx, reply, m)
	switch {
	case err == nil:
		return nil
	case uneditable(err):
		_, err := s.post(ctx, m)
		return err
	default:
		return s.failureAt(err, s.placeOf(reply))
	}
}

// errNoTimestamp is the failure for an answer without a timestamp: the library
// accepts "{}" as a success.
func errNoTimestamp() *wire.Failure {
	return &wire.Failure{Kind: wire.Unknown, Reason: "Slack answered without a message timestamp"}
}
