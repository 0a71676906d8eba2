package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/record"
	"kigen/sla/tracker"
)

// Pools shows the connections to tests, for what no caller may do.
func (db *DB) Pools() (writer, reader *sql.DB) { return db.writer, db.reader }

// VerifyRows is Verify for rows that a test wrote without their history.
func (db *DB) VerifyRows(ctx context.Context) error {
	return db.verify(ctx, func(r *reader) []check {
		return slices.DeleteFunc(r.checks(), func(c check) bool { return c.name == "readable" })
	})
}

// UpdateUnsealed is Update, whose lines of the record are dropped if unsealed is set.
func (db *DB) UpdateUnsealed(ctx context.Context, unsealed bool, f func(tracker.Tx) error) error {
	return db.update(ctx, func(t *tx) error {
		err := f(t)
		if unsealed {
			t.record = recordBuffer{}
		}
		return err
	})
}

// Retain deletes contents up to a number behind a checkpoint, as retention does.
func (db *DB) Retain(ctx context.Context, kind record.Kind, upTo int64, at time.Time, stmt string) error {
	return db.update(ctx, func(t *tx) error {
		if err := t.checkpoint(ctx, kind, upTo, at); err != nil {
			return err
		}
		_, err := t.exec(ctx, stmt)
		return err
	})
}

// OpenMisspelt opens a reader with an option that the driver does not know.
func OpenMisspelt(path string) *sql.DB {
	m := reading()
	delete(m.options, "_foreign_keys")
	m.options["_foriegn_keys"] = "on"
	return openPool(path, m)
}

// ListSQL shows the statements that List runs for a query, with their arguments.
func (db *DB) ListSQL(q tracker.Query) map[string][]any {
	after, err := checkQuery(&q)
	if err != nil {
		panic(err)
	}
	shown := map[string][]any{}
	show := func(s *statement) { shown[s.String()] = s.args }
	show(countStatement(&q, &found{ids: "[1]", owners: `["a"]`, sql: db.sql}))
	if !months(&q) {
		for _, l := range listings(&q) {
			show(pageStatement(&q, l, after, q.Limit, &found{ids: "[1]", owners: `["a"]`, sql: db.sql}))
		}
		return shown
	}
	for rank := range sla.States {
		show(monthStatement(&q, rank, after, q.Limit, &found{owners: `["a"]`, sql: db.sql}))
	}
	return shown
}

// LoopSQL shows the statements that run for each step of time, each alert and
// each message, with the index that each is to be read from.
func LoopSQL() map[string]string {
	unalertedSQL, _ := Stage{}.unalerted()
	return map[string]string{
		dueIncidentsSQL:                 "COVERING INDEX clocks_next_step (next_step_at<?)",
		nextStepSQL:                     "COVERING INDEX clocks_next_step",
		oldestUnsentSQL:                 "INDEX deliveries_unsent",
		unconfirmedSQL:                  "INDEX deliveries_unknown (destination=?)",
		nextSendSQL:                     "INDEX deliveries_pending (destination=? AND kind=?)",
		queueUpdatesOf(postsOfIncident): "INDEX deliveries_incident (incident_id=?)",
		queueUpdatesOf(postsOfItem):     "INDEX deliveries_alert (alert_id=?)",
		attributedSQL:                   "COVERING INDEX clocks_report (attributed_at>? AND attributed_at<?)",
		deadlineStatement(new(tracker.DeadlineQuery)).String():                         "INDEX clocks_open_due (due_at>? AND due_at<?)",
		deadlineStatement(&tracker.DeadlineQuery{Ours: true, Answered: true}).String(): "INDEX clocks_ours (due_at>? AND due_at<?)",
		answeredStatement(&tracker.AnsweredQuery{}).String():                           "COVERING INDEX clocks_notified (notified_at>?)",
		unalertedSQL:           "INDEX clocks_open_due (due_at<?)",
		nextDueSQL:             "INDEX clocks_open_due (due_at>?)",
		supersedeSQL(0):        "INDEX deliveries_alert (alert_id=?)",
		supersedeLoggedSQL(0):  "INDEX deliveries_incident (incident_id=?)",
		supersedeLoggedSQL(2):  "INDEX deliveries_incident (incident_id=? AND destination=?)",
		supersedeSQL(2):        "INDEX deliveries_alert (alert_id=? AND destination=?)",
		queuePageUpdatesSQL:    "INDEX deliveries_incident (incident_id=?)",
		mergeableSQL:           "INDEX deliveries_pending (destination=? AND kind=? AND next_at<?)",
		openDigestSQL:          "INDEX deliveries_loose (destination=?)",
		digestLinesSQL:         "INDEX deliveries_digest_page (digest_page_id=?)",
		supersedeFailedOverSQL: "INDEX deliveries_alert (alert_id=?)",
		attachSQL:              "INDEX deliveries_loose (destination=?)",
		attachableSQL:          "INDEX deliveries_loose (destination=?)",
		failOverSQL:            "INDEX deliveries_pending (destination=? AND kind=?)",
	}
}

// MigrateTo makes a database as a kigen of that version left it.
func MigrateTo(ctx context.Context, path string, version int64) (err error) {
	if err := prepareFile(ctx, path); err != nil {
		return err
	}
	pool := openPool(path, writing())
	defer func() { err = errors.Join(err, pool.Close()) }()
	if err := mark(ctx, pool); err != nil {
		return err
	}
	provider, err := sqliteMigrations.provider(pool)
	if err == nil {
		_, err = provider.UpTo(ctx, version)
	}
	return err
}

// MigrateServerTo makes a database on a server as a kigen of that version left it. pool is
// one of its superuser or owner.
func MigrateServerTo(ctx context.Context, pool *sql.DB, version int64) error {
	provider, err := postgresMigrations.provider(pool)
	if err == nil {
		_, err = provider.UpTo(ctx, version)
	}
	return err
}

// ReportSQL shows the statements that a report runs over the time line, with
// the index that each is to be read from.
func ReportSQL() map[string]string {
	return map[string]string{
		countedSQL:   "COVERING INDEX clocks_report (attributed_at>? AND attributed_at<?)",
		tookSQL:      "COVERING INDEX clocks_report (attributed_at>? AND attributed_at<?)",
		clocklessSQL: "INDEX incidents_clockless (clockless_logged_at>? AND clockless_logged_at<?)",
		silentSQL:    "COVERING INDEX clocks_silent (attributed_at<?)",
		backdatedSQL: "(attributed_at>? AND attributed_at<?)",
	}
}

// WrongEntries lists the incidents whose rows in the lists are not what this
// version would write.
func (db *DB) WrongEntries(ctx context.Context) (ids []sla.IncidentID, err error) {
	err = db.update(ctx, func(t *tx) error {
		all, err := t.ids(ctx, `SELECT id FROM incidents ORDER BY id`)
		for _, id := range all {
			was, storedErr := t.storedEntries(ctx, id)
			is, currentErr := t.currentEntries(ctx, id)
			slices.SortFunc(is, func(a, b listEntry) int { return strings.Compare(a.listing, b.listing) })
			if !slices.Equal(was, is) {
				ids = append(ids, id)
			}
			err = errors.Join(err, storedErr, currentErr)
		}
		return err
	})
	return ids, err
}

// ReferencedSQL shows the statement by which Referenced looks for n references.
func ReferencedSQL(n int) string { return referencedSQL(n) }

// KnownVersions returns the numbers of the newest migrations.
func KnownVersions() (file, server int64) {
	newest := func(dir string) (number int64) {
		entries, err := migrations.ReadDir(dir)
		if err != nil {
			panic(err)
		}
		_, _ = fmt.Sscanf(entries[len(entries)-1].Name(), "%d", &number)
		return number
	}
	return newest(sqliteMigrations.dir), newest(postgresMigrations.dir)
}

// describeSchema is the inverse of described.
func describeSchema(schema map[object]string) string {
	var b strings.Builder
	compare := func(a, b object) int { return strings.Compare(a.kind+" "+a.name, b.kind+" "+b.name) }
	for _, what := range slices.SortedFunc(maps.Keys(schema), compare) {
		fmt.Fprintf(&b, "%s\t%s\t%s\n", what.kind, what.name, schema[what])
	}
	return b.String()
}

// ServersSchema describes the schema of a database on a server, and the one that Verify
// expects.
func (db *DB) ServersSchema(ctx context.Context) (is, kept string, err error) {
	err = db.view(ctx, func(r *reader) error {
		schema, err := schemaOfServer(ctx, r)
		is = describeSchema(schema)
		return err
	})
	return is, postgresSchema, err
}

// CheckVersion and IsTested judge the major version of a server.
func CheckVersion(version int) error { return checkVersion(version) }

// IsTested reports whether the tests run on it.
func IsTested(version int) bool { return isTested(version) }
