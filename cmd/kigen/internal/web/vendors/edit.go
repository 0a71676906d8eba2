package vendors

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kigen/cmd/kigen/internal/registry/entry"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla/register"
	"kigen/sla/tracker"
)

// editView is the form that writes a vendor's entry.
type editView struct {
	entry.Entry
	New      bool   // no entry, draft or vendor of this id was there when the form was opened
	Kept     bool   // the promises are kept outside of the register: only particulars are edited
	Name     string // of the vendor that is kept
	Services string // one a line
	Base     int    // the version that the text was written from
	Revision int    // of the draft that the text was written from
	Saved    string // who saved that draft, and when; empty: there is none
	Reason   string
	From     string
	Paste    string // the clause that was pasted

	ContactRows []register.Contact // the contacts, and rows for further ones

	Reading *readingView // what was found in a paper
	Preview *previewView
	Other   *otherView
	Lines   []string // the whole text, where a problem names one of its lines
	Steps   int      // anchors the reader's place: 0 particulars, 1 reading, 2 preview
}

// otherView is what somebody else saved meanwhile.
type otherView struct {
	Who, When string
	Changes   []changeLine // from that text to the one of the form
}

// newEntry shows an empty form.
func (p *reader) newEntry(w http.ResponseWriter) {
	if p.Register == nil {
		p.Missing(w)
		return
	}
	p.showEdit(w, http.StatusOK, &editView{New: true}, nil)
}

// editEntry shows the draft of a vendor, else its published entry.
func (p *reader) editEntry(w http.ResponseWriter) {
	id := p.R.PathValue("id")
	if p.Register == nil {
		p.Missing(w)
		return
	}
	view := &editView{}
	known, err := p.stored(id, view)
	switch {
	case err != nil:
		p.Fail(w, err)
	case !known:
		p.Missing(w)
	default:
		p.showEdit(w, http.StatusOK, view, nil)
	}
}

// stored fills in what is stored of a vendor. It reports false where nothing is.
func (p *reader) stored(id string, view *editView) (known bool, err error) {
	text := ""
	versions, err := p.Register.Versions(p.R.Context(), id)
	if err != nil {
		return false, err
	}
	if len(versions) > 0 {
		known, text, view.Base = true, versions[0].Text, versions[0].Number
	}
	draft, err := p.Register.Draft(p.R.Context(), id)
	if err != nil {
		return false, err
	}
	if draft != nil {
		known, text, view.Base, view.Revision = true, draft.Text, draft.Base, draft.Revision
		view.Saved = p.saved(draft)
	}
	view.Entry = entry.Parse(text)
	view.ID, view.Services = id, strings.Join(view.Entry.Services, "\n")
	view.keep(p, text == "")
	_, inForce := p.Catalogue.Vendor(id)
	return known || inForce, nil
}

// keep says where the promises of the vendor are kept. What is kept elsewhere and was never
// edited here begins with the particulars that are in force.
func (v *editView) keep(p *reader, fresh bool) {
	found, ok := p.Catalogue.Vendor(v.ID)
	if !ok || p.kept(v.ID) == register.KeptInRegister {
		return
	}
	v.Kept, v.Name = true, found.Name.In(p.Lang)
	if fresh {
		e := p.Register.Config.Register[v.ID]
		v.Owner, v.Contacts = e.Owner, e.Contacts
		v.Entry.From, v.To = dateText(e.Contract.From), dateText(e.Contract.To)
	}
}

// saved says who saved a draft, and when.
func (p *reader) saved(d *register.Draft) string {
	return p.Say("register_saved", "Who", p.person(d.By), "When", p.Instant(d.At))
}

// person is a person or a program as the pages name it.
func (p *reader) person(actor string) string {
	if actor == frame.Actor {
		return p.Say("register_board")
	}
	return strings.TrimPrefix(actor, "user:")
}

// posted reads the form.
func (p *reader) posted() *editView {
	form := p.R.PostForm
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	number := func(name string) int {
		n, _ := strconv.Atoi(form.Get(name)) //nolint:errcheck // 0 if it is no number
		return n
	}
	v := &editView{
		Base: number("base"), Revision: number("revision"), New: get("new") != "", Reason: get("reason"), From: get("from"),
		Paste: strings.ReplaceAll(form.Get("paste"), "\r\n", "\n"), Services: strings.ReplaceAll(form.Get("services"), "\r\n", "\n"),
		Entry: entry.Entry{
			ID: get("vendor"), NameJa: get("name_ja"), NameEn: get("name_en"), Owner: get("owner"), From: get("contract_from"), To: get("contract_to"),
			Rest: strings.Trim(strings.ReplaceAll(form.Get("rest"), "\r\n", "\n"), "\n"),
		},
	}
	for line := range strings.Lines(v.Services) {
		if line = strings.TrimSpace(line); line != "" {
			v.Entry.Services = append(v.Entry.Services, line)
		}
	}
	part := func(name string, i int) string {
		if values := form[name]; i < len(values) {
			return strings.TrimSpace(values[i])
		}
		return ""
	}
	for i := range min(len(form["contact_name"]), 100) {
		c := register.Contact{
			Name: part("contact_name", i), Role: part("contact_role", i), Mail: part("contact_mail", i), Phone: part("contact_phone", i), Hours: part("contact_hours", i),
		}
		if c != (register.Contact{}) {
			v.Contacts = append(v.Contacts, c)
		}
	}
	v.keep(p, false)
	if v.Kept {
		v.NameJa, v.NameEn, v.Entry.Services, v.Rest = "", "", nil, ""
	}
	return v
}

// change does what a button of the form asks for.
func (p *reader) change(w http.ResponseWriter) {
	if p.Register == nil {
		p.Missing(w)
		return
	}
	if !p.ParseForm(w) {
		return
	}
	view := p.posted()
	switch p.R.PostForm.Get("do") {
	case "save":
		p.saveDraft(w, view)
	case "drop":
		p.dropDraft(w, view)
	case "take":
		p.take(w, view)
	case "preview":
		p.preview(w, view)
	default:
		p.readPaper(w, view)
	}
}

// showEdit answers with the form and its problems.
func (p *reader) showEdit(w http.ResponseWriter, status int, view *editView, problems []frame.Problem) {
	title := p.Say("register_edit_title", "Vendor", view.ID)
	switch {
	case view.New:
		title = p.Say("register_new_title")
	case view.Kept:
		title = p.Say("register_edit_title", "Vendor", view.Name)
	case view.NameJa+view.NameEn != "":
		title = p.Say("register_edit_title", "Vendor", view.shownName(p.Lang))
	}
	if slices.ContainsFunc(problems, func(problem frame.Problem) bool { return problem.Field == "rest" }) {
		view.Lines = strings.Split(strings.TrimRight(view.Text(), "\n"), "\n")
	}
	view.ContactRows = append(slices.Clone(view.Contacts), make([]register.Contact, max(1, 3-len(view.Contacts)))...)
	p.Render(w, status, "register", frame.Page{Title: title, Nav: "vendors", Problems: problems, Main: view})
}

func (v *editView) shownName(lang string) string {
	if lang == "en" && v.NameEn != "" || v.NameJa == "" {
		return v.NameEn
	}
	return v.NameJa
}

// problems are the mistakes of an entry by the fields of the form. A mistake in the text names
// its line, and the page then shows the whole text with the numbers of its lines.
func (p *reader) problems(invalid tracker.Invalid) []frame.Problem {
	views := p.Problems(invalid)
	for i := range views {
		switch views[i].Field {
		case "text":
			views[i].Field, views[i].Label = "rest", p.Say("register_text")
		case "vendor":
			views[i].Label = p.Say("register_id")
		}
	}
	return views
}

// contract describes the time of a contract, and marks one that is over or ends soon.
func (p *reader) contract(c register.Contract) contractView {
	view := contractView{From: p.date(c.From), To: p.date(c.To)}
	today := p.today()
	switch {
	case c.Ended(today):
		view.Mark, view.Tone = p.Say("register_contract_ended"), "overdue"
	case c.To != 0 && c.To-today <= contractSoon:
		view.Mark, view.Tone = p.Say("register_contract_ends", "N", int(c.To-today)), "at_risk"
	}
	return view
}
