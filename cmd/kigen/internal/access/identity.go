package access

import (
	"fmt"
	"slices"
	"strings"
)

// Role is a permission level. Each role includes the ones before it.
type Role string

// The roles in ascending order.
const (
	NoRole  Role = ""        // not signed in: may only check health and sign in
	Viewer  Role = "viewer"  // reads
	Analyst Role = "analyst" // logs, amends, acknowledges, cancels, records notices
	Admin   Role = "admin"   // also tests destinations and reads the configuration
)

// Roles lists the assignable roles in ascending order.
var Roles = [...]Role{Viewer, Analyst, Admin}

// ParseRole parses a role; the error lists the valid ones.
func ParseRole(text string) (Role, error) {
	if role := Role(strings.ToLower(strings.TrimSpace(text))); slices.Contains(Roles[:], role) {
		return role, nil
	}
	return NoRole, fmt.Errorf("role %q: is unknown: use viewer, analyst or admin", text)
}

// Includes reports whether the role has the permissions of least. An unknown role
// includes only NoRole.
func (r Role) Includes(least Role) bool {
	return least == NoRole || slices.Index(Roles[:], r) >= slices.Index(Roles[:], least) && slices.Contains(Roles[:], least)
}

// Kind is the way in which a request was authenticated.
type Kind string

// The kinds of identity.
const (
	KindAnonymous Kind = ""      // not signed in
	KindOpen      Kind = "open"  // access control is off: a loopback listener without users
	KindUser      Kind = "user"  // signed in with a password
	KindOIDC      Kind = "oidc"  // signed in at the OpenID Connect issuer
	KindToken     Kind = "token" // a program with a token
)

// Identity is the authenticated sender of a request.
type Identity struct {
	Kind Kind
	Name string
	Role Role // NoRole while Step is set
	Step Step // what the user still has to do; empty: nothing
	Away bool // an admin at an address where admins are not allowed, so with a lower role
}

// Step is what a user has to do between the password and the board.
type Step string

// The steps in their order.
const (
	StepCode     Step = "code"     // give the second factor
	StepPassword Step = "password" // change the password
	StepEnrol    Step = "enrol"    // set up the second factor that the role requires
)

// Actor returns the identity as the history records it, such as user:yamada;
// empty if not signed in.
func (i Identity) Actor() string {
	switch i.Kind {
	case KindUser, KindOIDC, KindToken:
		return string(i.Kind) + ":" + i.Name
	default:
		return ""
	}
}
