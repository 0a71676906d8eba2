package account

import (
	"errors"
	"net/http"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/web/frame"
)

// stepView is a step between the password and the board.
type stepView struct {
	Step, Next, Problem string
}

// stepPage shows the step that is left, or the requested page if there is none.
func (p *reader) stepPage(w http.ResponseWriter) {
	p.showStep(w, http.StatusOK, stepView{Next: ownPath(p.R.URL.Query().Get("next"))})
}

func (p *reader) showStep(w http.ResponseWriter, status int, view stepView) {
	switch p.Who.Step {
	case "":
		http.Redirect(w, p.R, p.Base+view.Next, http.StatusSeeOther)
	case access.StepEnrol:
		p.showSecond(w, status, secondView{Next: view.Next, Problem: view.Problem})
	default:
		view.Step = string(p.Who.Step)
		p.Render(w, status, "step", frame.Page{Title: p.Say("step_" + view.Step), Main: view})
	}
}

// step takes the step that the session still lacks.
func (p *reader) step(w http.ResponseWriter) {
	if !p.ParseForm(w) {
		return
	}
	view := stepView{Next: ownPath(p.R.PostForm.Get("next"))}
	var err error
	refused := p.Say("password_wrong")
	switch p.Who.Step {
	case access.StepCode:
		var entry access.Entry
		if entry, err = p.Access.GiveCode(p.R.Context(), p.ownKey(), p.R.PostForm.Get("code"), p.attempt()); err == nil {
			p.begin(w, entry, view.Next)
			return
		}
		refused = p.Say("code_wrong")
	case access.StepPassword:
		err = p.changePassword()
	case access.StepEnrol:
		p.enrol(w, view.Next)
		return
	}
	if err == nil {
		http.Redirect(w, p.R, p.Base+view.Next, http.StatusSeeOther)
		return
	}
	text, status := p.trouble(w, err, refused)
	switch {
	case errors.Is(err, access.ErrSignedOut):
		p.failAccount(w, err)
	case text == "":
		p.Fail(w, err)
	default:
		view.Problem = text
		p.showStep(w, status, view)
	}
}
