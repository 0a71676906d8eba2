package web

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"

	"kigen/cmd/kigen/internal/access"
)

const (
	// pendingCookie holds a sign-in at the issuer that is under way.
	pendingCookie = "kigen_signin"
	pendingLife   = 10 * 60 // seconds
)

// beginOIDC sends the browser to the issuer.
func (p *reader) beginOIDC(w http.ResponseWriter) {
	if p.OIDC == nil || p.Access == nil {
		p.missing(w)
		return
	}
	next := ownPath(p.r.URL.Query().Get("next"))
	address, begun, err := p.OIDC.Begin(p.r.Context(), next)
	if err != nil {
		p.Log.ErrorContext(p.r.Context(), "sign-in not begun", "error", err)
		p.showLogin(w, http.StatusBadGateway, loginView{Next: next, Trouble: p.say("oidc_unreachable")})
		return
	}
	text, err := json.Marshal(begun)
	if err != nil {
		p.fail(w, err)
		return
	}
	cookie := p.cookie(pendingCookie, base64.RawURLEncoding.EncodeToString(text))
	cookie.MaxAge = pendingLife
	http.SetCookie(w, cookie)
	http.Redirect(w, p.r, address, http.StatusSeeOther)
}

// endOIDC takes the browser back from the issuer.
func (p *reader) endOIDC(w http.ResponseWriter) {
	if p.OIDC == nil || p.Access == nil {
		p.missing(w)
		return
	}
	begun := p.pending()
	gone := p.cookie(pendingCookie, "") // good for one try
	gone.MaxAge = -1
	http.SetCookie(w, gone)
	next, from := ownPath(begun.Next), p.address(p.r)
	person, err := p.OIDC.Finish(p.r.Context(), begun, p.r.URL.Query())
	key := ""
	if err == nil {
		key, err = p.Access.SignInAs(p.r.Context(), person, from)
	}
	switch {
	case err == nil:
		p.begin(w, key, next)
	case errors.Is(err, access.ErrNoRole):
		if err := p.Access.Refused(p.r.Context(), person, from); err != nil {
			p.Log.ErrorContext(p.r.Context(), "refusal not logged", "error", err)
		}
		p.render(w, http.StatusForbidden, "missing", page{
			Title: p.say("forbidden_title"),
			Main:  missingView{Title: p.say("forbidden_title"), Text: p.say("oidc_no_role", "Name", person.Name)},
		})
	case errors.Is(err, access.ErrRefused):
		p.showLogin(w, http.StatusForbidden, loginView{Next: next, Trouble: p.say("oidc_disabled")})
	case errors.Is(err, access.ErrStale), errors.Is(err, access.ErrDeclined):
		p.showLogin(w, http.StatusForbidden, loginView{Next: next, Trouble: p.say("oidc_again")})
	default:
		p.Log.ErrorContext(p.r.Context(), "sign-in failed", "error", err)
		p.showLogin(w, http.StatusBadGateway, loginView{Next: next, Trouble: p.say("oidc_unreachable")})
	}
}

// pending is the sign-in that this browser began; the zero one when it did not.
func (p *reader) pending() (begun access.Pending) {
	cookie, err := p.r.Cookie(pendingCookie)
	if err != nil {
		return access.Pending{}
	}
	text, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil || json.Unmarshal(text, &begun) != nil {
		return access.Pending{}
	}
	return begun
}
