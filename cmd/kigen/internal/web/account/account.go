// Package account serves the pages about access: the sign-in, one's own account, and
// the list of users and tokens.
package account

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"

	template "github.com/DataDog/datadog-agent/pkg/template/html"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla/phrase"
)

// reader is a request for a page of this package.
type reader struct{ *frame.Reader }

// Mount adds the sign-in, the pages of one's own account, the steps between the
// password and the board, and the review of who may get in.
func Mount(s *frame.Site) {
	for pattern, handle := range map[string]func(*reader, http.ResponseWriter){
		"GET /login/step":               (*reader).stepPage,
		"POST /login/step":              (*reader).step,
		"GET /account":                  (*reader).account,
		"POST /account/password":        (*reader).passwordForm,
		"POST /account/sessions":        (*reader).sessionsForm,
		"GET /account/second":           (*reader).secondPage,
		"POST /account/second":          (*reader).secondForm,
		"POST /account/second/renew":    (*reader).renewForm,
		"POST /account/second/remove":   (*reader).removeForm,
		"GET /settings/access":          (*reader).people,
		"GET /settings/access/{format}": (*reader).review,
		"GET /login":                    (*reader).loginPage,
		"POST /login":                   (*reader).login,
		"POST /logout":                  (*reader).logout,
		"GET /login/oidc":               (*reader).beginOIDC,
		"GET /login/callback":           (*reader).endOIDC,
	} {
		s.Handle(pattern, func(p *frame.Reader, w http.ResponseWriter) { handle(&reader{p}, w) })
	}
}

// accountView is the page of one's own account.
type accountView struct {
	*access.Account
	Role     string
	Problem  map[string]string // by form: why it was refused
	Sessions []sessionView
}

type sessionView struct {
	ID, Began, Seen, Origin, Agent string
	Current                        bool
}

// ownKey is the key of the session that sends the request.
func (p *reader) ownKey() string { return p.Cookie(p.R, web.SessionCookie) }

// hasAccount answers requests of programs and of callers while access control is off,
// which have no account.
func (p *reader) hasAccount(w http.ResponseWriter) bool {
	if p.Access == nil || p.Who.Kind != access.KindUser && p.Who.Kind != access.KindOIDC {
		p.Missing(w)
		return false
	}
	return true
}

func (p *reader) account(w http.ResponseWriter) {
	if p.hasAccount(w) {
		p.showAccount(w, http.StatusOK, nil)
	}
}

func (p *reader) showAccount(w http.ResponseWriter, status int, trouble map[string]string) {
	account, err := p.Access.Account(p.R.Context(), p.ownKey())
	if err != nil {
		p.failAccount(w, err)
		return
	}
	view := accountView{Account: account, Role: phrase.Role(p.Lang, string(account.Who.Role)), Problem: trouble}
	for i := range account.Sessions {
		s := &account.Sessions[i]
		v := sessionView{s.ID, p.Instant(s.Began), p.Instant(s.Seen), s.Origin, s.Agent, s.Current}
		if s.Partial {
			v.Agent = p.Say("session_partial")
		}
		view.Sessions = append(view.Sessions, v)
	}
	p.Render(w, status, "account", frame.Page{Title: p.Say("account_title"), Nav: "account", Main: view})
}

// failAccount answers an error of the account, or asks for the sign-in.
func (p *reader) failAccount(w http.ResponseWriter, err error) {
	if errors.Is(err, access.ErrSignedOut) {
		http.Redirect(w, p.R, p.Base+"/login?"+url.Values{"next": {"/account"}}.Encode(), http.StatusSeeOther)
		return
	}
	p.Fail(w, err)
}

// trouble says why a form about the own account was refused, with the status; ""
// for an internal error.
func (p *reader) trouble(w http.ResponseWriter, err error, refused string) (text string, status int) {
	var wait *access.TooManyError
	var weak *access.PasswordError
	switch {
	case errors.As(err, &wait):
		w.Header().Set("Retry-After", seconds(wait.Wait))
		return p.Say("login_wait", "Seconds", seconds(wait.Wait)), http.StatusTooManyRequests
	case errors.Is(err, access.ErrBusy):
		w.Header().Set("Retry-After", busyRetry)
		return p.Say("login_wait", "Seconds", busyRetry), http.StatusServiceUnavailable
	case errors.As(err, &weak):
		return weak.In(p.Lang), http.StatusUnprocessableEntity
	case errors.Is(err, access.ErrRefused):
		return refused, http.StatusUnprocessableEntity
	}
	return "", 0
}

// settle answers a form about the own account: it shows the page with the trouble, or
// confirms the deed.
func (p *reader) settle(w http.ResponseWriter, form, deed string, err error, refused string) {
	if err == nil {
		http.Redirect(w, p.R, p.Base+"/account?done="+deed, http.StatusSeeOther)
		return
	}
	text, status := p.trouble(w, err, refused)
	if text == "" {
		p.failAccount(w, err)
		return
	}
	p.showAccount(w, status, map[string]string{form: text})
}

func (p *reader) passwordForm(w http.ResponseWriter) {
	if !p.hasAccount(w) || !p.ParseForm(w) {
		return
	}
	p.settle(w, "password", "password", p.changePassword(), p.Say("password_wrong"))
}

// errRepeat means that the repeated password differs.
var errRepeat = access.WeakPasswordf("differs from its repetition: type both again")

func (p *reader) changePassword() error {
	form := p.R.PostForm
	if form.Get("password") != form.Get("repeat") {
		return errRepeat
	}
	return p.Access.ChangePassword(p.R.Context(), p.ownKey(), form.Get("present"), form.Get("password"), p.attempt())
}

func (p *reader) sessionsForm(w http.ResponseWriter) {
	if !p.hasAccount(w) || !p.ParseForm(w) {
		return
	}
	p.settle(w, "sessions", "sessions", p.Access.EndSessions(p.R.Context(), p.ownKey(), p.R.PostForm.Get("id"), p.Address(p.R)), "")
}

// secondView is the page that sets up a second factor.
type secondView struct {
	Problem, Next string
	Secret        string
	QR            template.URL
	Sealed        string
	Forced        bool // in the course of a sign-in, which asked for the password
}

func (p *reader) secondPage(w http.ResponseWriter) {
	if p.hasAccount(w) {
		p.showSecond(w, http.StatusOK, secondView{})
	}
}

func (p *reader) showSecond(w http.ResponseWriter, status int, view secondView) {
	made, err := p.Access.NewSecondFactor(p.R.Context(), p.ownKey())
	if err != nil {
		p.failAccount(w, err)
		return
	}
	view.Secret, view.Sealed = made.Secret, made.Sealed
	view.QR = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(made.QR)) //nolint:gosec // an image that kigen made
	view.Forced = p.Who.Step == access.StepEnrol
	p.Render(w, status, "second", frame.Page{Title: p.Say("second_title"), Main: view})
}

func (p *reader) secondForm(w http.ResponseWriter) {
	if p.hasAccount(w) && p.ParseForm(w) {
		p.enrol(w, "/account")
	}
}

// codesView shows recovery codes, once.
type codesView struct {
	Codes []string
	Next  string
}

func (p *reader) enrol(w http.ResponseWriter, next string) {
	form := p.R.PostForm
	codes, err := p.Access.Enrol(p.R.Context(), p.ownKey(), form.Get("sealed"), form.Get("code"), form.Get("password"), p.attempt())
	if err == nil {
		p.showCodes(w, codes, next)
		return
	}
	text, status := p.trouble(w, err, p.Say("second_wrong"))
	if text == "" {
		p.failAccount(w, err)
		return
	}
	p.showSecond(w, status, secondView{Problem: text, Next: next})
}

func (p *reader) showCodes(w http.ResponseWriter, codes []string, next string) {
	p.Render(w, http.StatusOK, "codes", frame.Page{Title: p.Say("codes_title"), Main: codesView{codes, p.Base + next}})
}

func (p *reader) renewForm(w http.ResponseWriter) {
	if !p.hasAccount(w) || !p.ParseForm(w) {
		return
	}
	codes, err := p.Access.RenewRecovery(p.R.Context(), p.ownKey(), p.R.PostForm.Get("code"), p.attempt())
	if err == nil {
		p.showCodes(w, codes, "/account")
		return
	}
	p.settle(w, "second", "", err, p.Say("code_wrong"))
}

func (p *reader) removeForm(w http.ResponseWriter) {
	if !p.hasAccount(w) || !p.ParseForm(w) {
		return
	}
	err := p.Access.RemoveSecondFactor(p.R.Context(), p.ownKey(), p.R.PostForm.Get("code"), p.attempt())
	p.settle(w, "second", "second", err, p.Say("code_wrong"))
}
