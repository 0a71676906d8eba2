-- Who may use kigen, and what was done about that. Passwords are kept as
-- argon2id, the keys of sessions and tokens as SHA-256 alone.

-- +goose Up

CREATE TABLE users (
    id           INTEGER PRIMARY KEY,
    name         TEXT    NOT NULL UNIQUE,
    subject      TEXT    NOT NULL DEFAULT '', -- issuer and subject of whoever signs in elsewhere
    role         TEXT    NOT NULL CHECK (role IN ('viewer', 'analyst', 'admin')),
    password     TEXT    NOT NULL DEFAULT '', -- empty: signs in elsewhere
    disabled     INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    created_at   INTEGER NOT NULL,
    signed_in_at INTEGER
) STRICT;

CREATE UNIQUE INDEX users_subject ON users (subject) WHERE subject <> '';

CREATE TABLE sessions (
    hash       TEXT    PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_seen ON sessions (seen_at);

CREATE TABLE tokens (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL,
    hash       TEXT    NOT NULL UNIQUE,
    role       TEXT    NOT NULL CHECK (role IN ('viewer', 'analyst', 'admin')),
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at    INTEGER,
    revoked_at INTEGER
) STRICT;

-- A name is free again once its token is revoked, so that a token can be
-- replaced under the same name.
CREATE UNIQUE INDEX tokens_name ON tokens (name) WHERE revoked_at IS NULL;

CREATE TABLE access_log (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    subject TEXT    NOT NULL, -- whom or what it was about
    origin  TEXT    NOT NULL  -- address that it came from
) STRICT;

CREATE INDEX access_log_refused ON access_log (id) WHERE kind = 'refused';

-- What was done is kept for good. What was only tried, and refused, is not: a
-- stranger could fill the disk with it.
-- +goose StatementBegin
CREATE TRIGGER access_log_is_kept BEFORE DELETE ON access_log
WHEN OLD.kind <> 'refused'
BEGIN
    SELECT RAISE(ABORT, 'the access log is never deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER access_log_stays_as_it_is BEFORE UPDATE ON access_log
BEGIN
    SELECT RAISE(ABORT, 'the access log is never changed');
END;
-- +goose StatementEnd

-- INSERT OR REPLACE deletes without the trigger above; it fails here.
-- +goose StatementBegin
CREATE TRIGGER access_log_follows_on BEFORE INSERT ON access_log
WHEN NEW.id IS NOT NULL AND EXISTS (SELECT 1 FROM access_log WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'a line of the access log is never replaced');
END;
-- +goose StatementEnd

ALTER TABLE events ADD COLUMN origin TEXT NOT NULL DEFAULT ''; -- address that the change came from
