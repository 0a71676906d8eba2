-- Evidence that came with a notice.

-- +goose Up

-- A file is kept once, by what it holds; it is in the database so that a
-- backup has it too.
CREATE TABLE evidence (
    sha256  TEXT    PRIMARY KEY,
    size    INTEGER NOT NULL, -- bytes
    content BLOB    NOT NULL
) STRICT;

CREATE TABLE notice_files (
    notice_id   INTEGER NOT NULL REFERENCES notices (id),
    position    INTEGER NOT NULL, -- 1, 2, 3 … within the notice
    incident_id INTEGER NOT NULL REFERENCES incidents (id),
    sha256      TEXT    NOT NULL REFERENCES evidence (sha256),
    name        TEXT    NOT NULL,
    type        TEXT    NOT NULL, -- as sniffed from the content
    PRIMARY KEY (notice_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX notice_files_incident ON notice_files (incident_id, sha256);

-- +goose StatementBegin
CREATE TRIGGER evidence_stays_as_it_is BEFORE UPDATE ON evidence
BEGIN
    SELECT RAISE(ABORT, 'evidence is never changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER evidence_is_kept BEFORE DELETE ON evidence
BEGIN
    SELECT RAISE(ABORT, 'evidence is never deleted');
END;
-- +goose StatementEnd
