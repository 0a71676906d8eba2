package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
)

func logLine(kind, subject string) store.AccessLine {
	return store.AccessLine{At: base, Actor: "cli:test", Kind: kind, Subject: subject, Origin: "local"}
}

func addUser(t *testing.T, db *store.DB, name string) *store.User {
	t.Helper()
	u := &store.User{Name: name, Role: "viewer", Password: "hash", CreatedAt: base}
	if err := db.AddUser(t.Context(), u, logLine("user_added", name)); err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUsersComeBack(t *testing.T) {
	db := open(t)
	if guarded, err := db.Guarded(t.Context()); err != nil || guarded {
		t.Errorf("a new database is guarded: %v, %v", guarded, err)
	}
	added := addUser(t, db, "yamada")
	if err := db.AddUser(t.Context(), &store.User{Name: "yamada", Role: "admin", CreatedAt: base}, logLine("user_added", "yamada")); !errors.Is(err, tracker.ErrConflict) {
		t.Errorf("the same name again: %v", err)
	}
	if err := db.AddUser(t.Context(), &store.User{Name: "other", Role: "root", CreatedAt: base}, logLine("user_added", "other")); err == nil {
		t.Error("a role that there is not was stored")
	}
	got, err := db.User(t.Context(), "yamada")
	if err != nil || *got != *added {
		t.Errorf("%v: got %+v, want %+v", err, got, added)
	}
	for _, missing := range []func() error{
		func() error { _, err := db.User(t.Context(), "nobody"); return err },
		func() error { _, err := db.UserOf(t.Context(), ""); return err },
		func() error { _, err := db.Session(t.Context(), "none"); return err },
		func() error { _, err := db.Token(t.Context(), "none"); return err },
		func() error { return db.ChangeUser(t.Context(), &store.User{ID: 99, Role: "admin"}, logLine("x", "")) },
		func() error { return db.RevokeToken(t.Context(), "none", base, logLine("x", "")) },
	} {
		if err := missing(); !errors.Is(err, tracker.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
	}
	// What failed left no line in the log either.
	if lines, err := db.AccessLog(t.Context(), 0); err != nil || len(lines) != 1 {
		t.Errorf("%v: the log holds %+v", err, lines)
	}
}

// A change by one process holds in another at once: nothing is remembered.
func TestChangesHoldAtOnceElsewhere(t *testing.T) {
	path := newPlace(t)
	daemon := openAt(t, path)
	beside, err := store.OpenShared(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	u := addUser(t, beside, "yamada")
	if guarded, err := daemon.Guarded(t.Context()); err != nil || !guarded {
		t.Errorf("the daemon does not know of the user: %v, %v", guarded, err)
	}
	s := &store.Session{Hash: "h", User: *u, CreatedAt: base, SeenAt: base}
	if err := daemon.BeginSession(t.Context(), s, store.SessionBounds{Old: base, Idle: base}, logLine("signed_in", "")); err != nil {
		t.Fatal(err)
	}
	u.Disabled = true
	if err := beside.ChangeUser(t.Context(), u, logLine("user_disabled", "yamada")); err != nil {
		t.Fatal(err)
	}
	if _, err := daemon.Session(t.Context(), "h"); !errors.Is(err, tracker.ErrNotFound) {
		t.Errorf("the session goes on: %v", err)
	}
	if err := daemon.BeginSession(t.Context(), s, store.SessionBounds{Old: base, Idle: base}, logLine("signed_in", "")); !errors.Is(err, tracker.ErrNotFound) {
		t.Errorf("a disabled user began a session: %v", err)
	}
}

func TestEndedSessionsAreForgotten(t *testing.T) {
	db := open(t)
	u := addUser(t, db, "yamada")
	for i, seen := range []time.Duration{-9 * time.Hour, -time.Hour, 0} {
		s := &store.Session{Hash: fmt.Sprint(i), User: *u, CreatedAt: base.Add(seen), SeenAt: base.Add(seen)}
		if err := db.BeginSession(t.Context(), s, store.SessionBounds{Old: base.Add(-24 * time.Hour), Idle: base.Add(-8 * time.Hour)}, logLine("signed_in", "")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Session(t.Context(), "0"); !errors.Is(err, tracker.ErrNotFound) {
		t.Errorf("an idle session is kept: %v", err)
	}
	if s, err := db.Session(t.Context(), "1"); err != nil || s.User.Name != "yamada" || !s.SeenAt.Equal(base.Add(-time.Hour)) {
		t.Errorf("another one was lost: %+v, %v", s, err)
	}
}

// The access log can't be changed, and only refusals can go.
func TestTheDatabaseKeepsTheAccessLog(t *testing.T) {
	db := open(t)
	addUser(t, db, "yamada")
	writer, _ := db.Pools()
	for _, stmt := range []string{
		`DELETE FROM access_log`, `UPDATE access_log SET actor = 'user:other'`,
		`INSERT OR REPLACE INTO access_log (id, at, actor, kind, subject, origin) VALUES (1, 0, 'x', 'x', 'x', 'x')`,
	} {
		if onServer && strings.Contains(stmt, "OR REPLACE") {
			continue // is SQLite's alone
		}
		if _, err := writer.ExecContext(t.Context(), stmt); err == nil || !strings.Contains(err.Error(), "access log is never") && !strings.Contains(err.Error(), "never replaced") {
			t.Errorf("%s: %v", stmt, err)
		}
	}
}

// Whoever is refused over and over fills neither the disk nor the log: what was
// done stays in it.
func TestRefusalsAreBounded(t *testing.T) {
	db := open(t)
	addUser(t, db, "yamada")
	writer, _ := db.Pools()
	const fill = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10100)
		INSERT INTO access_log (at, actor, kind, subject, origin) SELECT i, 'user:?', 'refused', '', '10.0.0.1' FROM n`
	if _, err := writer.ExecContext(t.Context(), fill); err != nil {
		t.Fatal(err)
	}
	if err := db.LogBounded(t.Context(), store.AccessLine{At: base, Actor: "user:last", Kind: store.AccessRefused}); err != nil {
		t.Fatal(err)
	}
	lines, err := db.AccessLog(t.Context(), 0)
	if err != nil || len(lines) != 10_001 || lines[0].Kind != "user_added" || lines[10_000].Actor != "user:last" {
		t.Errorf("%v: %d lines, from %+v to %+v", err, len(lines), lines[0], lines[len(lines)-1])
	}
	// Another kind has a budget of its own.
	if err := db.LogBounded(t.Context(), store.AccessLine{At: base, Actor: "user:last", Kind: store.AccessDenied}); err != nil {
		t.Fatal(err)
	}
	if after, err := db.AccessLog(t.Context(), 0); err != nil || len(after) != len(lines)+1 {
		t.Errorf("a denial displaces refusals: %d lines, %v", len(after), err)
	}
	if err := db.LogBounded(t.Context(), store.AccessLine{At: base, Kind: "signed_in"}); err == nil {
		t.Error("a sign-in is kept like a refusal")
	}
	if few, err := db.AccessLog(t.Context(), 2); err != nil || len(few) != 2 || few[1].Kind != store.AccessDenied {
		t.Errorf("%v: the newest are %+v", err, few)
	}
}

// An origin is part of what an event's hash covers.
func TestOriginsAreSealed(t *testing.T) {
	db := historic(t)
	update(t, db, func(tx tracker.Tx) error {
		return tx.AppendEvent(t.Context(), &sla.Event{Incident: 1, At: base, Actor: "user:yamada", Origin: "10.0.0.7", Kind: sla.EventRetired})
	})
	view(t, db, func(r tracker.Reader) error {
		events, err := r.Events(t.Context(), 1)
		if last := events[len(events)-1]; last.Origin != "10.0.0.7" || !last.Intact() {
			t.Errorf("came back as %+v", last)
		}
		return err
	})
	rawExec(t, at(db), `DROP TRIGGER events_stay_as_they_are`, `UPDATE events SET origin = '10.0.0.8' WHERE origin <> ''`)
	if err := db.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "event 6 was changed") {
		t.Errorf("another origin goes unnoticed: %v", err)
	}
}
