package notify

import (
	"encoding/json"
	"strings"

	"kigen/sla"
)

// reportBody is what Alert.Body holds for a report.
type reportBody struct {
	Title string       `json:"title"`
	Lines []string     `json:"lines"`
	Notes []string     `json:"notes"`
	Link  string       `json:"link"`
	Files []reportFile `json:"files"`
}

// reportFile is one of the report's files. It goes along with the message, in
// its thread, or, where a destination takes none, stays behind its link.
type reportFile struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Link  string `json:"link"`
}

// LinkedFile is a file that a message speaks of.
type LinkedFile struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Link  string `json:"link,omitempty"` // empty when kigen was not told where people reach it
}

func (w Writer) writeReport(m *Message, d *sla.Delivery) {
	s := newSpeaker(w.Lang)
	var body reportBody
	if err := json.Unmarshal(d.Alert.Body, &body); err != nil {
		// Better raw than not at all.
		body = reportBody{Lines: []string{string(d.Alert.Body)}}
	}
	switch {
	case body.Title != "":
	case d.Incident != nil: // its clock is gone; people are told all the same
		body.Title = d.Incident.ID.String() + " " + d.Incident.Title
	default:
		body.Title = s.say("title_report", nil)
	}
	m.Status = StatusReport
	m.Thread = d.Alert.Key
	m.Under, m.Attachments = d.Thread, d.Files
	m.Link = Link{Text: s.say("open_report", nil), URL: w.link(body.Link)}
	if d.Kind == sla.File {
		w.writeReportFile(m, &body)
		return
	}
	m.Title = body.Title
	m.Notes = body.Notes
	m.Explanation = Section{Lines: body.Lines}
	for _, f := range body.Files {
		m.Files = append(m.Files, LinkedFile{f.Name, f.Title, w.link(f.Link)})
	}
}

// writeReportFile writes what goes with one file, and what stands in its place
// where it is refused: that it is not there, and where it is to be had.
func (w Writer) writeReportFile(m *Message, body *reportBody) {
	for _, a := range m.Attachments {
		m.Title = a.Name
	}
	for _, f := range body.Files {
		if f.Name == m.Title {
			m.Title = f.Title
			m.Link.URL = w.link(f.Link)
		}
	}
	m.Notes = []string{newSpeaker(w.Lang).say("report_no_file", nil)}
}

// uploadName is the name under which a delivery's file is uploaded, by which it
// can be found again. A report's file keeps its own name, which the key ends
// with; a digest's list is named after the whole key.
func uploadName(key string) string {
	if i := strings.LastIndex(key, "/file/"); i >= 0 {
		return key[i+len("/file/"):]
	}
	return fileName(key)
}
