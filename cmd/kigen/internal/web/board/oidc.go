package board

import (
	"errors"
	"net/http"
	"time"

	"kigen/cmd/kigen/internal/access"
)

// pendingCookie contains the state of a pending sign-in at the issuer.
const pendingCookie = "kigen_signin"

// beginOIDC redirects the browser to the issuer.
func (p *reader) beginOIDC(w http.ResponseWriter) {
	if p.OIDC == nil || p.Access == nil {
		p.missing(w)
		return
	}
	next := ownPath(p.r.URL.Query().Get("next"))
	address, begun, err := p.OIDC.Begin(p.r.Context(), next)
	if err != nil {
		p.Log.ErrorContext(p.r.Context(), "cannot start the sign-in at the issuer", "error", err)
		p.showLogin(w, http.StatusBadGateway, loginView{Next: next, Problem: p.say("oidc_unreachable")})
		return
	}
	sealed, err := p.Access.SealPending(p.r.Context(), begun)
	if err != nil {
		p.fail(w, err)
		return
	}
	cookie := p.NewCookie(p.r, pendingCookie, sealed)
	cookie.MaxAge = int(access.PendingLife / time.Second)
	http.SetCookie(w, cookie)
	http.Redirect(w, p.r, address, http.StatusSeeOther)
}

// endOIDC completes the sign-in when the issuer redirects back.
func (p *reader) endOIDC(w http.ResponseWriter) {
	if p.OIDC == nil || p.Access == nil {
		p.missing(w)
		return
	}
	begun := p.Access.OpenPending(p.r.Context(), p.Cookie(p.r, pendingCookie))
	gone := p.NewCookie(p.r, pendingCookie, "") // valid for one attempt
	gone.MaxAge = -1
	http.SetCookie(w, gone)
	next, from := ownPath(begun.Next), p.Address(p.r)
	person, err := p.OIDC.Finish(p.r.Context(), begun, p.r.URL.Query())
	var entry access.Entry
	if err == nil {
		entry, err = p.Access.SignInAs(p.r.Context(), person, p.attempt())
	}
	switch {
	case err == nil:
		p.begin(w, entry, next)
	case errors.Is(err, access.ErrNoRole):
		if err := p.Access.Refused(p.r.Context(), person, from); err != nil {
			p.Log.ErrorContext(p.r.Context(), "access log not written", "kind", "sign_in_refused", "error", err)
		}
		p.render(w, http.StatusForbidden, "missing", page{
			Title: p.say("forbidden_title"),
			Main:  missingView{Title: p.say("forbidden_title"), Text: p.say("oidc_no_role", "Name", person.Name)},
		})
	case errors.Is(err, access.ErrRefused):
		p.showLogin(w, http.StatusForbidden, loginView{Next: next, Problem: p.say("oidc_disabled")})
	case errors.Is(err, access.ErrStale), errors.Is(err, access.ErrDeclined):
		p.showLogin(w, http.StatusForbidden, loginView{Next: next, Problem: p.say("oidc_again")})
	default:
		p.Log.ErrorContext(p.r.Context(), "sign-in failed", "error", err)
		p.showLogin(w, http.StatusBadGateway, loginView{Next: next, Problem: p.say("oidc_unreachable")})
	}
}
