-- Contents that were erased, by a person or by retention. An event of the incident
-- says so; hashes stay.

-- +goose Up

-- Files whose content was erased: of a notice (kind file) or of a note (note_file).
CREATE TABLE erased_files (
    kind     TEXT    NOT NULL CHECK (kind IN ('file', 'note_file')),
    source   INTEGER NOT NULL, -- id of the notice or note
    position INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (kind, source, position)
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER erased_files_are_kept BEFORE DELETE ON erased_files
BEGIN
    SELECT RAISE(ABORT, 'an erasure is never undone');
END;
-- +goose StatementEnd

CREATE INDEX notice_files_content ON notice_files (sha256);
CREATE INDEX note_files_content ON note_files (sha256);

-- The files whose content must be there.
CREATE VIEW kept_files AS
SELECT f.incident_id, f.sha256 FROM notice_files f WHERE NOT EXISTS (
    SELECT 1 FROM erased_files e WHERE e.kind = 'file' AND e.source = f.notice_id AND e.position = f.position)
UNION ALL
SELECT f.incident_id, f.sha256 FROM note_files f WHERE NOT EXISTS (
    SELECT 1 FROM erased_files e WHERE e.kind = 'note_file' AND e.source = f.note_id AND e.position = f.position);

-- A content that no file needs any more may go. It comes back with a new file that
-- has it; Verify checks its hash.
DROP TRIGGER evidence_stays_as_it_is;
-- +goose StatementBegin
CREATE TRIGGER evidence_stays_as_it_is BEFORE UPDATE ON evidence
WHEN NOT (NEW.sha256 = OLD.sha256 AND NEW.size = OLD.size
    AND (NEW.content = x'' AND NOT EXISTS (SELECT 1 FROM kept_files k WHERE k.sha256 = OLD.sha256)
        OR OLD.content = x'' AND length(NEW.content) = OLD.size))
BEGIN
    SELECT RAISE(ABORT, 'evidence is never changed');
END;
-- +goose StatementEnd

-- Notes and chasers change only where a text becomes its hash.
DROP TRIGGER notes_stay_as_they_are;
-- +goose StatementBegin
CREATE TRIGGER notes_stay_as_they_are BEFORE UPDATE ON notes
WHEN NOT (NEW.id = OLD.id AND NEW.incident_id = OLD.incident_id AND NEW.at = OLD.at AND NEW.author = OLD.author
    AND NEW.text GLOB 'sha256:*')
BEGIN
    SELECT RAISE(ABORT, 'notes are never changed');
END;
-- +goose StatementEnd

DROP TRIGGER chasers_stay_as_they_are;
-- +goose StatementBegin
CREATE TRIGGER chasers_stay_as_they_are BEFORE UPDATE ON chasers
WHEN NOT (NEW.id = OLD.id AND NEW.incident_id = OLD.incident_id AND NEW.sent_at = OLD.sent_at AND NEW.sent_offset = OLD.sent_offset
    AND NEW.channel = OLD.channel AND NEW.recorded_at = OLD.recorded_at AND NEW.recorded_by = OLD.recorded_by
    AND (NEW.sent_to = '' OR NEW.sent_to GLOB 'sha256:*') AND (NEW.message_id = '' OR NEW.message_id GLOB 'sha256:*'))
BEGIN
    SELECT RAISE(ABORT, 'chasers are never changed');
END;
-- +goose StatementEnd
