package account

import (
	"errors"
	"net/http"
	"time"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/web/frame"
)

// pendingCookie contains the state of a pending sign-in at the issuer.
const pendingCookie = "kigen_signin"

// beginOIDC redirects the browser to the issuer.
func (p *reader) beginOIDC(w http.ResponseWriter) {
	if p.OIDC == nil || p.Access == nil {
		p.Missing(w)
		return
	}
	next := ownPath(p.R.URL.Query().Get("next"))
	address, begun, err := p.OIDC.Begin(p.R.Context(), next)
	if err != nil {
		p.Log.ErrorContext(p.R.Context(), "cannot start the sign-in at the issuer", "error", err)
		p.showLogin(w, http.StatusBadGateway, loginView{Next: next, Problem: p.Say("oidc_unreachable")})
		return
	}
	sealed, err := p.Access.SealPending(p.R.Context(), begun)
	if err != nil {
		p.Fail(w, err)
		return
	}
	cookie := p.NewCookie(p.R, pendingCookie, sealed)
	cookie.MaxAge = int(access.PendingLife / time.Second)
	http.SetCookie(w, cookie)
	http.Redirect(w, p.R, address, http.StatusSeeOther)
}

// endOIDC completes the sign-in when the issuer redirects back.
func (p *reader) endOIDC(w http.ResponseWriter) {
	if p.OIDC == nil || p.Access == nil {
		p.Missing(w)
		return
	}
	begun := p.Access.OpenPending(p.R.Context(), p.Cookie(p.R, pendingCookie))
	gone := p.NewCookie(p.R, pendingCookie, "") // valid for one attempt
	gone.MaxAge = -1
	http.SetCookie(w, gone)
	next, from := ownPath(begun.Next), p.Address(p.R)
	person, err := p.OIDC.Finish(p.R.Context(), begun, p.R.URL.Query())
	var entry access.Entry
	if err == nil {
		entry, err = p.Access.SignInAs(p.R.Context(), person, p.attempt())
	}
	switch {
	case err == nil:
		p.begin(w, entry, next)
	case errors.Is(err, access.ErrNoRole):
		if err := p.Access.Refused(p.R.Context(), person, from); err != nil {
			p.Log.ErrorContext(p.R.Context(), "access log not written", "kind", "sign_in_refused", "error", err)
		}
		p.Render(w, http.StatusForbidden, "missing", frame.Page{
			Title: p.Say("forbidden_title"),
			Main:  frame.Message{Title: p.Say("forbidden_title"), Text: p.Say("oidc_no_role", "Name", person.Name)},
		})
	case errors.Is(err, access.ErrRefused):
		p.showLogin(w, http.StatusForbidden, loginView{Next: next, Problem: p.Say("oidc_disabled")})
	case errors.Is(err, access.ErrStale), errors.Is(err, access.ErrDeclined):
		p.showLogin(w, http.StatusForbidden, loginView{Next: next, Problem: p.Say("oidc_again")})
	default:
		p.Log.ErrorContext(p.R.Context(), "sign-in failed", "error", err)
		p.showLogin(w, http.StatusBadGateway, loginView{Next: next, Problem: p.Say("oidc_unreachable")})
	}
}
