package fakeslack

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// File is an uploaded file as a message shows it.
type File struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Title string `json:"title"`
	Size  int    `json:"size"`
	Data  []byte `json:"-"`

	announced int // the length given to files.getUploadURLExternal
}

// uploadURL returns the address for a file's content.
func (s *Slack) uploadURL(call *Call) map[string]any {
	var size int
	if _, err := fmt.Sscan(call.Args["length"], &size); err != nil || size <= 0 || call.Args["filename"] == "" {
		return says("invalid_arguments")
	}
	id := fmt.Sprintf("F%010d", len(s.files)+1)
	s.files[id] = &File{ID: id, Name: call.Args["filename"], announced: size}
	return map[string]any{"ok": true, "file_id": id, "upload_url": call.address("/upload/" + id)}
}

// address returns a URL of this workspace for the caller.
func (c *Call) address(path string) string {
	scheme := "http"
	if c.Host == "slack.com" {
		scheme = "https"
	}
	return scheme + "://" + c.Host + path
}

// readUpload reads the content of a file.
func (c *Call) readUpload(r *http.Request) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return err
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return err
		}
		c.Args[part.FormName()] = string(content)
	}
}

// upload stores the content of a file.
func (s *Slack) upload(call *Call) map[string]any {
	f := s.files[call.Args["id"]]
	if f == nil {
		return says("file_not_found")
	}
	f.Data = []byte(call.Args["file"])
	f.Size = len(f.Data)
	return nil
}

// completeUpload shares uploaded files in a channel.
func (s *Slack) completeUpload(call *Call) map[string]any {
	var wanted []File
	if json.Unmarshal([]byte(call.Args["files"]), &wanted) != nil || len(wanted) == 0 {
		return says("invalid_arguments")
	}
	c := s.channels[call.Args["channel_id"]]
	if word := c.refuses(call.Args["thread_ts"]); word != "" {
		return says(word)
	}
	m := &Message{Channel: call.Args["channel_id"], ThreadTS: call.Args["thread_ts"], Posted: call.At, TS: s.stamp(call.At)}
	for _, w := range wanted {
		f := s.files[w.ID]
		if f == nil || f.Size != f.announced {
			return says("file_not_found")
		}
		f.Title = w.Title
		m.Files = append(m.Files, *f)
	}
	if s.opts.EnforceRate && !c.take(call.At, s.opts.Burst) {
		return tooMany("1")
	}
	c.messages = append(c.messages, m)
	return map[string]any{"ok": true, "files": m.Files}
}
