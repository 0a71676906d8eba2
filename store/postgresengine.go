package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
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

func (serialized) open(ctx context.Context, writer *sql.DB) (session, error) {
	return writer.BeginTx(ctx, nil)
}

func (serialized) begin(ctx context.Context, stx session) error {
	_, err := stx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(`+lockKey+`)`, "writes")
	return err
}

// raiseVersionSQL counts a transaction that has written anything: only such a one has an id.
// It reads what the database needs on the way. A migration that raises that has the same row,
// so that it comes either before this statement, which then sees it, or after the commit.
const raiseVersionSQL = `UPDATE meta SET version = version + 1 WHERE "only" = 1 AND pg_current_xact_id_if_assigned() IS NOT NULL RETURNING needs`

func (serialized) commit(ctx context.Context, stx session, accessOnly bool) error {
	if !accessOnly {
		if err := raiseVersion(ctx, stx); err != nil {
			return err
		}
	}
	return stx.Commit()
}

// raiseVersion returns an ErrNewer if the database needs a newer kigen by now.
func raiseVersion(ctx context.Context, stx session) error {
	var needs int64
	switch err := stx.QueryRowContext(ctx, raiseVersionSQL).Scan(&needs); {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	known, err := postgresMigrations.knownVersion()
	if err != nil {
		return err
	}
	return unsuited(needs, known)
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

const (
	migrationLook     = time.Second      // between two looks at the lock of migrations
	migrationPatience = 10 * time.Minute // of the replicas that wait for the one that migrates
	tablePause        = time.Second      // between two tries to have a table alone
)

// migrate applies the missing migrations, one kigen at a time, while others work. A
// migration that waits for a table keeps all from it that come later: so it waits for the
// short time that the settings of the pool allow, lets them pass, and tries again.
func (s *server) migrate(ctx context.Context) error {
	pool := s.connections(writerConnections, migrationSettings) // one connection holds the lock meanwhile
	defer func() { _ = pool.Close() }()                         // all is committed or undone
	var key int64
	if err := pool.QueryRowContext(ctx, `SELECT `+lockKey, "migrations").Scan(&key); err != nil {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(key),
		lock.WithLockTimeout(uint64(migrationLook/time.Second), uint64(migrationPatience/migrationLook)))
	if err != nil {
		return err
	}
	for begun := time.Now(); ; {
		if err := postgresMigrations.refuseOlder(ctx, pool); err == nil {
			return nil
		}
		err := postgresMigrations.up(ctx, pool, goose.WithSessionLocker(locker))
		if err == nil || !crowded(err) || time.Since(begun) > migrationPatience {
			return err
		}
		if err := sleep(ctx, tablePause); err != nil {
			return err
		}
	}
}

// crowded reports whether a migration has waited in vain for a table, or for one that waits
// for it.
func crowded(err error) bool {
	var failed *pgconn.PgError
	return errors.As(err, &failed) && (failed.Code == "55P03" || failed.Code == "40P01")
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
