package notify

import (
	"cmp"
	"encoding/json"
	"strings"

	"kigen/notify/wire"
	"kigen/sla/outbox"
)

// reportBody is what Alert.Body holds for a report.
type reportBody struct {
	Title string   `json:"title"`
	Lines []string `json:"lines"`
	Notes []string `json:"notes"`
	Link  string   `json:"link"`
	// LinkText names where Link leads; empty: to the report.
	LinkText string       `json:"link_text"`
	Files    []reportFile `json:"files"`

	// Of a message about candidates in the inbox: their numbers, the incident that the one may
	// be about, and whether it may be the notice of it.
	Items    []int64 `json:"items"`
	Incident string  `json:"incident"`
	Notifies bool    `json:"notifies"`
	// Subject is the title, and Waiting are the lines that no longer hold, once a decision
	// about the one was made.
	Subject string   `json:"subject"`
	Waiting []string `json:"waiting"`
}

// reportFile is one of the report's files. It is sent with the message or in its
// thread; a destination that accepts no files shows only the link.
type reportFile struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Link  string `json:"link"`
}

func (w Writer) writeReport(m *wire.Message, d *outbox.Delivery) {
	s := textsIn(w.Lang)
	var body reportBody
	if err := json.Unmarshal(d.Alert.Body, &body); err != nil {
		// A raw body is better than no message.
		body = reportBody{Lines: []string{string(d.Alert.Body)}}
	}
	switch {
	case body.Title != "":
	case d.Incident != nil: // an alert whose clock is gone is still sent
		body.Title = d.Incident.ID.String() + " " + d.Incident.Title
	default:
		body.Title = s.text("title_report", nil)
	}
	m.Status = wire.StatusReport
	m.Thread = d.Alert.Key
	m.Under, m.Attachments = d.Thread, d.Files
	m.Link = wire.Link{Text: cmp.Or(body.LinkText, s.text("open_report", nil)), URL: w.link(body.Link)}
	if d.Kind == outbox.File {
		w.writeReportFile(m, &body)
		return
	}
	m.Title = body.Title
	m.Notes = body.Notes
	m.Explanation = wire.Section{Lines: append(body.Waiting, body.Lines...)}
	if d.Decision != nil {
		w.writeDecision(m, d.Decision, &body)
	}
	if d.Decision == nil || d.Decision.Waits {
		m.Actions = w.itemActions(&body, m.Link)
	}
	for _, f := range body.Files {
		m.Files = append(m.Files, wire.LinkedFile{Name: f.Name, Title: f.Title, Link: w.link(f.Link)})
	}
}

// writeReportFile writes the message of one file. Where the file is refused, the
// message stands in its place, with a note and the link.
func (w Writer) writeReportFile(m *wire.Message, body *reportBody) {
	for _, a := range m.Attachments {
		m.Title = a.Name
	}
	for _, f := range body.Files {
		if f.Name == m.Title {
			m.Title = f.Title
			m.Link.URL = w.link(f.Link)
		}
	}
	m.Notes = []string{textsIn(w.Lang).text("report_no_file", nil)}
}

// withoutFiles replaces a refused message's files by their links.
func (w Writer) withoutFiles(d *outbox.Delivery, m *wire.Message) {
	m.Attachments = nil
	m.Notes = append(m.Notes, textsIn(w.Lang).text("note_without_files", nil))
	fields := m.Fields
	for _, f := range m.Files {
		if f.Link != "" {
			fields = append(fields, wire.Field{Name: f.Title, Value: f.Link})
		}
	}
	m.Fields = fields
	m.Text = m.Compose()
	if d.Digest != nil {
		m.Text = w.digestText(m, d)
	}
}

// UploadName is the name under which a delivery's file is uploaded and searched
// for. A report's file keeps its own name, with which the key ends; a digest's
// list is named after the whole key.
func UploadName(key string) string {
	if i := strings.LastIndex(key, "/file/"); i >= 0 {
		return key[i+len("/file/"):]
	}
	return fileName(key)
}
