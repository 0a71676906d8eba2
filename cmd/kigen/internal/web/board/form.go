package board

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla/prose"
	"kigen/sla/tracker"
	"kigen/sla/when"
)

// problemView is one mistake in a form.
type problemView struct{ Field, Label, Value, Message string }

// problems replaces JSON field names with the labels of the form.
func (p *reader) problems(invalid tracker.Invalid) []problemView {
	views := make([]problemView, len(invalid))
	for i, problem := range invalid {
		field := problem.Field[strings.LastIndex(problem.Field, ".")+1:]
		views[i] = problemView{Field: field, Label: p.label(field), Value: problem.Value, Message: problem.In(p.lang)}
	}
	return views
}

// refused returns the mistakes in err that a person can correct; nil: none.
func (p *reader) refused(err error) tracker.Invalid {
	if invalid, ok := tracker.AsInvalid(err); ok {
		return invalid
	}
	if errors.Is(err, tracker.ErrConflict) {
		return tracker.Invalid{{Field: "version", Message: p.say("conflict")}}
	}
	return nil
}

// parseForm reads the form. On an error it answers and returns false.
func (p *reader) parseForm(w http.ResponseWriter) bool {
	if err := p.readForm(); err != nil {
		p.unreadable(w, err)
		return false
	}
	return true
}

// readForm reads a form with or without files into memory; guard has bounded
// the body.
func (p *reader) readForm() error {
	if strings.HasPrefix(p.r.Header.Get("Content-Type"), "multipart/form-data") {
		return p.r.ParseMultipartForm(web.MaxNoticeBody)
	}
	return p.r.ParseForm()
}

// postedFiles reads the files of a form. A browser sends an empty part if none
// was chosen.
func (p *reader) postedFiles() ([]tracker.Attachment, error) {
	if p.r.MultipartForm == nil {
		return nil, nil
	}
	var files []tracker.Attachment
	for _, header := range p.r.MultipartForm.File["files"] {
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

// typed returns the parser for times typed on the board, in the person's zone.
func (p *reader) typed() web.TimeReader { return web.Written(when.Parser{Now: p.now, Zone: p.Zone}) }

// tags splits a list at commas, Western or Japanese.
func tags(text string) (list []string) {
	for _, tag := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",、,", r) }) {
		if tag = strings.TrimSpace(tag); tag != "" {
			list = append(list, tag)
		}
	}
	return list
}

// choices lists a fact's values with their labels.
func choices[T ~string](x texts, name string, values []T, chosen T) []choice {
	list := make([]choice, len(values))
	for i, v := range values {
		list[i] = choice{string(v), x.word(name, string(v)), v == chosen}
	}
	return list
}

// entryTime formats t for an input field: local time without offset, and without
// seconds if they are zero.
func (p *reader) entryTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	local := t.In(p.Zone)
	if local.Second() == 0 {
		return local.Format("2006-01-02T15:04")
	}
	return local.Format("2006-01-02T15:04:05")
}

// label is the label of a field.
func (p *reader) label(field string) string {
	if label, ok := prose.FieldLabel(p.lang, field); ok {
		return label
	}
	return p.say("field_" + field)
}
