package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/mattn/go-sqlite3"
)

// SQLiteVersion returns the version of the SQLite that is linked, such as 3.53.0.
func SQLiteVersion() string {
	version, _, _ := sqlite3.Version()
	return version
}

// applicationID ("KIGN") is in the header of every kigen database, so that another
// program's database is never migrated.
const applicationID = 0x4B49474E

// mode configures a pool of connections: the driver's options, and the pragmas that
// each connection must then report. The driver ignores an unknown option, so only
// the reported values prove that the options apply.
type mode struct {
	options map[string]string
	pragmas map[string]string
	most    int // connections
	// checkpoint is the number of pages in the write-ahead log from which a commit
	// writes them back; 0: SQLite's own. The driver has no option for it.
	checkpoint int
}

// checkpointPages is 16 MB: an incident changes dozens of pages, so that a commit
// in a dozen would have to write the log back at SQLite's own 1,000.
const checkpointPages = 4000

// writerCache is 8 MB, in kibibytes as SQLite expects them, negative. A batch of an
// import changes that much; SQLite's own 2 MB would write it to the log twice.
const writerCache = "-8000"

// The values that SQLite reports for the options.
const (
	synchronousFull = "2"
	busyMillis      = "10000"
)

func writing() mode {
	return mode{
		options: map[string]string{
			"_journal_mode": "WAL", "_synchronous": "FULL", "_busy_timeout": busyMillis,
			"_foreign_keys": "on", "_txlock": "immediate", "_stmt_cache_size": "100",
			"_cache_size": writerCache, "_mutex": "no", // database/sql gives a connection to one goroutine at a time
			"_secure_delete": "on", // so that what was changed or erased does not linger in free pages
		},
		pragmas: map[string]string{
			"journal_mode": "wal", "synchronous": synchronousFull, "busy_timeout": busyMillis,
			"foreign_keys": "1", "query_only": "0", "secure_delete": "1", "cache_size": writerCache,
		},
		most: 1, checkpoint: checkpointPages,
	}
}

// reading does not set the journal mode: it is stored in the file, which a reader may
// not change.
func reading() mode {
	return mode{
		options: map[string]string{
			"mode": "ro", "_query_only": "on", "_synchronous": "FULL", "_busy_timeout": busyMillis,
			"_foreign_keys": "on", "_txlock": "deferred", "_stmt_cache_size": "100", "_mutex": "no",
		},
		pragmas: map[string]string{
			"journal_mode": "wal", "synchronous": synchronousFull, "busy_timeout": busyMillis,
			"foreign_keys": "1", "query_only": "1",
		},
		most: max(4, runtime.NumCPU()) + 1, // one of them is for Version
	}
}

// inspecting opens a file of any kind without changing it.
func inspecting() mode {
	return mode{options: map[string]string{"mode": "ro", "_busy_timeout": busyMillis}, most: 1}
}

// openPool returns a pool whose connections open when first used.
func openPool(path string, m mode) *sql.DB {
	pool := sql.OpenDB(connector{
		driver: &sqlite3.SQLiteDriver{ConnectHook: m.check},
		dsn:    dsn(path, m.options),
	})
	pool.SetMaxOpenConns(m.most)
	pool.SetMaxIdleConns(m.most)
	return pool
}

// connector opens connections whose hook is the mode's check. A driver with a hook
// would otherwise have to be registered globally under a name.
type connector struct {
	driver *sqlite3.SQLiteDriver
	dsn    string
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return c.driver }

// dsn is the URI of a file: the driver would cut a plain name at the first question
// mark.
func dsn(path string, options map[string]string) string {
	values := make(url.Values, len(options))
	for name, value := range options {
		values.Set(name, value)
	}
	escape := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23")
	return "file:" + escape.Replace(filepath.ToSlash(path)) + "?" + values.Encode()
}

// check compares the pragmas of a new connection with those of the mode.
func (m mode) check(conn *sqlite3.SQLiteConn) error {
	if m.checkpoint > 0 {
		if _, err := conn.Exec(fmt.Sprint("PRAGMA wal_autocheckpoint = ", m.checkpoint), nil); err != nil {
			return fmt.Errorf("set wal_autocheckpoint: %w", err)
		}
	}
	for name, want := range m.pragmas {
		got, err := pragma(conn, name)
		if err != nil {
			return fmt.Errorf("read pragma %s: %w", name, err)
		}
		if got != want {
			return fmt.Errorf("pragma %s is %s, not %s: the file system may not support write-ahead logging; use a local disk", name, got, want)
		}
	}
	return nil
}

func pragma(conn *sqlite3.SQLiteConn, name string) (value string, err error) {
	rows, err := conn.Query("PRAGMA "+name, nil)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	row := make([]driver.Value, 1)
	if err := rows.Next(row); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return fmt.Sprint(row[0]), nil
}

// rowQuerier is a pool, or one of its connections.
type rowQuerier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// quickCheck runs SQLite's integrity check of the file.
func quickCheck(ctx context.Context, q rowQuerier) error {
	var result string
	if err := q.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&result); err != nil {
		return err
	}
	if result != "ok" {
		return fmt.Errorf("the file is damaged: %s; restore a backup", result)
	}
	return nil
}

// verifyReferences reports the rows whose foreign key has no row.
func (r *reader) verifyReferences(ctx context.Context, f *findings) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var (
			table, parent string
			row           nullInt
			constraint    int64
		)
		if err := rows.Scan(&table, &row, &parent, &constraint); err != nil {
			return err
		}
		f.addf("row %d of %s refers to a row of %s that is missing", row.V, table, parent)
		return nil
	}, "PRAGMA foreign_key_check")
}
