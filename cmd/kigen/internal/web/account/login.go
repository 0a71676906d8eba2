package account

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
)

// loginView is the sign-in page.
type loginView struct {
	Next, Name string
	Problem    string // why the last attempt failed; empty: first attempt
	Passwords  bool   // users with a password may sign in
	OIDC       string // address of single sign-on; empty: not configured
}

// loginPage shows the sign-in page. A caller who is already signed in is
// redirected to the requested page.
func (p *reader) loginPage(w http.ResponseWriter) {
	next := ownPath(p.R.URL.Query().Get("next"))
	if p.Who.Kind != access.KindAnonymous {
		http.Redirect(w, p.R, p.Base+next, http.StatusSeeOther)
		return
	}
	p.showLogin(w, http.StatusOK, loginView{Next: next})
}

func (p *reader) showLogin(w http.ResponseWriter, status int, view loginView) {
	if p.OIDC != nil {
		view.OIDC = p.Base + "/login/oidc?" + url.Values{"next": {view.Next}}.Encode()
	}
	view.Passwords = p.Access == nil || p.Access.Passwords()
	p.Render(w, status, "login", frame.Page{Title: p.Say("login_title"), Main: view})
}

// login checks name and password. The answer does not reveal which one was wrong.
func (p *reader) login(w http.ResponseWriter) {
	if !p.ParseForm(w) {
		return
	}
	form := p.R.PostForm
	view := loginView{Next: ownPath(form.Get("next")), Name: form.Get("name")}
	if p.Access == nil {
		http.Redirect(w, p.R, p.Base+view.Next, http.StatusSeeOther)
		return
	}
	attempt := p.attempt()
	attempt.Name, attempt.Password = view.Name, form.Get("password")
	entry, err := p.Access.SignIn(p.R.Context(), attempt)
	var wait *access.TooManyError
	switch {
	case err == nil:
		p.begin(w, entry, view.Next)
	case errors.As(err, &wait):
		w.Header().Set("Retry-After", seconds(wait.Wait))
		view.Problem = p.Say("login_wait", "Seconds", seconds(wait.Wait))
		p.showLogin(w, http.StatusTooManyRequests, view)
	case errors.Is(err, access.ErrBusy):
		w.Header().Set("Retry-After", busyRetry)
		view.Problem = p.Say("login_wait", "Seconds", busyRetry)
		p.showLogin(w, http.StatusServiceUnavailable, view)
	case errors.Is(err, access.ErrRefused), errors.Is(err, access.ErrNoPasswords):
		view.Problem = p.Say("login_refused")
		p.showLogin(w, http.StatusUnauthorized, view)
	default:
		p.Fail(w, err)
	}
}

// attempt describes the browser that sends the request.
func (p *reader) attempt() access.Attempt {
	return access.Attempt{From: p.Address(p.R), Device: p.Cookie(p.R, web.DeviceCookie), Agent: p.R.UserAgent()}
}

// busyRetry is how long to wait when too many passwords are being checked, in
// seconds.
const busyRetry = "5"

// begin sets the cookies of a session and of the browser. The session's cookie lasts
// until the browser closes; the database decides how long the session is valid.
func (p *reader) begin(w http.ResponseWriter, entry access.Entry, next string) {
	http.SetCookie(w, p.NewCookie(p.R, web.SessionCookie, entry.Key))
	p.MarkSignIn(w)
	if entry.Device != "" {
		known := p.NewCookie(p.R, web.DeviceCookie, entry.Device)
		known.MaxAge = int(access.DeviceLife / time.Second)
		http.SetCookie(w, known)
	}
	http.Redirect(w, p.R, p.Base+next, http.StatusSeeOther)
}

// logout ends the session in the browser and in the database.
func (p *reader) logout(w http.ResponseWriter) {
	if key := p.Cookie(p.R, web.SessionCookie); key != "" && p.Access != nil && p.Who.Kind != access.KindAnonymous {
		if err := p.Access.SignOut(p.R.Context(), key, p.Who, p.Address(p.R)); err != nil {
			p.Fail(w, err)
			return
		}
	}
	gone := p.NewCookie(p.R, web.SessionCookie, "")
	gone.MaxAge = -1
	http.SetCookie(w, gone)
	http.Redirect(w, p.R, p.Base+"/login", http.StatusSeeOther)
}

// seconds rounds up, because a retry that is too early waits again.
func seconds(d time.Duration) string {
	return strconv.Itoa(int((d + time.Second - 1) / time.Second))
}

// ownPath returns next if it is a path of kigen, otherwise the board, so that a
// crafted link cannot redirect from the sign-in page to another site.
func ownPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(u.Path, "/") ||
		strings.HasPrefix(u.Path, "//") || strings.Contains(next, "\\") || u.Path == "/login" {
		return "/"
	}
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}).String()
}
