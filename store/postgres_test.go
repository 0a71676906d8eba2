package store_test

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/pgtest"
)

// withPassword returns an address with the password geheim, which trust accepts.
func withPassword(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(u.User.Username(), "geheim")
	return u.String()
}

func TestServersAreNamedWithoutTheirPassword(t *testing.T) {
	for address, want := range map[string]string{
		"postgres://kigen:geheim@db.example.jp:5433/kigen?sslmode=verify-full&sslpassword=geheim": "postgres://kigen@db.example.jp:5433/kigen",
		"postgresql://kigen:geheim@db1,db2/kigen?password=geheim":                                 "postgresql://kigen@db1,db2/kigen",
		"postgres:///kigen?host=/run/postgresql&password=geheim":                                  "postgres:///kigen?host=%2Frun%2Fpostgresql",
		"postgres://kigen:ge%zzheim@db/kigen":                                                     "postgres://…",
		"kigen.db":                                                                                "kigen.db",
	} {
		if got := store.Name(address); got != want {
			t.Errorf("%s is shown as %s, want %s", address, got, want)
		}
	}
	db := openAt(t, withPassword(t, pgtest.URL(t)))
	if strings.Contains(db.Path(), "geheim") {
		t.Error(db.Path())
	}
}

func TestServersThatCannotBeUsed(t *testing.T) {
	good := pgtest.URL(t)
	changed := func(change func(u *url.URL, query url.Values)) string {
		u, err := url.Parse(withPassword(t, good))
		if err != nil {
			t.Fatal(err)
		}
		query := u.Query()
		change(u, query)
		u.RawQuery = query.Encode()
		return u.String()
	}
	for address, want := range map[string]string{
		changed(func(_ *url.URL, q url.Values) { q.Set("host", t.TempDir()) }):               "the server must run and be reachable",
		changed(func(u *url.URL, _ url.Values) { u.Path = "/missing" }):                      "create it with createdb",
		changed(func(u *url.URL, _ url.Values) { u.User = url.UserPassword("x", "geheim") }): "the server refuses the user or the password",
		changed(func(_ *url.URL, q url.Values) { q.Set("search_path", "missing") }):          "no schema of the search_path exists",
		"postgres://kigen:geheim@db/kigen?sslmode=geheim":                                    "the URL cannot be read",
	} {
		for name, open := range map[string]func(context.Context, string) error{
			"open": func(ctx context.Context, address string) error { _, err := store.Open(ctx, address, base); return err },
			"read": func(ctx context.Context, address string) error {
				_, err := store.OpenReadOnly(ctx, address)
				return err
			},
			"copy": func(ctx context.Context, address string) error {
				_, err := store.Copy(ctx, address, filepath.Join(t.TempDir(), "copy.db"), base, func(store.CopyPart, string, int64) {})
				return err
			},
		} {
			err := open(t.Context(), address)
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "geheim") {
				t.Errorf("%s %s: %v; want %q", name, store.Name(address), err, want)
			}
		}
	}
}

func TestSchemasOfOthersAreRefusedAndKept(t *testing.T) {
	foreign := pgtest.URL(t)
	rawExec(t, foreign, "CREATE TABLE customers (name TEXT)")
	if _, err := store.Open(t.Context(), foreign, base); !errors.Is(err, store.ErrForeign) {
		t.Errorf("tables of another program: %v", err)
	}
	if _, err := store.OpenReadOnly(t.Context(), pgtest.URL(t)); !errors.Is(err, store.ErrEmpty) {
		t.Errorf("an empty schema: %v", err)
	}
}

// A schema that a later kigen has only added to is worked on. When it takes away what this
// one uses, it says so in the schema: nothing more is written, and nothing is opened.
func TestALaterSchemaIsUsedUntilItNeedsMore(t *testing.T) {
	place := pgtest.URL(t)
	openAt(t, place)
	rawExec(t, place, "INSERT INTO schema_versions (version_id, is_applied) VALUES (9998, true), (9999, true)")
	rawExec(t, place, "ALTER TABLE incidents ADD COLUMN later BIGINT")
	db := openAt(t, place)
	inc := logged(t, db, "sotas")
	if err := errors.Join(db.Suited(t.Context()), db.Verify(t.Context())); err != nil {
		t.Fatal(err)
	}
	rawExec(t, place, "UPDATE meta SET needs = 9998")
	refused := func(how string, err error) {
		t.Helper()
		if !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "version 9998") || !strings.Contains(err.Error(), "upgrade this replica") {
			t.Errorf("%s: %v", how, err)
		}
	}
	err := db.Update(t.Context(), func(tx tracker.Tx) error { return tx.QueueUpdates(t.Context(), inc.ID, base) })
	if err == nil { // it had nothing to write
		err = db.Update(t.Context(), func(tx tracker.Tx) error { return tx.Reach(t.Context(), base.Add(time.Hour)) })
	}
	refused("write", err)
	if !errors.Is(err, tracker.ErrUnavailable) {
		t.Errorf("a client is not sent to another replica: %v", err)
	}
	view(t, db, func(r tracker.Reader) error {
		if at, err := r.Reached(t.Context()); at.Equal(base.Add(time.Hour)) || err != nil {
			t.Errorf("what was refused is stored: %v, %v", at, err)
		}
		return nil
	})
	refused("look", db.Suited(t.Context()))
	_, err = store.Open(t.Context(), place, base)
	refused("open", err)
	_, err = store.OpenReadOnly(t.Context(), place)
	refused("read", err)
}

// A migration that meets long readers lets those that come later pass, and comes in when they
// are done.
func TestMigrationsLetOthersPass(t *testing.T) {
	place := pgtest.URL(t)
	pool := pgtest.Open(t, place)
	if err := store.MigrateServerTo(t.Context(), pool, 60); err != nil {
		t.Fatal(err)
	}
	reading, err := pool.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := reading.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM meta").Scan(&n); err != nil {
		t.Fatal(err)
	}
	opened := make(chan error, 2)
	for range 2 { // one migrates, the other waits
		go func() {
			db, err := store.Open(t.Context(), place, base)
			if err == nil {
				err = db.Close()
			}
			opened <- err
		}()
	}
	const waits = `SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%ADD COLUMN needs%' AND application_name = $1`
	for tries := 0; tries < 2; { // it waits, gives up, and waits again
		before := n
		if err := pool.QueryRowContext(t.Context(), waits, pgtest.Schema(t, place)).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if before == 0 && n == 1 {
			tries++
		}
		select {
		case err := <-opened:
			t.Fatalf("opened before the reader has ended: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
	if err := reading.Rollback(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-opened; err != nil {
			t.Error(err)
		}
	}
	if err := openAt(t, place).Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// Two processes write to one database: each waits for the other.
func TestWritersOfTwoProcessesQueue(t *testing.T) {
	address := pgtest.URL(t)
	here := openAt(t, address)
	inc := logged(t, here, "sotas", sla.Clock{State: sla.Running, Due: base})
	const each = 20
	var wg sync.WaitGroup
	for _, db := range []*store.DB{here, openAt(t, address)} {
		wg.Go(func() {
			for range each {
				if err := db.Update(t.Context(), func(tx tracker.Tx) error { return touch(t.Context(), tx, inc.ID) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := incident(t, here, inc.ID).Version; got != 1+2*each {
		t.Errorf("version is %d, want %d", got, 1+2*each)
	}
	if err := here.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// A restart of the server fails what runs, and nothing after it.
func TestARestartedServerIsFoundAgain(t *testing.T) {
	cluster := pgtest.Start(t)
	db := openAt(t, cluster.URL(t))
	logged(t, db, "sotas", sla.Clock{State: sla.Running, Due: base})
	inc := &sla.Incident{Vendor: "sotas", Title: "lost"}
	err := db.Update(t.Context(), func(tx tracker.Tx) error {
		if err := tx.InsertIncident(t.Context(), inc); err != nil {
			return err
		}
		cluster.RestartImmediate(t)
		return insert(t.Context(), tx, &sla.Incident{Vendor: "sotas", Title: "after"})
	})
	if !errors.Is(err, tracker.ErrUnavailable) {
		t.Errorf("in a transaction: %v", err)
	}
	if again := logged(t, db, "sotas"); again.ID != 2 {
		t.Errorf("the next incident is %s: a number was left out", again.ID)
	}
	if page, err := db.List(t.Context(), tracker.Query{}); err != nil || len(page.Incidents) != 2 {
		t.Errorf("%d incidents, %v", len(page.Incidents), err)
	}
}

func TestWhatOnlyAFileCanDo(t *testing.T) {
	db := openAt(t, pgtest.URL(t))
	_, reserve := db.EnsureDiskReserve(1)
	_, restored := store.Restore(t.Context(), pgtest.URL(t), "backup.db", store.RestoreOptions{Now: base})
	for what, err := range map[string]error{
		"backup": db.Backup(t.Context(), filepath.Join(t.TempDir(), "b.db")), "reserve": reserve, "restore": restored, "drill": store.RefuseServer(pgtest.URL(t)),
	} {
		if !errors.Is(err, store.ErrServer) || !strings.Contains(err.Error(), "pg_dump") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
