package frame

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla/prose"
	"kigen/sla/tracker"
	"kigen/sla/when"
)

// Problem is one mistake in a form.
type Problem struct{ Field, Label, Value, Message string }

// Problems replaces JSON field names with the labels of the form.
func (p *Reader) Problems(invalid tracker.Invalid) []Problem {
	views := make([]Problem, len(invalid))
	for i, problem := range invalid {
		field := problem.Field[strings.LastIndex(problem.Field, ".")+1:]
		views[i] = Problem{Field: field, Label: p.Label(field), Value: problem.Value, Message: problem.In(p.Lang)}
	}
	return views
}

// Refused returns the mistakes in err that a person can correct; nil: none.
func (p *Reader) Refused(err error) tracker.Invalid {
	if invalid, ok := tracker.AsInvalid(err); ok {
		return invalid
	}
	if errors.Is(err, tracker.ErrConflict) {
		return tracker.Invalidf("version", "", "%s", p.Say("conflict"))
	}
	return nil
}

// ParseForm reads the form. On an error it answers and returns false.
func (p *Reader) ParseForm(w http.ResponseWriter) bool {
	if err := p.ReadForm(); err != nil {
		p.Unreadable(w, err)
		return false
	}
	return true
}

// ReadForm reads a form with or without files into memory; guard has bounded
// the body.
func (p *Reader) ReadForm() error {
	parse := p.R.ParseForm
	if strings.HasPrefix(p.R.Header.Get("Content-Type"), "multipart/form-data") {
		parse = func() error { return p.R.ParseMultipartForm(web.MaxNoticeBody) }
	}
	if err := parse(); err != nil {
		return err
	}
	return p.storable()
}

// storable refuses a form with a text that no database takes. A person can't type one.
func (p *Reader) storable() error {
	var problems tracker.Invalid
	for _, field := range slices.Sorted(maps.Keys(p.R.PostForm)) {
		for _, value := range p.R.PostForm[field] {
			problems.CheckStorable(field, value)
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// PostedFiles reads the files of a form. A browser sends an empty part if none
// was chosen.
func (p *Reader) PostedFiles() ([]tracker.Attachment, error) {
	if p.R.MultipartForm == nil {
		return nil, nil
	}
	var files []tracker.Attachment
	for _, header := range p.R.MultipartForm.File["files"] {
		if header.Filename == "" && header.Size == 0 {
			continue
		}
		part, err := header.Open()
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		files = append(files, web.Attachment(header.Filename, content))
	}
	return files, nil
}

// Typed returns the parser for times typed on the board, in the person's zone.
func (p *Reader) Typed() web.TimeReader { return web.Written(when.Parser{Now: p.Now, Zone: p.Zone}) }

// EntryTime formats t for an input field: local time without offset, and without
// seconds if they are zero.
func (p *Reader) EntryTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	local := t.In(p.Zone)
	if local.Second() == 0 {
		return local.Format("2006-01-02T15:04")
	}
	return local.Format("2006-01-02T15:04:05")
}

// Label is the label of a field.
func (p *Reader) Label(field string) string {
	if label, ok := prose.FieldLabel(p.Lang, field); ok {
		return label
	}
	return p.Say("field_" + field)
}
