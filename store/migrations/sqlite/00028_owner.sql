-- The owner of an incident, in lists too.

-- +goose Up

-- Empty: the incident has no owner. An acknowledgement of before made its person the one.
ALTER TABLE incidents ADD COLUMN owner TEXT NOT NULL DEFAULT '';
UPDATE incidents SET owner = ack_by WHERE ack_by <> '';

ALTER TABLE list_entries ADD COLUMN owner TEXT NOT NULL DEFAULT '';
UPDATE list_entries SET owner = (SELECT owner FROM incidents WHERE id = list_entries.incident_id)
WHERE incident_id IN (SELECT id FROM incidents WHERE owner <> '');
CREATE INDEX list_entries_owner ON list_entries (listing, owner, rank, sort_key, newest);

-- As before, and by owner.
DROP TABLE counters;
CREATE TABLE counters (
    listing   TEXT    NOT NULL,
    vendor    TEXT    NOT NULL,
    severity  TEXT    NOT NULL,
    owner     TEXT    NOT NULL,
    incidents INTEGER NOT NULL,
    PRIMARY KEY (listing, vendor, severity, owner)
) STRICT, WITHOUT ROWID;
INSERT INTO counters (listing, vendor, severity, owner, incidents)
SELECT listing, vendor, severity, owner, COUNT(*) FROM list_entries GROUP BY listing, vendor, severity, owner;

-- The record seals the owner with the other fields of an incident.
INSERT INTO record_backlog (kind) VALUES ('incident');
