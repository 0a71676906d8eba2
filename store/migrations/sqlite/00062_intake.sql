-- What came in from vendors: items, their wordings, what was decided, and the sources.

-- +goose Up

CREATE TABLE intake_items (
    id          INTEGER PRIMARY KEY,
    source      TEXT    NOT NULL,
    source_id   TEXT    NOT NULL,
    revision    INTEGER NOT NULL, -- number of the newest wording
    state       TEXT    NOT NULL,
    vendor      TEXT    NOT NULL, -- empty: none of ours
    incident_id INTEGER REFERENCES incidents (id), -- that it is about, or belongs to
    notice      INTEGER NOT NULL, -- the number of the notice that it is recorded as; 0: none
    version     INTEGER NOT NULL,
    taken_at    INTEGER NOT NULL,
    UNIQUE (source, source_id)
) STRICT;

CREATE INDEX intake_items_state ON intake_items (state, id);
CREATE INDEX intake_items_incident ON intake_items (incident_id) WHERE incident_id IS NOT NULL;

CREATE TABLE intake_revisions (
    id          INTEGER PRIMARY KEY,
    item_id     INTEGER NOT NULL REFERENCES intake_items (id),
    number      INTEGER NOT NULL, -- 1, 2, 3 … of the item
    at          INTEGER NOT NULL,
    title       TEXT    NOT NULL,
    text        TEXT    NOT NULL,
    content     TEXT    NOT NULL, -- all else that was read, as JSON
    fingerprint TEXT    NOT NULL, -- equal for wordings that say the same
    sha256      TEXT REFERENCES evidence (sha256), -- as it came; NULL: not kept
    name        TEXT    NOT NULL,
    type        TEXT    NOT NULL,
    UNIQUE (item_id, number)
) STRICT;

CREATE INDEX intake_revisions_content ON intake_revisions (sha256) WHERE sha256 IS NOT NULL;

CREATE TABLE intake_decisions (
    id          INTEGER PRIMARY KEY,
    item_id     INTEGER NOT NULL REFERENCES intake_items (id),
    decided_at  INTEGER NOT NULL,
    decided_by  TEXT    NOT NULL,
    origin      TEXT    NOT NULL,
    action      TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    incident_id INTEGER REFERENCES incidents (id),
    notice      INTEGER NOT NULL,
    reason      TEXT    NOT NULL,
    key         TEXT             -- idempotency key; NULL: none
) STRICT;

CREATE INDEX intake_decisions_item ON intake_decisions (item_id, id);
CREATE UNIQUE INDEX intake_decisions_key ON intake_decisions (key) WHERE key IS NOT NULL;

-- What is remembered of a source. It is no evidence.
CREATE TABLE intake_sources (
    name          TEXT    NOT NULL PRIMARY KEY,
    state         TEXT    NOT NULL, -- JSON of whoever reads it
    since         INTEGER,
    last_success  INTEGER,
    failing_since INTEGER,
    error         TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Parts of a source's state that change one by one, such as the incidents of a page.
CREATE TABLE intake_parts (
    source TEXT NOT NULL,
    name   TEXT NOT NULL,
    body   TEXT NOT NULL, -- JSON
    PRIMARY KEY (source, name)
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER intake_items_are_kept BEFORE DELETE ON intake_items
BEGIN
    SELECT RAISE(ABORT, 'what came in is never deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER intake_revisions_are_kept BEFORE DELETE ON intake_revisions
BEGIN
    SELECT RAISE(ABORT, 'wordings of what came in are never deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER intake_revisions_stay_as_they_are BEFORE UPDATE ON intake_revisions
WHEN NOT (NEW.id = OLD.id AND NEW.item_id = OLD.item_id AND NEW.number = OLD.number AND NEW.at = OLD.at
    AND NEW.content = OLD.content AND NEW.fingerprint = OLD.fingerprint AND NEW.sha256 IS OLD.sha256
    AND NEW.name = OLD.name AND NEW.type = OLD.type
    AND (NEW.title GLOB 'sha256:*' OR NEW.title = OLD.title) AND (NEW.text GLOB 'sha256:*' OR NEW.text = OLD.text))
BEGIN
    SELECT RAISE(ABORT, 'wordings of what came in are never changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER intake_decisions_are_kept BEFORE DELETE ON intake_decisions
BEGIN
    SELECT RAISE(ABORT, 'decisions about what came in are never deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER intake_decisions_stay_as_they_are BEFORE UPDATE ON intake_decisions
BEGIN
    SELECT RAISE(ABORT, 'decisions about what came in are never changed');
END;
-- +goose StatementEnd

-- The mails and documents as they came, as files of the incident that their item belongs to.
CREATE VIEW intake_files AS
SELECT r.id AS revision_id, 1 AS position, i.incident_id, r.sha256, r.name, r.type, r.at, i.state
FROM intake_revisions r JOIN intake_items i ON i.id = r.item_id WHERE r.sha256 IS NOT NULL;

-- As before, and mails and documents as they came.
DROP TRIGGER evidence_stays_as_it_is;
DROP VIEW kept_files;
CREATE TABLE erased_files_of_all (
    kind     TEXT    NOT NULL CHECK (kind IN ('file', 'note_file', 'submission_file', 'intake_file')),
    source   INTEGER NOT NULL, -- id of the notice, the note, the submission or the wording
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
    SELECT 1 FROM erased_files e WHERE e.kind = 'submission_file' AND e.source = f.submission_id AND e.position = f.position)
UNION ALL
SELECT NULL, f.sha256 FROM vendor_documents f
UNION ALL
SELECT f.incident_id, f.sha256 FROM intake_files f WHERE NOT EXISTS (
    SELECT 1 FROM erased_files e WHERE e.kind = 'intake_file' AND e.source = f.revision_id AND e.position = f.position);

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
