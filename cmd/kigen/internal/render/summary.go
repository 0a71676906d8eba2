package render

import (
	"strings"

	"kigen/sla/report"
)

// Note is a short summary of a report, for a channel or the head of a mail.
type Note struct {
	Title string   `json:"title"`
	Lines []string `json:"lines"`
	Notes []string `json:"notes,omitempty"` // remarks about this copy
	Link  string   `json:"link,omitempty"`  // to the whole report

	Files []NoteFile `json:"files,omitempty"`
}

// NoteFile is a file attached to a note.
type NoteFile struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Link  string `json:"link,omitempty"` // download address
}

// Name returns the title of a period's report.
func Name(p report.Period, lang string) (string, error) {
	w, err := newTexts(lang, p)
	if err != nil {
		return "", err
	}
	kind, err := w.say("report_" + w.kind())
	if err != nil {
		return "", err
	}
	return w.say("name", "Kind", kind, "Period", w.periodName())
}

// ByHand notes that a person sent the report, how many times so far, and whether
// it was sent before.
func ByHand(p report.Period, lang string, times int, before bool) (string, error) {
	w, err := newTexts(lang, p)
	if err != nil {
		return "", err
	}
	if !before {
		return w.say("sent_by_hand")
	}
	return w.say("sent_again", "Times", times)
}

// Summary writes the compliance rate, one line per vendor with incidents, and the
// vendors without any.
func Summary(r report.Report, lang string) (Note, error) {
	w, err := newTexts(lang, r.Period)
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
	if !r.Period.Finished && !r.Period.AsOf.IsZero() {
		line, err := w.say("as_of", "At", w.instant(r.Period.AsOf))
		if err != nil {
			return Note{}, err
		}
		note.Notes = append(note.Notes, line)
	}
	if h := r.Versions.Record; h != nil {
		line, err := w.say("version_record", "Count", h.Count, "Hash", h.Hash)
		if err != nil {
			return Note{}, err
		}
		note.Notes = append(note.Notes, line)
	}
	return note, nil
}

func (w *texts) summaryTitle(r report.Report) (string, error) {
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

// summaryLine leaves out zeros to keep a channel's message short.
func (w *texts) summaryLine(v *report.Vendor) (string, error) {
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
		{"running", v.Pending + v.Running}, {"no_commitment", v.NoCommitment}, {"not_applicable", v.NotApplicable},
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
