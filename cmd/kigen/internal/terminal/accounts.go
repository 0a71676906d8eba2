package terminal

import (
	"time"

	"kigen/sla/phrase"
)

// User is a user in a list, and its JSON form.
type User struct {
	Name       string     `json:"name"`
	Role       string     `json:"role"`
	Disabled   bool       `json:"disabled"`
	Source     string     `json:"source"` // password or oidc
	CreatedAt  time.Time  `json:"created_at"`
	SignedInAt *time.Time `json:"signed_in_at"`

	SecondFactor bool       `json:"second_factor"`
	MustChange   bool       `json:"must_change"` // the password
	SeenAt       *time.Time `json:"seen_at"`     // last request in a browser
}

// Users prints a row for each user.
func (w *Printer) Users(users []User) error {
	var t Table
	t.Add(say(w.Lang, "heading_user"), say(w.Lang, "heading_role"), say(w.Lang, "heading_source"), say(w.Lang, "heading_last_sign_in"), "")
	for _, u := range users {
		state := ""
		if u.Disabled {
			state = say(w.Lang, "disabled")
		}
		t.Add(u.Name, phrase.Role(w.Lang, u.Role), say(w.Lang, "source_"+u.Source), w.instantOrNone(u.SignedInAt), state)
	}
	return t.Print(w.Out)
}

// instantOrNone writes an instant, or a dash for none.
func (w *Printer) instantOrNone(t *time.Time) string {
	if t == nil {
		return "–"
	}
	return InstantText(w.Lang, *t, w.Now)
}

// States of a token.
const (
	TokenWorks   = "works"
	TokenExpired = "expired"
	TokenRevoked = "revoked"
)

// Token is a token in a list, without its key, and its JSON form.
type Token struct {
	Name      string     `json:"name"`
	Role      string     `json:"role"`
	State     string     `json:"state"` // TokenWorks, TokenExpired or TokenRevoked
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt *time.Time `json:"expires_at"`
	UsedAt    *time.Time `json:"used_at"`
}

// Tokens prints a row for each token.
func (w *Printer) Tokens(tokens []Token) error {
	var t Table
	t.Add(say(w.Lang, "heading_token"), say(w.Lang, "heading_role"), say(w.Lang, "heading_last_use"), say(w.Lang, "heading_expires"), "")
	for _, k := range tokens {
		state := ""
		if k.State != TokenWorks {
			state = say(w.Lang, "token_"+k.State)
		}
		t.Add(k.Name, phrase.Role(w.Lang, k.Role), w.instantOrNone(k.UsedAt), w.instantOrNone(k.ExpiresAt), state)
	}
	return t.Print(w.Out)
}

// AccessLine is a line of the access log, and its JSON form.
type AccessLine struct {
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Kind    string    `json:"kind"`
	Subject string    `json:"subject,omitempty"`
	Origin  string    `json:"origin"`
}

// AccessLog prints a row for each line.
func (w *Printer) AccessLog(lines []AccessLine) error {
	var t Table
	for _, l := range lines {
		t.Add(InstantText(w.Lang, l.At, w.Now), l.Origin, l.Actor, phrase.Access(w.Lang, l.Kind), l.Subject)
	}
	return t.Print(w.Out)
}
