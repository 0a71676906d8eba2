package notify

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"kigen/sla"
)

// SlackWithHook is a channel that is written to by a bot and, while the bot is
// broken, by an incoming webhook.
type SlackWithHook struct {
	*Slack
	hook *SlackHook
	log  *slog.Logger

	mu    sync.Mutex
	until time.Time // the bot is not tried before
}

// NewSlackWithHook joins a bot and a webhook of one channel. A nil log is
// silent.
func NewSlackWithHook(bot *Slack, hook *SlackHook, log *slog.Logger) *SlackWithHook {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &SlackWithHook{Slack: bot, hook: hook, log: log}
}

// Post writes a new message by the bot, or by the webhook.
func (s *SlackWithHook) Post(ctx context.Context, m *Message) (sla.Receipt, error) {
	if s.botWorks() {
		receipt, err := s.Slack.Post(ctx, m)
		if !s.broke(err) {
			return receipt, err
		}
	}
	return s.blindly(ctx, m)
}

// blindly posts by the webhook. After a crash, a repaired bot would search in
// vain for what stands there, so it is put on record first.
func (s *SlackWithHook) blindly(ctx context.Context, m *Message) (sla.Receipt, error) {
	if m.Blindly != nil {
		if err := m.Blindly(ctx); err != nil {
			return sla.Receipt{}, &Failure{Kind: Unreached, Reason: "the use of the webhook could not be recorded", Err: err}
		}
	}
	return s.hook.Post(ctx, m)
}

// Update changes a message in place by the bot; the webhook tells the change
// as a message.
func (s *SlackWithHook) Update(ctx context.Context, r sla.Receipt, m *Message) error {
	if s.botWorks() {
		if err := s.Slack.Update(ctx, r, m); !s.broke(err) {
			return err
		}
	}
	return s.hook.Update(ctx, r, m)
}

// Upload shares a file by the bot. The webhook can't: it does without a
// digest's, which is on the pages, too, and says of a report's where it is.
func (s *SlackWithHook) Upload(ctx context.Context, m *Message) (sla.Receipt, error) {
	if s.botWorks() {
		receipt, err := s.Slack.Upload(ctx, m)
		if !s.broke(err) {
			return receipt, err
		}
	}
	s.log.Warn("file not uploaded: only the webhook works", "delivery", m.Key)
	if m.Status == StatusReport {
		word := *m
		word.Plain = true
		return s.blindly(ctx, &word)
	}
	return sla.Receipt{}, nil
}

// botWorks reports whether the bot is to be tried.
func (s *SlackWithHook) botWorks() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !time.Now().Before(s.until)
}

// broke reports whether the error says that the bot is broken, and then leaves
// it alone for a while.
func (s *SlackWithHook) broke(err error) bool {
	if err == nil || asFailure(err).Kind != Broken {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = time.Now().Add(brokenPause)
	s.log.Error("the bot is broken, the incoming webhook is used", "error", asFailure(err))
	return true
}
