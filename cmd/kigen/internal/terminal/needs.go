package terminal

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/phrase"
)

// Note and Chaser are what the commands print of notes and chasers.
type Note struct {
	At    time.Time `json:"at"`
	By    string    `json:"by"`
	Text  string    `json:"text"`
	Files []struct {
		Name string `json:"name"`
	} `json:"files"`
}

// Chaser is a request to the vendor that a person has sent.
type Chaser struct {
	SentAt    time.Time `json:"sent_at"`
	To        string    `json:"to"`
	Channel   string    `json:"channel"`
	MessageID string    `json:"message_id"`
}

// needs prints the chasers that were sent, and the notes.
func (w *Printer) needs(inc *Incident) error {
	for _, c := range inc.Chasers {
		sent := InstantText(w.Lang, c.SentAt.In(w.Zone), w.Now)
		fmt.Fprintf(w.Out, "\n%s %s\n", say(w.Lang, "vendor_asked"),
			Clean(strings.Join(nonEmpty(sent, phrase.Channel(w.Lang, c.Channel), c.To, c.MessageID), " ")))
	}
	for _, n := range inc.Notes {
		at := InstantText(w.Lang, n.At.In(w.Zone), w.Now)
		fmt.Fprintf(w.Out, "\n%s %s\n", say(w.Lang, "note"), Clean(at+" "+n.By))
		lines := strings.Split(strings.TrimSpace(n.Text), "\n")
		for _, f := range n.Files {
			lines = append(lines, say(w.Lang, "file")+f.Name)
		}
		if err := PrintLines(w.Out, nonEmpty(lines...)); err != nil {
			return err
		}
	}
	return nil
}

// Outcome is the outcome for one of several incidents.
type Outcome struct {
	ID     string    `json:"id"`
	Done   bool      `json:"done"`
	State  sla.State `json:"state"`
	Owner  string    `json:"owner"`
	Detail string    `json:"detail"`
}

// Outcomes prints a line for each incident that was changed.
func (w *Printer) Outcomes(results []Outcome) error {
	var t Table
	for _, r := range results {
		if r.Done {
			t.Add(r.ID, StateText(w.Lang, r.State), say(w.Lang, "owner_is")+cmp.Or(r.Owner, say(w.Lang, "none")))
		}
	}
	return t.Print(w.Out)
}
