-- Files that go out with an alert. Their bytes are kept, so that what is tried
-- again after a restart, or by a newer kigen, is what was tried before.

-- +goose Up

CREATE TABLE files (
    sha256 TEXT PRIMARY KEY, -- of body, in hexadecimal
    body   BLOB NOT NULL
) STRICT;

CREATE TABLE alert_files (
    alert_id   INTEGER NOT NULL REFERENCES alerts (id),
    part       INTEGER NOT NULL, -- 1, 2, 3 …
    name       TEXT    NOT NULL,
    media_type TEXT    NOT NULL,
    sha256     TEXT    NOT NULL REFERENCES files (sha256),
    PRIMARY KEY (alert_id, part)
) STRICT, WITHOUT ROWID;
