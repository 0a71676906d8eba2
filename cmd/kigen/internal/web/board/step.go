package board

import (
	"errors"
	"net/http"

	"kigen/cmd/kigen/internal/access"
)

// stepView is a step between the password and the board.
type stepView struct {
	Step, Next, Problem string
}

// stepPage shows the step that is left, or the requested page if there is none.
func (p *reader) stepPage(w http.ResponseWriter) {
	p.showStep(w, http.StatusOK, stepView{Next: ownPath(p.r.URL.Query().Get("next"))})
}

func (p *reader) showStep(w http.ResponseWriter, status int, view stepView) {
	switch p.who.Step {
	case "":
		http.Redirect(w, p.r, p.Base+view.Next, http.StatusSeeOther)
	case access.StepEnrol:
		p.showSecond(w, status, secondView{Next: view.Next, Problem: view.Problem})
	default:
		view.Step = string(p.who.Step)
		p.render(w, status, "step", page{Title: p.say("step_" + view.Step), Main: view})
	}
}

// step takes the step that the session still lacks.
func (p *reader) step(w http.ResponseWriter) {
	if !p.parseForm(w) {
		return
	}
	view := stepView{Next: ownPath(p.r.PostForm.Get("next"))}
	var err error
	refused := p.say("password_wrong")
	switch p.who.Step {
	case access.StepCode:
		var entry access.Entry
		if entry, err = p.Access.GiveCode(p.r.Context(), p.ownKey(), p.r.PostForm.Get("code"), p.attempt()); err == nil {
			p.begin(w, entry, view.Next)
			return
		}
		refused = p.say("code_wrong")
	case access.StepPassword:
		err = p.changePassword()
	case access.StepEnrol:
		p.enrol(w, view.Next)
		return
	}
	if err == nil {
		http.Redirect(w, p.r, p.Base+view.Next, http.StatusSeeOther)
		return
	}
	text, status := p.trouble(w, err, refused)
	switch {
	case errors.Is(err, access.ErrSignedOut):
		p.failAccount(w, err)
	case text == "":
		p.fail(w, err)
	default:
		view.Problem = text
		p.showStep(w, status, view)
	}
}
