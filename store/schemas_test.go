package store_test

import (
	"database/sql"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kigen/store"
	"kigen/store/pgtest"
)

// ofOneAlone lists what one of the databases has by itself: SQLite a rowid, its search
// index and counter of changes.
var ofOneAlone = map[string]bool{
	"column events.rowid": true, "column reports.rowid": true, "column record_checkpoints.rowid": true, "column vendor_versions.rowid": true,
	"column meta.version": true, "index search_pairs": true,
	// Replicas elect a leader, a process with a file always leads.
	"column leadership.address": true, "column leadership.holder": true, "column leadership.name": true, "column leadership.only": true,
	"column leadership.term": true, "column leadership.until": true, "key leadership": true,

	"column promised.text unique": true, // PostgreSQL excludes equal texts by a hash index
}

// TestBothSchemasAreTheSame: a change of the schema of one database is made in the other, by
// a migration with the same number: migrations/sqlite and migrations/postgres.
func TestBothSchemasAreTheSame(t *testing.T) {
	if onServer {
		t.Skip("compares both")
	}
	file, server := openAt(t, newPlace(t)), openAt(t, pgtest.URL(t))
	_, fileReader := file.Pools()
	_, serverReader := server.Pools()
	want, got := sqliteSchema(t, fileReader), postgresSchema(t, serverReader)
	for _, what := range slices.Sorted(maps.Keys(want)) {
		if is, there := got[what]; !ofOneAlone[what] && (!there || is != want[what]) {
			t.Errorf("%s is %q in SQLite and %q in PostgreSQL", what, want[what], is)
		}
	}
	for _, what := range slices.Sorted(maps.Keys(got)) {
		if _, there := want[what]; !ofOneAlone[what] && !there {
			t.Errorf("%s is in PostgreSQL alone: %q", what, got[what])
		}
	}
	if len(want) < 400 {
		t.Errorf("only %d objects were compared", len(want))
	}
}

// described is the description of each object of a schema, by its kind and name.
func described(t *testing.T, pool *sql.DB, query string) map[string]string {
	t.Helper()
	rows, err := pool.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	found := map[string]string{}
	for rows.Next() {
		var what, is string
		if err := rows.Scan(&what, &is); err != nil {
			t.Fatal(err)
		}
		found[what] = strings.Join(strings.Fields(is), " ")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// ordinary leaves out the tables of goose and of the search.
const ordinary = `name NOT LIKE 'schema\_versions%' ESCAPE '\' AND name NOT LIKE 'search' AND name NOT LIKE 'search\_seg%' ESCAPE '\'
	AND name NOT LIKE 'search\_stat' ESCAPE '\' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`

func sqliteSchema(t *testing.T, pool *sql.DB) map[string]string {
	found := described(t, pool, `SELECT 'column ' || m.name || '.' || c.name,
			CASE c.type WHEN 'INTEGER' THEN 'bigint' WHEN 'TEXT' THEN 'text C' WHEN 'BLOB' THEN 'bytea' ELSE c.type END
				|| CASE WHEN c."notnull" OR c.pk > 0 THEN ' NOT NULL' ELSE '' END || ' DEFAULT ' || COALESCE(c.dflt_value, '')
		FROM (SELECT name FROM sqlite_schema WHERE type = 'table' AND `+ordinary+`) m JOIN pragma_table_xinfo(m.name) c
		UNION ALL SELECT 'key ' || m.name, group_concat(c.name, ', ' ORDER BY c.pk)
		FROM (SELECT name FROM sqlite_schema WHERE type = 'table' AND `+ordinary+`) m JOIN pragma_table_info(m.name) c WHERE c.pk > 0 GROUP BY m.name
		UNION ALL SELECT 'reference ' || m.name || '.' || f."from", f."table" || '.' || f."to"
		FROM (SELECT name FROM sqlite_schema WHERE type = 'table' AND `+ordinary+`) m JOIN pragma_foreign_key_list(m.name) f
		UNION ALL SELECT 'unique ' || m.name || ' ' || (SELECT group_concat(name, ', ' ORDER BY seqno) FROM pragma_index_info(i.name)), ''
		FROM (SELECT name FROM sqlite_schema WHERE type = 'table' AND `+ordinary+` AND name <> 'promised') m JOIN pragma_index_list(m.name) i WHERE i.origin = 'u'
		UNION ALL SELECT 'index ' || name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND `+ordinary+`
		UNION ALL SELECT 'view ' || name, '' FROM sqlite_schema WHERE type = 'view'`)
	for what, is := range found {
		if strings.HasPrefix(what, "index ") {
			found[what] = plainIndex(is)
		}
	}
	return found
}

func postgresSchema(t *testing.T, pool *sql.DB) map[string]string {
	found := described(t, pool, `SELECT 'column ' || c.table_name || '.' || c.column_name,
			c.data_type || CASE WHEN c.collation_name IS NULL THEN '' ELSE ' ' || c.collation_name END
				|| CASE WHEN c.is_nullable = 'NO' THEN ' NOT NULL' ELSE '' END || ' DEFAULT '
				|| replace(CASE WHEN c.column_default LIKE 'next_incident%' THEN '' ELSE COALESCE(replace(c.column_default, '''-1''::integer', '-1'), '') END, '::text', '')
		FROM information_schema.columns c JOIN information_schema.tables m USING (table_schema, table_name)
		WHERE c.table_schema = current_schema() AND m.table_type = 'BASE TABLE' AND c.table_name NOT IN ('schema_versions', 'search')
		UNION ALL SELECT CASE k.contype WHEN 'p' THEN 'key ' || r.relname ELSE 'unique ' || r.relname || ' ' || cols.names END, CASE k.contype WHEN 'p' THEN cols.names ELSE '' END
		FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid CROSS JOIN LATERAL (
			SELECT string_agg(a.attname, ', ' ORDER BY o.n) AS names FROM unnest(k.conkey) WITH ORDINALITY o (num, n) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = o.num) cols
		WHERE k.connamespace = current_schema()::regnamespace AND k.contype IN ('p', 'u') AND r.relname NOT IN ('schema_versions', 'search')
		UNION ALL SELECT 'reference ' || r.relname || '.' || a.attname, f.relname || '.' || b.attname
		FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
			JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
		WHERE k.connamespace = current_schema()::regnamespace AND k.contype = 'f'
		UNION ALL SELECT 'index ' || i.indexname, i.indexdef FROM pg_indexes i
		WHERE i.schemaname = current_schema() AND i.tablename <> 'schema_versions' AND NOT EXISTS (
			SELECT 1 FROM pg_constraint k WHERE k.conname = i.indexname AND k.connamespace = current_schema()::regnamespace)
		UNION ALL SELECT 'view ' || viewname, '' FROM pg_views WHERE schemaname = current_schema()`)
	for what, is := range found {
		if strings.HasPrefix(what, "index ") {
			found[what] = plainIndex(is)
		}
	}
	return found
}

var (
	indexNoise = regexp.MustCompile(`CREATE |INDEX \w+ |ON (\w+\.)?|USING btree |::text|::bigint|\[\]|[() ]`)
	anyOf      = regexp.MustCompile(`=ANYARRAY\[?([^\]]*)\]?`)
)

// plainIndex is the text of an index without what the databases write differently.
func plainIndex(definition string) string {
	text := anyOf.ReplaceAllString(indexNoise.ReplaceAllString(definition, ""), "IN$1")
	return strings.ToLower(strings.ReplaceAll(text, "]", ""))
}

// TestBothHaveTheSameVersion: a migration that one database does not need is there all the
// same, so that its number says what a database holds.
func TestBothHaveTheSameVersion(t *testing.T) {
	file, server := store.KnownVersions()
	if file != server {
		t.Errorf("the newest migration is %d in migrations/sqlite and %d in migrations/postgres", file, server)
	}
}

// TestTheServersSchemaIsKept: Verify compares with query/postgres_schema.txt, which is written
// by KIGEN_WRITE_SCHEMA=1 go test -run TheServersSchema ./store after a migration was added.
func TestTheServersSchemaIsKept(t *testing.T) {
	is, kept, err := openAt(t, pgtest.URL(t)).ServersSchema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("KIGEN_WRITE_SCHEMA") == "1" {
		if err := os.WriteFile("query/postgres_schema.txt", []byte(is), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if is != kept {
		t.Error("query/postgres_schema.txt is not what the migrations make: KIGEN_WRITE_SCHEMA=1 go test -run TheServersSchema ./store writes it")
	}
	if strings.Count(is, "\n") < 200 {
		t.Errorf("only %d objects are described", strings.Count(is, "\n"))
	}
}
