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

// versionTable is the table in which goose records the applied migrations.
const versionTable = "schema_versions"

func newProvider(pool *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, pool, files,
		goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()),
		// A build between two releases may have had a later migration without an earlier one.
		goose.WithAllowOutofOrder(true))
}

// migrate applies the missing migrations.
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

// refuseNewer returns ErrNewer if the database's version is newer than the newest
// migration here. It only reads.
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

// knownVersion is the version of the newest migration here.
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
