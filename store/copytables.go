package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// copiedTable is a table that Copy copies. Its columns come from both schemas, so that no
// table and no column is left out.
type copiedTable struct {
	name    string
	columns []string
	key     []string // identifies a row
	ordered bool     // the order of insertion counts: it has a rowid
}

// Tables that Copy leaves out: the version, which both have; the search index, which each
// has in its own form; and the lease, which is about the processes at the server.
var leftOut = map[string]bool{versionTable: true, "search": true, "leadership": true}

// madeWithTables are the tables with rows from their migration, or from the first opening.
var madeWithTables = map[string]bool{"meta": true, "promised_backlog": true, "record_backlog": true, "search_backlog": true, "access_sent": true}

// rowid is the column of a server that holds the order of insertion, which each table of
// a file has of itself.
const rowid = "rowid"

// ofServerAlone are other columns that a file does not need.
var ofServerAlone = map[string]bool{"meta.version": true}

// tableColumns are the columns of a table that can be written, and its primary key.
type tableColumns struct{ all, key []string }

const (
	fileColumnsSQL = `SELECT l.name, c.name, c.pk FROM pragma_table_list l JOIN pragma_table_xinfo(l.name) c
		WHERE l.schema = 'main' AND l.type = 'table' AND l.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND c.hidden = 0 ORDER BY l.name, c.cid`
	serverColumnsSQL = `SELECT r.relname, a.attname, COALESCE(array_position(k.conkey, a.attnum), 0)
		FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
		LEFT JOIN pg_constraint k ON k.conrelid = r.oid AND k.contype = 'p'
		WHERE r.relnamespace = current_schema()::regnamespace AND r.relkind IN ('r', 'p') ORDER BY r.relname, a.attnum`
	// What a table refers to is the same in both.
	fileReferencesSQL = `SELECT l.name, f."table" FROM pragma_table_list l JOIN pragma_foreign_key_list(l.name) f
		WHERE l.schema = 'main' AND l.type = 'table'`
)

// columnsOf reads the columns of all tables.
func columnsOf(ctx context.Context, r *reader) (map[string]*tableColumns, error) {
	stmt := fileColumnsSQL
	if r.db.OnServer() {
		stmt = serverColumnsSQL
	}
	tables := map[string]*tableColumns{}
	err := r.query(ctx, func(rows *sql.Rows) error {
		var table, column string
		var place int
		if err := rows.Scan(&table, &column, &place); err != nil || leftOut[table] {
			return err
		}
		t := tables[table]
		if t == nil {
			t = &tableColumns{}
			tables[table] = t
		}
		t.all = append(t.all, column)
		if place > 0 {
			t.key = slices.Insert(t.key, min(place-1, len(t.key)), column)
		}
		return nil
	}, stmt)
	return tables, err
}

// plan lists the tables of both databases, each after those that it refers to.
func (c *copying) plan(ctx context.Context, to *reader) error {
	file, server := c.from, to
	if file.db.OnServer() {
		file, server = server, file
	}
	inFile, err := columnsOf(ctx, file)
	if err != nil {
		return err
	}
	inServer, err := columnsOf(ctx, server)
	if err != nil {
		return err
	}
	references, err := referencesOf(ctx, file)
	if err != nil {
		return err
	}
	tables := map[string]copiedTable{}
	var differs []error
	for name, columns := range inServer {
		table, err := common(name, inFile[name], columns)
		differs = append(differs, err)
		tables[name] = table
	}
	for name := range inFile {
		if inServer[name] == nil {
			differs = append(differs, fmt.Errorf("the table %s is in the file alone", name))
		}
	}
	c.tables = inOrder(tables, references)
	return errors.Join(differs...)
}

// common joins the columns of a table in a file and on a server.
func common(name string, file, server *tableColumns) (copiedTable, error) {
	table := copiedTable{name: name}
	if file == nil {
		return table, fmt.Errorf("the table %s is on the server alone", name)
	}
	table.key = file.key
	left := slices.Clone(file.all)
	for _, column := range server.all {
		at := slices.Index(left, column)
		switch {
		case at >= 0:
			left = slices.Delete(left, at, at+1)
		case column == rowid:
			table.ordered = true
		case ofServerAlone[name+"."+column]:
			continue
		default:
			return table, fmt.Errorf("the column %s of the table %s is on the server alone", column, name)
		}
		table.columns = append(table.columns, column)
	}
	if len(left) > 0 {
		return table, fmt.Errorf("the column %s of the table %s is in the file alone", left[0], name)
	}
	return table, nil
}

func referencesOf(ctx context.Context, file *reader) (map[string][]string, error) {
	references := map[string][]string{}
	err := file.query(ctx, func(rows *sql.Rows) error {
		var table, parent string
		err := rows.Scan(&table, &parent)
		if table != parent {
			references[table] = append(references[table], parent)
		}
		return err
	}, fileReferencesSQL)
	return references, err
}

// inOrder sorts tables by name, each after those that it refers to.
func inOrder(tables map[string]copiedTable, references map[string][]string) []copiedTable {
	var ordered []copiedTable
	done := map[string]bool{}
	var add func(name string)
	add = func(name string) {
		if _, there := tables[name]; !there || done[name] {
			return
		}
		done[name] = true
		for _, parent := range slices.Sorted(slices.Values(references[name])) {
			add(parent)
		}
		ordered = append(ordered, tables[name])
	}
	names := make([]string, 0, len(tables))
	for name := range tables {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		add(name)
	}
	return ordered
}

func columnList(names []string) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = `"` + name + `"`
	}
	return strings.Join(all, ", ")
}

// selectSQL selects all rows. Those of a table with a rowid come in the order of insertion,
// which the triggers of the target check.
func (t *copiedTable) selectSQL() string {
	order := columnList(t.key)
	if t.ordered {
		order = rowid
	}
	return "SELECT " + columnList(t.columns) + " FROM " + t.name + " ORDER BY " + order
}

// row names a row for people.
func (t *copiedTable) row(values []any) string {
	var parts []string
	for i, column := range t.columns {
		if slices.Contains(t.key, column) {
			parts = append(parts, fmt.Sprintf("%s %v", column, values[i]))
		}
	}
	return "the row " + strings.Join(parts, ", ") + " of the table " + t.name
}

// storable refuses a text that a server can't store, and a file can.
func (t *copiedTable) storable(values []any) error {
	for i, v := range values {
		if text, ok := v.(string); ok && (strings.ContainsRune(text, 0) || !utf8.ValidString(text)) {
			return fmt.Errorf("%s: the column %s holds a NUL character, or bytes that are no UTF-8, which PostgreSQL does not store: change or erase that text with kigen first", t.row(values), t.columns[i])
		}
	}
	return nil
}

// sameValue compares two values as the drivers return them.
func sameValue(a, b any) bool {
	x, isBytes := a.([]byte)
	y, areBytes := b.([]byte)
	if isBytes || areBytes {
		return isBytes && areBytes && bytes.Equal(x, y)
	}
	return a == b
}

// pulledRow is the next row of the target; more is false after the last one.
type pulledRow struct {
	values []any
	more   bool
	err    error
}

// compare reads a table of both databases and returns an error for the first difference.
func (c *copying) compare(ctx context.Context, t *tx, table *copiedTable) error {
	next, stop := table.pull(ctx, &t.reader)
	defer stop()
	_, err := c.reading(ctx, CopyCompares, table, func(want []any) error {
		got := next()
		switch {
		case got.err != nil:
			return got.err
		case !got.more:
			return fmt.Errorf("%s is missing in the copy", table.row(want))
		}
		for i := range want {
			if !sameValue(want[i], got.values[i]) {
				return fmt.Errorf("%s: the column %s is another one in the copy", table.row(want), table.columns[i])
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	last := next()
	if last.err == nil && last.more {
		return fmt.Errorf("%s is in the copy alone", table.row(last.values))
	}
	return last.err
}

// pull reads a table row by row, on its caller's goroutine.
func (t *copiedTable) pull(ctx context.Context, r *reader) (next func() pulledRow, stop func()) {
	under, _, err := r.statement(ctx, nil)
	var rows *sql.Rows
	if err == nil {
		rows, err = r.tx.QueryContext(under, t.selectSQL()) //nolint:rowserrcheck,sqlclosecheck // next and stop do
	}
	if err != nil {
		return func() pulledRow { return pulledRow{err: err} }, func() {}
	}
	values := make([]any, len(t.columns))
	dest := make([]any, len(values))
	for i := range values {
		dest[i] = &values[i]
	}
	next = func() pulledRow {
		if !rows.Next() {
			return pulledRow{err: rows.Err()}
		}
		return pulledRow{values: values, more: true, err: rows.Scan(dest...)}
	}
	return next, func() { _ = rows.Close() }
}
