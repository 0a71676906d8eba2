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
	known, err := m.knownVersion()
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

// refuseUnsuited returns ErrNewer if the database needs a kigen that knows a newer version
// than this one does. A newer version alone is no reason: replicas of the version before
// work on while others are upgraded. It only reads.
func (m migrationSet) refuseUnsuited(ctx context.Context, pool *sql.DB) error {
	known, err := m.knownVersion()
	if err != nil {
		return err
	}
	stored, err := m.storedVersion(ctx, pool)
	if err != nil || stored <= known {
		return err
	}
	var needs int64
	if err := pool.QueryRowContext(ctx, `SELECT COALESCE(MAX(needs), 0) FROM meta`).Scan(&needs); err != nil {
		return err
	}
	return unsuited(needs, known)
}

// unsuited returns ErrNewer if a database needs more than this kigen knows.
func unsuited(needs, known int64) error {
	if needs <= known {
		return nil
	}
	return fmt.Errorf("%w: its schema needs a kigen that knows version %d, this kigen knows up to %d; upgrade this replica as well, or restore a dump from before the upgrade",
		ErrNewer, needs, known)
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
	known, err := m.knownVersion()
	if err != nil {
		return err
	}
	if stored < known {
		return fmt.Errorf("%w: its schema has version %d, this kigen has %d; kigen db migrate brings it up to date", ErrOlder, stored, known)
	}
	return nil
}

// knownVersion is the version of the newest migration here.
func (m migrationSet) knownVersion() (newest int64, err error) {
	files, err := fs.ReadDir(migrations, m.dir)
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		version, err := goose.NumericComponent(file.Name())
		if err != nil {
			return 0, err
		}
		newest = max(newest, version)
	}
	return newest, nil
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
