package vendors

import (
	"errors"
	"net/http"
	"strconv"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/registry"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
	"kigen/sla/register"
	"kigen/sla/tracker"
)

// recordView is what the register holds of a vendor.
type recordView struct {
	Owner     string
	Contacts  []register.Contact
	Contract  contractView
	Kept      string // where the promises are kept, in words
	Elsewhere bool   // not in the register
	Version   int    // the newest one; 0: none
	Published bool   // that one is not a withdrawal
	Draft     string
	Refused   []string
	Doubts    []string
	Documents []documentView
	Reviews   []reviewView
	Versions  []versionView
	Changes   *changesView
	Today     string // for the form of a review
}

type documentView struct {
	Number                                int
	Title, Edition, Dated, File, Size, By string
}

type reviewView struct {
	On, Next, Note, By string
	Overdue            bool
}

type versionView struct {
	Number          int
	At, By, Reason  string
	Withdrawn       bool
	Compared        bool // with the one before
	Newest, Initial bool
}

// changesView is what a version changed.
type changesView struct {
	From, To int
	Lines    []changeLine
}

// record reads what the register holds of a vendor; nil: there is no register.
func (p *reader) record(id string) (*recordView, error) {
	if p.Register == nil {
		return nil, nil
	}
	ctx, e := p.R.Context(), p.entryOf(id)
	view := &recordView{
		Owner: e.Owner, Contacts: e.Contacts, Contract: p.contract(e.Contract), Kept: p.Say("register_kept_" + string(e.Kept)),
		Elsewhere: e.Kept != register.KeptInRegister, Refused: p.refusedEntry(id), Today: p.today().String(),
	}
	for _, doubt := range p.Register.Config.Doubts[id] {
		view.Doubts = append(view.Doubts, p.mistake(doubt.Line, doubt.Field, doubt.Value, doubt.Message))
	}
	documents, err := p.Register.Documents(ctx, id)
	if err != nil {
		return nil, err
	}
	for i := range documents {
		d := &documents[i]
		view.Documents = append(view.Documents, documentView{
			Number: d.Number, Title: d.Title, Edition: d.Edition, Dated: p.date(d.Dated), File: d.File.Name,
			Size: frame.Bytes(d.File.Size), By: p.Say("register_saved", "Who", p.person(d.By), "When", p.Instant(d.At)),
		})
	}
	reviews, err := p.Register.Reviews(ctx, id)
	if err != nil {
		return nil, err
	}
	for i := range reviews {
		r := &reviews[i]
		view.Reviews = append(view.Reviews, reviewView{On: p.date(r.On), Next: p.date(r.Next), Note: r.Note, By: p.person(r.By), Overdue: i == 0 && r.Next != 0 && r.Next < p.today()})
	}
	draft, err := p.Register.Draft(ctx, id)
	if draft != nil {
		view.Draft = p.saved(draft)
	}
	if err != nil {
		return nil, err
	}
	return view, p.versions(view, id)
}

// versions lists the versions of the entry, and what one of them changed.
func (p *reader) versions(view *recordView, id string) error {
	versions, err := p.Register.Versions(p.R.Context(), id)
	if err != nil || len(versions) == 0 {
		return err
	}
	view.Version, view.Published = versions[0].Number, !versions[0].Withdrawn()
	asked, _ := strconv.Atoi(p.R.URL.Query().Get("version")) //nolint:errcheck // 0 if it is no number
	since, _ := strconv.Atoi(p.R.URL.Query().Get("since"))   //nolint:errcheck // 0 if it is no number
	if since == 0 {
		since = asked - 1
	}
	texts := map[int]string{0: ""}
	for i := range versions {
		v := &versions[i]
		texts[v.Number] = v.Text
		view.Versions = append(view.Versions, versionView{
			Number: v.Number, At: p.Instant(v.At), By: p.person(v.By), Reason: v.Reason, Withdrawn: v.Withdrawn(),
			Compared: v.Number == asked, Newest: i == 0, Initial: v.Number == 1,
		})
	}
	after, ok := texts[asked]
	before, known := texts[since]
	if ok && known && asked > 0 {
		view.Changes = &changesView{From: since, To: asked, Lines: changedLines(before, after)}
	}
	return nil
}

// mistake is a mistake in a text in words, with its line.
func (p *reader) mistake(line int, field, value, message string) string {
	text := p.Say("register_line", "Line", line, "Field", field, "Message", localizer.Sentence(p.Lang, message))
	if value == "" {
		return text
	}
	return text + " (" + value + ")"
}

// date is a date with its year; empty: there is none.
func (p *reader) date(d calendar.Date) string {
	if d == 0 {
		return ""
	}
	return phrase.FullDay(p.Lang, d)
}

// document serves a paper of a vendor as a download.
func (p *reader) document(w http.ResponseWriter) {
	number, err := strconv.Atoi(p.R.PathValue("n"))
	if err != nil || p.Register == nil {
		p.Missing(w)
		return
	}
	d, content, err := p.Register.Document(p.R.Context(), p.R.PathValue("id"), number)
	if err != nil {
		p.Fail(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", d.File.Type)
	h.Set("Content-Disposition", web.AttachmentHeader(d.File.Name))
	h.Set("Content-Security-Policy", web.EvidencePolicy)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	if _, err := w.Write(content); err != nil { //nolint:gosec // an attachment under a policy that runs nothing
		p.Log.Debug("answer not delivered", "error", err)
	}
}

// addDocument keeps an edition of a paper.
func (p *reader) addDocument(w http.ResponseWriter) {
	id := p.R.PathValue("id")
	if p.Register == nil {
		p.Missing(w)
		return
	}
	if !p.ParseForm(w) {
		return
	}
	form := p.R.PostForm
	files, err := p.PostedFiles()
	if err != nil {
		p.Unreadable(w, err)
		return
	}
	e := registry.DocumentEntry{Title: form.Get("document_title"), Edition: form.Get("document_edition")}
	if len(files) > 0 {
		e.File = files[0]
	}
	e.Dated, err = web.Date("document_dated", form.Get("document_dated"))
	if err == nil {
		_, err = p.Register.Keep(p.R.Context(), p.Request("", "").Actor, id, e)
	}
	p.recorded(w, id, "document", err)
}

// addReview records that a person looked through the entry.
func (p *reader) addReview(w http.ResponseWriter) {
	id := p.R.PathValue("id")
	if p.Register == nil {
		p.Missing(w)
		return
	}
	if !p.ParseForm(w) {
		return
	}
	form := p.R.PostForm
	r := register.Review{Note: form.Get("review_note")}
	var err, wrong error
	r.On, err = web.Date("reviewed_on", form.Get("reviewed_on"))
	r.Next, wrong = web.Date("next_on", form.Get("next_on"))
	if err == nil {
		err = wrong
	}
	if err == nil {
		_, err = p.Register.Review(p.R.Context(), p.Request("", "").Actor, id, r)
	}
	p.recorded(w, id, "review", err)
}

// recorded leads back to the vendor's page, or shows it with the problems of the form.
func (p *reader) recorded(w http.ResponseWriter, id, done string, err error) {
	var problems tracker.Invalid
	switch {
	case err == nil:
		http.Redirect(w, p.R, p.Base+"/vendors/"+id+"?done="+done, http.StatusSeeOther)
	case errors.As(err, &problems):
		views := p.Problems(problems)
		for i := range views {
			if names, ok := documentFields[views[i].Field]; ok && done == "document" {
				views[i].Field, views[i].Label = names, p.Say("field_"+names)
			}
			if views[i].Field == "note" {
				views[i].Field, views[i].Label = "review_note", p.Say("field_review_note")
			}
		}
		p.showVendor(w, http.StatusUnprocessableEntity, id, views)
	default:
		p.Fail(w, err)
	}
}

// documentFields are the fields of the form of a document, by those of the use case.
var documentFields = map[string]string{"title": "document_title", "file": "document_file", "document_dated": "document_dated"}
