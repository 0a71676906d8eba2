package render

import (
	"strings"

	"kigen/sla/report"
)

// Note is a report in a few lines, for a channel or the head of a mail.
type Note struct {
	Title string   `json:"title"`
	Lines []string `json:"lines"`
	Notes []string `json:"notes,omitempty"` // what is particular about this copy
	Link  string   `json:"link,omitempty"`  // where the whole report is

	Files []NoteFile `json:"files,omitempty"`
}

// NoteFile is a file that goes with a note.
type NoteFile struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Link  string `json:"link,omitempty"` // where it is to be had
}

// Name is what people call the report of a period.
func Name(p report.Period, lang string) (string, error) {
	w, err := newWords(lang, p)
	if err != nil {
		return "", err
	}
	kind, err := w.say("report_" + w.kind())
	if err != nil {
		return "", err
	}
	return w.say("name", "Kind", kind, "Period", w.periodName())
}

// ByHand says that a person sent the report, for the how manieth time, and
// whether it was sent before in any way.
func ByHand(p report.Period, lang string, times int, before bool) (string, error) {
	w, err := newWords(lang, p)
	if err != nil {
		return "", err
	}
	if !before {
		return w.say("sent_by_hand")
	}
	return w.say("sent_again", "Times", times)
}

// Summary says the compliance rate, then one line for each vendor with
// incidents, then which vendors had none.
func Summary(r report.Report, lang string) (Note, error) {
	w, err := newWords(lang, r.Period)
	if err != nil {
		return Note{}, err
	}
	var note Note
	if note.Title, err = w.summaryTitle(r); err != nil {
		return Note{}, err
	}
	var quiet []string
	for i := range r.Vendors {
		v := &r.Vendors[i]
		if v.Incidents == 0 {
			quiet = append(quiet, v.Name.In(lang))
			continue
		}
		line, err := w.summaryLine(v)
		if err != nil {
			return Note{}, err
		}
		note.Lines = append(note.Lines, line)
	}
	if len(quiet) > 0 {
		between, err := w.say("summary_between")
		if err != nil {
			return Note{}, err
		}
		line, err := w.say("summary_quiet", "Names", strings.Join(quiet, between))
		if err != nil {
			return Note{}, err
		}
		note.Lines = append(note.Lines, line)
	}
	return note, nil
}

func (w *words) summaryTitle(r report.Report) (string, error) {
	kind, err := w.say("report_" + w.kind())
	if err != nil {
		return "", err
	}
	s := r.Totals.Compliance.Share
	if s.Due == 0 {
		return w.say("summary_title_none", "Kind", kind, "Period", w.periodName())
	}
	return w.say("summary_title", "Kind", kind, "Period", w.periodName(), "Rate", percent(s), "Kept", s.Kept, "Due", s.Due)
}

// summaryLine leaves out what is zero: in a channel nobody reads a table.
func (w *words) summaryLine(v *report.Vendor) (string, error) {
	head, err := w.say("summary_vendor", "Name", v.Name.In(w.lang), "N", v.Incidents)
	if err != nil {
		return "", err
	}
	parts := []string{head}
	for _, count := range []struct {
		key string
		n   int
	}{
		{"met", v.Met}, {"late", v.Late}, {"overdue", v.Overdue}, {"not_provable", v.NotProvable},
		{"open", v.Pending + v.Running}, {"no_commitment", v.NoCommitment}, {"not_applicable", v.NotApplicable},
		{"cancelled", v.Cancelled}, {"waived", v.Waived},
	} {
		if count.n == 0 {
			continue
		}
		what, err := w.say(count.key)
		if err != nil {
			return "", err
		}
		part, err := w.say("summary_count", "Count", count.n, "What", strings.ToLower(what))
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	if m := v.TimeToNotice.Median; m != nil {
		part, err := w.say("summary_median", "Length", w.length(m))
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " · "), nil
}
