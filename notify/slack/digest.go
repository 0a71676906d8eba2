package slack

import (
	"bytes"
	"context"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"kigen/notify/wire"
	"kigen/sla/outbox"
)

const (
	// Lines of a page. With slackItemLimit they stay under the 9,000 characters
	// that all blocks of a message may have together, and 10,000 alerts at one
	// message a second take three and a half minutes.
	pageLines    = 48
	itemLimit    = 170
	sectionLimit = 2900 // of Slack's 3,000 characters
	shortLimit   = 78   // of a line in plain text: 48 of them must fit
	digestAbove  = 50   // alerts at once
)

// Digest merges many alerts into a summary, with the list in pages in its thread
// and as a file.
func (*Channel) Digest() outbox.DigestForm {
	return outbox.DigestForm{Above: digestAbove, Page: pageLines, File: true}
}

// plainText is the plain text of a message. On a page of a digest each line is
// cut, so that the page keeps all lines.
func plainText(m *wire.Message) string {
	if len(m.Items) == 0 {
		return escaped(m.Text, textLimit)
	}
	lines := []string{escaped(m.Title, headerLimit)}
	for _, item := range m.Items {
		lines = append(lines, escaped(item.Short, shortLimit))
	}
	return strings.Join(lines, "\n")
}

// itemSections writes the lines of a digest into as few sections as possible. It
// may cut an Item's text, but not its label or link.
func itemSections(items []wire.Item) []string {
	var sections []string
	var b strings.Builder
	room := sectionLimit
	for _, item := range items {
		line := itemLine(item) + "\n"
		size := utf8.RuneCountInString(line)
		if size > room {
			sections = append(sections, strings.TrimSpace(b.String()))
			b.Reset()
			room = sectionLimit
		}
		b.WriteString(line)
		room -= size
	}
	if b.Len() > 0 {
		sections = append(sections, strings.TrimSpace(b.String()))
	}
	return sections
}

func itemLine(item wire.Item) string {
	label := link(item.URL, item.Label)
	if label == "" || utf8.RuneCountInString(label) > itemLimit/2 {
		label = escaped(item.Label, itemLimit/2)
	}
	room := itemLimit - utf8.RuneCountInString(label) - 1
	return label + " " + escaped(item.Text, room)
}

// Upload shares the message's first attachment in the message's thread or in the
// channel. It needs the scope files:write. The receipt is empty, because Slack
// does not return the timestamp of the file's message.
//
// A Broken upload becomes Refused, because messages may still pass. The plain
// form of the message then states that the file is missing.
func (s *Channel) Upload(ctx context.Context, m *wire.Message) (outbox.Receipt, error) {
	if m.Plain {
		return s.Post(ctx, m)
	}
	if len(m.Attachments) == 0 {
		return outbox.Receipt{}, &wire.Failure{Kind: wire.Refused, Reason: "there is no file to upload"}
	}
	id, err := s.store(ctx, &m.Attachments[0])
	if err == nil {
		err = s.share(ctx, id, m)
	}
	if err != nil {
		f := s.failureAt(err, place{channel: s.channelID(), earlier: s.under(m) != ""})
		if f.Kind == wire.Broken {
			f.Kind = wire.Refused
			f.Reason = "the file was not uploaded: " + f.Reason + "; uploads need the scope files:write"
		}
		return outbox.Receipt{}, f
	}
	return outbox.Receipt{}, nil
}

// store makes the first two of the three steps of an upload. The file is not
// visible until the third, so a failure here is never Unknown.
func (s *Channel) store(ctx context.Context, file *outbox.Attachment) (id string, err error) {
	to, err := s.api.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{
		FileName: file.Name, FileSize: len(file.Data),
	})
	switch {
	case err != nil:
		return "", s.unseen(err)
	case to.UploadURL == "" || to.FileID == "": // the library accepts "{}" as an answer
		return "", &wire.Failure{Kind: wire.Unreached, Reason: "Slack answered without an address to upload to"}
	}
	err = s.api.UploadToURL(ctx, slack.UploadToURLParameters{
		UploadURL: to.UploadURL, Reader: bytes.NewReader(file.Data), Filename: file.Name,
	})
	if err != nil {
		return "", s.unseen(err)
	}
	return to.FileID, nil
}

// unseen classifies the failure of a step without a visible effect.
func (s *Channel) unseen(err error) *wire.Failure {
	f := s.failure(err)
	if f.Kind == wire.Unknown {
		f.Kind = wire.Unreached
	}
	return f
}

// share makes the last step, after which the channel shows the file.
func (s *Channel) share(ctx context.Context, id string, m *wire.Message) error {
	shared, err := s.api.CompleteUploadExternalContext(ctx, slack.CompleteUploadExternalParameters{
		Files:   []slack.FileSummary{{ID: id, Title: m.Title}},
		Channel: s.channelID(), ThreadTimestamp: s.under(m),
	})
	if err == nil && len(shared.Files) == 0 {
		return &wire.Failure{Kind: wire.Unknown, Reason: "Slack answered without a file"}
	}
	return err
}
