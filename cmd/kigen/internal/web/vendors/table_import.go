package vendors

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"

	"kigen/cmd/kigen/internal/ledger"
	"kigen/cmd/kigen/internal/sheetfile"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla/phrase/localizer"
	"kigen/sla/tracker"
)

// mostFaults bounds the faults of a file that the page lists.
const mostFaults = 200

// importView shows what a file would change in the register.
type importView struct {
	Name, Content, Reason string // the file, in base64
	Changes               []ledgerChange
}

// ledgerChange is what a file changes about one vendor.
type ledgerChange struct {
	ID     string
	New    bool
	Fields string
}

// importTable shows what the posted file changes or, once that is confirmed, publishes it all
// or none. The confirmation carries the file itself, so nothing is kept in between.
func (p *reader) importTable(w http.ResponseWriter) {
	if p.Register == nil {
		p.Missing(w)
		return
	}
	if !p.ParseForm(w) {
		return
	}
	ctx, form := p.R.Context(), p.R.PostForm
	name, content, err := p.postedTable()
	if err != nil {
		p.Unreadable(w, err)
		return
	}
	view := &importView{Name: name, Content: base64.StdEncoding.EncodeToString(content), Reason: form.Get("reason")}
	changes, err := ledger.Plan(ctx, p.Register, name, content)
	if err != nil || form.Get("confirmed") == "" {
		p.showTable(w, view, changes, err)
		return
	}
	published, err := ledger.Apply(ctx, p.Register, p.Request("", "").Actor, view.Reason, 0, changes)
	if err != nil {
		p.showTable(w, view, changes, err)
		return
	}
	for i := range published {
		p.Note(ctx, frame.Actor, "vendor_published", published[i].Vendor)
	}
	http.Redirect(w, p.R, p.Base+"/vendors?done=published", http.StatusSeeOther)
}

// postedTable reads the chosen file, or the one that a confirmation carries.
func (p *reader) postedTable() (name string, content []byte, err error) {
	if carried := p.R.PostForm.Get("content"); carried != "" {
		content, err = base64.StdEncoding.DecodeString(carried)
		return p.R.PostForm.Get("name"), content, err
	}
	part, header, err := p.R.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return "", nil, nil // which is an empty file
	}
	if err != nil {
		return "", nil, err
	}
	defer part.Close() //nolint:errcheck // read only
	content, err = io.ReadAll(part)
	return header.Filename, content, err
}

// showTable shows the register with the changes of a file, and what is wrong with it.
func (p *reader) showTable(w http.ResponseWriter, view *importView, changes []ledger.Change, err error) {
	status, problems := http.StatusOK, []frame.Problem(nil)
	if err != nil {
		if problems = p.tableProblems(err); problems == nil {
			p.Fail(w, err)
			return
		}
		status = http.StatusUnprocessableEntity
	}
	for _, c := range changes {
		view.Changes = append(view.Changes, ledgerChange{ID: c.Vendor, New: c.New, Fields: strings.Join(c.Fields, ", ")})
	}
	shown := vendorsView{Writes: true}
	if err == nil || len(changes) > 0 {
		shown.Import = view
	}
	if err := p.fillTable(&shown); err != nil {
		p.Fail(w, err)
		return
	}
	p.Render(w, status, "vendors", frame.Page{Title: p.Say("vendors_title"), Nav: "vendors", Problems: problems, Main: shown})
}

// tableProblems are the faults of a file; nil: it is another error.
func (p *reader) tableProblems(err error) (problems []frame.Problem) {
	var faults *sheetfile.Faults
	if errors.As(err, &faults) {
		for line := range strings.SplitSeq(faults.First(p.Lang, mostFaults), "\n") {
			problems = append(problems, frame.Problem{Message: line})
		}
		return problems
	}
	if invalid, ok := tracker.AsInvalid(err); ok {
		return p.Problems(invalid)
	}
	if errors.Is(err, tracker.ErrConflict) {
		return []frame.Problem{{Message: localizer.ErrorIn(p.Lang, err)}}
	}
	return nil
}
