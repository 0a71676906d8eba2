package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// object is a table, index, trigger or the like of a database.
type object struct{ kind, name string }

// verifySchema compares tables, indexes and triggers with what the migrations make.
func (r *reader) verifySchema(ctx context.Context, f *findings) error {
	want, err := migratedSchema()
	if err != nil {
		return fmt.Errorf("schema of the migrations: %w", err)
	}
	got, err := schemaOf(ctx, r.tx)
	if err != nil {
		return err
	}
	compareSchemas(f, want, got)
	return nil
}

// compareSchemas adds a finding for each object that differs.
func compareSchemas(f *findings, want, got map[object]string) {
	for what, sql := range got {
		switch expected, known := want[what]; {
		case !known:
			f.addf("the %s %s is not part of kigen: someone added it to the database", what.kind, what.name)
		case sql != expected:
			f.addf("the %s %s is not as kigen makes it: someone changed it", what.kind, what.name)
		}
	}
	for what := range want {
		if _, there := got[what]; !there {
			f.addf("the %s %s is missing: someone removed it", what.kind, what.name)
		}
	}
}

// migratedSchema returns the schema that the migrations make in an empty database in
// memory. A process has one set of migrations; callers only read the result.
var migratedSchema = sync.OnceValues(func() (schema map[object]string, err error) {
	ctx := context.Background()
	pool := openPool("kigen-schema", mode{options: map[string]string{"mode": "memory"}, most: 1})
	defer func() { err = errors.Join(err, pool.Close()) }()
	if err := migrateFile(ctx, pool); err != nil {
		return nil, err
	}
	return schemaOf(ctx, pool)
})

// querier is a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// schemaOf reads the text of each object. Names that SQLite reserves for itself are left out.
func schemaOf(ctx context.Context, q querier) (map[object]string, error) {
	rows, err := q.QueryContext(ctx, `SELECT type, name, tbl_name, COALESCE(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err reports the error
	schema := map[object]string{}
	for rows.Next() {
		var what object
		var table, text string
		if err := rows.Scan(&what.kind, &what.name, &table, &text); err != nil {
			return nil, err
		}
		schema[what] = table + ": " + strings.Join(strings.Fields(text), " ")
	}
	return schema, rows.Err()
}
