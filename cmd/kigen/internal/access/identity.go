package access

import (
	"fmt"
	"slices"
	"strings"
)

// Role says what somebody may do. Each includes the ones before it.
type Role string

// The roles, from the least.
const (
	Nobody  Role = ""        // may ask whether kigen is alive, and sign in
	Viewer  Role = "viewer"  // reads
	Analyst Role = "analyst" // logs, amends, acknowledges, cancels, records notices
	Admin   Role = "admin"   // tests destinations and sees the configuration too
)

// Roles lists the roles that can be given, from the least.
var Roles = [...]Role{Viewer, Analyst, Admin}

// ParseRole reads a role; the error names those that there are.
func ParseRole(text string) (Role, error) {
	if role := Role(strings.ToLower(strings.TrimSpace(text))); slices.Contains(Roles[:], role) {
		return role, nil
	}
	return Nobody, fmt.Errorf("role %q: is not known: use viewer, analyst or admin", text)
}

// Includes reports whether whoever has this role may do what least asks for.
// A role that is not known includes nothing but Nobody.
func (r Role) Includes(least Role) bool {
	return least == Nobody || slices.Index(Roles[:], r) >= slices.Index(Roles[:], least) && slices.Contains(Roles[:], least)
}

// Kind is how somebody came in.
type Kind string

// The kinds of identity.
const (
	KindNobody Kind = ""      // did not say who they are
	KindOpen   Kind = "open"  // nobody has to: the listener is on loopback and has no users
	KindUser   Kind = "user"  // signed in with a password
	KindOIDC   Kind = "oidc"  // signed in at the OpenID Connect issuer
	KindToken  Kind = "token" // a program
)

// Identity is who asks.
type Identity struct {
	Kind Kind
	Name string
	Role Role
}

// Actor is how the identity stands in the history, such as user:yamada; empty
// for whoever did not say.
func (i Identity) Actor() string {
	switch i.Kind {
	case KindUser, KindOIDC, KindToken:
		return string(i.Kind) + ":" + i.Name
	default:
		return ""
	}
}
