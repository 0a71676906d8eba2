package tree

import (
	"regexp"
	"strings"
)

// Masked stands for a secret.
const Masked = "********"

// Mask says which part of a scalar may be shown.
type Mask int

// The masks, from none to all.
const (
	ShowAll     Mask = iota
	HideLogin        // a URL: without password and query
	HideAddress      // a URL: without login, path and query, which may be the key to a webhook
	HideAll
)

var onlyReferences = regexp.MustCompile(`^(\$\{[A-Za-z_][A-Za-z0-9_]*\})+$`)

// Shown returns a scalar for display: as written, never with environment variables
// expanded.
func (n *Node) Shown() string {
	if n.Kind != Scalar || n.Mask == ShowAll || onlyReferences.MatchString(n.Raw) {
		return n.Raw
	}
	scheme, rest, isURL := strings.Cut(n.Raw, "://")
	if n.Mask == HideAll || !isURL {
		if n.Mask == HideLogin && !LooksSecret(n.Raw) {
			return n.Raw // a database file or a host
		}
		return Masked
	}
	return scheme + "://" + hideParts(rest, n.Mask)
}

// ShownKey returns a key for display. A missing space after a colon makes a token part
// of the key, so keys below destinations are masked too.
func (n *Node) ShownKey(key string) string {
	if n.Mask == ShowAll || len(key) <= 16 && IsIdentifier(key) {
		return key
	}
	return Masked
}

// LooksSecret reports whether a text may hold a login or a password.
func LooksSecret(s string) bool {
	return strings.Contains(s, "@") || strings.Contains(strings.ToLower(s), "passw")
}

// harmlessQuery is the only option of a mail server's URL.
var harmlessQuery = regexp.MustCompile(`^tls=[a-z]{0,13}$`)

func hideParts(rest string, m Mask) string {
	rest, query, hadQuery := strings.Cut(rest, "?")
	// A password may contain any character, so the last @ ends the login.
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		login, password, hasPassword := strings.Cut(rest[:at], ":")
		switch {
		case m == HideAddress:
			login = Masked
		case hasPassword && onlyReferences.MatchString(password):
			login += ":" + password
		case hasPassword:
			login += ":" + Masked
		}
		rest = login + rest[at:]
	}
	if host, _, hadPath := strings.Cut(rest, "/"); m == HideAddress && hadPath {
		return host + "/" + Masked
	}
	switch {
	case m == HideLogin && harmlessQuery.MatchString(query):
		rest += "?" + query
	case hadQuery:
		rest += "?" + Masked
	}
	return rest
}

// Hide masks a value and everything below it.
func Hide(n *Node, m Mask) {
	n.Mask = m
	for _, child := range n.Children() {
		Hide(child, m)
	}
}

// Children returns the values of an object or the items of a list.
func (n *Node) Children() []*Node {
	if n == nil {
		return nil
	}
	children := n.Items
	for _, f := range n.Fields {
		children = append(children, f.Value)
	}
	return children
}
