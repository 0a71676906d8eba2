package terminal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/bulk"
	"kigen/cmd/kigen/internal/sheetfile"
	"kigen/sla/phrase"
)

// Preview prints what an import of a file would log.
func (w *Printer) Preview(previews []bulk.Incident, file *sheetfile.File) error {
	var shown Table
	shown.Add(strings.Fields(say(w.Lang, "heading_line_vendor_title_due_state"))...)
	for n, inc := range previews {
		due, done := "–", say(w.Lang, "would_be_logged")
		if inc.Due != nil {
			due = phrase.Instant(w.Lang, inc.Due.In(w.Zone), time.Time{})
		}
		if inc.Before {
			done = fmt.Sprintf(say(w.Lang, "logged_before"), inc.ID)
		}
		shown.Add(strconv.Itoa(file.Rows[n].Line), inc.Vendor, phrase.Line(inc.Title), due, phrase.State(w.Lang, inc.State), done)
	}
	if err := shown.Print(w.Out); err != nil {
		return err
	}
	before := bulk.Before(previews)
	_, err := fmt.Fprintf(w.Out, say(w.Lang, "all_rows_can_be_logged"), len(previews), before)
	return err
}

// Logged prints which incidents an import logged.
func (w *Printer) Logged(logged []bulk.Incident) error {
	before := bulk.Before(logged)
	var err error
	if fresh := slices.DeleteFunc(slices.Clone(logged), func(inc bulk.Incident) bool { return inc.Before }); len(fresh) > 0 {
		_, err = fmt.Fprintf(w.Out, say(w.Lang, "logged_incidents_to"), len(fresh), fresh[0].ID, fresh[len(fresh)-1].ID)
	}
	if err == nil && before > 0 {
		_, err = fmt.Fprintf(w.Out, say(w.Lang, "incidents_were_logged_before_nothing"), before)
	}
	return err
}
