package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/access"
)

// sessionCookie holds the key of a session, and nothing else.
const sessionCookie = "kigen_session"

// routeSignIn is how people sign in and out.
func (s *server) routeSignIn() {
	for pattern, handle := range map[string]func(*reader, http.ResponseWriter){
		"GET /login":   (*reader).loginPage,
		"POST /login":  (*reader).login,
		"POST /logout": (*reader).logout,

		"GET /login/oidc":     (*reader).beginOIDC,
		"GET /login/callback": (*reader).endOIDC,
	} {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { handle(s.reader(w, r), w) })
	}
}

// loginView is the sign-in page.
type loginView struct {
	Next, Name string
	Trouble    string // why it did not work; empty: first try
	OIDC       string // where to sign in at the issuer; empty: nowhere
}

// loginPage leads whoever is in already to where they wanted.
func (p *reader) loginPage(w http.ResponseWriter) {
	next := ownPath(p.r.URL.Query().Get("next"))
	if p.who.Kind != access.KindNobody {
		http.Redirect(w, p.r, p.Base+next, http.StatusSeeOther)
		return
	}
	p.showLogin(w, http.StatusOK, loginView{Next: next})
}

func (p *reader) showLogin(w http.ResponseWriter, status int, view loginView) {
	if p.OIDC != nil {
		view.OIDC = p.Base + "/login/oidc?" + url.Values{"next": {view.Next}}.Encode()
	}
	p.render(w, status, "login", page{Title: p.say("login_title"), Main: view})
}

// login checks name and password. What was wrong with them it does not say.
func (p *reader) login(w http.ResponseWriter) {
	if !p.parseForm(w) {
		return
	}
	form := p.r.PostForm
	view := loginView{Next: ownPath(form.Get("next")), Name: form.Get("name")}
	if p.Access == nil {
		http.Redirect(w, p.r, p.Base+view.Next, http.StatusSeeOther)
		return
	}
	key, _, err := p.Access.SignIn(p.r.Context(), view.Name, form.Get("password"), p.address(p.r))
	var wait *access.TooManyError
	switch {
	case err == nil:
		p.begin(w, key, view.Next)
	case errors.As(err, &wait):
		w.Header().Set("Retry-After", seconds(wait.Wait))
		view.Trouble = p.say("login_wait", "Seconds", seconds(wait.Wait))
		p.showLogin(w, http.StatusTooManyRequests, view)
	case errors.Is(err, access.ErrRefused):
		view.Trouble = p.say("login_refused")
		p.showLogin(w, http.StatusUnauthorized, view)
	default:
		p.fail(w, err)
	}
}

// begin hands the session to the browser. The cookie ends with the browser's
// own session; how long it works, the database says.
func (p *reader) begin(w http.ResponseWriter, key, next string) {
	http.SetCookie(w, p.cookie(sessionCookie, key))
	http.Redirect(w, p.r, p.Base+next, http.StatusSeeOther)
}

// cookie is one that scripts can't read and that other sites' forms don't send.
func (p *reader) cookie(name, value string) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: p.Base + "/",
		HttpOnly: true, Secure: p.secure(p.r), SameSite: http.SameSiteLaxMode,
	}
}

// logout ends the session here and in the database.
func (p *reader) logout(w http.ResponseWriter) {
	if cookie, err := p.r.Cookie(sessionCookie); err == nil && p.Access != nil && p.who.Kind != access.KindNobody {
		if err := p.Access.SignOut(p.r.Context(), cookie.Value, p.who, p.address(p.r)); err != nil {
			p.fail(w, err)
			return
		}
	}
	gone := p.cookie(sessionCookie, "")
	gone.MaxAge = -1
	http.SetCookie(w, gone)
	http.Redirect(w, p.r, p.Base+"/login", http.StatusSeeOther)
}

// seconds rounds up: who comes back too early waits again.
func seconds(d time.Duration) string {
	return strconv.Itoa(int((d + time.Second - 1) / time.Second))
}

// ownPath is a path of ours to go to, or the board: a link that somebody sends
// must not lead from our sign-in page to another site.
func ownPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(u.Path, "/") ||
		strings.HasPrefix(u.Path, "//") || strings.Contains(next, "\\") || u.Path == "/login" {
		return "/"
	}
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}).String()
}
