package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"kigen/cmd/kigen/internal/access"
)

// Allow lists the networks from which kigen may be used; nil: from all.
type Allow struct {
	Board  []netip.Prefix // people
	Admin  []netip.Prefix // what needs the role admin
	Tokens []netip.Prefix // programs
}

// confine returns the caller with the rights that its address has: elsewhere, an admin
// is an analyst. The error says that the address has none.
func (s *Server) confine(r *http.Request, who access.Identity, from string) (access.Identity, error) {
	key, networks := "board", s.Allow.Board
	switch {
	case who.Kind == access.KindToken:
		key, networks = "tokens", s.Allow.Tokens
	case watched(r.URL.Path):
		return who, nil
	}
	if !within(networks, from) {
		return access.Identity{}, fmt.Errorf("the address %s is not allowed: use an address that access.allow.%s names", from, key)
	}
	if who.Role == access.Admin && !within(s.Allow.Admin, from) {
		who.Role, who.Away = access.Analyst, true
	}
	return who, nil
}

// watched reports whether service managers request a path, which have an address of
// their own, or every page needs it.
func watched(path string) bool {
	return path == "/healthz" || path == "/readyz" || strings.HasPrefix(path, "/static/")
}

func within(networks []netip.Prefix, from string) bool {
	if networks == nil {
		return true
	}
	addr, err := netip.ParseAddr(from)
	return err == nil && slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(addr.Unmap().WithZone("")) })
}
