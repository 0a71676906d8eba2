package store_test

import (
	"path/filepath"
	"testing"

	"kigen/sla/tracker"
	"kigen/store"
)

// keyUse reads the request that an idempotency key is bound to.
func keyUse(t *testing.T, db *store.DB, key string) (u tracker.KeyUse, err error) {
	t.Helper()
	_ = db.View(t.Context(), func(r tracker.Reader) error { u, err = r.KeyUse(t.Context(), key); return nil })
	return u, err
}

// TestOldKeysAreBound: a key from before keys were bound has the use case and actor
// that its request recorded in the history, and neither where that is not clear.
func TestOldKeysAreBound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.db")
	if err := store.MigrateTo(t.Context(), path, 19); err != nil {
		t.Fatal(err)
	}
	rawExec(t, path, `INSERT INTO incidents (id, vendor, service, title, description, impact, scope, severity, reference, tags, ack_by, cancel_reason, folded, version)
		VALUES (1, 'sotas', '', 't', '', 'unknown', 'unknown', '', '', '[]', '', '', 't', 1)`,
		`INSERT INTO events (incident_id, seq, at, actor, origin, kind, body, prev, hash) VALUES
			(1, 1, 1000, 'token:soar', '', 'logged', '{}', '', 'a'),
			(1, 2, 2000, '佐藤 (slack:U1)', '', 'acknowledged', '{}', 'a', 'b'),
			(1, 3, 3000, 'user:mori', '', 'notice', '{}', 'b', 'c'),
			(1, 4, 3000, 'kigen', '', 'state', '{}', 'c', 'd'),
			(1, 5, 4000, 'user:mori', '', 'notice', '{}', 'd', 'e'),
			(1, 6, 4000, 'user:ueda', '', 'acknowledged', '{}', 'e', 'f')`,
		`INSERT INTO idempotency (key, request_hash, incident_id, at) VALUES
			('log', 'hash', 1, 1000), ('batch#7', 'hash of all', 1, 1000), ('click', 'once', 1, 2000), ('form', 'once', 1, 3000),
			('two at once', 'once', 1, 4000), ('no event', 'once', 1, 5000)`)
	db := openAt(t, path)
	for _, want := range []tracker.KeyUse{
		{Key: "log", UseCase: tracker.UseLog, Actor: "token:soar", Content: "hash"},
		{Key: "batch#7", UseCase: tracker.UseLog, Actor: "token:soar", Content: "hash of all"},
		{Key: "click", UseCase: tracker.UseAcknowledge, Actor: "佐藤 (slack:U1)"},
		{Key: "form", UseCase: tracker.UseNotice, Actor: "user:mori"},
		{Key: "two at once"}, {Key: "no event"},
	} {
		got, err := keyUse(t, db, want.Key)
		want.Incident, want.At = 1, got.At
		if err != nil || got != want {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	}
}
