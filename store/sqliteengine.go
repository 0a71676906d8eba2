package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"

	"kigen/sla/tracker"
)

// sqliteFile is the engine of a database in an SQLite file.
type sqliteFile struct{ path string }

// sqliteDialect is the SQL of SQLite.
var sqliteDialect = dialect{
	index:   `INSERT INTO search (docid, pairs) VALUES ($1, $2)`,
	match:   "search MATCH ?",
	phrase:  ftsPhrase,
	and:     " ",
	texts:   "json_each(?)",
	numbers: "json_each(?)",
	forget:  remakeSearch,
	streams: true,
}

// sqliteMigrations are the migrations of SQLite.
var sqliteMigrations = migrationSet{dialect: goose.DialectSQLite3, dir: "migrations/sqlite", hasTable: `SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = $1)`}

// openFile returns a database in a file, not opened yet. The path is as filePath returns it.
func openFile(path string) *DB { return newDB(sqliteFile{path}, &sqliteDialect) }

func (s sqliteFile) name() string { return s.path }

func (s sqliteFile) transactions() transactions { return &versions{} }

func (s sqliteFile) pool(use poolUse) *sql.DB {
	if use == writes {
		return openPool(s.path, writing())
	}
	m := reading()
	m.most = 1
	return openPool(s.path, m)
}

func (s sqliteFile) open(ctx context.Context) (writer, reader *sql.DB, err error) {
	if err := prepareFile(ctx, s.path); err != nil {
		return nil, nil, err
	}
	writer = s.pool(writes)
	if err := migrateFile(ctx, writer); err != nil {
		return writer, nil, err
	}
	return writer, openPool(s.path, reading()), nil
}

func (s sqliteFile) openCurrent(ctx context.Context) (*sql.DB, error) {
	if _, err := os.Stat(s.path); err != nil {
		return nil, err // SQLite would answer "unable to open" to any error
	}
	if err := inspect(ctx, s.path); err != nil {
		return nil, err
	}
	m := reading()
	// A connection in mode ro leaves an empty log behind. query_only prevents writing
	// in mode rw too.
	m.options["mode"] = "rw"
	// The last connection in mode rw writes the log of a killed kigen into the file.
	if held, err := LockedBy(s.path); err != nil || held == nil && hasLog(s.path) {
		m.options["mode"] = "ro"
	}
	// A backup has no write-ahead log, so its journal mode differs.
	delete(m.pragmas, "journal_mode")
	pool := openPool(s.path, m)
	return pool, sqliteMigrations.refuseOlder(ctx, pool)
}

func (s sqliteFile) checks(r *reader) []check {
	return []check{
		{"file", func(ctx context.Context, _ *findings) error { return r.db.explain(ctx, quickCheck(ctx, r.tx)) }},
		{"schema", r.verifySchema},
		{"references", r.verifyReferences},
	}
}

// migrateFile applies the missing migrations.
func migrateFile(ctx context.Context, writer *sql.DB) error {
	if err := mark(ctx, writer); err != nil {
		return err
	}
	return sqliteMigrations.up(ctx, writer)
}

// mark sets the application id before the first table is created, so that kigen
// accepts the file after a crash in between. It does not write to a marked file.
func mark(ctx context.Context, writer *sql.DB) error {
	var id int64
	if err := writer.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil || id == applicationID {
		return err
	}
	_, err := writer.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID))
	return err
}

// ftsPhrase is the phrase of pairs in a query of FTS4, or the prefix of one.
func ftsPhrase(pairs []string, prefix bool) string {
	star := ""
	if prefix {
		star = "*"
	}
	return `"` + strings.Join(pairs, " ") + star + `"`
}

// remakeSearch makes the search index anew: FTS4 without content deletes no row.
func remakeSearch(ctx context.Context, t *tx) error {
	var made string
	if err := t.one(ctx, []any{&made}, sql.ErrNoRows, `SELECT sql FROM sqlite_schema WHERE name = 'search'`); err != nil {
		return err
	}
	for _, stmt := range []string{`DROP TABLE search`, made} {
		if _, err := t.exec(ctx, stmt); err != nil {
			return err
		}
	}
	return nil
}

func (s sqliteFile) explain(err error) verdict {
	var failed sqlite3.Error
	v := verdict{own: errors.As(err, &failed), remedy: remedy(err), full: isFull(s.path, err), failing: isDisk(err)}
	if !v.own {
		return v
	}
	switch failed.ExtendedCode {
	case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey:
		v.class = tracker.ErrConflict
	case sqlite3.ErrConstraintForeignKey:
		v.class = tracker.ErrNotFound
	}
	switch failed.Code {
	case sqlite3.ErrNotADB:
		v.class = ErrForeign
	case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrReadonly:
		v.class = tracker.ErrUnavailable
	}
	return v
}

// remedy is the advice for an error of SQLite; empty if there is none.
func remedy(err error) string {
	var failed sqlite3.Error
	if !errors.As(err, &failed) {
		return ""
	}
	switch failed.Code {
	case sqlite3.ErrFull:
		return "free space on its disk"
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return "another process holds it: stop that process, or wait"
	case sqlite3.ErrReadonly, sqlite3.ErrPerm:
		return "make the file and its directory writable for this user"
	case sqlite3.ErrCantOpen:
		return "its directory must exist and be writable for this user"
	case sqlite3.ErrNotADB:
		return "it is no kigen database: name another file"
	case sqlite3.ErrCorrupt:
		return "the file is damaged: stop kigen and restore a backup"
	case sqlite3.ErrIoErr:
		return "its disk fails or is full: see the system's log"
	default:
		return ""
	}
}
