-- Our own duties: what was decided about them, and what we submitted. Their clocks are
-- rows of clocks whose promise begins with us/.

-- +goose Up

CREATE TABLE decisions (
    id           INTEGER PRIMARY KEY,
    incident_id  INTEGER NOT NULL REFERENCES incidents (id),
    duty         TEXT    NOT NULL,
    applies      INTEGER NOT NULL CHECK (applies IN (0, 1)),
    case_id      TEXT    NOT NULL, -- empty: none of the duty's cases
    reason       TEXT    NOT NULL,
    aware_at     INTEGER,          -- NULL: as the incident says
    aware_offset INTEGER,
    decided_at   INTEGER NOT NULL,
    decided_by   TEXT    NOT NULL
) STRICT;

CREATE INDEX decisions_incident ON decisions (incident_id, id);

CREATE TABLE submissions (
    id               INTEGER PRIMARY KEY,
    incident_id      INTEGER NOT NULL REFERENCES incidents (id),
    duty             TEXT    NOT NULL,
    stage            TEXT    NOT NULL,
    submitted_at     INTEGER NOT NULL,
    submitted_offset INTEGER NOT NULL,
    reference        TEXT    NOT NULL,
    recorded_at      INTEGER NOT NULL,
    recorded_by      TEXT    NOT NULL,
    withdrawn_at     INTEGER, -- NULL: the submission counts
    withdrawn_by     TEXT    NOT NULL DEFAULT '',
    withdrawn_reason TEXT    NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX submissions_incident ON submissions (incident_id, id);

-- As notice_files.
CREATE TABLE submission_files (
    submission_id INTEGER NOT NULL REFERENCES submissions (id),
    position      INTEGER NOT NULL, -- 1, 2, 3 … within the submission
    incident_id   INTEGER NOT NULL REFERENCES incidents (id),
    sha256        TEXT    NOT NULL REFERENCES evidence (sha256),
    name          TEXT    NOT NULL,
    type          TEXT    NOT NULL,
    PRIMARY KEY (submission_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX submission_files_incident ON submission_files (incident_id, sha256);
CREATE INDEX submission_files_content ON submission_files (sha256);

-- +goose StatementBegin
CREATE TRIGGER decisions_are_kept BEFORE DELETE ON decisions
BEGIN
    SELECT RAISE(ABORT, 'decisions are never deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER decisions_stay_as_they_are BEFORE UPDATE ON decisions
WHEN NOT (NEW.id = OLD.id AND NEW.incident_id = OLD.incident_id AND NEW.duty = OLD.duty AND NEW.applies = OLD.applies
    AND NEW.case_id = OLD.case_id AND NEW.aware_at IS OLD.aware_at AND NEW.aware_offset IS OLD.aware_offset
    AND NEW.decided_at = OLD.decided_at AND NEW.decided_by = OLD.decided_by AND NEW.reason GLOB 'sha256:*')
BEGIN
    SELECT RAISE(ABORT, 'decisions are never changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER submissions_are_kept BEFORE DELETE ON submissions
BEGIN
    SELECT RAISE(ABORT, 'submissions are never deleted');
END;
-- +goose StatementEnd

-- The clocks that lists, counters and reports leave out: they have no period.
CREATE INDEX clocks_ours ON clocks (due_at, id) WHERE promise >= 'us/' AND promise < 'us0';

-- As before, and the promise, by which those of our own duties are left out.
DROP INDEX clocks_notified;
CREATE INDEX clocks_notified ON clocks (notified_at, incident_id, promise) WHERE notified_at IS NOT NULL;

-- As before, and files of submissions.
DROP TRIGGER evidence_stays_as_it_is;
DROP VIEW kept_files;
CREATE TABLE erased_files_of_all (
    kind     TEXT    NOT NULL CHECK (kind IN ('file', 'note_file', 'submission_file')),
    source   INTEGER NOT NULL, -- id of the notice, the note or the submission
    position INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (kind, source, position)
) STRICT, WITHOUT ROWID;
INSERT INTO erased_files_of_all (kind, source, position, at) SELECT kind, source, position, at FROM erased_files;
DROP TABLE erased_files;
ALTER TABLE erased_files_of_all RENAME TO erased_files;

-- +goose StatementBegin
CREATE TRIGGER erased_files_are_kept BEFORE DELETE ON erased_files
BEGIN
    SELECT RAISE(ABORT, 'an erasure is never undone');
END;
-- +goose StatementEnd

CREATE VIEW kept_files AS
SELECT f.incident_id, f.sha256 FROM notice_files f WHERE NOT EXISTS (
    SELECT 1 FROM erased_files e WHERE e.kind = 'file' AND e.source = f.notice_id AND e.position = f.position)
UNION ALL
SELECT f.incident_id, f.sha256 FROM note_files f WHERE NOT EXISTS (
    SELECT 1 FROM erased_files e WHERE e.kind = 'note_file' AND e.source = f.note_id AND e.position = f.position)
UNION ALL
SELECT f.incident_id, f.sha256 FROM submission_files f WHERE NOT EXISTS (
    SELECT 1 FROM erased_files e WHERE e.kind = 'submission_file' AND e.source = f.submission_id AND e.position = f.position);

-- As before: it names the view.
-- +goose StatementBegin
CREATE TRIGGER evidence_stays_as_it_is BEFORE UPDATE ON evidence
WHEN NOT (NEW.sha256 = OLD.sha256 AND NEW.size = OLD.size
    AND (NEW.content = x'' AND NOT EXISTS (SELECT 1 FROM kept_files k WHERE k.sha256 = OLD.sha256)
        OR OLD.content = x'' AND length(NEW.content) = OLD.size))
BEGIN
    SELECT RAISE(ABORT, 'evidence is never changed');
END;
-- +goose StatementEnd
