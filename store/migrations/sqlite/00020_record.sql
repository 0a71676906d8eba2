-- The record: one chain over everything that is evidence.

-- +goose Up

-- A line seals one content by its SHA-256; sla.RecordLine describes what hash covers.
CREATE TABLE record_lines (
    count   INTEGER PRIMARY KEY, -- 1, 2, 3 …
    kind    TEXT    NOT NULL,    -- event, incident, clock, …
    name    TEXT    NOT NULL,    -- of an edition: the period; of a checkpoint: the kind
    number  INTEGER NOT NULL,
    part    INTEGER NOT NULL,
    content BLOB    NOT NULL,
    hash    BLOB    NOT NULL     -- covers the line and the hash of the one before
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER record_is_kept BEFORE DELETE ON record_lines
BEGIN
    SELECT RAISE(ABORT, 'a line of the record is never deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER record_stays_as_it_is BEFORE UPDATE ON record_lines
BEGIN
    SELECT RAISE(ABORT, 'a line of the record is never changed');
END;
-- +goose StatementEnd

-- INSERT OR REPLACE deletes without the trigger above; it fails here.
-- +goose StatementBegin
CREATE TRIGGER record_follows_on BEFORE INSERT ON record_lines
WHEN NEW.count <> 1 + (SELECT COALESCE(MAX(count), 0) FROM record_lines)
BEGIN
    SELECT RAISE(ABORT, 'a line follows the last one of the record');
END;
-- +goose StatementEnd

-- Contents of a kind that retention removed: all with a number up to up_to. The
-- lines that sealed them stay. count and hash are the head of the record before the
-- checkpoint's own line, which seals all of this.
CREATE TABLE record_checkpoints (
    kind  TEXT    NOT NULL,
    up_to INTEGER NOT NULL,
    count INTEGER NOT NULL,
    hash  BLOB    NOT NULL,
    at    INTEGER NOT NULL,
    PRIMARY KEY (kind, up_to)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER checkpoints_are_kept BEFORE DELETE ON record_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'a checkpoint is never deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER checkpoints_stay_as_they_are BEFORE UPDATE ON record_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'a checkpoint is never changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER checkpoints_move_on BEFORE INSERT ON record_checkpoints
WHEN NEW.up_to <= (SELECT MAX(up_to) FROM record_checkpoints WHERE kind = NEW.kind)
BEGIN
    SELECT RAISE(ABORT, 'a checkpoint lies after the last one of its kind');
END;
-- +goose StatementEnd

-- As before, and what a checkpoint covers may go.
DROP TRIGGER access_log_is_kept;
-- +goose StatementBegin
CREATE TRIGGER access_log_is_kept BEFORE DELETE ON access_log
WHEN OLD.kind <> 'refused' AND NOT EXISTS (SELECT 1 FROM record_checkpoints WHERE kind = 'access' AND up_to >= OLD.id)
BEGIN
    SELECT RAISE(ABORT, 'the access log is never deleted without a checkpoint');
END;
-- +goose StatementEnd

-- The hash of an event covers this hash of its body, so that the body can be erased
-- and the chain stays; empty: it covers the body itself, as in events of older versions.
ALTER TABLE events ADD COLUMN body_sha256 TEXT NOT NULL DEFAULT '';

-- As before; but the body of an event may be erased where its hash stays.
DROP TRIGGER events_stay_as_they_are;
-- +goose StatementBegin
CREATE TRIGGER events_stay_as_they_are BEFORE UPDATE ON events
WHEN NOT (NEW.body = '' AND OLD.body <> '' AND OLD.body_sha256 <> ''
    AND NEW.incident_id = OLD.incident_id AND NEW.seq = OLD.seq AND NEW.at = OLD.at AND NEW.actor = OLD.actor
    AND NEW.origin = OLD.origin AND NEW.kind = OLD.kind AND NEW.prev = OLD.prev AND NEW.hash = OLD.hash
    AND NEW.body_sha256 = OLD.body_sha256)
BEGIN
    SELECT RAISE(ABORT, 'events are never changed');
END;
-- +goose StatementEnd

-- Kinds whose rows are sealed when the database is next opened, in the order of
-- turn: what an older database holds already. A later migration that changes a sealed
-- value, or adds a sealed column, inserts the kind again.
CREATE TABLE record_backlog (
    turn  INTEGER PRIMARY KEY,
    kind  TEXT    NOT NULL,
    after INTEGER NOT NULL DEFAULT 0 -- rows up to here are sealed
) STRICT;

INSERT INTO record_backlog (kind) VALUES ('event'), ('incident'), ('clock'), ('notice'), ('file'),
    ('access'), ('edition'), ('user'), ('token');
