package board

import (
	"context"
	"net/http"
)

// elsewhereCookie marks the first page after a sign-in.
const elsewhereCookie = "kigen_signed_in"

// elsewhereLife is how long that page may take to come, in seconds.
const elsewhereLife = 60

// markSignIn has the next page say where else the person is signed in.
func (p *reader) markSignIn(w http.ResponseWriter) {
	mark := p.NewCookie(p.r, elsewhereCookie, "1")
	mark.MaxAge = elsewhereLife
	http.SetCookie(w, mark)
}

// elsewhere says, on the first page after a sign-in, in how many other browsers the
// person is signed in, and where the last one was used; empty: in none.
func (p *reader) elsewhere(w http.ResponseWriter, view *page) string {
	if p.r.Method != http.MethodGet || !view.CanRead || p.Access == nil || p.Cookie(p.r, elsewhereCookie) == "" {
		return ""
	}
	gone := p.NewCookie(p.r, elsewhereCookie, "")
	gone.MaxAge = -1
	http.SetCookie(w, gone)
	return p.othersText(p.r.Context())
}

func (p *reader) othersText(ctx context.Context) string {
	account, err := p.Access.Account(ctx, p.ownKey())
	if err != nil { // the page itself matters more
		p.Log.DebugContext(ctx, "sessions not listed", "error", err)
		return ""
	}
	others, last := 0, -1
	for i := range account.Sessions {
		s := &account.Sessions[i]
		if s.Current {
			continue
		}
		if others++; last < 0 || s.Seen.After(account.Sessions[last].Seen) {
			last = i
		}
	}
	if others == 0 {
		return ""
	}
	return p.say("elsewhere", "N", others, "At", p.instant(account.Sessions[last].Seen), "From", account.Sessions[last].Origin)
}
