package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
)

type nullInt = sql.Null[int64]

// millis converts an instant to its stored form, UTC milliseconds; zero is NULL.
func millis(t time.Time) nullInt { return nullInt{V: t.UnixMilli(), Valid: !t.IsZero()} }

// offset is the instant's offset from UTC in seconds east; of the zero instant, NULL.
func offset(t time.Time) nullInt {
	_, east := t.Zone()
	return nullInt{V: int64(east), Valid: !t.IsZero()}
}

// utc converts a stored instant to UTC time; NULL is zero.
func utc(ms nullInt) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.V).UTC()
}

// entered converts a stored instant to the offset at which it was entered.
func entered(ms, east nullInt) time.Time {
	t := utc(ms)
	if east.V == 0 || !ms.Valid {
		return t
	}
	return t.In(time.FixedZone("", int(east.V)))
}

// inZone converts a stored instant to a named zone, or to the stored offset where
// the zone is unknown here or its rules have changed since.
func (db *DB) inZone(ms, east nullInt, name string) time.Time {
	t := entered(ms, east)
	if loc := db.zone(name); loc != nil && offset(t.In(loc)).V == east.V {
		return t.In(loc)
	}
	return t
}

// zone returns a zone by name, nil if there is none. It caches: loading one from
// the tz database takes far longer than reading a row.
func (db *DB) zone(name string) *time.Location {
	if name == "" || name == "Local" { // Local differs from machine to machine
		return nil
	}
	if loc, ok := db.zones.Load(name); ok {
		return loc.(*time.Location)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		loc = nil
	}
	db.zones.Store(name, loc)
	return loc
}

// zoneName is the name by which zone finds the instant's zone again; empty if it
// has none that is the same on every machine.
func zoneName(t time.Time) string {
	if name := t.Location().String(); !t.IsZero() && name != "Local" {
		return name
	}
	return ""
}

// listText encodes a list as JSON; nil is [].
func listText(list []string) (string, error) {
	if len(list) == 0 {
		return "[]", nil
	}
	b, err := json.Marshal(list)
	return string(b), err
}

func parseList(text string) ([]string, error) {
	if text == "[]" {
		return nil, nil
	}
	var list []string
	err := json.Unmarshal([]byte(text), &list)
	return list, err
}

// rowsAtOnce are the numbers of rows that one statement handles, in descending order.
// They are few, so that the statements stay prepared.
var rowsAtOnce = [...]int{50, 10, 2, 1}

// chunks cuts a list into parts of the lengths in rowsAtOnce.
func chunks[T any](list []T) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		for _, n := range rowsAtOnce {
			for len(list) >= n {
				if !yield(list[:n]) {
					return
				}
				list = list[n:]
			}
		}
	}
}

// insertRows stores rows of equal length by a statement that ends before VALUES.
func (t *tx) insertRows(ctx context.Context, into string, rows [][]any) error {
	for some := range chunks(rows) {
		if _, err := t.exec(ctx, into+" VALUES "+rowPlaceholders(len(some), len(some[0])), slices.Concat(some...)...); err != nil {
			return err
		}
	}
	return nil
}

// placeholders returns n numbered arguments from $from on, with commas between them.
func placeholders(from, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(from + i))
	}
	return b.String()
}

func anys[T any](values []T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}
