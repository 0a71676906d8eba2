package store

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var (
	//go:embed query/postgres_schema.sql
	postgresSchemaSQL string
	// postgresSchema is what the migrations make, a line for each object: there is no
	// server to ask. A test writes it anew.
	//
	//go:embed query/postgres_schema.txt
	postgresSchema string
)

// checks are the parts of Verify that concern the server's schema and references. What
// lies below is the server's own to verify (data checksums, pg_amcheck).
func (s *server) checks(r *reader) []check {
	return []check{{"schema", r.verifyServerSchema}, {"references", r.verifyServerReferences}}
}

// verifyServerSchema compares tables, constraints, indexes, triggers, functions and views
// with what the migrations make.
func (r *reader) verifyServerSchema(ctx context.Context, f *findings) error {
	var newest int64
	if err := r.one(ctx, []any{&newest}, nil, `SELECT COALESCE(MAX(version_id), 0) FROM `+versionTable); err != nil {
		return err
	}
	known, err := postgresMigrations.knownVersion()
	if err != nil {
		return err
	}
	if newest > known {
		return nil // amid an upgrade of the replicas: the newer kigen knows its schema
	}
	got, err := schemaOfServer(ctx, r)
	if err != nil {
		return err
	}
	compareSchemas(f, described(postgresSchema), got)
	return nil
}

// schemaOfServer reads the text of each object of the schema. Names of the schema itself,
// and what versions of PostgreSQL write differently, are left out of the texts.
func schemaOfServer(ctx context.Context, r *reader) (map[object]string, error) {
	schema := map[object]string{}
	var name string
	if err := r.one(ctx, []any{&name}, nil, `SELECT quote_ident(current_schema())`); err != nil {
		return nil, err
	}
	err := r.query(ctx, func(rows *sql.Rows) error {
		var what object
		var text string
		if err := rows.Scan(&what.kind, &what.name, &text); err != nil {
			return err
		}
		text = strings.ReplaceAll(text, name+".", "")
		if what.kind == "view" {
			text = viewNoise.ReplaceAllString(text, "")
		}
		schema[what] = strings.Join(strings.Fields(text), " ")
		return nil
	}, postgresSchemaSQL)
	return schema, err
}

// viewNoise is how later versions of PostgreSQL write the same view with fewer signs.
var viewNoise = regexp.MustCompile(`\b\w+\.|[()]`)

// described reads a schema: a line for each object, with its kind, name and text.
func described(text string) map[object]string {
	schema := map[object]string{}
	for line := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		schema[object{parts[0], parts[1]}] = parts[2]
	}
	return schema
}

const serverReferencesSQL = `SELECT r.relname, a.attname, p.relname, b.attname FROM pg_constraint k
	JOIN pg_class r ON r.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid
	JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
	WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace ORDER BY 1, 2`

// verifyServerReferences reports the rows whose foreign key has no row: the server checks
// when a row is written, and its administrator can switch that off.
func (r *reader) verifyServerReferences(ctx context.Context, f *findings) error {
	type reference struct{ table, column, parent, key string }
	var all []reference
	err := r.query(ctx, func(rows *sql.Rows) error {
		var ref reference
		err := rows.Scan(&ref.table, &ref.column, &ref.parent, &ref.key)
		all = append(all, ref)
		return err
	}, serverReferencesSQL)
	for _, ref := range all {
		stmt := fmt.Sprintf(`SELECT CAST(c."%[2]s" AS TEXT) FROM "%[1]s" c WHERE c."%[2]s" IS NOT NULL
			AND NOT EXISTS (SELECT 1 FROM "%[3]s" p WHERE p."%[4]s" = c."%[2]s") LIMIT %[5]d`, ref.table, ref.column, ref.parent, ref.key, mostFindings)
		err = errors.Join(err, r.query(ctx, func(rows *sql.Rows) error {
			var value string
			if err := rows.Scan(&value); err != nil {
				return err
			}
			f.addf("%s.%s %s refers to a row of %s that is missing", ref.table, ref.column, value, ref.parent)
			return nil
		}, stmt))
	}
	return err
}
