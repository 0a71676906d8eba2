package slack

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"kigen/notify"
	"kigen/notify/wire"
	"kigen/sla/outbox"
)

// ChannelWithHook writes to a channel by a bot and, while the bot is broken, by an
// incoming webhook.
type ChannelWithHook struct {
	*Channel
	hook *Hook
	log  *slog.Logger

	mu    sync.Mutex
	until time.Time // do not try the bot before
}

// NewChannelWithHook combines a bot and a webhook of one channel. A nil log is
// silent.
func NewChannelWithHook(bot *Channel, hook *Hook, log *slog.Logger) *ChannelWithHook {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &ChannelWithHook{Channel: bot, hook: hook, log: log}
}

// Post writes a new message by the bot, or by the webhook.
func (s *ChannelWithHook) Post(ctx context.Context, m *wire.Message) (outbox.Receipt, error) {
	if s.botWorks() {
		receipt, err := s.Channel.Post(ctx, m)
		if !s.broke(err) {
			return receipt, err
		}
	}
	return s.postByHook(ctx, m)
}

// postByHook posts by the webhook. A search cannot find such a message, so
// postByHook records that it is unsearchable first.
func (s *ChannelWithHook) postByHook(ctx context.Context, m *wire.Message) (outbox.Receipt, error) {
	if m.BeforeUnsearchable != nil {
		if err := m.BeforeUnsearchable(ctx); err != nil {
			return outbox.Receipt{}, &wire.Failure{Kind: wire.Unreached, Reason: "could not record the use of the webhook", Err: err}
		}
	}
	receipt, err := s.byHook(ctx, m)
	if err == nil {
		return receipt, nil
	}
	if f := wire.AsFailure(err); f.Kind == wire.Refused && m.Plain {
		// The bot is broken too, so the destination is at fault, not the message.
		return receipt, &wire.Failure{Kind: wire.Broken, Reason: "the bot is broken and the webhook refuses: " + f.Reason, Err: err}
	}
	return receipt, err
}

// byHook sends an update as the change alone.
func (s *ChannelWithHook) byHook(ctx context.Context, m *wire.Message) (outbox.Receipt, error) {
	if m.Update {
		return outbox.Receipt{}, s.hook.Update(ctx, outbox.Receipt{}, m)
	}
	return s.hook.Post(ctx, m)
}

// Update edits a message by the bot; the webhook posts the change as a new
// message.
func (s *ChannelWithHook) Update(ctx context.Context, r outbox.Receipt, m *wire.Message) error {
	if s.botWorks() {
		if err := s.Channel.Update(ctx, r, m); !s.broke(err) {
			return err
		}
	}
	return s.hook.Update(ctx, r, m)
}

// Upload shares a file by the bot. The webhook cannot upload: it omits a digest's
// file, whose lines are on the pages too, and posts the link of a report's file.
func (s *ChannelWithHook) Upload(ctx context.Context, m *wire.Message) (outbox.Receipt, error) {
	if s.botWorks() {
		receipt, err := s.Channel.Upload(ctx, m)
		if !s.broke(err) {
			return receipt, err
		}
	}
	s.log.Warn("file not uploaded: only the webhook works", "delivery", m.Key)
	if m.Status == wire.StatusReport {
		plain := *m
		plain.Plain = true
		return s.postByHook(ctx, &plain)
	}
	return outbox.Receipt{}, nil
}

// botWorks reports whether to try the bot.
func (s *ChannelWithHook) botWorks() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !time.Now().Before(s.until)
}

// broke reports whether the error means that the bot is broken. If so, the bot
// is not tried for brokenPause.
func (s *ChannelWithHook) broke(err error) bool {
	if err == nil || wire.AsFailure(err).Kind != wire.Broken {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = time.Now().Add(notify.BrokenPause)
	s.log.Error("the bot is broken, the incoming webhook is used", "error", wire.AsFailure(err))
	return true
}
