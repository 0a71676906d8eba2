package access

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"
)

// reviewLine is one user or token in an export.
type reviewLine struct {
	Kind         string     `json:"kind"` // user or token
	Name         string     `json:"name"`
	Role         string     `json:"role"`
	Source       string     `json:"source"` // password, oidc or token
	State        string     `json:"state"`  // active, disabled, no_role; works, expired, revoked
	SecondFactor bool       `json:"second_factor"`
	CreatedAt    *time.Time `json:"created_at"`
	GrantedBy    string     `json:"granted_by"`
	GrantedAt    *time.Time `json:"granted_at"`
	LastSeenAt   *time.Time `json:"last_seen_at"`
	ExpiresAt    *time.Time `json:"expires_at"`
	Sessions     int        `json:"sessions"`
	Dormant      bool       `json:"dormant"`   // not used for 90 days
	NoExpiry     bool       `json:"no_expiry"` // a token that never ends
}

func (r *Review) lines(zone *time.Location) []reviewLine {
	at := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		t = t.In(zone)
		return &t
	}
	lines := []reviewLine{}
	for i := range r.Users {
		u := &r.Users[i]
		lines = append(lines, reviewLine{
			Kind: "user", Name: u.Name, Role: u.Role, Source: u.Source, State: u.State, SecondFactor: u.SecondFactor, CreatedAt: at(u.CreatedAt),
			GrantedBy: u.GrantedBy, GrantedAt: at(u.GrantedAt), LastSeenAt: at(u.LastSeen), Sessions: u.Sessions, Dormant: u.Dormant,
		})
	}
	for i := range r.Tokens {
		t := &r.Tokens[i]
		lines = append(lines, reviewLine{
			Kind: "token", Name: t.Name, Role: t.Role, Source: "token", State: t.State, CreatedAt: at(t.CreatedAt), GrantedBy: t.GrantedBy, GrantedAt: at(t.CreatedAt),
			LastSeenAt: at(t.UsedAt), ExpiresAt: at(t.ExpiresAt), Dormant: t.Dormant, NoExpiry: t.Endless,
		})
	}
	return lines
}

// WriteJSON writes the review as one JSON object.
func (r *Review) WriteJSON(w io.Writer, zone *time.Location) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(map[string]any{"at": r.At.In(zone), "accounts": r.lines(zone)})
}

// WriteCSV writes the review as a table with a line for each user and token.
func (r *Review) WriteCSV(w io.Writer, zone *time.Location) error {
	out := csv.NewWriter(w)
	head := []string{
		"kind", "name", "role", "source", "state", "second_factor", "created_at", "granted_by", "granted_at",
		"last_seen_at", "expires_at", "sessions", "dormant", "no_expiry",
	}
	if err := out.Write(head); err != nil {
		return err
	}
	at := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.Format(time.RFC3339)
	}
	for _, l := range r.lines(zone) {
		err := out.Write([]string{
			l.Kind, harmless(l.Name), l.Role, l.Source, l.State, strconv.FormatBool(l.SecondFactor), at(l.CreatedAt), harmless(l.GrantedBy), at(l.GrantedAt),
			at(l.LastSeenAt), at(l.ExpiresAt), strconv.Itoa(l.Sessions), strconv.FormatBool(l.Dormant), strconv.FormatBool(l.NoExpiry),
		})
		if err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// harmless keeps a spreadsheet from running a name that the issuer gave as a formula.
func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
