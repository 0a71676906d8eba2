package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// engine opens and knows one kind of database. What differs in SQL alone is in dialect.
type engine interface {
	// name is the absolute path of a file, or the URL of a server without its password.
	name() string
	// open creates or migrates the database as needed.
	open(ctx context.Context) (writer, reader *sql.DB, err error)
	// openCurrent opens a database of the present version for reading alone.
	openCurrent(ctx context.Context) (reader *sql.DB, err error)
	// pool opens connections to a database that is open already.
	pool(use poolUse) *sql.DB
	// explain says what an error means.
	explain(err error) verdict
	// checks are the parts of Verify that concern the database itself.
	checks(r *reader) []check
	// transactions runs what begins and ends a transaction.
	transactions() transactions
}

// poolUse is what a pool of connections is for.
type poolUse int

const (
	writes poolUse = iota
	audits
)

// session is a transaction: a [sql.Tx], or what does the same for less.
type session interface {
	rowQuerier
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	Commit() error
	Rollback() error // does nothing after a commit
}

// transactions is what differs in transactions.
type transactions interface {
	// open opens a transaction of the writer's pool.
	open(ctx context.Context, writer *sql.DB) (session, error)
	// begin makes a transaction the only one that writes.
	begin(ctx context.Context, stx session) error
	// commit commits a transaction of begin. The version stays if it wrote the access log
	// alone.
	commit(ctx context.Context, stx session, accessOnly bool) error
	// snapshot are the options of a transaction that reads.
	snapshot() *sql.TxOptions
	// version identifies the content of the database: see DB.Version.
	version(ctx context.Context, reader *sql.DB) (string, error)
	close()
}

// dialect is the SQL in which the databases differ; ? stands for an argument.
type dialect struct {
	index   string // adds the pairs $2 under the docid $1 to the search index
	match   string // is true of the row of search that has the phrases ?
	phrase  func(pairs []string, prefix bool) string
	and     string // joins phrases that must all be there
	texts   string // a table of the texts in the JSON array ?, in the column value
	numbers string // the same of whole numbers
	// forget empties the search index.
	forget func(ctx context.Context, t *tx) error
	// bind converts the arguments of a statement as its driver wants them; nil: it takes them as they are.
	bind func(args []any) ([]any, error)
	// watched: the driver ends a statement with its context at no cost.
	watched bool
	// streams: several statements of a transaction can be read at once.
	streams bool
}

// verdict is what an error of a database means.
type verdict struct {
	class   error  // an error of tracker or of this package; nil: none
	remedy  string // empty: none
	own     bool   // the database reports it; others come from the content of a row
	full    bool   // the disk of the database, or its user's quota, is full
	failing bool   // the disk of the database reports I/O errors
	broken  bool   // the connection broke; another one may work
	standby bool   // the connection is to a server that takes no writes any more
}

// IsServer reports whether a database is named by the URL of a PostgreSQL server.
func IsServer(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// Name returns a database's name for people: a URL without its password.
func Name(database string) string {
	if IsServer(database) {
		return redacted(database)
	}
	return database
}

// OnServer reports whether the database is on a server: it has no file.
func (db *DB) OnServer() bool {
	_, ok := db.engine.(sqliteFile)
	return !ok
}

// file returns the path of the database file; ErrServer if there is none.
func (db *DB) file() (string, error) {
	if s, ok := db.engine.(sqliteFile); ok {
		return s.path, nil
	}
	return "", noFile(db.engine.name())
}

// RefuseServer returns an ErrServer for a database that is not in a file.
func RefuseServer(database string) error {
	if IsServer(database) {
		return noFile(redacted(database))
	}
	return nil
}

// noFile is the ErrServer of what only a file can do.
func noFile(name string) error {
	return fmt.Errorf("database %s: %w: back it up by pg_dump or by base backups (pg_basebackup), and restore by their tools", name, ErrServer)
}
