-- Evidence that came with a notice, and a search that does not read everything.

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

-- Pairs of neighbouring letters of each incident's words, in which any part of
-- a Japanese or Western text is found as a phrase. It keeps no text: what is
-- found is compared with the incident itself. docid is the incident's id, plus
-- its version times 2^40 where its words were changed; pairs of words that are
-- gone stay and find nothing any more.
CREATE VIRTUAL TABLE search USING fts4(pairs, content='', matchinfo=fts3, order=desc);

-- Incidents below this id are not in it yet: they are added when the database
-- is next opened.
CREATE TABLE search_backlog (
    only  INTEGER PRIMARY KEY CHECK (only = 1),
    below INTEGER NOT NULL
) STRICT;

INSERT INTO search_backlog (only, below) SELECT 1, COALESCE(MAX(id), 0) + 1 FROM incidents;
