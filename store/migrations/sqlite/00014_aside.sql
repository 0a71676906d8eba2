-- What one bad row may not stop: incidents that the watch loop has put aside,
-- and what the auditor remembers beyond a restart.

-- +goose Up

-- Without a reference to incidents: the row of the incident may be what is missing.
CREATE TABLE aside (
    incident_id INTEGER PRIMARY KEY,
    since       INTEGER NOT NULL, -- of the first failure
    tries       INTEGER NOT NULL,
    next_at     INTEGER NOT NULL, -- when it is tried next
    error       TEXT    NOT NULL
) STRICT;

-- A passed deadline of which no alert has arrived, by clock, deadline and stage
-- of the alert policies.
CREATE TABLE untold (
    clock_id     INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    after_ms     INTEGER NOT NULL,
    destinations TEXT    NOT NULL, -- names with commas between them
    since        INTEGER NOT NULL, -- from when the pipeline has had its time
    told_at      INTEGER,          -- when the last resort sent its message; NULL: not yet
    PRIMARY KEY (clock_id, due_at, after_ms, destinations)
) STRICT, WITHOUT ROWID;
