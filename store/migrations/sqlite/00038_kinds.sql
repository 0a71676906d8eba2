-- The kind of an incident in lists, counts and reports: each keeps the kinds apart.

-- +goose Up

ALTER TABLE list_entries ADD COLUMN kind TEXT NOT NULL DEFAULT 'incident';
CREATE INDEX list_entries_kind ON list_entries (listing, kind, rank, sort_key, newest);

-- As before, and by kind.
ALTER TABLE counters RENAME TO counters_before;
CREATE TABLE counters (
    listing   TEXT    NOT NULL,
    vendor    TEXT    NOT NULL,
    severity  TEXT    NOT NULL,
    owner     TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    incidents INTEGER NOT NULL,
    PRIMARY KEY (listing, vendor, severity, owner, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO counters (listing, vendor, severity, owner, kind, incidents)
SELECT listing, vendor, severity, owner, 'incident', incidents FROM counters_before;
DROP TABLE counters_before;

-- As before, and by kind. The ids stay: clocks name them in report_key.
CREATE TABLE dimensions_by_kind (
    id       INTEGER PRIMARY KEY,
    vendor   TEXT    NOT NULL,
    service  TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    promise  TEXT    NOT NULL,
    terms    TEXT    NOT NULL,
    strength TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    assumed  INTEGER NOT NULL CHECK (assumed IN (0, 1)), -- the start is
    UNIQUE (vendor, service, kind, promise, terms, strength, state, assumed)
) STRICT;
INSERT INTO dimensions_by_kind (id, vendor, service, kind, promise, terms, strength, state, assumed)
SELECT id, vendor, service, 'incident', promise, terms, strength, state, assumed FROM report_dimensions;
DROP TABLE report_dimensions;
ALTER TABLE dimensions_by_kind RENAME TO report_dimensions;
CREATE INDEX report_dimensions_kind ON report_dimensions (kind);
