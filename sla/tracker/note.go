package tracker

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"kigen/sla"
)

// NoteWriter stores notes.
type NoteWriter interface {
	// InsertNote stores a note, with the names of its files, and sets its ID.
	InsertNote(ctx context.Context, n *sla.Note) error
}

// NoteEntry is the input for a note: a text, files, or both.
type NoteEntry struct {
	Text  string
	Files []Attachment
}

// Note adds a note to an incident. It changes no clock, so a cancelled incident takes
// notes too.
func (t *Tracker) Note(ctx context.Context, by Request, id sla.IncidentID, n NoteEntry) (*sla.Incident, error) {
	return t.changeIncident(ctx, by, UseNote, id, func(c *change) error {
		n.Text = plainText(n.Text)
		if problems := n.check(); len(problems) > 0 {
			return problems
		}
		files, err := c.keepFiles(n.Files)
		if err != nil {
			return err
		}
		note := sla.Note{Incident: c.inc.ID, At: c.now, By: c.by.Actor, Text: strings.TrimSpace(n.Text), Files: files}
		if err := c.tx.InsertNote(c.ctx, &note); err != nil {
			return err
		}
		c.inc.Notes = append(c.inc.Notes, note)
		return c.record(c.by.Actor, sla.EventNote, noteBody{Text: note.Text, Files: fileBodies(note.Files)})
	})
}

func (n *NoteEntry) check() (problems Invalid) {
	if strings.TrimSpace(n.Text) == "" && len(n.Files) == 0 {
		problems.add("text", "", "is required: write what happened, or attach a file").
			jaf("メモがありません。何があったかを書くか、ファイルを添付してください。")
	}
	if count := len([]rune(n.Text)); count > longestText {
		problems.add("text", fmt.Sprintf("(%d characters)", count), fmt.Sprintf("is longer than %d characters: shorten it, or attach it as a file", longestText)).
			jaf("%d文字を超えています。短くするか、ファイルとして添付してください。", longestText)
	}
	problems.checkText("text", n.Text)
	return append(problems, checkFiles(n.Files)...)
}

// noteBody is the body of an EventNote.
type noteBody struct {
	Text  string     `json:"text,omitempty"`
	Files []fileBody `json:"files,omitempty"`
}

func fileBodies(files []sla.Evidence) (bodies []fileBody) {
	for _, f := range files {
		bodies = append(bodies, fileBody{Name: f.Name, Size: f.Size, SHA256: f.SHA256})
	}
	return bodies
}

// filesOf is the inverse of fileBodies, without the types.
func filesOf(bodies []fileBody) (files []sla.Evidence) {
	for _, b := range bodies {
		files = append(files, sla.Evidence{Name: b.Name, Size: b.Size, SHA256: b.SHA256})
	}
	return files
}

func (f *Fold) note(e *sla.Event) error {
	var b noteBody
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	f.notes = append(f.notes, sla.Note{At: e.At, By: e.Actor, Text: b.Text, Files: filesOf(b.Files)})
	return nil
}

// notes compares the notes in the order in which they were written.
func (d *differences) notes(told []sla.Note, inc *sla.Incident) {
	stored := slices.SortedFunc(slices.Values(inc.Notes), func(a, b sla.Note) int { return cmp.Compare(a.ID, b.ID) })
	if len(stored) != len(told) {
		d.addf("it has %d notes, its history has %d", len(stored), len(told))
	}
	for i := range min(len(stored), len(told)) {
		s, t := &stored[i], &told[i]
		what := fmt.Sprintf(" of note %d", s.ID)
		d.at("the time"+what, s.At, t.At)
		differ(d, "the author"+what, s.By, t.By)
		differ(d, "text"+what, s.Text, t.Text)
		differ(d, "files"+what, filesText(s.Files), filesText(t.Files))
	}
}
