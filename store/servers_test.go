package store_test

import (
	"errors"
	"strings"
	"testing"

	"kigen/store"
	"kigen/store/pgtest"
)

// A pooler that gives each transaction another session breaks locks: it is refused with
// the remedy, whether or not it lets kigen's settings pass. In session mode it works.
func TestPoolers(t *testing.T) {
	ofFiles(t)
	cluster := pgtest.Start(t)
	const settings = "jit,tcp_user_timeout,idle_in_transaction_session_timeout,lock_timeout,idle_session_timeout,search_path"
	for name, tc := range map[string]struct {
		mode, ignored string
		refused       bool
	}{
		"by transaction":                       {"transaction", settings, true},
		"by transaction, settings are refused": {"transaction", "", true},
		"by statement":                         {"statement", settings, true},
		"by session":                           {"session", settings, false},
	} {
		t.Run(name, func(t *testing.T) {
			address := withPassword(t, cluster.Pooler(t, tc.mode, tc.ignored))
			db, err := store.Open(t.Context(), address, base)
			if !tc.refused {
				if err != nil {
					t.Fatal(err)
				}
				logged(t, db, "sotas")
				if err := errors.Join(db.Verify(t.Context()), db.Close()); err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), "pool in session mode") || strings.Contains(err.Error(), "geheim") {
				t.Errorf("%v", err)
			}
		})
	}
}

// Versions below the oldest one are refused, and newer ones than the tested one said to be
// so. No test runs a server of another version: the number is taken as the server gives it.
func TestServerVersions(t *testing.T) {
	for version, want := range map[int]struct{ works, tested bool }{
		9: {}, 14: {}, 15: {works: true, tested: true}, 16: {works: true}, 18: {works: true},
	} {
		err := store.CheckVersion(version)
		if works := err == nil; works != want.works || err != nil && !strings.Contains(err.Error(), "kigen needs 15 or later: upgrade the server") {
			t.Errorf("version %d: %v", version, err)
		}
		if got := store.IsTested(version); got != want.tested {
			t.Errorf("version %d is tested: %t", version, got)
		}
	}
	if version, tested := openAt(t, pgtest.URL(t)).ServerVersion(); version < 15 || tested != (version == 15) {
		t.Errorf("version %d, tested %t", version, tested)
	}
}
