package account

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla/phrase"
)

// peopleView lists users and tokens for admins.
type peopleView struct {
	Users, Tokens []accountRow
	Marked        int // rows with a mark
}

// accountRow is a user or a token.
type accountRow struct {
	Name, Role, State, Source string
	Second                    string
	Granted, Seen, Expires    string
	Sessions                  int
	Marks                     []string // what a review should look at
	Ended                     bool     // disabled, revoked or expired
}

// people shows who may get in.
func (p *reader) people(w http.ResponseWriter) {
	if p.Access == nil {
		p.Missing(w)
		return
	}
	review, err := p.Access.Review(p.R.Context())
	if err != nil {
		p.Fail(w, err)
		return
	}
	view := peopleView{}
	for i := range review.Users {
		view.Users = append(view.Users, p.userRow(&review.Users[i]))
	}
	for i := range review.Tokens {
		view.Tokens = append(view.Tokens, p.tokenRow(&review.Tokens[i]))
	}
	for _, row := range append(view.Users, view.Tokens...) {
		view.Marked += min(len(row.Marks), 1)
	}
	p.Render(w, http.StatusOK, "people", frame.Page{Title: p.Say("people_title"), Nav: "people", Main: view})
}

func (p *reader) userRow(u *access.ReviewedUser) accountRow {
	row := accountRow{
		Name: u.Name, Role: phrase.Role(p.Lang, u.Role), Source: p.Say("people_" + u.Source), Second: p.yesNo(u.SecondFactor),
		Granted: p.granted(u.GrantedBy, u.GrantedAt), Seen: p.InstantOrNone(u.LastSeen), Sessions: u.Sessions, Ended: u.State != "active",
	}
	if u.Source == "oidc" {
		row.Second = p.Say("people_by_issuer")
	}
	if row.Ended {
		row.State = p.Say("people_" + u.State)
	}
	if u.Dormant {
		row.Marks = append(row.Marks, p.Say("people_dormant"))
	}
	return row
}

func (p *reader) tokenRow(t *access.ReviewedToken) accountRow {
	row := accountRow{
		Name: t.Name, Role: phrase.Role(p.Lang, t.Role), Granted: p.granted(t.GrantedBy, t.CreatedAt), Seen: p.InstantOrNone(t.UsedAt),
		Expires: p.InstantOrNone(t.ExpiresAt), Ended: t.State != "works",
	}
	if row.Ended {
		row.State = p.Say("people_" + t.State)
	}
	if t.Dormant {
		row.Marks = append(row.Marks, p.Say("people_dormant"))
	}
	if t.Endless {
		row.Marks = append(row.Marks, p.Say("people_endless"))
	}
	return row
}

func (p *reader) yesNo(yes bool) string {
	if yes {
		return p.Say("people_yes")
	}
	return p.Say("people_no")
}

func (p *reader) granted(by string, at time.Time) string {
	if at.IsZero() {
		return by
	}
	return strings.TrimSpace(by + " · " + p.Instant(at))
}

// review exports who may get in, and records that it was exported.
func (p *reader) review(w http.ResponseWriter) {
	if p.Access == nil {
		p.Missing(w)
		return
	}
	formats := map[string]struct {
		media string
		write func(*access.Review, io.Writer, *time.Location) error
	}{
		"csv":  {"text/csv; charset=utf-8", (*access.Review).WriteCSV},
		"json": {"application/json", (*access.Review).WriteJSON},
	}
	format := p.R.PathValue("format")
	f, ok := formats[format]
	if !ok {
		p.Missing(w)
		return
	}
	review, err := p.Access.Review(p.R.Context())
	var text bytes.Buffer
	if format == "csv" && p.ByteOrderMark() {
		text.WriteString("\ufeff")
	}
	if err == nil {
		err = f.write(review, &text, p.Zone)
	}
	if err == nil {
		err = p.Access.Note(p.R.Context(), p.Who.Actor(), p.Request("", "").Origin, "access_review_exported", format)
	}
	if err != nil {
		p.Fail(w, err)
		return
	}
	w.Header().Set("Content-Type", f.media)
	w.Header().Set("Content-Disposition", `attachment; filename="kigen-access-`+p.Now.Format(time.DateOnly)+"."+format+`"`)
	if _, err := w.Write(text.Bytes()); err != nil {
		p.Log.Debug("answer not delivered", "error", err)
	}
}
