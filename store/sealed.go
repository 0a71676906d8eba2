package store

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"strconv"

	"kigen/sla/record"
)

// sealedTable describes the rows of one kind that the record seals.
type sealedTable struct {
	kind record.Kind
	// from is the table, or a join; key are the columns that hold name, number and part
	// of a row's lines.
	from string
	key  [3]string
	// columns are sealed in this order. A renamed column keeps its place. A new one goes
	// to the end, in a migration that seals the rows again.
	columns string
	only    string // condition of the rows that are sealed; empty: all
	id      string // column by which sealRow finds rows; empty: there is none
	cursor  string // column by which older rows are sealed in order
	noun    string // for a finding
}

// sealedTables lists all kinds but events, which are sealed by their own hash. A new
// kind is a row here, and a call of sealRow or sealKey where its rows are written.
//
// Left out is what follows from other columns, what only plans the next step, and
// what changes without anyone's doing, such as when a token was last used. Promises
// and calendars, and contents of files, are stored by their hashes, which the rows
// of clocks and files hold.
var sealedTables = []sealedTable{
	{
		kind: record.Incident, from: "incidents", key: [3]string{"''", "id", "0"}, id: "id", cursor: "id", noun: "incident",
		columns: incidentColumns + `, (SELECT string_agg(moment || ' ' || at || ' ' || at_offset || ' ' || basis, ', ') FROM
			(SELECT * FROM moments WHERE incident_id = incidents.id ORDER BY moment) its)`,
	},
	{
		kind: record.Clock, from: "clocks", key: [3]string{"''", "id", "0"}, id: "id", cursor: "id", noun: "clock",
		columns: `incident_id, promise, stage, terms, state, start_at, start_offset, start_from, start_basis,
			due_at, due_offset, zone, notified_at, ` + explanationSQL + `, breached_at, premature_at,
			announced_start_at, announced_due_at, again_at, waived_at, waived_by, waived_reason, waived_whole`,
	},
	{
		kind: record.Notice, from: "notices", key: [3]string{"''", "id", "0"}, id: "id", cursor: "id", noun: "notice",
		columns: `incident_id, received_at, received_offset, sent_at, sent_offset, channel, stage, reference, text, recorded_at, recorded_by,
			withdrawn_at, withdrawn_by, withdrawn_reason`,
	},
	{
		kind: record.File, from: "notice_files", key: [3]string{"''", "notice_id", "position"}, id: "notice_id", cursor: "notice_id", noun: "file of notice",
		columns: `incident_id, sha256, name, type`,
	},
	{
		kind: record.Note, from: "notes", key: [3]string{"''", "id", "0"}, id: "id", cursor: "id", noun: "note",
		columns: `incident_id, at, author, text`,
	},
	{
		kind: record.NoteFile, from: "note_files", key: [3]string{"''", "note_id", "position"}, id: "note_id", cursor: "note_id", noun: "file of note",
		columns: `incident_id, sha256, name, type`,
	},
	{
		kind: record.Chaser, from: "chasers", key: [3]string{"''", "id", "0"}, id: "id", cursor: "id", noun: "chaser",
		columns: `incident_id, sent_at, sent_offset, sent_to, channel, message_id, recorded_at, recorded_by`,
	},
	{
		kind: record.Decision, from: "decisions", key: [3]string{"''", "id", "0"}, id: "id", cursor: "id", noun: "decision",
		columns: `incident_id, duty, applies, case_id, reason, aware_at, aware_offset, decided_at, decided_by`,
	},
	{
		kind: record.Submission, from: "submissions", key: [3]string{"''", "id", "0"}, id: "id", cursor: "id", noun: "submission",
		columns: `incident_id, duty, stage, submitted_at, submitted_offset, reference, recorded_at, recorded_by,
			withdrawn_at, withdrawn_by, withdrawn_reason`,
	},
	{
		kind: record.SubmissionFile, from: "submission_files", key: [3]string{"''", "submission_id", "position"}, id: "submission_id", cursor: "submission_id", noun: "file of submission",
		columns: `incident_id, sha256, name, type`,
	},
	{
		// Failed attempts and denials are not sealed: strangers make them, and the oldest
		// are deleted.
		kind: record.Access, from: "access_log", key: [3]string{"''", "id", "0"}, id: "id", cursor: "id", noun: "access log line",
		columns: `at, actor, kind, subject, origin`, only: "kind NOT IN " + boundedKinds,
	},
	{
		kind: record.Edition, from: "reports", key: [3]string{"period", "edition", "0"}, cursor: "rowid", noun: "edition of report",
		columns: `made_at, kigen, sha256, clocks`,
	},
	{
		kind: record.User, from: "users", key: [3]string{"''", "id", "0"}, id: "id", cursor: "id", noun: "user",
		columns: `name, subject, role, password, disabled, created_at, must_change, role_lost_at, totp_secret`,
	},
	{
		kind: record.Token, from: "tokens", key: [3]string{"''", "id", "0"}, id: "id", cursor: "id", noun: "token",
		columns: `name, hash, role, created_at, expires_at, revoked_at`,
	},
	{
		kind: record.Vendor, from: "vendor_versions", key: [3]string{"vendor", "number", "0"}, cursor: "rowid", noun: "version of vendor",
		columns: `published_at, published_by, reason, text`,
	},
	{
		kind: record.VendorDocument, from: "vendor_documents", key: [3]string{"''", "id", "0"}, id: "id", cursor: "id", noun: "document of a vendor",
		columns: `vendor, number, title, edition, dated, sha256, name, type, added_at, added_by`,
	},
	{
		kind: record.VendorReview, from: "vendor_reviews", key: [3]string{"''", "id", "0"}, id: "id", cursor: "id", noun: "review of a vendor",
		columns: `vendor, number, reviewed_on, next_on, note, recorded_at, recorded_by`,
	},
	{
		kind: record.IntakeRevision, from: "intake_revisions r JOIN intake_items i ON i.id = r.item_id", key: [3]string{"''", "r.id", "0"}, id: "r.id", cursor: "r.id", noun: "wording of what came in",
		columns: `i.source, i.source_id, r.number, r.at, r.title, r.text, r.content, r.fingerprint, r.sha256, r.name, r.type`,
	},
	{
		kind: record.IntakeDecision, from: "intake_decisions", key: [3]string{"''", "id", "0"}, id: "id", cursor: "id", noun: "decision about what came in",
		columns: `item_id, decided_at, decided_by, origin, action, state, incident_id, notice, reason, key`,
	},
	{
		kind: record.Checkpoint, from: "record_checkpoints", key: [3]string{"kind", "up_to", "0"}, cursor: "rowid", noun: "checkpoint",
		columns: `count, hash, at`,
	},
}

// sealedKey names a sealed content: a row, or an event.
type sealedKey struct {
	kind   record.Kind
	name   string
	number int64
	part   int64
}

func (k sealedKey) line(content record.Hash) record.Line {
	return record.Line{Kind: k.kind, Name: k.name, Number: k.number, Part: k.part, Content: content}
}

// compare orders keys of one kind as SQLite orders their columns.
func (k sealedKey) compare(other sealedKey) int {
	switch {
	case k.name != other.name:
		return order(k.name < other.name)
	case k.number != other.number:
		return order(k.number < other.number)
	case k.part != other.part:
		return order(k.part < other.part)
	}
	return 0
}

func order(less bool) int {
	if less {
		return -1
	}
	return 1
}

func tableOf(kind record.Kind) *sealedTable {
	for i := range sealedTables {
		if sealedTables[i].kind == kind {
			return &sealedTables[i]
		}
	}
	return nil
}

func (s *sealedTable) selectSQL() string {
	return "SELECT " + s.key[0] + ", " + s.key[1] + ", " + s.key[2] + ", " + s.columns + " FROM " + s.from
}

// condition joins conditions on top of only.
func (s *sealedTable) condition(more string) string {
	switch {
	case s.only == "" && more == "":
		return ""
	case s.only == "":
		return " WHERE " + more
	case more == "":
		return " WHERE " + s.only
	}
	return " WHERE " + s.only + " AND " + more
}

// allSQL selects the rows in the order of sealedKey.compare.
func (s *sealedTable) allSQL() string { return s.selectSQL() + s.condition("") + " ORDER BY 1, 2, 3" }

// scanSealed reads a row of selectSQL and hashes its columns.
func scanSealed(kind record.Kind, rows *sql.Rows, values *[]any) (key sealedKey, content record.Hash, err error) {
	if *values == nil {
		columns, err := rows.Columns()
		if err != nil {
			return key, content, err
		}
		*values = make([]any, len(columns))
	}
	dest := make([]any, len(*values))
	key.kind = kind
	dest[0], dest[1], dest[2] = &key.name, &key.number, &key.part
	for i := 3; i < len(dest); i++ {
		dest[i] = &(*values)[i]
	}
	if err := rows.Scan(dest...); err != nil {
		return key, content, err
	}
	content, err = hashRow((*values)[3:])
	return key, content, err
}

// hashRow hashes the values of a row, each with its type and length.
func hashRow(values []any) (record.Hash, error) {
	b := make([]byte, 0, 1024)
	for _, value := range values {
		switch v := value.(type) {
		case nil:
			b = append(b, 'n')
		case int64:
			b = strconv.AppendInt(append(b, 'i'), v, 10)
			b = append(b, ';')
		case string:
			b = strconv.AppendInt(append(b, 't'), int64(len(v)), 10)
			b = append(append(b, ':'), v...)
		case []byte:
			b = strconv.AppendInt(append(b, 'b'), int64(len(v)), 10)
			b = append(append(b, ':'), v...)
		default:
			return record.Hash{}, fmt.Errorf("a column holds a %T, which no seal covers", value)
		}
	}
	return sha256.Sum256(b), nil
}
