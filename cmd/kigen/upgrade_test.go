package main_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kigen/sla/seedtest"
	"kigen/store/pgtest"
)

// later builds a kigen of a later version: one with more migrations.
func later(t *testing.T, name string, migrations map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for file, text := range migrations {
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, []byte("-- +goose Up\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[filepath.Join(root, "store", "migrations", "postgres", file)] = path
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, text, 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(filepath.Dir(binary), name)
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-overlay", list, "-ldflags", "-s -w "+replicaWaits, "-o", path, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// expansion only adds, slowly and to a table that is in use.
const expansion = `ALTER TABLE incidents ADD COLUMN later BIGINT NOT NULL DEFAULT 0;
CREATE INDEX incidents_later ON incidents (later);
ALTER TABLE deliveries ADD COLUMN later TEXT COLLATE "C" NOT NULL DEFAULT '';
SELECT pg_sleep(1.5);
`

// contraction is what a version after the next one does: it takes away what this one uses, and
// says so.
var contraction = []string{
	`ALTER TABLE incidents DROP COLUMN later`,
	`ALTER TABLE meta ALTER COLUMN needs SET DEFAULT 9000`,
	`UPDATE meta SET needs = 9000`,
	`INSERT INTO schema_versions (version_id, is_applied) VALUES (9001, TRUE)`,
}

// TestUpgradeUnderLoad upgrades three replicas one by one, while incidents are logged and
// alerts sent. The first of the new ones migrates and the second waits for it; an old one that
// restarts amid them works on, and leads; and when a later version takes something away, the
// old one ends, and does not come back.
func TestUpgradeUnderLoad(t *testing.T) {
	t.Parallel()
	next := later(t, "kigen-next", map[string]string{"09000_expand.sql": expansion})
	c := newChaos(t, rand.New(rand.NewPCG(seedtest.Of(t), 19)))
	c.trap.calm()
	l := c.load(chaosSize{incidents: 10, pace: 1200 * time.Millisecond})
	three := func() bool { return c.ready(l, 0) && c.ready(l, 1) && c.ready(l, 2) }
	eventually(t, 2*time.Minute, "three replicas", three)

	for _, r := range c.replicas[:2] {
		r.end(syscall.SIGTERM)
		r.begin(next)
	}
	c.replicas[2].end(syscall.SIGKILL) // amid the migration
	c.replicas[2].begin(c.binary(steady))
	eventually(t, 2*time.Minute, "an old replica beside new ones", three)
	if version := c.schemaVersion(); version != 9000 {
		t.Errorf("the schema has version %d", version)
	}
	c.replicas[0].end(syscall.SIGTERM)
	c.replicas[1].end(syscall.SIGTERM)
	logged := l.count()
	eventually(t, 2*time.Minute, "the old replica to lead and to work alone", func() bool { return c.leader() == c.replicas[2] && l.count() > logged+2 })
	c.replicas[0].begin(next)
	c.replicas[1].begin(next)
	eventually(t, 2*time.Minute, "new replicas beside it", three)

	before := len(c.replicas[2].endings())
	c.contract()
	eventually(t, 2*time.Minute, "the old replica to end and to refuse its database", func() bool { return len(c.replicas[2].endings()) > before+1 })
	for _, last := range c.replicas[2].endings()[before:] {
		if !strings.Contains(last, "needs a kigen that knows version 9000") || !strings.Contains(last, "upgrade this replica") {
			t.Errorf("the old replica ended with %q", last)
		}
	}
	c.replicas[2].end(syscall.SIGKILL)
	c.replicas[2].begin(next)
	l.finish()
	c.rest(l)
	c.checkAlerts(pgtest.Open(t, c.place), l)
	c.verify(next)
	r := runIn(t, t.TempDir(), []string{"KIGEN_LANGUAGE=ja", "KIGEN_DATABASE=" + c.place}, "", "serve")
	if r.code != 2 || !strings.Contains(r.stderr, "9000") || strings.Contains(r.stderr, "its schema") {
		t.Errorf("an old kigen: exit %d, %s", r.code, r.stderr)
	}
	t.Log(strings.TrimSpace(r.stderr))
}

// contract runs the migration of a later version, again where it and a transaction of a replica
// wait for each other.
func (c *chaos) contract() {
	c.t.Helper()
	db := pgtest.Open(c.t, c.place)
	once := func() error {
		tx, err := db.BeginTx(c.t.Context(), nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		for _, stmt := range contraction {
			if _, err := tx.ExecContext(c.t.Context(), stmt); err != nil {
				return fmt.Errorf("%s: %w", stmt, err)
			}
		}
		return tx.Commit()
	}
	var err error
	defer func() {
		if err != nil {
			c.t.Log(err)
		}
	}()
	eventually(c.t, time.Minute, "the contraction", func() bool { err = once(); return err == nil })
}

func (c *chaos) ready(l *chaosLoad, n int) bool { return l.ready(c.replicas[n]) }

// schemaVersion is the version of the newest migration.
func (c *chaos) schemaVersion() (version int) {
	c.t.Helper()
	db := pgtest.Open(c.t, c.place)
	if err := db.QueryRowContext(c.t.Context(), `SELECT MAX(version_id) FROM schema_versions`).Scan(&version); err != nil {
		c.t.Fatal(err)
	}
	return version
}
