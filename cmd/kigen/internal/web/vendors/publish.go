package vendors

import (
	"errors"
	"net/http"
	"strconv"

	"kigen/cmd/kigen/internal/registry"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla/register"
	"kigen/sla/tracker"
)

// saveDraft stores the text of the form, which may have mistakes.
func (p *reader) saveDraft(w http.ResponseWriter, view *editView) {
	if p.taken(w, view) {
		return
	}
	d := &register.Draft{Vendor: view.ID, Text: view.Text(), Base: view.Base, Revision: view.Revision}
	if err := p.Register.SaveDraft(p.R.Context(), p.Request("", "").Actor, d); err != nil {
		p.refuse(w, view, err)
		return
	}
	if view.Paste == "" {
		http.Redirect(w, p.R, p.Base+"/register/"+view.ID+"?done=draft_saved", http.StatusSeeOther)
		return
	}
	view.New, view.Revision, view.Saved = false, d.Revision, p.saved(d) // the pasted text is not stored
	p.showEdit(w, http.StatusOK, view, nil)
}

// taken refuses a new entry under the id of a vendor that is there.
func (p *reader) taken(w http.ResponseWriter, view *editView) bool {
	if _, ok := p.Catalogue.Vendor(view.ID); !ok || !view.New {
		return false
	}
	p.showEdit(w, http.StatusUnprocessableEntity, view, []frame.Problem{{Field: "vendor", Label: p.Say("register_id"), Value: view.ID, Message: p.Say("register_id_taken")}})
	return true
}

// dropDraft deletes the draft that the form shows.
func (p *reader) dropDraft(w http.ResponseWriter, view *editView) {
	if err := p.Register.DropDraft(p.R.Context(), view.ID, view.Revision); err != nil {
		p.refuse(w, view, err)
		return
	}
	place := "/vendors"
	if _, ok := p.Catalogue.Vendor(view.ID); ok {
		place += "/" + view.ID
	}
	http.Redirect(w, p.R, p.Base+place+"?done=draft_dropped", http.StatusSeeOther)
}

// publish puts the text of the form in force.
func (p *reader) publish(w http.ResponseWriter) {
	if p.Register == nil {
		p.Missing(w)
		return
	}
	if !p.ParseForm(w) {
		return
	}
	view := p.posted()
	if p.taken(w, view) {
		return
	}
	ctx := p.R.Context()
	draft, err := p.Register.Draft(ctx, view.ID)
	switch {
	case err != nil:
		p.Fail(w, err)
		return
	case draft != nil && draft.Revision != view.Revision: // publishing ends it, so that its author is asked first
		p.refuse(w, view, &registry.Conflict{Vendor: view.ID, Draft: draft})
		return
	}
	from, err := web.Date("from", view.From)
	var v *register.Version
	if err == nil {
		v, _, err = p.Register.Publish(ctx, p.Request("", "").Actor, registry.Publication{Text: view.Text(), Reason: view.Reason, Base: view.Base, From: from})
	}
	if err != nil {
		p.refuse(w, view, err)
		return
	}
	p.Note(ctx, frame.Actor, "vendor_published", v.Vendor)
	http.Redirect(w, p.R, p.Base+"/vendors/"+v.Vendor+"?done=published", http.StatusSeeOther)
}

// refuse shows the form again with what is wrong, and nothing of what was typed is lost. Of a
// conflict it shows what the other one saved: to save once more then goes over that.
func (p *reader) refuse(w http.ResponseWriter, view *editView, err error) {
	var conflict *registry.Conflict
	invalid, isInvalid := tracker.AsInvalid(err)
	switch {
	case errors.As(err, &conflict):
		p.showEdit(w, http.StatusConflict, view, []frame.Problem{{Message: p.meanwhile(view, conflict)}})
	case isInvalid:
		p.showEdit(w, http.StatusUnprocessableEntity, view, p.problems(invalid))
	default:
		p.Fail(w, err)
	}
}

// meanwhile says who saved what meanwhile, and bases the form on it.
func (p *reader) meanwhile(view *editView, c *registry.Conflict) string {
	view.New = false
	switch {
	case c.Draft != nil:
		view.Revision = c.Draft.Revision
		view.Other = &otherView{Who: p.person(c.Draft.By), When: p.Instant(c.Draft.At), Changes: changedLines(c.Draft.Text, view.Text())}
		return p.Say("register_draft_conflict", "Who", view.Other.Who, "When", view.Other.When)
	case c.Version != nil:
		view.Base = c.Version.Number
		view.Other = &otherView{Who: p.person(c.Version.By), When: p.Instant(c.Version.At), Changes: changedLines(c.Version.Text, view.Text())}
		return p.Say("register_version_conflict", "Number", c.Version.Number, "Who", view.Other.Who, "When", view.Other.When)
	}
	view.Revision = 0
	return p.Say("register_draft_gone")
}

// withdraw ends the entry of a vendor.
func (p *reader) withdraw(w http.ResponseWriter) {
	if p.Register == nil {
		p.Missing(w)
		return
	}
	if !p.ParseForm(w) {
		return
	}
	form := p.R.PostForm
	id := form.Get("vendor")
	base, _ := strconv.Atoi(form.Get("base")) //nolint:errcheck // 0 is refused
	_, err := p.Register.Withdraw(p.R.Context(), p.Request("", "").Actor, id, form.Get("reason"), base)
	var conflict *registry.Conflict
	invalid, isInvalid := tracker.AsInvalid(err)
	switch {
	case err == nil:
		p.Note(p.R.Context(), frame.Actor, "vendor_withdrawn", id)
		http.Redirect(w, p.R, p.Base+"/vendors?done=withdrawn", http.StatusSeeOther)
	case errors.As(err, &conflict):
		p.showVendor(w, http.StatusConflict, id, []frame.Problem{{Message: p.meanwhile(&editView{}, conflict)}})
	case isInvalid:
		p.showVendor(w, http.StatusUnprocessableEntity, id, p.problems(invalid))
	default:
		p.Fail(w, err)
	}
}
