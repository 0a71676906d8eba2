-- What strangers cause in the access log, and how far the log was sent on.

-- +goose Up

-- As before, and denials go like failed sign-ins: who has no rights could fill the disk
-- with them.
DROP TRIGGER access_log_is_kept;
-- +goose StatementBegin
CREATE TRIGGER access_log_is_kept BEFORE DELETE ON access_log
WHEN OLD.kind NOT IN ('refused', 'denied', 'unknown_caller')
    AND NOT EXISTS (SELECT 1 FROM record_checkpoints WHERE kind = 'access' AND up_to >= OLD.id)
BEGIN
    SELECT RAISE(ABORT, 'the access log is never deleted without a checkpoint');
END;
-- +goose StatementEnd

DROP INDEX access_log_refused;
CREATE INDEX access_log_bounded ON access_log (kind, id) WHERE kind IN ('refused', 'denied', 'unknown_caller');

-- The last line of the access log that audit.webhook has accepted.
CREATE TABLE access_sent (
    only  INTEGER PRIMARY KEY CHECK (only = 1),
    up_to INTEGER NOT NULL,
    at    INTEGER -- of the last request that was accepted; NULL: none yet
) STRICT;

INSERT INTO access_sent (only, up_to) VALUES (1, 0);
