-- The register of vendors: published entries, drafts, documents by edition, reviews.

-- +goose Up

CREATE TABLE vendor_versions (
    vendor       TEXT    NOT NULL,
    number       INTEGER NOT NULL, -- 1, 2, 3 … of the vendor
    published_at INTEGER NOT NULL,
    published_by TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    text         TEXT    NOT NULL, -- YAML; empty: the entry was withdrawn
    PRIMARY KEY (vendor, number)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER vendor_versions_are_kept BEFORE DELETE ON vendor_versions
BEGIN
    SELECT RAISE(ABORT, 'versions of vendors are never deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER vendor_versions_stay_as_they_are BEFORE UPDATE ON vendor_versions
BEGIN
    SELECT RAISE(ABORT, 'versions of vendors are never changed');
END;
-- +goose StatementEnd

-- What is being written, one for each vendor. It is no evidence.
CREATE TABLE vendor_drafts (
    vendor   TEXT    NOT NULL PRIMARY KEY,
    text     TEXT    NOT NULL,
    base     INTEGER NOT NULL, -- the version that it began from; 0: a new vendor
    revision INTEGER NOT NULL, -- raised by each save
    saved_at INTEGER NOT NULL,
    saved_by TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE vendor_documents (
    id       INTEGER PRIMARY KEY,
    vendor   TEXT    NOT NULL,
    number   INTEGER NOT NULL, -- 1, 2, 3 … of the vendor
    title    TEXT    NOT NULL,
    edition  TEXT    NOT NULL,
    dated    TEXT    NOT NULL, -- YYYY-MM-DD; empty: not dated
    sha256   TEXT    NOT NULL REFERENCES evidence (sha256),
    name     TEXT    NOT NULL,
    type     TEXT    NOT NULL,
    added_at INTEGER NOT NULL,
    added_by TEXT    NOT NULL,
    UNIQUE (vendor, number)
) STRICT;

CREATE INDEX vendor_documents_content ON vendor_documents (sha256);

-- +goose StatementBegin
CREATE TRIGGER vendor_documents_are_kept BEFORE DELETE ON vendor_documents
BEGIN
    SELECT RAISE(ABORT, 'documents of vendors are never deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER vendor_documents_stay_as_they_are BEFORE UPDATE ON vendor_documents
BEGIN
    SELECT RAISE(ABORT, 'documents of vendors are never changed');
END;
-- +goose StatementEnd

CREATE TABLE vendor_reviews (
    id          INTEGER PRIMARY KEY,
    vendor      TEXT    NOT NULL,
    number      INTEGER NOT NULL, -- 1, 2, 3 … of the vendor
    reviewed_on TEXT    NOT NULL, -- YYYY-MM-DD
    next_on     TEXT    NOT NULL, -- YYYY-MM-DD; empty: not planned
    note        TEXT    NOT NULL,
    recorded_at INTEGER NOT NULL,
    recorded_by TEXT    NOT NULL,
    UNIQUE (vendor, number)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER vendor_reviews_are_kept BEFORE DELETE ON vendor_reviews
BEGIN
    SELECT RAISE(ABORT, 'reviews of vendors are never deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER vendor_reviews_stay_as_they_are BEFORE UPDATE ON vendor_reviews
BEGIN
    SELECT RAISE(ABORT, 'reviews of vendors are never changed');
END;
-- +goose StatementEnd

-- As before, and the documents of vendors, which no incident has.
DROP TRIGGER evidence_stays_as_it_is;
DROP VIEW kept_files;

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
SELECT NULL, f.sha256 FROM vendor_documents f;

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
