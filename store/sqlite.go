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

// applicationID stands in the header of each of our files ("KIGN"), so that
// no other program's database is ever migrated.
const applicationID = 0x4B49474E

// mode is what a pool of connections is for: the options that the driver
// takes, and the pragmas that each connection must then report. The driver
// ignores an option that it does not know, so what counts is what it reports.
type mode struct {
	options map[string]string
	pragmas map[string]string
	most    int // connections
}

// SQLite's numbers for what the options name.
const (
	synchronousFull = "2"
	busyMillis      = "10000"
)

func writing() mode {
	return mode{
		options: map[string]string{
			"_journal_mode": "WAL", "_synchronous": "FULL", "_busy_timeout": busyMillis,
			"_foreign_keys": "on", "_txlock": "immediate", "_stmt_cache_size": "100",
		},
		pragmas: map[string]string{
			"journal_mode": "wal", "synchronous": synchronousFull, "busy_timeout": busyMillis,
			"foreign_keys": "1", "query_only": "0",
		},
		most: 1,
	}
}

// reading does not set the journal mode: it is in the file, which a reader
// may not change.
func reading() mode {
	return mode{
		options: map[string]string{
			"mode": "ro", "_query_only": "on", "_synchronous": "FULL", "_busy_timeout": busyMillis,
			"_foreign_keys": "on", "_txlock": "deferred", "_stmt_cache_size": "100",
		},
		pragmas: map[string]string{
			"journal_mode": "wal", "synchronous": synchronousFull, "busy_timeout": busyMillis,
			"foreign_keys": "1", "query_only": "1",
		},
		most: max(4, runtime.NumCPU()),
	}
}

// inspecting looks at a file that may be anything, and changes nothing.
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

// connector hands every new connection of a pool to the mode's check. A
// driver registered by name would have to be registered globally.
type connector struct {
	driver *sqlite3.SQLiteDriver
	dsn    string
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return c.driver }

// dsn names a file as a URI: in a plain name the driver would cut at the
// first question mark.
func dsn(path string, options map[string]string) string {
	values := make(url.Values, len(options))
	for name, value := range options {
		values.Set(name, value)
	}
	escape := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23")
	return "file:" + escape.Replace(filepath.ToSlash(path)) + "?" + values.Encode()
}

// check reads the pragmas of a new connection back.
func (m mode) check(conn *sqlite3.SQLiteConn) error {
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

// quickCheck asks SQLite whether the file is sound.
func quickCheck(ctx context.Context, q rowQuerier) error {
	var verdict string
	if err := q.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("the file is damaged: %s; restore a backup", verdict)
	}
	return nil
}

// verifyReferences asks SQLite for rows that refer to what is not there.
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
