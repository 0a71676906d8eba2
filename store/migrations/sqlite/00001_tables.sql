-- Every instant is in UTC milliseconds, NULL when unknown. An offset, in
-- seconds east of UTC, stands beside an instant that a person typed.

-- +goose Up

CREATE TABLE meta (
    only       INTEGER PRIMARY KEY CHECK (only = 1),
    created_at INTEGER NOT NULL,
    policies   TEXT    NOT NULL DEFAULT '' -- fingerprint of the alert policies that next steps were planned under
) STRICT;

CREATE TABLE incidents (
    id               INTEGER PRIMARY KEY,
    vendor           TEXT    NOT NULL,
    service          TEXT    NOT NULL,
    title            TEXT    NOT NULL,
    description      TEXT    NOT NULL,
    impact           TEXT    NOT NULL,
    scope            TEXT    NOT NULL,
    severity         TEXT    NOT NULL,
    occurred_at      INTEGER,
    occurred_offset  INTEGER,
    occurred_basis   TEXT    NOT NULL,
    detected_at      INTEGER,
    detected_offset  INTEGER,
    detected_basis   TEXT    NOT NULL,
    confirmed_at     INTEGER,
    confirmed_offset INTEGER,
    confirmed_basis  TEXT    NOT NULL,
    declared_at      INTEGER,
    declared_offset  INTEGER,
    declared_basis   TEXT    NOT NULL,
    noticed_at       INTEGER,
    noticed_offset   INTEGER,
    noticed_basis    TEXT    NOT NULL,
    logged_at        INTEGER,
    logged_offset    INTEGER,
    logged_basis     TEXT    NOT NULL,
    reference        TEXT    NOT NULL,
    tags             TEXT    NOT NULL, -- JSON array
    ack_by           TEXT    NOT NULL,
    ack_at           INTEGER,
    ack_until        INTEGER,
    ack_until_offset INTEGER,
    cancelled_at     INTEGER,
    cancel_reason    TEXT    NOT NULL,
    folded           TEXT    NOT NULL, -- title, reference, description as a search compares them
    version          INTEGER NOT NULL
) STRICT;

CREATE TABLE terms (
    hash TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE clocks (
    id            INTEGER PRIMARY KEY,
    incident_id   INTEGER NOT NULL REFERENCES incidents (id),
    promise       TEXT    NOT NULL,
    stage         TEXT    NOT NULL,
    terms         TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    start_at      INTEGER,
    start_offset  INTEGER,
    start_from    TEXT    NOT NULL,
    start_basis   TEXT    NOT NULL,
    due_at        INTEGER,
    due_offset    INTEGER,
    zone          TEXT    NOT NULL, -- of the calendar, by its tz database name
    breached_at   INTEGER,
    notice_at     INTEGER,
    explanation   TEXT    NOT NULL, -- JSON
    next_step_at  INTEGER,
    attributed_at INTEGER,          -- due, else start, else when the incident was logged
    UNIQUE (incident_id, promise, stage)
) STRICT;

CREATE INDEX clocks_next_step ON clocks (next_step_at, incident_id) WHERE next_step_at IS NOT NULL;
CREATE INDEX clocks_attributed ON clocks (attributed_at, id, incident_id, state);

-- +goose StatementBegin
CREATE TRIGGER clocks_breach_is_kept BEFORE UPDATE OF breached_at ON clocks
WHEN OLD.breached_at IS NOT NULL AND NEW.breached_at IS NOT OLD.breached_at
BEGIN
    SELECT RAISE(ABORT, 'a stamped breach is never changed');
END;
-- +goose StatementEnd

CREATE TABLE notices (
    id              INTEGER PRIMARY KEY,
    incident_id     INTEGER NOT NULL REFERENCES incidents (id),
    received_at     INTEGER,
    received_offset INTEGER,
    sent_at         INTEGER,
    sent_offset     INTEGER,
    channel         TEXT    NOT NULL,
    stage           TEXT    NOT NULL,
    reference       TEXT    NOT NULL,
    text            TEXT    NOT NULL,
    recorded_at     INTEGER,
    recorded_by     TEXT    NOT NULL
) STRICT;

CREATE INDEX notices_incident ON notices (incident_id, received_at);

CREATE TABLE events (
    incident_id INTEGER NOT NULL REFERENCES incidents (id),
    seq         INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    body        TEXT    NOT NULL, -- JSON, byte for byte as it was hashed
    prev        TEXT    NOT NULL,
    hash        TEXT    NOT NULL,
    PRIMARY KEY (incident_id, seq)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER events_are_kept BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are never deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER events_stay_as_they_are BEFORE UPDATE ON events
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

CREATE TABLE alerts (
    id           INTEGER PRIMARY KEY,
    key          TEXT    NOT NULL UNIQUE,
    reason       TEXT    NOT NULL,
    incident_id  INTEGER REFERENCES incidents (id),
    clock_id     INTEGER REFERENCES clocks (id),
    due_at       INTEGER,
    due_offset   INTEGER,
    at           INTEGER NOT NULL,
    destinations TEXT    NOT NULL, -- JSON array
    body         TEXT              -- JSON
) STRICT;

CREATE INDEX alerts_clock ON alerts (clock_id) WHERE clock_id IS NOT NULL;

CREATE TABLE deliveries (
    id              INTEGER PRIMARY KEY,
    key             TEXT    NOT NULL UNIQUE,
    alert_id        INTEGER NOT NULL REFERENCES alerts (id),
    incident_id     INTEGER REFERENCES incidents (id),
    post_id         INTEGER REFERENCES deliveries (id), -- of an update: the post that it changes
    destination     TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    state           TEXT    NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    queued_at       INTEGER NOT NULL,
    next_at         INTEGER NOT NULL,
    attempt_at      INTEGER,
    last_error      TEXT    NOT NULL DEFAULT '',
    channel         TEXT    NOT NULL DEFAULT '',
    ts              TEXT    NOT NULL DEFAULT '',
    sent_at         INTEGER,
    possible_repeat INTEGER NOT NULL DEFAULT 0 CHECK (possible_repeat IN (0, 1))
) STRICT;

CREATE INDEX deliveries_pending ON deliveries (destination, next_at, id) WHERE state = 'pending';
CREATE INDEX deliveries_sending ON deliveries (destination) WHERE state = 'sending';
CREATE INDEX deliveries_unsent ON deliveries (queued_at) WHERE state IN ('pending', 'sending');
CREATE INDEX deliveries_incident ON deliveries (incident_id, destination, id) WHERE incident_id IS NOT NULL;
CREATE INDEX deliveries_alert ON deliveries (alert_id, destination);
CREATE INDEX deliveries_post ON deliveries (post_id) WHERE post_id IS NOT NULL;

CREATE TABLE idempotency (
    key          TEXT    PRIMARY KEY,
    request_hash TEXT    NOT NULL,
    incident_id  INTEGER NOT NULL REFERENCES incidents (id),
    at           INTEGER NOT NULL
) STRICT;

-- Where an incident stands in a list: one row for the list of all (listing is
-- empty) and one for each state that its clocks are in. newest is minus the
-- id, so that the whole order ascends and a cursor is one row comparison.
CREATE TABLE places (
    incident_id INTEGER NOT NULL REFERENCES incidents (id),
    listing     TEXT    NOT NULL,
    vendor      TEXT    NOT NULL,
    rank        INTEGER NOT NULL,
    sort_due    INTEGER NOT NULL,
    newest      INTEGER NOT NULL,
    PRIMARY KEY (incident_id, listing)
) STRICT, WITHOUT ROWID;

CREATE INDEX places_order ON places (listing, rank, sort_due, newest);
CREATE INDEX places_vendor ON places (listing, vendor, rank, sort_due, newest);

-- How many rows of places there are by listing and vendor, kept in the same
-- transactions: counting a million rows for each page would take too long.
CREATE TABLE tallies (
    listing   TEXT    NOT NULL,
    vendor    TEXT    NOT NULL,
    incidents INTEGER NOT NULL,
    PRIMARY KEY (listing, vendor)
) STRICT, WITHOUT ROWID;
