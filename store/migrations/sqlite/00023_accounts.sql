-- What an account is: the second factor, a password to be changed, who granted the
-- role, and where each session is.

-- +goose Up

ALTER TABLE users ADD COLUMN must_change INTEGER NOT NULL DEFAULT 0 CHECK (must_change IN (0, 1)); -- the password, at the next sign-in
ALTER TABLE users ADD COLUMN totp_secret TEXT    NOT NULL DEFAULT ''; -- base32; empty: no second factor
ALTER TABLE users ADD COLUMN totp_step   INTEGER NOT NULL DEFAULT 0;  -- time step of the last code: each is accepted once
ALTER TABLE users ADD COLUMN granted_by  TEXT    NOT NULL DEFAULT ''; -- who gave the role
ALTER TABLE users ADD COLUMN granted_at  INTEGER;
ALTER TABLE users ADD COLUMN seen_at     INTEGER; -- last request in any session

ALTER TABLE tokens ADD COLUMN granted_by TEXT NOT NULL DEFAULT '';

-- The access log says who granted the roles of an older database.
UPDATE users SET granted_by = COALESCE((SELECT actor FROM access_log
        WHERE kind IN ('user_added', 'role_changed') AND (subject = users.name OR subject = users.name || ' ' || users.role) ORDER BY id DESC LIMIT 1), ''),
    granted_at = (SELECT at FROM access_log
        WHERE kind IN ('user_added', 'role_changed') AND (subject = users.name OR subject = users.name || ' ' || users.role) ORDER BY id DESC LIMIT 1);
UPDATE tokens SET granted_by = COALESCE((SELECT actor FROM access_log
        WHERE kind = 'token_added' AND subject = tokens.name || ' ' || tokens.role AND at = tokens.created_at ORDER BY id DESC LIMIT 1), '');

UPDATE users SET seen_at = (SELECT MAX(seen_at) FROM sessions WHERE user_id = users.id);

-- A recovery code stands in for the second factor once.
CREATE TABLE recovery_codes (
    user_id INTEGER NOT NULL REFERENCES users (id),
    hash    TEXT    NOT NULL, -- SHA-256: a code is as random as a key
    used_at INTEGER,
    PRIMARY KEY (user_id, hash)
) STRICT, WITHOUT ROWID;

ALTER TABLE sessions ADD COLUMN origin TEXT    NOT NULL DEFAULT ''; -- address of the sign-in
ALTER TABLE sessions ADD COLUMN agent  TEXT    NOT NULL DEFAULT ''; -- browser, as it names itself
ALTER TABLE sessions ADD COLUMN second INTEGER NOT NULL DEFAULT 0 CHECK (second IN (0, 1)); -- the second factor was given
