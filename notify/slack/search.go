package slack

import (
	"context"
	"fmt"
	"strconv"

	"github.com/slack-go/slack"

	"kigen/notify"
	"kigen/notify/wire"
	"kigen/sla/outbox"
)

const (
	historyPage  = 200 // messages in a request, the number that Slack recommends
	historyPages = 30  // requests in a search; a longer history counts as unreadable
)

// Find looks for messages by the key in their metadata, or by the name of
// their file. It needs the scope channels:history (groups:history for a
// private channel) and metadata.message:read.
func (s *Channel) Find(ctx context.Context, search notify.Search) (map[string]outbox.Receipt, error) {
	found, err := s.find(ctx, search)
	if err != nil {
		return nil, err
	}
	receipts := make(map[string]outbox.Receipt, len(found))
	for key, m := range found {
		receipts[key] = outbox.Receipt{Channel: s.receiptChannel(search.Thread), TS: m.Timestamp}
	}
	return receipts, nil
}

// find is Find with the messages.
func (s *Channel) find(ctx context.Context, search notify.Search) (map[string]*slack.Message, error) {
	wanted := make(map[string]string, 2*len(search.Keys))
	for _, key := range search.Keys {
		wanted[key], wanted[notify.UploadName(key)] = key, key
	}
	found := map[string]*slack.Message{}
	oldest := strconv.FormatInt(max(search.Since.Unix(), 0), 10)
	cursor := ""
	for range historyPages {
		if err := search.Turn(ctx); err != nil {
			return nil, &wire.Failure{Kind: wire.Unreached, Reason: "stopped before searching", Err: err}
		}
		messages, next, err := s.page(ctx, search.Thread, oldest, cursor)
		if err != nil {
			f := s.failure(err)
			if f.Kind == wire.Broken {
				f.Reason = "could not search the history: " + f.Reason + "; searches need the scopes channels:history (groups:history) and metadata.message:read"
			}
			return nil, f
		}
		for i := range messages {
			if key, ok := wanted[messageKey(&messages[i], wanted)]; ok {
				found[key] = &messages[i]
			}
		}
		if next == "" || len(found) == len(search.Keys) {
			return found, nil
		}
		cursor = next
	}
	return nil, &wire.Failure{Kind: wire.Unknown, Reason: fmt.Sprintf("more than %d messages to search", historyPage*historyPages)}
}

// page reads one page of the channel's history, newest first, or of a thread. It
// rejects the answer "{}", which the library accepts, because it would count as
// a history without the message.
func (s *Channel) page(ctx context.Context, thread outbox.Receipt, oldest, cursor string) ([]slack.Message, string, error) {
	if thread.TS != "" {
		messages, _, next, err := s.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
			ChannelID: thread.Channel, Timestamp: thread.TS,
			Oldest: oldest, Cursor: cursor, Limit: historyPage, IncludeAllMetadata: true,
		})
		if err == nil && len(messages) == 0 { // the thread's root is always in it
			err = errNoHistory()
		}
		return messages, next, err
	}
	history, err := s.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
		ChannelID: s.channelID(), Oldest: oldest, Cursor: cursor, Limit: historyPage, IncludeAllMetadata: true,
	})
	switch {
	case err != nil:
		return nil, "", err
	case !history.Ok:
		return nil, "", errNoHistory()
	}
	return history.Messages, history.ResponseMetaData.NextCursor, nil
}

func errNoHistory() *wire.Failure {
	return &wire.Failure{Kind: wire.Unknown, Reason: "Slack answered without a history"}
}

// messageKey returns the key in a message's metadata, or the name of one of its
// files that is wanted.
func messageKey(m *slack.Message, wanted map[string]string) string {
	if m.Metadata.EventType == EventType {
		key, _ := m.Metadata.EventPayload[Key].(string)
		return key
	}
	for _, file := range m.Files {
		if _, ok := wanted[file.Name]; ok {
			return file.Name
		}
	}
	return ""
}

func (s *Channel) receiptChannel(thread outbox.Receipt) string {
	if thread.Channel != "" {
		return thread.Channel
	}
	return s.channelID()
}

// channelID is the channel's id, which a search needs. Until the first post has
// returned the id, it is the configured name or id.
func (s *Channel) channelID() string {
	if id, ok := s.posted.Load().(string); ok {
		return id
	}
	return s.channel
}
