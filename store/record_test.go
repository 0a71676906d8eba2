package store_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/record"
	"kigen/sla/tracker"
	"kigen/store"
)

func headOf(t *testing.T, db *store.DB) record.Head {
	t.Helper()
	head, err := db.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return head
}

// TestAHeadProvesItsHistory: every head of the past verifies later, and none that the
// record never had.
func TestAHeadProvesItsHistory(t *testing.T) {
	db := open(t)
	heads := []record.Head{headOf(t, db)}
	for range 3 {
		logged(t, db, "sotas", sla.Clock{State: sla.Running, Due: base})
		heads = append(heads, headOf(t, db))
	}
	if heads[0].Count != 0 || heads[1].Count != 4 || heads[3].Count != 12 { // two events, the incident and its clock
		t.Errorf("heads %v", heads)
	}
	if err := db.VerifyHead(t.Context(), heads[0]); err != nil {
		t.Errorf("the head of an empty record: %v", err)
	}
	for _, head := range heads[1:] {
		if err := db.VerifyHead(t.Context(), head); err != nil {
			t.Errorf("%s: %v", head, err)
		}
		head.Count = 0
		if err := db.VerifyHead(t.Context(), head); err != nil {
			t.Errorf("%s without its count: %v", head.Hash, err)
		}
	}
	for name, head := range map[string]record.Head{
		"another count": {Count: 5, Hash: heads[1].Hash},
		"another hash":  {Count: 4, Hash: record.Hash{1}},
		"no such hash":  {Hash: record.Hash{1}},
		"of later":      {Count: 13, Hash: heads[1].Hash},
	} {
		if err := db.VerifyHead(t.Context(), head); !errors.Is(err, store.ErrOtherHistory) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTheRecordCanOnlyGrow: the database itself refuses what changes the record.
func TestTheRecordCanOnlyGrow(t *testing.T) {
	db := historic(t)
	writer, _ := db.Pools()
	for _, stmt := range []string{
		`DELETE FROM record_lines`, `UPDATE record_lines SET kind = 'x'`,
		`INSERT INTO record_lines SELECT count + 100, kind, name, number, part, content, hash FROM record_lines`,
		`INSERT OR REPLACE INTO record_lines SELECT * FROM record_lines WHERE count = 1`,
		`UPDATE events SET body = '{}'`, `UPDATE events SET body = '', actor = 'x'`,
	} {
		if _, err := writer.ExecContext(t.Context(), stmt); err == nil {
			t.Errorf("the database allowed %q", stmt)
		}
	}
}

// TestOldDatabasesAreSealed: what an older version stored is sealed in its order when
// the database is opened, also if that was stopped in between.
func TestOldDatabasesAreSealed(t *testing.T) {
	ofFiles(t)
	db := historic(t)
	addUser(t, db, "yamada")
	whole := headOf(t, db)
	path := db.Path()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	// As version 19 left it.
	const backlog = `INSERT INTO record_backlog (kind) VALUES ('event'), ('incident'), ('clock'), ('notice'), ('file'), ('access'), ('edition'), ('user'), ('token')`
	keep := rawTrigger(t, path, "record_is_kept")
	rawExec(t, path, "DROP TRIGGER record_is_kept", "DELETE FROM record_lines", keep, backlog)
	if _, err := store.VerifyFile(t.Context(), path, nil, base); err == nil || !strings.Contains(err.Error(), "not sealed yet") {
		t.Errorf("a database that is not sealed yet: %v", err)
	}
	var progress []int64
	again, err := store.OpenAndReport(t.Context(), path, base, func(sealed int64) { progress = append(progress, sealed) })
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	head := headOf(t, again)
	if head.Count != whole.Count || len(progress) == 0 || progress[len(progress)-1] != head.Count {
		t.Errorf("sealed %v lines, head %s; before it was %s", progress, head, whole)
	}
	if err := again.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func rawTrigger(t *testing.T, path, name string) (text string) {
	t.Helper()
	if err := raw(t, path).QueryRowContext(t.Context(), "SELECT sql FROM sqlite_schema WHERE name = $1", name).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// TestRetentionLeavesACheckpoint: what it covers may be deleted, and nothing else; heads
// from before verify further on.
func TestRetentionLeavesACheckpoint(t *testing.T) {
	db := open(t)
	for range 4 {
		if err := db.LogAccess(t.Context(), store.AccessLine{At: base, Actor: "user:yamada", Kind: "signed_in"}); err != nil {
			t.Fatal(err)
		}
	}
	before := headOf(t, db)
	writer, _ := db.Pools()
	if err := db.Retain(t.Context(), record.Access, 2, base, `DELETE FROM access_log WHERE id <= 2`); err != nil {
		t.Fatal(err)
	}
	if head := headOf(t, db); head.Count != before.Count+1 {
		t.Errorf("the checkpoint is not in the record: %s after %s", head, before)
	}
	if err := db.VerifyHead(t.Context(), before); err != nil {
		t.Error(err)
	}
	if _, err := writer.ExecContext(t.Context(), `DELETE FROM access_log WHERE id = 3`); err == nil {
		t.Error("a line beyond the checkpoint can be deleted")
	}
	// A checkpoint never moves back.
	if err := db.Retain(t.Context(), record.Access, 1, base, `SELECT 1`); err != nil {
		t.Error(err)
	}
	if head := headOf(t, db); head.Count != before.Count+1 {
		t.Error("a checkpoint that an earlier one covers is in the record")
	}
	if err := db.Retain(t.Context(), record.Access, 3, base, `DELETE FROM access_log WHERE id <= 3`); err != nil {
		t.Fatal(err)
	}
	if err := db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestVerifyWritesNothing: neither to an empty file, nor to an older or a killed database.
func TestVerifyWritesNothing(t *testing.T) {
	ofFiles(t)
	dir := t.TempDir()
	empty, backup, killed := filepath.Join(dir, "empty.db"), filepath.Join(dir, "backup.db"), filepath.Join(dir, "killed.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	db := historic(t)
	if err := db.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	logged(t, db, "sotas")
	for _, suffix := range []string{"", "-wal"} { // as a crash leaves it
		content, err := os.ReadFile(db.Path() + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(killed+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]error{empty: store.ErrForeign, backup: nil, killed: nil} {
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		v, err := store.VerifyFile(t.Context(), path, nil, base)
		if !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
			t.Errorf("%s was changed (%v)", path, err)
		}
		if want == nil && (v.Head.Count == 0 || v.NoLog) {
			t.Errorf("%s: found %+v", path, v)
		}
	}
	if _, err := os.Stat(killed + "-wal"); err != nil {
		t.Error("the log of a killed database is gone")
	}
	if err := os.Remove(killed + "-wal"); err != nil {
		t.Fatal(err)
	}
	if lacks, err := store.LacksLog(killed); !lacks || err != nil {
		t.Errorf("a copy without its log: %v, %v", lacks, err)
	}
	if _, err := store.Restore(t.Context(), filepath.Join(dir, "new.db"), empty, store.RestoreOptions{Now: base}); !errors.Is(err, store.ErrForeign) {
		t.Errorf("an empty file is restored: %v", err)
	}
}

// TestOneDatabaseOneName: no second name leads around the lock.
func TestOneDatabaseOneName(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "kigen.db")
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil { // its target does not exist yet
		t.Fatal(err)
	}
	hold, err := store.AcquireFileLock(t.Context(), link, base)
	if err != nil {
		t.Fatal(err)
	}
	var held *store.LockedError
	if _, err := store.AcquireFileLock(t.Context(), path, base); !errors.As(err, &held) {
		t.Errorf("the database is locked by one name only: %v", err)
	}
	db, err := store.Open(t.Context(), link, base)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Close(), hold.Release()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	hard := filepath.Join(t.TempDir(), "hard.db")
	if err := os.Link(path, hard); err != nil {
		t.Skip(err)
	}
	for _, name := range []string{path, hard} {
		_, locked := store.AcquireFileLock(t.Context(), name, base)
		_, opened := store.Open(t.Context(), name, base)
		_, shared := store.OpenShared(t.Context(), name)
		for _, err := range []error{locked, opened, shared} {
			if err == nil || !strings.Contains(err.Error(), "hard links") || !strings.Contains(err.Error(), "find DIR -samefile") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if err := os.Remove(hard); err != nil {
		t.Fatal(err)
	}
	// A restore that was killed leaves a second name, which the next start accepts.
	if err := os.Link(path, path+".replaced-20260501T000000Z"); err != nil {
		t.Fatal(err)
	}
	again, err := store.Open(t.Context(), path, base)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestFilesBesideFollowNoLinks: who may write to the directory can't have kigen write
// elsewhere.
func TestFilesBesideFollowNoLinks(t *testing.T) {
	ofFiles(t)
	db := historic(t)
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	plant := map[string]func(part string) error{
		"a symbolic link": func(part string) error { return os.Symlink(victim, part) },
		"a hard link":     func(part string) error { return os.Link(victim, part) },
		"an open file": func(part string) error {
			return errors.Join(os.WriteFile(part, nil, 0o600), os.Chmod(part, 0o666))
		},
	}
	for name, plant := range plant {
		part := filepath.Join(dir, ".copy.db.part")
		if err := plant(part); err != nil {
			t.Fatal(err)
		}
		err := db.Backup(t.Context(), filepath.Join(dir, "copy.db"))
		if err == nil || !strings.Contains(err.Error(), "remove it") {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.Remove(part); err != nil {
			t.Fatal(err)
		}
	}
	lock := filepath.Join(dir, "new.db.lock")
	reserve := db.Path() + ".ballast"
	if err := errors.Join(os.Symlink(victim, lock), os.Symlink(victim, reserve)); err != nil {
		t.Fatal(err)
	}
	if _, err := store.AcquireFileLock(t.Context(), filepath.Join(dir, "new.db"), base); err == nil || !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("a lock file that is a link: %v", err)
	}
	if _, err := db.EnsureDiskReserve(1000); err == nil {
		t.Error("a disk reserve that is a link was written")
	}
	if content, err := os.ReadFile(victim); err != nil || string(content) != "precious" {
		t.Errorf("the file behind the links holds %q, %v", content, err)
	}
}

// BenchmarkRecord measures what the record adds to the logging of an incident with its
// clock and two events.
func BenchmarkRecord(b *testing.B) {
	for name, sealed := range map[string]bool{"with": true, "without": false} {
		b.Run(name, func(b *testing.B) {
			db, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "kigen.db"), base)
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			const batch = 100
			for b.Loop() {
				err := db.UpdateUnsealed(context.Background(), !sealed, func(tx tracker.Tx) error {
					for i := range batch {
						if err := insertNth(b, tx, i, batch); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*batch), "µs/incident")
		})
	}
}

// A row that was just inserted is sealed as one that is read: with each column that is
// NULL and with each that is not.
func TestANewRowIsSealedAsItIsRead(t *testing.T) {
	db := open(t)
	zone := time.FixedZone("", 9*3600)
	for _, full := range []bool{false, true} {
		inc := &sla.Incident{Vendor: "sotas", Title: "障害"}
		inc.Times[sla.Logged] = sla.Stamp{At: base, Basis: sla.Observed}
		clock := sla.Clock{Promise: "p", State: sla.Pending}
		if full {
			inc.Service, inc.Description, inc.Tags = "a\x00b", "\xff", []string{"x"}
			if onServer { // takes only what is text
				inc.Service, inc.Description = "a\x01b", "\u00ff"
			}
			inc.Impact, inc.Scope, inc.Severity = sla.ImpactSerious, "unknown", sla.SeverityHigh
			inc.Acknowledged = sla.Acknowledgement{By: "sato", At: base, Until: base.In(zone)}
			inc.CancelledAt, inc.CancelReason, inc.Owner, inc.PublicTitle, inc.Reference = base, "no", "sato", "outage", "R-1"
			for m := range inc.Times {
				inc.Times[m] = sla.Stamp{At: base.Add(time.Duration(m) * time.Second).In(zone), Basis: sla.Stated}
			}
			clock = sla.Clock{
				Promise: "p", Stage: "first", State: sla.Waived, Start: sla.Start{At: base.In(zone), From: sla.Occurred, Basis: sla.Stated},
				Due: base.In(zone), BreachedAt: base, NotifiedAt: base, NextStepAt: base, AgainAt: base,
				Announced: sla.Announced{Start: base, Due: base}, Waiver: sla.Waiver{At: base, By: "sato", Reason: "agreed", Whole: true},
			}
			clock.Explanation.Steps = []sla.Step{{}}
		}
		update(t, db, func(tx tracker.Tx) error { return insert(t.Context(), tx, inc, clock) })
	}
	if err := db.VerifyRows(t.Context()); err != nil {
		t.Error(err)
	}
	lines := dump(t, db, "record_lines WHERE kind IN ('incident', 'clock')")
	if n := strings.Count(lines, "\n"); n != 4 {
		t.Errorf("%d rows are sealed:\n%s", n, lines)
	}
}
