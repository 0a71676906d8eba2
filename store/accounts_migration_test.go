package store_test

import (
	"path/filepath"
	"testing"

	"kigen/store"
)

// TestOlderAccountsKeepTheirGrants: users, tokens and sessions of an older database
// stay, and the access log says who granted their roles.
func TestOlderAccountsKeepTheirGrants(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.db")
	good(t, store.MigrateTo(t.Context(), path, 18))
	rawExec(t, path,
		`INSERT INTO users (id, name, role, password, created_at) VALUES (1, 'yamada', 'admin', 'hash', 1000), (2, 'suzuki', 'viewer', 'hash', 1000)`,
		`INSERT INTO users (id, name, subject, role, created_at) VALUES (3, 'sato@example.jp', 'https://login 1', 'analyst', 2000)`,
		`INSERT INTO tokens (id, name, hash, role, created_at) VALUES (1, 'soar', 'x', 'analyst', 3000)`,
		`INSERT INTO sessions (hash, user_id, created_at, seen_at) VALUES ('s', 1, 5000, 6000)`,
		`INSERT INTO access_log (at, actor, kind, subject, origin) VALUES
		(1000, 'cli:root', 'user_added', 'yamada viewer', 'local'), (1500, 'cli:ops', 'role_changed', 'yamada admin', 'local'),
		(1000, 'cli:root', 'user_added', 'suzuki viewer', 'local'), (2000, 'oidc:sato@example.jp', 'user_added', 'sato@example.jp', '10.0.0.1'),
		(3000, 'cli:root', 'token_added', 'soar analyst', 'local')`)
	db := openAt(t, path)
	for name, want := range map[string]string{"yamada": "cli:ops", "suzuki": "cli:root", "sato@example.jp": "oidc:sato@example.jp"} {
		u := userNamed(t, db, name)
		if u.GrantedBy != want || u.GrantedAt.IsZero() || u.MustChange || u.TOTPSecret != "" {
			t.Errorf("%s: %+v", name, u)
		}
	}
	if u := userNamed(t, db, "yamada"); u.SeenAt.UnixMilli() != 6000 {
		t.Errorf("last seen %v", u.SeenAt)
	}
	tokens, err := db.Tokens(t.Context())
	good(t, err)
	if tokens[0].GrantedBy != "cli:root" {
		t.Errorf("token %+v", tokens[0])
	}
	s, err := db.Session(t.Context(), "s")
	good(t, err)
	if s.User.Name != "yamada" || s.Second {
		t.Errorf("session %+v", s)
	}
}
