package web

import "kigen/cmd/kigen/internal/access"

// Routes shows every pattern that the mux was told, and the table of who may
// use which.
func Routes(o Options) (patterns []string, least map[string]access.Role) {
	s := newServer(o)
	return s.mux.patterns, s.least
}
