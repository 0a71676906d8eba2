package store_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/store"
)

// lived is a database whose users and tokens changed after its backup.
type lived struct {
	t            *testing.T
	path, backup string
}

// live makes a database, changes it as before says, backs it up, and changes it as
// after says.
func live(t *testing.T, before, after func(*store.DB)) lived {
	t.Helper()
	l := lived{t, filepath.Join(t.TempDir(), "kigen.db"), filepath.Join(t.TempDir(), "backup.db")}
	db, err := store.Open(t.Context(), l.path, base)
	if err != nil {
		t.Fatal(err)
	}
	before(db)
	if err := db.Backup(t.Context(), l.backup); err != nil {
		t.Fatal(err)
	}
	after(db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return l
}

// restore restores the backup and opens the result.
func (l lived) restore(backup string, accept bool) (*store.DB, store.Restored) {
	l.t.Helper()
	o := store.RestoreOptions{Now: base.Add(24 * time.Hour), By: "cli:root (sudo yamada)", AcceptOldAccess: accept}
	done, err := store.Restore(l.t.Context(), l.path, backup, o)
	if err != nil {
		l.t.Fatal(err)
	}
	db, err := store.Open(l.t.Context(), l.path, o.Now)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = db.Close() })
	return db, done
}

func good(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func userAdded(t *testing.T, db *store.DB, name, role, password string) *store.User {
	t.Helper()
	u := &store.User{Name: name, Role: role, Password: password, CreatedAt: base}
	good(t, db.AddUser(t.Context(), u, logLine("user_added", name+" "+role)))
	return u
}

func addToken(t *testing.T, db *store.DB, name string) {
	t.Helper()
	good(t, db.AddToken(t.Context(), &store.Token{Name: name, Hash: "hash of " + name, Role: "admin", CreatedAt: base}, logLine("token_added", name+" admin")))
}

func change(t *testing.T, db *store.DB, name string, f func(*store.User)) {
	t.Helper()
	u, err := db.User(t.Context(), name)
	good(t, err)
	f(u)
	good(t, db.ChangeUser(t.Context(), u, logLine("changed", name)))
}

// population is what a database has at the backup, and what is withdrawn after it.
func population(t *testing.T) lived {
	return live(t, func(db *store.DB) {
		for _, name := range []string{"disabled", "lowered", "renewed", "factored", "same"} {
			userAdded(t, db, name, "admin", "old password")
		}
		u, err := db.User(t.Context(), "same")
		good(t, err)
		session := &store.Session{Hash: "a session", User: *u, CreatedAt: base, SeenAt: base}
		good(t, db.BeginSession(t.Context(), session, store.SessionBounds{}, logLine("signed_in", "")))
		addToken(t, db, "revoked")
		addToken(t, db, "kept")
	}, func(db *store.DB) {
		change(t, db, "disabled", func(u *store.User) { u.Disabled = true })
		change(t, db, "lowered", func(u *store.User) { u.Role = "viewer" })
		change(t, db, "renewed", func(u *store.User) { u.Password = "new password" })
		u, err := db.User(t.Context(), "factored")
		good(t, err)
		u.TOTPSecret, u.TOTPStep = "SECRET", 7
		good(t, db.SetSecondFactor(t.Context(), u, "", []string{"a", "b"}, logLine("second_factor_set", "factored")))
		_, err = db.UseRecoveryCode(t.Context(), u.ID, "a", base, logLine("recovery_code_used", "factored"))
		good(t, err)
		userAdded(t, db, "newcomer", "admin", "their password")
		good(t, db.RevokeToken(t.Context(), "revoked", base, logLine("token_revoked", "revoked")))
		addToken(t, db, "since")
		good(t, db.RevokeToken(t.Context(), "since", base, logLine("token_revoked", "since")))
	})
}

func userNamed(t *testing.T, db *store.DB, name string) store.User {
	t.Helper()
	u, err := db.User(t.Context(), name)
	good(t, err)
	return *u
}

// What was withdrawn after the backup stays withdrawn, and nothing is granted that the
// backup does not grant.
func TestRestoreKeepsWhatWasWithdrawn(t *testing.T) {
	l := population(t)
	db, done := l.restore(l.backup, false)
	if u := userNamed(t, db, "disabled"); !u.Disabled {
		t.Error("the disabled user is back")
	}
	if u := userNamed(t, db, "lowered"); u.Role != "viewer" || u.Disabled {
		t.Errorf("the lowered role is %s", u.Role)
	}
	if u := userNamed(t, db, "renewed"); u.Password != "new password" {
		t.Error("the old password works again")
	}
	u := userNamed(t, db, "factored")
	if left, err := db.RecoveryLeft(t.Context(), u.ID); u.TOTPSecret != "SECRET" || u.TOTPStep != 7 || left != 1 || err != nil {
		t.Errorf("the second factor is %q at %d with %d codes (%v)", u.TOTPSecret, u.TOTPStep, left, err)
	}
	if u := userNamed(t, db, "newcomer"); !u.Disabled {
		t.Error("a user whom the backup lacks is not disabled")
	}
	if u := userNamed(t, db, "same"); u.Disabled || u.Role != "admin" || u.Password != "old password" {
		t.Errorf("an unchanged user changed: %+v", u)
	}
	for name, want := range map[string]bool{"revoked": true, "kept": false, "since": true} {
		if k, err := db.Token(t.Context(), "hash of "+name); err != nil || k.RevokedAt.IsZero() == want {
			t.Errorf("token %s: %+v (%v)", name, k, err)
		}
	}
	if _, err := db.Session(t.Context(), "a session"); err == nil {
		t.Error("a session of the backup goes on")
	}
	good(t, db.Verify(t.Context()))
	lines, err := db.AccessLog(t.Context(), len(done.Kept)+1)
	good(t, err)
	if l := lines[0]; l.Kind != "database_restored" || l.Actor != "cli:root (sudo yamada)" || l.Subject != "from backup.db, sessions ended: 1" {
		t.Errorf("the log says %+v", l)
	}
	for _, want := range []string{
		"user_disabled disabled", "role_changed lowered viewer", "password_changed renewed", "second_factor_set factored",
		"user_disabled newcomer", "token_revoked revoked", "token_revoked since",
	} {
		logged := slices.ContainsFunc(lines, func(l store.AccessLine) bool {
			return l.Kind+" "+l.Subject == want+" (kept from the replaced database)"
		})
		if !slices.Contains(done.Kept, want) || !logged {
			t.Errorf("%s: is not said: %v, logged %v", want, done.Kept, logged)
		}
	}
	if len(done.Kept) != 7 {
		t.Errorf("kept %v", done.Kept)
	}
}

func TestRestoreAcceptsOldAccess(t *testing.T) {
	l := population(t)
	db, done := l.restore(l.backup, true)
	if u := userNamed(t, db, "disabled"); u.Disabled || len(done.Kept) > 0 {
		t.Errorf("was carried over all the same: %v", done.Kept)
	}
	if _, err := db.Session(t.Context(), "a session"); err == nil {
		t.Error("a session of the backup goes on")
	}
	lines, err := db.AccessLog(t.Context(), 1)
	good(t, err)
	if !strings.Contains(lines[0].Subject, "users and tokens as in the backup") {
		t.Errorf("the log says %+v", lines[0])
	}
}

// A backup from before a user existed, restored and followed by one with the user,
// brings nothing back: what is withdrawn outlasts several restores.
func TestRestoresInARowKeepWhatWasWithdrawn(t *testing.T) {
	l := live(t, func(*store.DB) {}, func(db *store.DB) {
		userAdded(t, db, "yamada", "admin", "old password")
		addToken(t, db, "soar")
	})
	db, err := store.Open(t.Context(), l.path, base)
	good(t, err)
	second := filepath.Join(t.TempDir(), "second.db")
	good(t, db.Backup(t.Context(), second))
	change(t, db, "yamada", func(u *store.User) { u.Disabled, u.Password = true, "new password" })
	good(t, db.RevokeToken(t.Context(), "soar", base, logLine("token_revoked", "soar")))
	good(t, db.Close())

	first, _ := l.restore(l.backup, false)
	if guarded, err := first.Guarded(t.Context()); err != nil || !guarded {
		t.Errorf("access control is off after a backup without users: %v (%v)", guarded, err)
	}
	good(t, first.Close())
	db, _ = l.restore(second, false)
	if u := userNamed(t, db, "yamada"); !u.Disabled || u.Password != "new password" {
		t.Errorf("the user is back: %+v", u)
	}
	if k, err := db.Token(t.Context(), "hash of soar"); err != nil || k.RevokedAt.IsZero() {
		t.Errorf("the token is back: %+v (%v)", k, err)
	}
}

// Tokens alone switch access control on; a backup without any does not switch it off.
func TestRestoreDoesNotOpen(t *testing.T) {
	l := live(t, func(*store.DB) {}, func(db *store.DB) { addToken(t, db, "soar") })
	db, _ := l.restore(l.backup, false)
	if guarded, err := db.Guarded(t.Context()); err != nil || !guarded {
		t.Errorf("access control is off: %v (%v)", guarded, err)
	}
	if k, err := db.Token(t.Context(), "hash of soar"); err != nil || k.RevokedAt.IsZero() {
		t.Errorf("the token works: %+v (%v)", k, err)
	}
}

// The replaced database may be of an older version.
func TestRestoreReadsOlderDatabases(t *testing.T) {
	l := population(t)
	rawExec(t, l.path, "DROP TABLE recovery_codes", "ALTER TABLE users DROP COLUMN totp_secret", "ALTER TABLE users DROP COLUMN role_lost_at")
	db, _ := l.restore(l.backup, false)
	if u := userNamed(t, db, "disabled"); !u.Disabled {
		t.Error("the disabled user is back")
	}
}

// Where the replaced database cannot be read, its operator decides.
func TestRestoreOverAnUnreadableDatabase(t *testing.T) {
	l := population(t)
	rawExec(t, l.path, "ALTER TABLE users RENAME COLUMN role TO rank")
	_, err := store.Restore(t.Context(), l.path, l.backup, store.RestoreOptions{Now: base})
	if err == nil || !strings.Contains(err.Error(), "--accept-old-access") {
		t.Fatalf("got %v", err)
	}
	l.restore(l.backup, true)
}

func TestTwoRestoresWithinASecond(t *testing.T) {
	l := population(t)
	first, one := l.restore(l.backup, false)
	good(t, first.Close())
	_, two := l.restore(l.backup, false)
	if one.Replaced == two.Replaced || two.Replaced != one.Replaced+"-2" {
		t.Errorf("kept as %s and %s", one.Replaced, two.Replaced)
	}
}

// What was withdrawn last may be in the log of a killed kigen alone.
func TestRestoreReadsTheLogOfAKilledDatabase(t *testing.T) {
	ofFiles(t)
	running := open(t)
	userAdded(t, running, "yamada", "admin", "password")
	backup := filepath.Join(t.TempDir(), "backup.db")
	good(t, running.Backup(t.Context(), backup))
	change(t, running, "yamada", func(u *store.User) { u.Disabled = true })
	l := lived{t, filepath.Join(t.TempDir(), "left.db"), backup}
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(running.Path() + suffix)
		good(t, err)
		good(t, os.WriteFile(l.path+suffix, b, 0o600))
	}
	db, _ := l.restore(backup, false)
	if u := userNamed(t, db, "yamada"); !u.Disabled {
		t.Error("the disabled user is back")
	}
}
