package notify

import (
	"context"
	"fmt"
	"strconv"

	"github.com/slack-go/slack"

	"kigen/sla"
)

const (
	historyPage  = 200 // messages a request; Slack asks for no more
	historyPages = 30  // requests a search: what is longer counts as not to be had
)

// Find looks for messages by the key in their metadata, or by the name of
// their file. It needs the scope channels:history (groups:history for a
// private channel) and metadata.message:read.
func (s *Slack) Find(ctx context.Context, search Search) (map[string]sla.Receipt, error) {
	wanted := make(map[string]string, 2*len(search.Keys))
	for _, key := range search.Keys {
		wanted[key], wanted[uploadName(key)] = key, key
	}
	found := map[string]sla.Receipt{}
	oldest := strconv.FormatInt(max(search.Since.Unix(), 0), 10)
	cursor := ""
	for range historyPages {
		if err := search.Turn(ctx); err != nil {
			return nil, &Failure{Kind: Unreached, Reason: "stopped before searching", Err: err}
		}
		messages, next, err := s.page(ctx, search.Thread, oldest, cursor)
		if err != nil {
			f := s.failure(err)
			if f.Kind == Broken {
				f.Reason = "the history was not searched: " + f.Reason + "; searches need the scopes channels:history (groups:history) and metadata.message:read"
			}
			return nil, f
		}
		for i := range messages {
			if key, ok := wanted[messageKey(&messages[i], wanted)]; ok {
				found[key] = sla.Receipt{Channel: s.receiptChannel(search.Thread), TS: messages[i].Timestamp}
			}
		}
		if next == "" || len(found) == len(search.Keys) {
			return found, nil
		}
		cursor = next
	}
	return nil, &Failure{Kind: Unknown, Reason: fmt.Sprintf("more than %d messages to search", historyPage*historyPages)}
}

// page reads one page of the channel's history, newest first, or of a thread.
// The library takes "{}" for an answer: believed, it would mean "not there".
func (s *Slack) page(ctx context.Context, thread sla.Receipt, oldest, cursor string) ([]slack.Message, string, error) {
	if thread.TS != "" {
		messages, _, next, err := s.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
			ChannelID: thread.Channel, Timestamp: thread.TS,
			Oldest: oldest, Cursor: cursor, Limit: historyPage, IncludeAllMetadata: true,
		})
		if err == nil && len(messages) == 0 { // what the thread answers to is always in it
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

func errNoHistory() *Failure {
	return &Failure{Kind: Unknown, Reason: "Slack answered without a history"}
}

// messageKey returns what names a message: the key in its metadata, or the
// name of a file that is wanted.
func messageKey(m *slack.Message, wanted map[string]string) string {
	if m.Metadata.EventType == SlackEventType {
		key, _ := m.Metadata.EventPayload[SlackKey].(string)
		return key
	}
	for _, file := range m.Files {
		if _, ok := wanted[file.Name]; ok {
			return file.Name
		}
	}
	return ""
}

func (s *Slack) receiptChannel(thread sla.Receipt) string {
	if thread.Channel != "" {
		return thread.Channel
	}
	return s.channelID()
}

// channelID is the channel's id, which a search needs. A configured name
// serves until a post has told the id.
func (s *Slack) channelID() string {
	if id, ok := s.posted.Load().(string); ok {
		return id
	}
	return s.channel
}
