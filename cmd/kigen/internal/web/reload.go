package web

import (
	"fmt"
	"strings"
	"time"
)

// Reloaded lists the changes of a reloaded configuration.
type Reloaded struct {
	At           time.Time  `json:"at" doc:"When it took effect"`
	Destinations Difference `json:"destinations" doc:"By name"`
	Vendors      Difference `json:"vendors" doc:"By id; a changed calendar changes the vendors that use it"`
	Calendars    Difference `json:"calendars" doc:"By id"`
	Sections     []string   `json:"sections" nullable:"false" doc:"Other keys of the configuration whose value changed"`
	Policies     bool       `json:"policies_adopted" doc:"The alerts of open clocks were planned again, because alert policies changed"`
	NeedsRestart []string   `json:"needs_restart" nullable:"false" doc:"Keys whose new value takes effect only after a restart"`
	Warnings     []string   `json:"warnings" nullable:"false" doc:"Valid settings that are probably not intended"`
	Departed     []Departed `json:"departed" nullable:"false" doc:"Destinations that were removed, and the fate of their alerts"`
}

// Difference lists the names that were added, removed and changed.
type Difference struct {
	Added   []string `json:"added" nullable:"false"`
	Removed []string `json:"removed" nullable:"false"`
	Changed []string `json:"changed" nullable:"false"`
}

// Departed is a destination that was removed from the configuration.
type Departed struct {
	Name      string    `json:"name"`
	At        time.Time `json:"at"`
	Successor string    `json:"successor,omitempty" doc:"The destination that now writes to the same place and took over its messages; empty: none"`
	Retired   int       `json:"retired" doc:"Number of its messages that were dropped"`
}

// Mistake is one error in a refused configuration.
type Mistake struct {
	File    string
	Line    int    // 0: unknown
	Field   string // empty: the whole file
	Value   string // secrets masked; empty: none
	Message string // the fault and the remedy
}

// String formats the mistake on one line, as compilers do.
func (m *Mistake) String() string {
	text := m.Message
	if m.Value != "" {
		text = fmt.Sprintf("%q: %s", m.Value, text)
	}
	if m.Field != "" {
		text = m.Field + ": " + text
	}
	if place := m.Place(); place != "" {
		text = place + ": " + text
	}
	return text
}

// Place is the file and line of the mistake.
func (m *Mistake) Place() string {
	if m.Line > 0 {
		return fmt.Sprintf("%s:%d", m.File, m.Line)
	}
	return m.File
}

// ReloadRefusedError says that a new configuration was refused and the previous
// one stays in force.
type ReloadRefusedError struct{ Mistakes []Mistake }

// Error lists the mistakes, one a line.
func (e *ReloadRefusedError) Error() string {
	lines := make([]string, len(e.Mistakes))
	for i := range e.Mistakes {
		lines[i] = e.Mistakes[i].String()
	}
	return strings.Join(lines, "\n")
}
