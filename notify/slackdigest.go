package notify

import (
	"bytes"
	"context"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"kigen/sla"
)

const (
	// Lines of a page. With slackItemLimit they stay under the 9,000 characters
	// that all blocks of a message may have together, and 10,000 alerts at one
	// message a second take three and a half minutes.
	slackPageLines    = 48
	slackItemLimit    = 170
	slackSectionLimit = 2900 // of Slack's 3,000 characters
	slackShortLimit   = 78   // of a line where only plain text passes: 48 of them must fit
	slackDigestAbove  = 50   // alerts at once
)

// Digest tells many alerts as a summary, with the list paged in its thread and
// as a file.
func (*Slack) Digest() sla.DigestForm {
	return sla.DigestForm{Above: slackDigestAbove, Page: slackPageLines, File: true}
}

// slackText is the plain text of a message. That of a page is never cut at its
// end: each of its lines is.
func slackText(m *Message) string {
	if len(m.Items) == 0 {
		return escaped(m.Text, slackTextLimit)
	}
	lines := []string{escaped(m.Title, slackHeaderLimit)}
	for _, item := range m.Items {
		lines = append(lines, escaped(item.Short, slackShortLimit))
	}
	return strings.Join(lines, "\n")
}

// slackItems writes the lines of a digest into as few sections as hold them.
// An Item's text is cut; its label and its link never are.
func slackItems(items []Item) []string {
	var sections []string
	var b strings.Builder
	room := slackSectionLimit
	for _, item := range items {
		line := slackItem(item) + "\n"
		size := utf8.RuneCountInString(line)
		if size > room {
			sections = append(sections, strings.TrimSpace(b.String()))
			b.Reset()
			room = slackSectionLimit
		}
		b.WriteString(line)
		room -= size
	}
	if b.Len() > 0 {
		sections = append(sections, strings.TrimSpace(b.String()))
	}
	return sections
}

func slackItem(item Item) string {
	label := slackLink(item.URL, item.Label)
	if label == "" || utf8.RuneCountInString(label) > slackItemLimit/2 {
		label = escaped(item.Label, slackItemLimit/2)
	}
	room := slackItemLimit - utf8.RuneCountInString(label) - 1
	return label + " " + escaped(item.Text, room)
}

// Upload shares a message's one attachment in the channel, in the thread that the
// message goes to. It needs the scope files:write. Slack does not tell how the
// file can be named, so the receipt is empty.
//
// What keeps files out need not keep messages out, so a broken upload is a
// refused one; as plain text the message says that there is no file.
func (s *Slack) Upload(ctx context.Context, m *Message) (sla.Receipt, error) {
	if m.Plain {
		return s.Post(ctx, m)
	}
	if len(m.Attachments) == 0 {
		return sla.Receipt{}, &Failure{Kind: Refused, Reason: "there is no file to upload"}
	}
	id, err := s.store(ctx, &m.Attachments[0])
	if err == nil {
		err = s.share(ctx, id, m)
	}
	if err != nil {
		f := s.failure(err)
		if f.Kind == Broken {
			f.Kind = Refused
			f.Reason = "the file was not uploaded: " + f.Reason + "; uploads need the scope files:write"
		}
		return sla.Receipt{}, f
	}
	return sla.Receipt{}, nil
}

// store takes the first two of the three steps of an upload: Slack has the file
// then, and nobody sees it. However they fail, nothing has arrived, so there is
// nothing to look for.
func (s *Slack) store(ctx context.Context, file *sla.Attachment) (id string, err error) {
	to, err := s.api.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{
		FileName: file.Name, FileSize: len(file.Data),
	})
	switch {
	case err != nil:
		return "", s.unseen(err)
	case to.UploadURL == "" || to.FileID == "": // the library takes "{}" for an answer
		return "", &Failure{Kind: Unreached, Reason: "Slack answered without an address to upload to"}
	}
	err = s.api.UploadToURL(ctx, slack.UploadToURLParameters{
		UploadURL: to.UploadURL, Reader: bytes.NewReader(file.Data), Filename: file.Name,
	})
	if err != nil {
		return "", s.unseen(err)
	}
	return to.FileID, nil
}

// unseen is the failure of a step after which nothing can be seen yet.
func (s *Slack) unseen(err error) *Failure {
	f := s.failure(err)
	if f.Kind == Unknown {
		f.Kind = Unreached
	}
	return f
}

// share takes the last step: the file shows in the channel.
func (s *Slack) share(ctx context.Context, id string, m *Message) error {
	shared, err := s.api.CompleteUploadExternalContext(ctx, slack.CompleteUploadExternalParameters{
		Files:   []slack.FileSummary{{ID: id, Title: m.Title}},
		Channel: s.channelID(), ThreadTimestamp: m.Under.TS,
	})
	if err == nil && len(shared.Files) == 0 {
		return &Failure{Kind: Unknown, Reason: "Slack answered without a file"}
	}
	return err
}
