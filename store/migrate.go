package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// versionTable is the table in which goose records the applied migrations.
const versionTable = "schema_versions"

// migrationSet are the migrations of one kind of database. A change of the schema has the
// same number in all sets.
type migrationSet struct {
	dialect  goose.Dialect
	dir      string
	hasTable string // whether the database has a table of the name $1
}

func (m migrationSet) provider(pool *sql.DB, more ...goose.ProviderOption) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, m.dir)
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{
		goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()),
		// A build between two releases may have had a later migration without an earlier one.
		goose.WithAllowOutofOrder(true),
	}
	return goose.NewProvider(m.dialect, pool, files, append(options, more...)...)
}

// up applies the missing migrations.
func (m migrationSet) up(ctx context.Context, writer *sql.DB, more ...goose.ProviderOption) error {
	provider, err := m.provider(writer, more...)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// refuseNewer returns ErrNewer if the database's version is newer than the newest
// migration here. It only reads.
func (m migrationSet) refuseNewer(ctx context.Context, pool *sql.DB) error {
	known, err := m.knownVersion(pool)
	if err != nil {
		return err
	}
	stored, err := m.storedVersion(ctx, pool)
	if err != nil {
		return err
	}
	if stored > known {
		return fmt.Errorf("%w: its schema has version %d, this kigen knows up to %d; use the newer kigen, or restore a backup from before the upgrade",
			ErrNewer, stored, known)
	}
	return nil
}

// refuseOlder returns ErrEmpty if the database has no tables yet, and ErrOlder if it has
// to be migrated.
func (m migrationSet) refuseOlder(ctx context.Context, pool *sql.DB) error {
	stored, err := m.storedVersion(ctx, pool)
	if err != nil {
		return err
	}
	if stored == 0 {
		return fmt.Errorf("%w; name a database that kigen serve made, or a backup", ErrEmpty)
	}
	known, err := m.knownVersion(pool)
	if err != nil {
		return err
	}
	if stored < known {
		return fmt.Errorf("%w: its schema has version %d, this kigen has %d; kigen db migrate brings it up to date", ErrOlder, stored, known)
	}
	return nil
}

// knownVersion is the version of the newest migration here.
func (m migrationSet) knownVersion(pool *sql.DB) (int64, error) {
	provider, err := m.provider(pool)
	if err != nil {
		return 0, err
	}
	sources := provider.ListSources()
	return sources[len(sources)-1].Version, nil
}

func (m migrationSet) storedVersion(ctx context.Context, pool *sql.DB) (int64, error) {
	var has bool
	if err := pool.QueryRowContext(ctx, m.hasTable, versionTable).Scan(&has); err != nil || !has {
		return 0, err
	}
	var version sql.Null[int64]
	err := pool.QueryRowContext(ctx, `SELECT MAX(version_id) FROM `+versionTable).Scan(&version)
	return version.V, err
}
