-- The key that signs what browsers keep between requests, and the end of a role
-- that the groups at an OpenID Connect issuer no longer give.

-- +goose Up

CREATE TABLE access_keys (
    name       TEXT    PRIMARY KEY,
    key        BLOB    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE users ADD COLUMN role_lost_at INTEGER; -- no group gave a role at the last sign-in
