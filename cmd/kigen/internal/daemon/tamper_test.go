package daemon

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/intake"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/inbox"
	"kigen/sla/record"
	"kigen/sla/register"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/pgtest"
	"kigen/store/storetest"
)

// by is what finds a manipulation of the database file.
type by string

const (
	byItself by = "itself" // kigen db verify
	byHead   by = "head"   // kigen db verify --head, with a head from before
	byNone   by = "none"   // nothing; the table says why
)

// tampering is a manipulation by someone who may write to the file. He knows kigen: he
// drops the triggers that are in his way and makes them anew.
type tampering struct {
	name  string
	found by
	names string   // in the finding
	stmts []string // run without triggers

	server []string // instead of stmts, on a server

	unsealed bool // he also seals everything anew: events, and the record from its beginning
	kept     bool // the triggers are as he left them
}

// The incidents of the tampered database: KGN-1 late, KGN-2 met with a file, KGN-3
// cancelled, KGN-4 acknowledged and overdue, KGN-5 overdue with a withdrawn notice, KGN-6
// waived, KGN-7 reopened, KGN-8 erased.
var tamperings = []tampering{
	// Verdicts and times.
	{name: "late turned to met", found: byItself, names: "KGN-1: the clock incident-notice is \"met\", its history says \"late\"", stmts: []string{`UPDATE clocks SET state = 'met', breached_at = NULL WHERE incident_id = 1`}},
	{name: "late turned to met, all sealed anew", found: byItself, names: "its history says \"late\"", unsealed: true, stmts: []string{`UPDATE clocks SET state = 'met', breached_at = NULL WHERE incident_id = 1`}},
	{name: "a breach erased", found: byItself, names: "breached_at of the clock incident-notice is empty", unsealed: true, stmts: []string{`UPDATE clocks SET breached_at = NULL WHERE incident_id = 1`}},
	{name: "a deadline moved", found: byItself, names: "due of the clock", unsealed: true, stmts: []string{`UPDATE clocks SET due_at = due_at + 86400000 WHERE incident_id = 1`}},
	{name: "a start moved", found: byItself, names: "start of the clock", unsealed: true, stmts: []string{`UPDATE clocks SET start_at = start_at + 86400000 WHERE incident_id = 1`}},
	{name: "an answer moved earlier", found: byItself, names: "when its history has no notice", unsealed: true, stmts: []string{`UPDATE clocks SET notified_at = notified_at - 86400000 WHERE incident_id = 1`}},
	{name: "a notice moved earlier", found: byItself, names: "received_at of notice 3", unsealed: true, stmts: []string{`UPDATE notices SET received_at = received_at - 86400000 WHERE incident_id = 1`}},
	{name: "an explanation changed", found: byItself, names: "clock 1 was changed", stmts: []string{`UPDATE clocks SET explanation = REPLACE(explanation, '6', '9') WHERE incident_id = 1`}},
	{name: "what a clock keeps of its promise changed", found: byItself, names: "clock 1 was changed", stmts: []string{`UPDATE promised SET text = REPLACE(text, '6', '9')`}},
	{name: "what a clock keeps of its promise taken from another", found: byItself, names: "clock 1 was changed", stmts: []string{`INSERT INTO promised (text) VALUES ('{"strength":"target"')`, `UPDATE clocks SET promised_id = (SELECT MAX(id) FROM promised) WHERE id = 1`}},
	{name: "what a clock keeps of its promise deleted", found: byItself, names: "refers to a row of promised that is missing", stmts: []string{`PRAGMA foreign_keys = off`, `DELETE FROM promised`}},
	{name: "a promise exchanged", found: byItself, names: "clock 1 was changed", stmts: []string{`UPDATE clocks SET terms = (SELECT terms FROM clocks WHERE id = 2 AND terms <> '') WHERE id = 1`, `UPDATE clocks SET terms = '' WHERE id = 1`}},
	{name: "the text of a promise changed", found: byItself, names: "the terms", unsealed: true, stmts: []string{`UPDATE terms SET body = REPLACE(body, 'sotas', 'other')`}},
	{name: "a clock deleted", found: byItself, names: "is missing, its history holds it", unsealed: true, stmts: []string{`DELETE FROM alerts WHERE FALSE`, `PRAGMA foreign_keys = off`, `DELETE FROM clocks WHERE incident_id = 1`}},
	{name: "a clock of a verdict added", found: byItself, names: "is not in its history", unsealed: true, stmts: []string{`INSERT INTO clocks (incident_id, promise, stage, terms, state, start_from, start_basis, zone, explanation) VALUES (1, 'other', '', '', 'met', '', '', '', '{}')`}},
	// The register.
	{name: "the text of a published vendor changed", found: byItself, names: "version of vendor acme 1 was changed", stmts: []string{`UPDATE vendor_versions SET text = REPLACE(text, '24h', '48h')`}},
	{name: "the reason of a published vendor changed", found: byItself, names: "version of vendor acme 1 was changed", stmts: []string{`UPDATE vendor_versions SET reason = 'x'`}},
	{name: "a published version deleted", found: byItself, names: "version of vendor acme 1 is missing", stmts: []string{`DELETE FROM vendor_versions`}},
	{name: "a version added", found: byItself, names: "version of vendor acme 2 is not in the record", stmts: []string{`INSERT INTO vendor_versions SELECT vendor, 2, published_at, published_by, reason, '' FROM vendor_versions`}},
	{name: "a document redated", found: byItself, names: "document of a vendor 1 was changed", stmts: []string{`UPDATE vendor_documents SET dated = '2020-01-01'`}},
	{name: "a document deleted", found: byItself, names: "document of a vendor 1 is missing", stmts: []string{`DELETE FROM vendor_documents`}},
	{name: "a review moved", found: byItself, names: "review of a vendor 1 was changed", stmts: []string{`UPDATE vendor_reviews SET reviewed_on = '2026-01-01'`}},
	{name: "a review deleted", found: byItself, names: "review of a vendor 1 is missing", stmts: []string{`DELETE FROM vendor_reviews`}},
	// The inbox.
	{name: "a wording changed", found: byItself, names: "wording of what came in 1 was changed", stmts: []string{`UPDATE intake_revisions SET text = 'All is well.' WHERE id = 1`}},
	{name: "a wording dated back", found: byItself, names: "wording of what came in 1 was changed", stmts: []string{`UPDATE intake_revisions SET at = at - 86400000 WHERE id = 1`}},
	{name: "when a mail was received moved", found: byItself, names: "wording of what came in 1 was changed", stmts: []string{`UPDATE intake_revisions SET content = REPLACE(content, 'received_at":"2026', 'received_at":"2025') WHERE id = 1`}},
	{name: "an item given to another source", found: byItself, names: "wording of what came in 1 was changed", stmts: []string{`UPDATE intake_items SET source_id = '<other@example.jp>' WHERE id = 1`}},
	{name: "the newest wording deleted", found: byItself, names: "item 2 of the inbox is at revision 2, its newest wording is 1", unsealed: true, stmts: []string{`DELETE FROM intake_revisions WHERE item_id = 2 AND number = 2`}},
	{name: "a wording deleted", found: byItself, names: "wording of what came in 2 is missing", stmts: []string{`DELETE FROM intake_revisions WHERE id = 2`}},
	{name: "a candidate put away", found: byItself, names: "item 2 of the inbox is \"dismissed\", and nobody decided so", unsealed: true, stmts: []string{`UPDATE intake_items SET state = 'dismissed' WHERE id = 2`}},
	{name: "a decision undone", found: byItself, names: "item 1 of the inbox is \"candidate\", the newest decision about it says \"logged\"", unsealed: true, stmts: []string{`UPDATE intake_items SET state = 'candidate' WHERE id = 1`}},
	{name: "an item linked to another incident", found: byItself, names: "item 1 of the inbox belongs to another incident", unsealed: true, stmts: []string{`UPDATE intake_items SET incident_id = 2 WHERE id = 1`}},
	{name: "who decided exchanged", found: byItself, names: "decision about what came in 1 was changed", stmts: []string{`UPDATE intake_decisions SET decided_by = 'user:mori'`}},
	{name: "the reason of a decision changed", found: byItself, names: "decision about what came in 1 was changed", stmts: []string{`UPDATE intake_decisions SET reason = 'x'`}},
	{name: "a decision deleted", found: byItself, names: "decision about what came in 1 is missing", stmts: []string{`DELETE FROM intake_decisions`}},
	{name: "a mail swapped", found: byItself, names: "was changed after it was kept", unsealed: true, stmts: []string{`UPDATE evidence SET content = x'00', size = 1 WHERE sha256 IN (SELECT sha256 FROM intake_revisions)`}},
	{name: "an item hidden", found: byItself, names: "is missing", stmts: []string{`PRAGMA foreign_keys = off`, `DELETE FROM intake_decisions`, `DELETE FROM intake_revisions WHERE item_id = 1`, `DELETE FROM intake_items WHERE id = 1`}},
	// Words of an incident.
	{name: "a title changed", found: byItself, names: "title is", unsealed: true, stmts: []string{`UPDATE incidents SET title = 'nothing happened' WHERE id = 1`}},
	{name: "a description changed", found: byItself, names: "description is", unsealed: true, stmts: []string{`UPDATE incidents SET description = 'x' WHERE id = 1`}},
	{name: "an impact changed", found: byItself, names: "impact is", unsealed: true, stmts: []string{`UPDATE incidents SET impact = 'none' WHERE id = 1`}},
	{name: "tags changed", found: byItself, names: "tags are", unsealed: true, stmts: []string{`UPDATE incidents SET tags = '["x"]' WHERE id = 1`}},
	{name: "a reference changed", found: byItself, names: "reference is", unsealed: true, stmts: []string{`UPDATE incidents SET reference = 'SOC-2' WHERE id = 1`}},
	{name: "a vendor exchanged", found: byItself, names: "vendor is", unsealed: true, stmts: []string{`UPDATE incidents SET vendor = 'sustaina' WHERE id = 1`}},
	{name: "a moment moved", found: byItself, names: "occurred_at is", unsealed: true, stmts: []string{`UPDATE moments SET at = at + 1 WHERE incident_id = 1 AND moment = 'occurred'`}},
	{name: "a basis raised", found: byItself, names: "the basis of occurred_at", unsealed: true, stmts: []string{`UPDATE moments SET basis = 'observed' WHERE incident_id = 1 AND moment = 'occurred'`}},
	{name: "an offset changed", found: byItself, names: "the offset of occurred_at", unsealed: true, stmts: []string{`UPDATE moments SET at_offset = 0 WHERE incident_id = 1 AND moment = 'occurred'`}},
	{name: "a cancel reason changed", found: byItself, names: "cancel_reason is", unsealed: true, stmts: []string{`UPDATE incidents SET cancel_reason = 'x' WHERE id = 3`}},
	{name: "a cancellation undone", found: byItself, names: "cancelled_at is", unsealed: true, stmts: []string{`UPDATE incidents SET cancelled_at = NULL WHERE id = 3`}},
	{name: "an acknowledgement exchanged", found: byItself, names: "acknowledged by", unsealed: true, stmts: []string{`UPDATE incidents SET ack_by = 'mori' WHERE id = 4`}},
	{name: "an owner exchanged", found: byItself, names: "owner is", unsealed: true, stmts: []string{`UPDATE incidents SET owner = 'mori' WHERE id = 4`, `UPDATE list_entries SET owner = 'mori' WHERE incident_id = 4`, `UPDATE counters SET owner = 'mori' WHERE owner = 'sato'`}},
	{name: "an owner exchanged, the record left", found: byItself, names: "KGN-4 was changed", stmts: []string{`UPDATE incidents SET owner = 'mori' WHERE id = 4`}},
	{name: "an owner removed", found: byItself, names: "owner is", unsealed: true, stmts: []string{`UPDATE incidents SET owner = '' WHERE id = 4`}},
	// Notes and chasers.
	{name: "a note changed", found: byItself, names: "text of note", unsealed: true, stmts: []string{`UPDATE notes SET text = 'They answered.'`}},
	{name: "a note changed, the record left", found: byItself, names: "note 1 was changed", stmts: []string{`UPDATE notes SET text = 'They answered.'`}},
	{name: "the author of a note exchanged", found: byItself, names: "the author of note", unsealed: true, stmts: []string{`UPDATE notes SET author = 'user:mori'`}},
	{name: "a note dated back", found: byItself, names: "the time of note", unsealed: true, stmts: []string{`UPDATE notes SET at = at - 86400000`}},
	{name: "a note deleted", found: byItself, names: "it has 0 notes, its history has 1", unsealed: true, stmts: []string{`DELETE FROM note_files`, `DELETE FROM notes`}},
	{name: "a note invented", found: byItself, names: "it has 1 notes, its history has 0", unsealed: true, stmts: []string{`INSERT INTO notes (incident_id, at, author, text) SELECT 1, at, author, text FROM notes WHERE incident_id = 4`}},
	{name: "the file of a note removed", found: byItself, names: "files of note", unsealed: true, stmts: []string{`DELETE FROM note_files`}},
	{name: "the file of a note renamed", found: byItself, names: "file of note 1, 1 was changed", stmts: []string{`UPDATE note_files SET name = 'b.txt'`}},
	{name: "a chaser dated back", found: byItself, names: "sent_at of chaser", unsealed: true, stmts: []string{`UPDATE chasers SET sent_at = sent_at - 86400000`}},
	{name: "the recipient of a chaser exchanged", found: byItself, names: "to of chaser", unsealed: true, stmts: []string{`UPDATE chasers SET sent_to = 'x@example.jp'`}},
	{name: "a message ID exchanged", found: byItself, names: "chaser 1 was changed", stmts: []string{`UPDATE chasers SET message_id = '<x>'`}},
	{name: "a chaser deleted", found: byItself, names: "it has 0 chasers, its history has 1", unsealed: true, stmts: []string{`DELETE FROM chasers`}},
	{name: "a chaser invented", found: byItself, names: "it has 1 chasers, its history has 0", unsealed: true, stmts: []string{`INSERT INTO chasers (incident_id, sent_at, sent_offset, sent_to, channel, message_id, recorded_at, recorded_by) SELECT 1, sent_at, sent_offset, sent_to, channel, message_id, recorded_at, recorded_by FROM chasers WHERE incident_id = 4`}},
	// Notices and files.
	{name: "the text of a notice changed", found: byItself, names: "text of notice", unsealed: true, stmts: []string{`UPDATE notices SET text = 'sorry' WHERE incident_id = 1`}},
	{name: "a notice deleted", found: byItself, names: "it has 0 notices, its history has 1", unsealed: true, stmts: []string{`DELETE FROM notices WHERE incident_id = 1`}},
	{name: "a notice invented", found: byItself, names: "it has 2 notices, its history has 1", unsealed: true, stmts: []string{`INSERT INTO notices (incident_id, received_at, channel, stage, reference, text, recorded_at, recorded_by) SELECT incident_id, received_at, channel, stage, reference, text, recorded_at, recorded_by FROM notices WHERE incident_id = 1`}},
	{name: "the recorder of a notice exchanged", found: byItself, names: "the recorder of notice", unsealed: true, stmts: []string{`UPDATE notices SET recorded_by = 'mori' WHERE incident_id = 1`}},
	{name: "evidence swapped", found: byItself, names: "was changed after it was kept", unsealed: true, stmts: []string{`UPDATE evidence SET content = x'00', size = 1 WHERE sha256 IN (SELECT sha256 FROM notice_files)`}},
	{name: "evidence swapped with its hash", found: byItself, names: "files of notice", unsealed: true, stmts: []string{`PRAGMA foreign_keys = off`, `UPDATE evidence SET content = x'61', size = 1, sha256 = 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb' WHERE sha256 IN (SELECT sha256 FROM notice_files WHERE incident_id = 2)`, `UPDATE notice_files SET sha256 = 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb' WHERE incident_id = 2`}},
	{name: "evidence removed", found: byItself, names: "files of notice", unsealed: true, stmts: []string{`DELETE FROM notice_files`, `DELETE FROM evidence WHERE sha256 NOT IN (SELECT sha256 FROM note_files)`}},
	// What was taken back.
	{name: "a withdrawn notice revived", found: byItself, names: "the withdrawal of notice", unsealed: true, stmts: []string{`UPDATE notices SET withdrawn_at = NULL, withdrawn_by = '', withdrawn_reason = '' WHERE incident_id = 5`}},
	{name: "a withdrawn notice that counts again", found: byItself, names: "its history says \"overdue\"", unsealed: true, stmts: []string{`UPDATE notices SET withdrawn_at = NULL WHERE incident_id = 5`, `UPDATE clocks SET state = 'met', notified_at = (SELECT received_at FROM notices WHERE incident_id = 5) WHERE incident_id = 5`}},
	{name: "a notice withdrawn in silence", found: byItself, names: "the withdrawal of notice", unsealed: true, stmts: []string{`UPDATE notices SET withdrawn_at = recorded_at, withdrawn_by = 'user:sato', withdrawn_reason = 'x' WHERE incident_id = 2`}},
	{name: "the reason of a withdrawal changed", found: byItself, names: "the reason of the withdrawal of notice", unsealed: true, stmts: []string{`UPDATE notices SET withdrawn_reason = 'x' WHERE incident_id = 5`}},
	{name: "the person of a withdrawal exchanged", found: byItself, names: "the person of the withdrawal of notice", unsealed: true, stmts: []string{`UPDATE notices SET withdrawn_by = 'user:mori' WHERE incident_id = 5`}},
	{name: "a withdrawal changed, nothing sealed", found: byItself, names: "notice", stmts: []string{`UPDATE notices SET withdrawn_at = withdrawn_at + 1 WHERE incident_id = 5`}},
	{name: "a clock waived in silence", found: byItself, names: "its history says \"late\"", unsealed: true, stmts: []string{`UPDATE clocks SET state = 'waived', waived_at = due_at, waived_by = 'user:sato', waived_reason = 'x' WHERE incident_id = 1`}},
	{name: "a waiver without its state", found: byItself, names: "the waiver of the clock incident-notice", unsealed: true, stmts: []string{`UPDATE clocks SET waived_at = due_at WHERE incident_id = 1`}},
	{name: "a waiver lifted in silence", found: byItself, names: "its history says \"waived\"", unsealed: true, stmts: []string{`UPDATE clocks SET state = 'overdue', waived_at = NULL, waived_by = '', waived_reason = '', waived_whole = 0 WHERE incident_id = 6`}},
	{name: "the reason of a waiver changed", found: byItself, names: "the reason of the waiver", unsealed: true, stmts: []string{`UPDATE clocks SET waived_reason = 'x' WHERE incident_id = 6`}},
	{name: "the person of a waiver exchanged", found: byItself, names: "the person of the waiver", unsealed: true, stmts: []string{`UPDATE clocks SET waived_by = 'user:mori' WHERE incident_id = 6`}},
	{name: "a waiver moved", found: byItself, names: "the waiver of the clock", unsealed: true, stmts: []string{`UPDATE clocks SET waived_at = waived_at - 86400000 WHERE incident_id = 6`}},
	{name: "a waiver narrowed", found: byItself, names: "the extent of the waiver", unsealed: true, stmts: []string{`UPDATE clocks SET waived_whole = 0 WHERE incident_id = 6`}},
	{name: "a waiver changed, nothing sealed", found: byItself, names: "clock 6 was changed", stmts: []string{`UPDATE clocks SET waived_reason = 'x' WHERE incident_id = 6`}},
	{name: "a reopened incident cancelled again", found: byItself, names: "cancelled_at is", unsealed: true, stmts: []string{`UPDATE incidents SET cancelled_at = 1, cancel_reason = 'twice' WHERE id = 7`}},
	// Histories.
	{name: "the last event deleted", found: byItself, names: "KGN-1: event", stmts: []string{`DELETE FROM events WHERE incident_id = 1 AND seq = (SELECT MAX(seq) FROM events WHERE incident_id = 1)`}},
	{name: "all events of an incident deleted", found: byItself, names: "it has no history", unsealed: true, stmts: []string{`DELETE FROM events WHERE incident_id = 1`}},
	{name: "an event changed, its chain sealed anew", found: byItself, names: "KGN-1: event 1 was changed: it is not as the record seals it", stmts: []string{`UPDATE events SET actor = 'user:mori', hash = x'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb' WHERE incident_id = 1 AND seq = 1`}},
	{name: "the content of an event removed", found: byItself, names: "the content of event 1 (logged) is missing", stmts: []string{`UPDATE events SET body = '' WHERE incident_id = 1 AND seq = 1`}},
	{name: "an actor exchanged, all sealed anew", found: byHead, unsealed: true, stmts: []string{`UPDATE events SET actor = 'user:mori' WHERE incident_id = 1 AND seq = 1`}},
	{name: "an incident deleted whole", found: byItself, names: "KGN-4", stmts: deleteIncident},
	{name: "an incident deleted whole, all sealed anew", found: byHead, unsealed: true, stmts: deleteIncident},
	// The record.
	{name: "the end of the record deleted", found: byItself, names: "not in the record", stmts: []string{`DELETE FROM record_lines WHERE count > 10`}},
	{name: "a line of the record deleted", found: byItself, names: "lines are missing", stmts: []string{`DELETE FROM record_lines WHERE count = 5`}},
	{name: "a line of the record changed", found: byItself, names: "line 5 of the record", stmts: []string{`UPDATE record_lines SET content = zeroblob(32) WHERE count = 5`}},
	{name: "the record emptied", found: byItself, names: "is not in the record", stmts: []string{`DELETE FROM record_lines`}},
	{name: "the record sealed anew, nothing else", found: byHead, unsealed: true},
	{name: "a checkpoint invented", found: byItself, names: "checkpoint", stmts: []string{`INSERT INTO record_checkpoints (kind, up_to, count, hash, at) VALUES ('access', 100, 1, zeroblob(32), 0)`, `DELETE FROM access_log`}},
	// Retention and erasure. KGN-8 was erased, and the access log begins behind a checkpoint.
	{name: "a checkpoint deleted", found: byItself, names: "checkpoint access 1 is missing", stmts: []string{`DELETE FROM record_checkpoints`}},
	{name: "a checkpoint moved on", found: byItself, names: "checkpoint access", stmts: []string{`UPDATE record_checkpoints SET up_to = 100`, `DELETE FROM access_log`}},
	{name: "an access log line after the checkpoint changed", found: byItself, names: "access log line 3 was changed", stmts: []string{`UPDATE access_log SET subject = 'x' WHERE id = 3`}},
	{name: "an erased text given anew", found: byItself, names: "title is", unsealed: true, stmts: []string{`UPDATE incidents SET title = 'harmless' WHERE id = 8`}},
	{name: "an erased body given anew", found: byItself, names: "KGN-8: event 1 was changed", stmts: []string{`UPDATE events SET body = '{"vendor":"sotas","title":"harmless"}' WHERE incident_id = 8 AND seq = 1`}},
	{name: "the event of an erasure changed", found: byItself, names: "KGN-8: event", stmts: []string{`UPDATE events SET body = REPLACE(body, 'request', 'wish') WHERE kind = 'erased'`}},
	{name: "the event of an erasure deleted", found: byItself, names: "the content of event 1 (logged) is missing", unsealed: true, stmts: []string{`DELETE FROM events WHERE kind = 'erased'`}},
	{name: "evidence erased without an event", found: byItself, names: "files of notice", unsealed: true, stmts: []string{`INSERT INTO erased_files (kind, source, position, at) SELECT 'file', notice_id, position, 0 FROM notice_files WHERE incident_id = 2`, `UPDATE evidence SET content = x'' WHERE sha256 IN (SELECT sha256 FROM notice_files)`}},
	{name: "a note's file erased without an event", found: byItself, names: "files of note", unsealed: true, stmts: []string{`INSERT INTO erased_files (kind, source, position, at) SELECT 'note_file', note_id, position, 0 FROM note_files WHERE incident_id = 4`, `UPDATE evidence SET content = x'' WHERE sha256 IN (SELECT sha256 FROM note_files)`}},
	{name: "an erased note given anew", found: byItself, names: "text of note", unsealed: true, stmts: []string{`UPDATE notes SET text = 'harmless' WHERE incident_id = 8`}},
	{name: "an erased reason of a waiver given anew", found: byItself, names: "the reason of the waiver", unsealed: true, stmts: []string{`UPDATE clocks SET waived_reason = 'harmless' WHERE incident_id = 8`}},
	{name: "a content removed without an erasure", found: byItself, names: "was changed after it was kept", unsealed: true, stmts: []string{`UPDATE evidence SET content = x''`}},
	// Access.
	{name: "the access log emptied", found: byItself, names: "access log line 2 is missing", stmts: []string{`DELETE FROM access_log`}},
	{name: "the access log emptied, all sealed anew", found: byHead, unsealed: true, stmts: []string{`DELETE FROM access_log`}},
	{name: "a line of the access log changed", found: byItself, names: "access log line 2 was changed", stmts: []string{`UPDATE access_log SET actor = 'user:mori' WHERE id = 2`}},
	{name: "a role raised", found: byItself, names: "user 1 was changed", stmts: []string{`UPDATE users SET role = 'admin'`}},
	{name: "a password exchanged", found: byItself, names: "user 1 was changed", stmts: []string{`UPDATE users SET password = 'x'`}},
	{name: "a user added", found: byItself, names: "user 2 is not in the record", stmts: []string{`INSERT INTO users (name, role, created_at) VALUES ('mori', 'admin', 0)`}},
	{name: "a revoked token revived", found: byItself, names: "token 1 was changed", stmts: []string{`UPDATE tokens SET revoked_at = NULL`}},
	// Reports.
	{name: "an edition changed with its hash", found: byItself, names: "edition of report 2026-04 1 was changed", stmts: []string{`UPDATE reports SET model = '{"x":1}', sha256 = '5b2f8b2d5fbc1a3a3f0d63a0f6c7f7a1cbb2f9d7f9b9a3e8e2dbb6a0a0d5b3a1'`}},
	{name: "an edition deleted", found: byItself, names: "edition of report 2026-04 1 is missing", stmts: []string{`DELETE FROM reports`}},
	// Schema and derived rows.
	{name: "a trigger dropped", found: byItself, names: "the trigger events_are_kept", kept: true, server: []string{`DROP TRIGGER events_are_kept ON events`}, stmts: []string{`DROP TRIGGER events_are_kept`}},
	{name: "a trigger planted", found: byItself, names: "the trigger helpful", kept: true, server: []string{`CREATE FUNCTION helpful() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN UPDATE users SET role = 'admin'; RETURN NULL; END $$`, `CREATE TRIGGER helpful AFTER INSERT ON users EXECUTE FUNCTION helpful()`}, stmts: []string{`CREATE TRIGGER helpful AFTER INSERT ON users BEGIN UPDATE users SET role = 'admin'; END`}},
	{name: "a trigger weakened", found: byItself, names: "the trigger events_are_kept", kept: true, server: []string{`DROP TRIGGER events_are_kept ON events`, `CREATE TRIGGER events_are_kept BEFORE DELETE ON events FOR EACH ROW WHEN (OLD.seq = 0) EXECUTE FUNCTION refuse('events are never deleted')`}, stmts: []string{`DROP TRIGGER events_are_kept`, `CREATE TRIGGER events_are_kept BEFORE DELETE ON events WHEN OLD.seq = 0 BEGIN SELECT RAISE(ABORT, 'x'); END`}},
	{name: "a column added", found: byItself, names: "the table users is not as kigen makes it", kept: true, stmts: []string{`ALTER TABLE users ADD COLUMN note TEXT`}},
	{name: "an index dropped", found: byItself, names: "the index clocks_month is missing", kept: true, stmts: []string{`DROP INDEX clocks_month`}},
	{name: "a counter changed", found: byItself, names: "the counter of list", stmts: []string{`UPDATE counters SET incidents = incidents + 1`}},
	{name: "a list entry removed", found: byItself, names: "missing from the list", stmts: []string{`DELETE FROM list_entries WHERE incident_id = 1`}},
	{name: "a report key changed", found: byItself, names: "a report counts clock", stmts: []string{`UPDATE clocks SET report_key = report_key + 60 WHERE id = 1`}},
	// What strangers cause, and what only plans, is not evidence.
	{name: "failed sign-ins removed: strangers make them, and the oldest go anyway", found: byNone, stmts: []string{`DELETE FROM access_log WHERE kind = 'refused'`}},
	{name: "sessions ended: they change with each click", found: byNone, stmts: []string{`DELETE FROM sessions`}},
	{name: "a next step put off: it is planning, and the running audit finds what it delays", found: byNone, stmts: []string{`UPDATE clocks SET next_step_at = next_step_at + 1000 WHERE incident_id = 4`}},
	{name: "when an alert was sent: deliveries are not in the record", found: byNone, stmts: []string{`UPDATE deliveries SET sent_at = 0, attempts = 1`}},
}

var deleteIncident = []string{
	`DELETE FROM note_files WHERE incident_id = 4`, `DELETE FROM notes WHERE incident_id = 4`, `DELETE FROM chasers WHERE incident_id = 4`,
	`DELETE FROM deliveries WHERE incident_id = 4`, `DELETE FROM alerts WHERE incident_id = 4`, `DELETE FROM clocks WHERE incident_id = 4`,
	`DELETE FROM moments WHERE incident_id = 4`, `DELETE FROM events WHERE incident_id = 4`, `DELETE FROM list_entries WHERE incident_id = 4`,
	`DELETE FROM incidents WHERE id = 4`, `DELETE FROM counters`,
	`INSERT INTO counters SELECT state, vendor, severity, owner, kind, COUNT(*) FROM (
		SELECT incident_id, state, i.vendor, i.severity, i.owner, i.kind FROM clocks c JOIN incidents i ON i.id = c.incident_id GROUP BY incident_id, state, i.vendor, i.severity, i.owner, i.kind) its
		GROUP BY state, vendor, severity, owner, kind`,
}

func TestTampering(t *testing.T) {
	path := filepath.Join(t.TempDir(), "honest.db")
	head := evidential(t, path)
	honest, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tryTamperings(t, tamperings, path, &head, func(t *testing.T) string {
		path := filepath.Join(t.TempDir(), "kigen.db")
		if err := os.WriteFile(path, honest, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	})
}

// TestTamperingOnAServer tries the same by the server's administrator, and what only a
// server has.
func TestTamperingOnAServer(t *testing.T) {
	cluster := pgtest.Start(t)
	address := cluster.URL(t)
	head := evidential(t, address)
	all := append(slices.Clone(tamperings), serverTamperings...)
	tryTamperings(t, all, address, &head, func(t *testing.T) string { return cluster.Clone(t, address) })
}

// serverTamperings change the schema in ways that a file does not have.
var serverTamperings = []tampering{
	{name: "a trigger disabled", found: byItself, names: "the trigger events_are_kept", kept: true, server: []string{`ALTER TABLE events DISABLE TRIGGER events_are_kept`}},
	{name: "the checks of references disabled", found: byItself, names: "is not part of kigen", kept: true, server: []string{`ALTER TABLE clocks DISABLE TRIGGER ALL`}},
	{name: "a constraint dropped", found: byItself, names: "the constraint users_role_check of users is missing", kept: true, server: []string{`ALTER TABLE users DROP CONSTRAINT users_role_check`}},
	{name: "a constraint weakened", found: byItself, names: "the constraint users_role_check of users is not as kigen makes it", kept: true, server: []string{
		`ALTER TABLE users DROP CONSTRAINT users_role_check`, `ALTER TABLE users ADD CONSTRAINT users_role_check CHECK (role <> '')`,
	}},
	{name: "a reference added anew without a look at the rows", found: byItself, names: "the constraint clocks_promised_id_fkey of clocks is not as kigen makes it", kept: true, server: []string{
		`ALTER TABLE clocks DROP CONSTRAINT clocks_promised_id_fkey`, `ALTER TABLE clocks ADD CONSTRAINT clocks_promised_id_fkey FOREIGN KEY (promised_id) REFERENCES promised (id) NOT VALID`,
	}},
	{name: "a unique key dropped", found: byItself, names: "the constraint alerts_key_key of alerts is missing", kept: true, server: []string{`ALTER TABLE alerts DROP CONSTRAINT alerts_key_key`}},
	{name: "a function emptied", found: byItself, names: "the function events_follow_on is not as kigen makes it", kept: true, server: []string{
		`CREATE OR REPLACE FUNCTION events_follow_on() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$`,
	}},
	{name: "a rule that hides deletions", found: byItself, names: "the table access_log is not as kigen makes it", kept: true, server: []string{`CREATE RULE hidden AS ON INSERT TO access_log DO INSTEAD NOTHING`}},
	{name: "row security", found: byItself, names: "the table users is not as kigen makes it", kept: true, server: []string{`ALTER TABLE users ENABLE ROW LEVEL SECURITY`}},
	{name: "a table that is not in the write-ahead log", found: byItself, names: "the table access_keys is not as kigen makes it", kept: true, server: []string{`ALTER TABLE access_keys SET UNLOGGED`}},
	{name: "a default changed", found: byItself, names: "the table users is not as kigen makes it", kept: true, server: []string{`ALTER TABLE users ALTER disabled SET DEFAULT 1`}},
	{name: "a view changed", found: byItself, names: "the view kept_files is not as kigen makes it", kept: true, server: []string{`CREATE OR REPLACE VIEW kept_files AS SELECT incident_id, sha256 FROM notice_files`}},
}

// tryTamperings manipulates a copy of an honest database by each, and wants it found as the
// table says.
func tryTamperings(t *testing.T, all []tampering, place string, head *record.Head, copied func(*testing.T) string) {
	t.Helper()
	if _, err := store.VerifyFile(t.Context(), place, head, time.Now()); err != nil {
		t.Fatalf("an honest database: %v", err)
	}
	counts := map[by]int{}
	for _, attack := range all {
		counts[attack.found]++
		t.Run(attack.name, func(t *testing.T) {
			place := copied(t)
			attack.run(t, place)
			found := byItself
			_, err := store.VerifyFile(t.Context(), place, nil, time.Now())
			if err == nil {
				found = byNone
				if _, err = store.VerifyFile(t.Context(), place, head, time.Now()); errors.Is(err, store.ErrOtherHistory) {
					found = byHead
				}
			}
			if found != attack.found || found == byItself && !strings.Contains(err.Error(), attack.names) {
				t.Errorf("found by %s, want %s with %q:\n%v", found, attack.found, attack.names, err)
			}
		})
	}
	t.Logf("%d manipulations: %d found by the database itself, %d by a head, %d by neither", len(all), counts[byItself], counts[byHead], counts[byNone])
	if counts[byItself]+counts[byHead] < 40 {
		t.Error("fewer than 40 manipulations are tried")
	}
}

// ownFunctions are what a server calls otherwise.
var ownFunctions = strings.NewReplacer("zeroblob(32)", "decode(repeat('00', 32), 'hex')",
	"unhex($1), prev = unhex($2), hash = unhex($3)", "decode($1, 'hex'), prev = decode($2, 'hex'), hash = decode($3, 'hex')", "lower(hex(body_sha256))", "encode(body_sha256, 'hex')")

var hexadecimal = regexp.MustCompile(`\bx'([0-9a-f]*)'`)

// ownSQL is a statement as the database takes it.
func ownSQL(stmt string, onServer bool) string {
	if !onServer {
		return stmt
	}
	return hexadecimal.ReplaceAllString(ownFunctions.Replace(stmt), `'\x$1'`)
}

// run manipulates the database.
func (a *tampering) run(t *testing.T, place string) {
	t.Helper()
	onServer := store.IsServer(place)
	stmts := a.stmts
	if onServer && a.server != nil {
		stmts = a.server
	}
	db := opened(t, place)
	exec := func(stmts ...string) {
		for _, stmt := range stmts {
			if onServer && strings.HasPrefix(stmt, "PRAGMA") {
				continue // the connection checks no references
			}
			if _, err := db.ExecContext(t.Context(), ownSQL(stmt, onServer && a.server == nil)); err != nil {
				t.Fatalf("%s: %v", stmt, err)
			}
		}
	}
	triggers := map[string]string{}
	if !a.kept && !onServer {
		triggers = triggersOf(t, db)
		for name := range triggers {
			exec(`DROP TRIGGER ` + name)
		}
	}
	exec(stmts...)
	if a.unsealed {
		sealEventsAnew(t, db, onServer)
		exec(`DELETE FROM record_lines`, `DELETE FROM record_checkpoints`, `DELETE FROM record_backlog`, `INSERT INTO record_backlog (turn, kind) VALUES (1, 'event'), (2, 'incident'), (3, 'clock'),
			(4, 'notice'), (5, 'file'), (6, 'note'), (7, 'note_file'), (8, 'chaser'), (9, 'access'), (10, 'edition'), (11, 'user'), (12, 'token'), (13, 'vendor'), (14, 'vendor_document'), (15, 'vendor_review'), (16, 'intake_revision'), (17, 'intake_decision')`)
	}
	for _, text := range triggers {
		exec(text)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if a.unsealed {
		again, err := store.Open(t.Context(), place, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// opened opens a database for a manipulation, on one connection.
func opened(t *testing.T, place string) *sql.DB {
	t.Helper()
	if store.IsServer(place) {
		return pgtest.Open(t, pgtest.AsSuperuser(t, place))
	}
	db, err := sql.Open("sqlite3", "file:"+place)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	return db
}

func triggersOf(t *testing.T, db *sql.DB) map[string]string {
	t.Helper()
	triggers := map[string]string{}
	rows, err := db.QueryContext(t.Context(), `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			t.Fatal(err)
		}
		triggers[name] = text
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return triggers
}

func eventsOf(t *testing.T, db *sql.DB, onServer bool) (events []sla.Event) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), ownSQL(`SELECT incident_id, seq, at, actor, origin, kind, body, lower(hex(body_sha256)) FROM events ORDER BY incident_id, seq`, onServer))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var e sla.Event
		var at int64
		var body string
		if err := rows.Scan(&e.Incident, &e.Seq, &at, &e.Actor, &e.Origin, &e.Kind, &body, &e.BodyHash); err != nil {
			t.Fatal(err)
		}
		e.At, e.Body = time.UnixMilli(at), []byte(body)
		events = append(events, e)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return events
}

// sealEventsAnew computes the chain of every incident from its beginning.
func sealEventsAnew(t *testing.T, db *sql.DB, onServer bool) {
	t.Helper()
	events := eventsOf(t, db, onServer)
	var last sla.Event
	for i := range events {
		e := &events[i]
		if e.Incident != last.Incident {
			last = sla.Event{}
		}
		erased := e.BodyHash
		e.Seal(last.Seq, last.Hash)
		if len(e.Body) == 0 {
			e.BodyHash = erased
			sum := sha256.Sum256(e.Sealed())
			e.Hash = hex.EncodeToString(sum[:])
		}
		last = *e
		if _, err := db.ExecContext(t.Context(), ownSQL(`UPDATE events SET body_sha256 = unhex($1), prev = unhex($2), hash = unhex($3) WHERE incident_id = $4 AND seq = $5`, onServer),
			e.BodyHash, e.Prev, e.Hash, e.Incident, e.Seq); err != nil {
			t.Fatal(err)
		}
	}
}

// evidential makes a database by the use cases, and returns its head. On a server path is
// the URL of an empty schema.
func evidential(t *testing.T, path string) record.Head {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	now := time.Date(2026, 4, 7, 12, 0, 0, 0, time.FixedZone("JST", 9*60*60))
	if !store.IsServer(path) {
		storetest.Migrated(t, path)
	}
	db, err := store.Open(ctx, path, now)
	must(err)
	c, err := config.Parse("kigen.yaml", []byte("language: en\n"), nil)
	must(err)
	tr := &tracker.Tracker{Store: db, Catalogue: c.Catalogue, Policies: c.Alerts, Now: func() time.Time { return now }}
	sato := tracker.Request{Actor: "user:sato"}
	log := func(title string, occurred time.Time) *sla.Incident {
		e := tracker.Entry{Vendor: "sotas", Title: title, Description: "…", Reference: "SOC-1", Tags: []string{"a"}}
		e.Impact = sla.ImpactSerious
		e.Times[sla.Occurred] = sla.Stamp{At: occurred}
		inc, err := tr.Log(ctx, sato, e)
		must(err)
		return inc
	}
	late := log("Late", now.Add(-time.Hour))
	met := log("Met", now.Add(-time.Hour))
	cancelled := log("Cancelled", now.Add(-time.Hour))
	overdue := log("Overdue", now.Add(-time.Hour))
	withdrawn := log("Withdrawn", now.Add(-time.Hour))
	waived := log("Waived", now.Add(-time.Hour))
	reopened := log("Reopened", now.Add(-time.Hour))
	now = now.Add(time.Minute)
	_, err = tr.Notice(ctx, sato, met.ID, tracker.NoticeEntry{
		Channel: "email", Text: "We are sorry.", Files: []tracker.Attachment{{Name: "a.eml", Type: "text/plain", Content: []byte("From: x")}},
	})
	must(err)
	_, err = tr.Cancel(ctx, sato, cancelled.ID, "twice")
	must(err)
	_, err = tr.Notice(ctx, sato, withdrawn.ID, tracker.NoticeEntry{Channel: "email", Text: "Another matter."})
	must(err)
	_, err = tr.Cancel(ctx, sato, reopened.ID, "twice")
	must(err)
	now = now.Add(48 * time.Hour)
	_, err = tr.Step(ctx)
	must(err)
	_, err = tr.Notice(ctx, sato, late.ID, tracker.NoticeEntry{Channel: "email", Text: "At last."})
	must(err)
	_, err = tr.Acknowledge(ctx, sato, overdue.ID, now.Add(time.Hour))
	must(err)
	_, err = tr.WithdrawNotice(ctx, sato, withdrawn.ID, 1, "another matter")
	must(err)
	_, err = tr.Waive(ctx, sato, waived.ID, "incident-notice", "", "agreed")
	must(err)
	_, err = tr.Reopen(ctx, sato, reopened.ID, "not twice")
	must(err)
	_, err = tr.Note(ctx, sato, overdue.ID, tracker.NoteEntry{
		Text: "Called at 10:05, no answer.", Files: []tracker.Attachment{{Name: "call.txt", Type: "text/plain", Content: []byte("10:05")}},
	})
	must(err)
	_, err = tr.Chased(ctx, sato, overdue.ID, tracker.ChaserEntry{SentAt: now.Add(-time.Minute), To: "support@example.jp", Channel: "email", MessageID: "<1@example.jp>"})
	must(err)
	line := store.AccessLine{At: now, Actor: "user:sato", Kind: "x", Origin: "10.0.0.1"}
	must(db.AddUser(ctx, &store.User{Name: "sato", Role: "viewer", Password: "argon", CreatedAt: now}, line))
	must(db.AddToken(ctx, &store.Token{Name: "soar", Hash: "h", Role: "viewer", CreatedAt: now}, line))
	must(db.RevokeToken(ctx, "soar", now, line))
	eraseAll(t, tr, log("Erased", now.Add(-time.Hour)).ID, sato)
	deleted, err := db.RetainAccess(ctx, now, 0, now)
	must(err)
	if deleted != 0 {
		t.Fatalf("deleted %d lines that were not sent on", deleted)
	}
	if deleted, err = db.RetainAccess(ctx, now.Add(time.Second), 1, now); err != nil || deleted != 1 {
		t.Fatalf("deleted %d lines: %v", deleted, err)
	}
	line.Kind = store.AccessRefused
	must(db.LogBounded(ctx, line))
	must(db.KeepEdition(ctx, &store.Edition{Period: "2026-04", MadeAt: now, Kigen: "v1", Model: []byte("{}"), Clocks: []byte{1}}, 0))
	registerVendor(t, db, now)
	takeIn(t, db, tr, waived.ID)
	head, err := db.Head(context.WithoutCancel(ctx))
	must(errors.Join(err, db.Close()))
	if store.IsServer(path) {
		return head
	}
	content, err := os.ReadFile(path)
	must(err)
	for _, name := range []string{"Mr Sato", "Mr Mori", "sato.eml", "mori.txt", "mori@"} {
		if bytes.Contains(content, []byte(name)) {
			t.Errorf("the database still holds the erased %q", name)
		}
	}
	return head
}

// takeIn takes a mail in, which is linked to an incident, and an incident of a page in two
// wordings, which waits.
func takeIn(t *testing.T, db *store.DB, tr *tracker.Tracker, id sla.IncidentID) {
	t.Helper()
	c, err := config.Parse("kigen.yaml", []byte("intake: {page: {feed: \"https://status.example.jp/rss.xml\", vendor: sotas}}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &intake.Service{Store: db, Tracker: tr, Config: c.Intake, Register: c.Register, Zone: c.Timezone, Lang: "en", Now: tr.Now}
	raw := []byte("From: x\n\nWe are sorry.")
	sum := sha256.Sum256(raw)
	mail := intake.Entry{
		Item:     inbox.Item{SourceID: "<1@example.jp>", Revision: 1, Vendor: "sotas", Kind: inbox.KindFirst, Title: "Sorry", Text: "We are sorry.", Channel: "email", ReceivedAt: tr.Now(), Evidence: hex.EncodeToString(sum[:])},
		Document: inbox.Document{Name: "mail.eml", Type: "message/rfc822", Content: raw},
	}
	outage := intake.Entry{Item: inbox.Item{SourceID: "i1", Revision: 1, State: inbox.Candidate, Vendor: "sotas", Kind: inbox.KindIncident, Title: "Outage", Text: "We investigate.", Channel: "site"}}
	changed := outage
	changed.Revision, changed.Text = 2, "We know."
	for _, b := range []intake.Batch{
		{Source: "mail", Pushed: true, Entries: []intake.Entry{mail}}, {Source: "page", Entries: []intake.Entry{outage}}, {Source: "page", Entries: []intake.Entry{changed}},
	} {
		if _, err := s.Take(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Link(t.Context(), tracker.Request{Actor: "user:sato"}, 1, id, "about it", 0); err != nil {
		t.Fatal(err)
	}
}

// registerVendor publishes a vendor, with a document and a review.
func registerVendor(t *testing.T, db *store.DB, now time.Time) {
	t.Helper()
	paper := []byte("We notify within 24 hours.")
	sum := sha256.Sum256(paper)
	err := errors.Join(
		db.Publish(t.Context(), &register.Version{Vendor: "acme", At: now, By: "user:sato", Reason: "contract", Text: "id: acme\npromises: [{id: n, start: detected, due: 24h}]"}),
		db.AddDocument(t.Context(), &register.Document{
			Vendor: "acme", Title: "Paper", Dated: calendar.NewDate(2026, time.April, 1), At: now, By: "user:sato",
			File: sla.Evidence{Name: "paper.txt", Type: "text/plain", SHA256: hex.EncodeToString(sum[:])},
		}, paper),
		db.AddReview(t.Context(), &register.Review{Vendor: "acme", On: calendar.NewDate(2026, time.April, 7), At: now, By: "user:sato"}),
	)
	if err != nil {
		t.Fatal(err)
	}
}

// eraseAll gives an incident one of everything that can be erased, and erases it.
func eraseAll(t *testing.T, tr *tracker.Tracker, id sla.IncidentID, by tracker.Request) {
	t.Helper()
	ctx := t.Context()
	files := func(name string) []tracker.Attachment {
		return []tracker.Attachment{{Name: name, Type: "text/plain", Content: []byte(name)}}
	}
	for _, change := range []func() (*sla.Incident, error){
		func() (*sla.Incident, error) {
			return tr.Notice(ctx, by, id, tracker.NoticeEntry{Channel: "email", Reference: "V-1", Text: "Dear Mr Sato", Files: files("sato.eml")})
		},
		func() (*sla.Incident, error) { return tr.WithdrawNotice(ctx, by, id, 1, "to Mr Sato") },
		func() (*sla.Incident, error) {
			return tr.Note(ctx, by, id, tracker.NoteEntry{Text: "Called Mr Mori.", Files: files("mori.txt")})
		},
		func() (*sla.Incident, error) {
			return tr.Chased(ctx, by, id, tracker.ChaserEntry{To: "mori@example.jp", Channel: "email", MessageID: "<mori@example.jp>"})
		},
		func() (*sla.Incident, error) {
			return tr.Waive(ctx, by, id, "incident-notice", "", "agreed with Mr Mori")
		},
		func() (*sla.Incident, error) { return tr.Cancel(ctx, by, id, "Mr Sato's drill") },
		func() (*sla.Incident, error) { return tr.Reopen(ctx, by, id, "not Mr Sato's") },
		func() (*sla.Incident, error) {
			return tr.Erase(ctx, by, id, tracker.Erasure{Fields: history.Erasable(), Reason: "request"})
		},
	} {
		if _, err := change(); err != nil {
			t.Fatal(err)
		}
	}
}
