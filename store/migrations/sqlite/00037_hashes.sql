-- The hashes of events as bytes, which take half the room of hexadecimal digits.

-- +goose Up

CREATE TABLE new_events (
    incident_id INTEGER NOT NULL REFERENCES incidents (id),
    seq         INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    origin      TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    body        TEXT    NOT NULL, -- JSON, byte for byte as it was hashed; empty: erased
    body_sha256 BLOB    NOT NULL, -- hash covers it in place of body; empty: it covers the body, as in events of older versions
    prev        BLOB    NOT NULL, -- hash of the event before; empty: there is none
    hash        BLOB    NOT NULL,
    PRIMARY KEY (incident_id, seq)
) STRICT;

-- A hash that is not one stays as it is. The record finds older events by their rowid.
INSERT INTO new_events (rowid, incident_id, seq, at, actor, origin, kind, body, body_sha256, prev, hash)
SELECT rowid, incident_id, seq, at, actor, origin, kind, body, COALESCE(unhex(body_sha256), CAST(body_sha256 AS BLOB)),
    COALESCE(unhex(prev), CAST(prev AS BLOB)), COALESCE(unhex(hash), CAST(hash AS BLOB))
FROM events ORDER BY rowid;

-- Its triggers go with it.
DROP TABLE events;
ALTER TABLE new_events RENAME TO events;

-- +goose StatementBegin
CREATE TRIGGER events_are_kept BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are never deleted');
END;
-- +goose StatementEnd

-- As before: only the body of an event may be erased, where its hash stays.
-- +goose StatementBegin
CREATE TRIGGER events_stay_as_they_are BEFORE UPDATE ON events
WHEN NOT (NEW.body = '' AND OLD.body <> '' AND OLD.body_sha256 <> x''
    AND NEW.incident_id = OLD.incident_id AND NEW.seq = OLD.seq AND NEW.at = OLD.at AND NEW.actor = OLD.actor
    AND NEW.origin = OLD.origin AND NEW.kind = OLD.kind AND NEW.prev = OLD.prev AND NEW.hash = OLD.hash
    AND NEW.body_sha256 = OLD.body_sha256)
BEGIN
    SELECT RAISE(ABORT, 'events are never changed');
END;
-- +goose StatementEnd

-- INSERT OR REPLACE deletes without the triggers above; it fails here.
-- +goose StatementBegin
CREATE TRIGGER events_follow_on BEFORE INSERT ON events
WHEN NEW.seq <> 1 + (SELECT COALESCE(MAX(seq), 0) FROM events WHERE incident_id = NEW.incident_id)
BEGIN
    SELECT RAISE(ABORT, 'an event follows the last one of its incident');
END;
-- +goose StatementEnd
