package tracker

import (
	"context"
	"fmt"
	"strings"

	"kigen/sla"
	"kigen/sla/history"
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
		return c.record(c.by.Actor, sla.EventNote, history.Note{Text: note.Text, Files: history.Files(note.Files)})
	})
}

func (n *NoteEntry) check() (problems Invalid) {
	if strings.TrimSpace(n.Text) == "" && len(n.Files) == 0 {
		problems.Addf("text", "", "is required: write what happened, or attach a file")
	}
	if count := len([]rune(n.Text)); count > longestText {
		problems.Addf("text", fmt.Sprintf("(%d characters)", count), "is longer than %d characters: shorten it, or attach it as a file", longestText)
	}
	problems.checkText("text", n.Text)
	return append(problems, checkFiles(n.Files)...)
}
