package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// versionTable is where goose keeps which migrations were applied.
const versionTable = "schema_versions"

func newProvider(pool *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, pool, files,
		goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()),
		// A database may have been made by a build that had a later migration already and not yet this one.
		goose.WithAllowOutofOrder(true))
}

// migrate brings the tables up to what this kigen expects.
func migrate(ctx context.Context, writer *sql.DB) error {
	if err := mark(ctx, writer); err != nil {
		return err
	}
	provider, err := newProvider(writer)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// mark makes the file known as ours before its first table stands: a crash in
// between leaves one that kigen still takes. A marked file is not written.
func mark(ctx context.Context, writer *sql.DB) error {
	var id int64
	if err := writer.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil || id == applicationID {
		return err
	}
	_, err := writer.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID))
	return err
}

// refuseNewer compares the version of a database with the newest one known
// here. It only reads.
func refuseNewer(ctx context.Context, pool *sql.DB) error {
	known, err := knownVersion(pool)
	if err != nil {
		return err
	}
	stored, err := storedVersion(ctx, pool)
	if err != nil {
		return err
	}
	if stored > known {
		return fmt.Errorf("%w: its schema has version %d, this kigen knows up to %d; use the newer kigen, or restore a backup from before the upgrade",
			ErrNewer, stored, known)
	}
	return nil
}

// knownVersion is that of the newest migration here.
func knownVersion(pool *sql.DB) (int64, error) {
	provider, err := newProvider(pool)
	if err != nil {
		return 0, err
	}
	sources := provider.ListSources()
	return sources[len(sources)-1].Version, nil
}

func storedVersion(ctx context.Context, pool *sql.DB) (int64, error) {
	var table string
	err := pool.QueryRowContext(ctx, `SELECT name FROM sqlite_schema WHERE name = $1`, versionTable).Scan(&table)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var version sql.Null[int64]
	err = pool.QueryRowContext(ctx, `SELECT MAX(version_id) FROM `+versionTable).Scan(&version)
	return version.V, err
}
