package frame

import (
	"context"
	"net/http"

	"kigen/cmd/kigen/internal/web"
)

// elsewhereCookie marks the first page after a sign-in.
const elsewhereCookie = "kigen_signed_in"

// elsewhereLife is how long that page may take to come, in seconds.
const elsewhereLife = 60

// MarkSignIn has the next page say where else the person is signed in.
func (p *Reader) MarkSignIn(w http.ResponseWriter) {
	mark := p.NewCookie(p.R, elsewhereCookie, "1")
	mark.MaxAge = elsewhereLife
	http.SetCookie(w, mark)
}

// elsewhere says, on the first page after a sign-in, in how many other browsers the
// person is signed in, and where the last one was used; empty: in none.
func (p *Reader) elsewhere(w http.ResponseWriter, view *Page) string {
	if p.R.Method != http.MethodGet || !view.CanRead || p.Access == nil || p.Cookie(p.R, elsewhereCookie) == "" {
		return ""
	}
	gone := p.NewCookie(p.R, elsewhereCookie, "")
	gone.MaxAge = -1
	http.SetCookie(w, gone)
	return p.othersText(p.R.Context())
}

func (p *Reader) othersText(ctx context.Context) string {
	account, err := p.Access.Account(ctx, p.Cookie(p.R, web.SessionCookie))
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
	return p.Say("elsewhere", "N", others, "At", p.Instant(account.Sessions[last].Seen), "From", account.Sessions[last].Origin)
}
