package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// postgresDialect is the SQL of PostgreSQL. Its search index holds pairs without their
// order: what it finds is compared with the whole text anyway.
var postgresDialect = dialect{
	index:   `INSERT INTO search (docid, pairs) VALUES ($1, array_to_tsvector(string_to_array(rtrim($2), ' ')))`,
	match:   "pairs @@ CAST(? AS tsquery)",
	phrase:  lexemes,
	and:     " & ",
	texts:   "jsonb_array_elements_text(CAST(? AS jsonb))",
	numbers: "(SELECT CAST(value AS BIGINT) AS value FROM jsonb_array_elements_text(CAST(? AS jsonb)) texts)",
	forget: func(ctx context.Context, t *tx) error {
		_, err := t.exec(ctx, `TRUNCATE search`)
		return err
	},
	bind:    storedValues,
	watched: true,
}

var postgresMigrations = migrationSet{
	dialect: goose.DialectPostgres, dir: "migrations/postgres",
	hasTable: `SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1)`,
}

// lexemes is the condition for pairs in a query of the search index. Words hold no
// characters that the quotes would have to escape.
func lexemes(pairs []string, prefix bool) string {
	if prefix {
		return "'" + pairs[0] + "':*"
	}
	return "'" + strings.Join(pairs, "' & '") + "'"
}

// storedValues are arguments as SQLite stores them: its columns and PostgreSQL's have the
// same types, and a truth is a number.
func storedValues(args []any) ([]any, error) {
	stored := make([]any, len(args))
	for i, v := range args {
		var err error
		if stored[i], err = storedValue(v); err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
	}
	return stored, nil
}

// lockKey is the key of kigen's locks on a database, by their purpose.
const lockKey = `hashtextextended('kigen ' || $1 || ' ' || current_schema(), 0)`

// serialized are the transactions of PostgreSQL. The lock lets one kigen write at a time; a
// snapshot that is taken before the wait would be of before the other's changes, so the
// transactions that write read what is committed.
type serialized struct{}

func (serialized) begin(ctx context.Context, stx *sql.Tx) error {
	_, err := stx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(`+lockKey+`)`, "writes")
	return err
}

// raiseVersionSQL counts a transaction that has written anything: only such a one has an id.
const raiseVersionSQL = `UPDATE meta SET version = version + 1 WHERE "only" = 1 AND pg_current_xact_id_if_assigned() IS NOT NULL`

func (serialized) commit(ctx context.Context, stx *sql.Tx, accessOnly bool) error {
	if !accessOnly {
		if _, err := stx.ExecContext(ctx, raiseVersionSQL); err != nil {
			return err
		}
	}
	return stx.Commit()
}

func (serialized) snapshot() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

func (serialized) version(ctx context.Context, reader *sql.DB) (string, error) {
	var version int64
	err := reader.QueryRowContext(ctx, `SELECT version FROM meta WHERE "only" = 1`).Scan(&version)
	return strconv.FormatInt(version, 10), err
}

func (serialized) close() {}

// migrate applies the missing migrations, one kigen at a time.
func (s *server) migrate(ctx context.Context, writer *sql.DB) error {
	var key int64
	if err := writer.QueryRowContext(ctx, `SELECT `+lockKey, "migrations").Scan(&key); err != nil {
		return err
	}
	const every, times = 1, 60 // seconds
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(key), lock.WithLockTimeout(every, times))
	if err != nil {
		return err
	}
	if err := postgresMigrations.refuseOlder(ctx, writer); err == nil {
		return nil
	}
	return postgresMigrations.up(ctx, writer, goose.WithSessionLocker(locker))
}
