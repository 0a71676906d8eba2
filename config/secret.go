package config

import (
	"log/slog"
	"regexp"
	"strings"
)

const masked = "********"

// Secret is a value that must not be shown. Every usual way of printing or
// encoding it gives a mask.
type Secret string

// String returns the mask.
func (Secret) String() string { return masked }

// GoString returns the mask.
func (Secret) GoString() string { return masked }

// LogValue returns the mask.
func (Secret) LogValue() slog.Value { return slog.StringValue(masked) }

// MarshalText returns the mask.
func (Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// Reveal returns the secret itself, for the one place that must send it.
func (s Secret) Reveal() string { return string(s) }

// mask says how much of a scalar may be shown.
type mask int

const (
	showAll     mask = iota
	hideLogin        // a URL: without password and query
	hideAddress      // a URL: without login, path and query, which may be the key to a webhook
	hideAll
)

var onlyReferences = regexp.MustCompile(`^(\$\{[A-Za-z_][A-Za-z0-9_]*\})+$`)

// shown returns a scalar as a person may see it: as it was written, never with
// the environment put in.
func (n *node) shown() string {
	if n.kind != scalar || n.mask == showAll || onlyReferences.MatchString(n.raw) {
		return n.raw
	}
	scheme, rest, isURL := strings.Cut(n.raw, "://")
	if n.mask == hideAll || !isURL {
		if n.mask == hideLogin && !looksSecret(n.raw) {
			return n.raw // a database file, a host
		}
		return masked
	}
	return scheme + "://" + hideParts(rest, n.mask)
}

// shownKey returns a key as a person may see it. Where a token belongs, a
// space that is missing makes the token part of the key.
func (n *node) shownKey(key string) string {
	if n.mask == showAll || len(key) <= 16 && identifier.MatchString(key) {
		return key
	}
	return masked
}

func looksSecret(s string) bool {
	return strings.Contains(s, "@") || strings.Contains(strings.ToLower(s), "passw")
}

func hideParts(rest string, m mask) string {
	rest, _, hadQuery := strings.Cut(rest, "?")
	// A password may hold any sign, so the last @ ends the login.
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		login, password, hasPassword := strings.Cut(rest[:at], ":")
		switch {
		case m == hideAddress:
			login = masked
		case hasPassword && onlyReferences.MatchString(password):
			login += ":" + password
		case hasPassword:
			login += ":" + masked
		}
		rest = login + rest[at:]
	}
	if host, _, hadPath := strings.Cut(rest, "/"); m == hideAddress && hadPath {
		return host + "/" + masked
	}
	if hadQuery {
		rest += "?" + masked
	}
	return rest
}

// maskSecrets marks what must not be shown. Below destinations everything is
// hidden that is not known to be harmless, because a token put at the wrong
// place is still a token.
func maskSecrets(root *node) {
	if n := root.get("database"); n != nil {
		n.mask = hideLogin
	}
	if heartbeat := root.get("heartbeat"); heartbeat != nil {
		hide(heartbeat, hideAddress)
		if every := heartbeat.get("every"); every != nil {
			every.mask = showAll
		}
	}
	if oidc := root.get("oidc"); oidc != nil {
		hide(oidc, hideAll)
		for _, f := range oidc.fields {
			hide(f.value, oidcMask(f.key))
		}
	}
	for _, destination := range root.get("destinations").children() {
		hide(destination, hideAll)
		if fallback := destination.get("fallback"); fallback != nil {
			fallback.mask = showAll
		}
		for _, kind := range destination.fields {
			for _, f := range kind.value.fields {
				hide(f.value, destinationMask(f.key))
			}
		}
	}
}

func destinationMask(key string) mask {
	switch key {
	case "channel", "from", "to", "outside":
		return showAll
	case "api_url", "smtp":
		return hideLogin
	case "url", "webhook_url":
		return hideAddress
	}
	return hideAll
}

func oidcMask(key string) mask {
	switch key {
	case "client_id", "scopes", "groups_claim", "roles", "default_role":
		return showAll
	case "issuer":
		return hideLogin
	}
	return hideAll
}

func hide(n *node, m mask) {
	n.mask = m
	for _, child := range n.children() {
		hide(child, m)
	}
}

// children returns the values of an object or the items of a list.
func (n *node) children() []*node {
	if n == nil {
		return nil
	}
	children := n.items
	for _, f := range n.fields {
		children = append(children, f.value)
	}
	return children
}
