-- An idempotency key is bound to its use case, its incident and the account that used
-- it. Keys from before get the last two from the event that their request recorded.

-- +goose Up

-- The hash of what was logged; empty: the key alone identifies the request.
ALTER TABLE idempotency RENAME COLUMN request_hash TO content;
-- log, amend, notice, acknowledge or cancel; empty: unknown.
ALTER TABLE idempotency ADD COLUMN use_case TEXT NOT NULL DEFAULT '';
-- The actor of the request; empty: unknown.
ALTER TABLE idempotency ADD COLUMN actor TEXT NOT NULL DEFAULT '';

UPDATE idempotency SET use_case = 'log', actor = COALESCE((
    SELECT actor FROM events WHERE events.incident_id = idempotency.incident_id AND seq = 1 AND kind = 'logged'), '')
WHERE content <> 'once';

UPDATE idempotency SET content = '', use_case = COALESCE((
    SELECT CASE MIN(kind) WHEN 'acknowledged' THEN 'acknowledge' ELSE MIN(kind) END FROM events
    WHERE events.incident_id = idempotency.incident_id AND events.at = idempotency.at AND kind IN ('acknowledged', 'notice')
    HAVING COUNT(*) = 1), ''), actor = COALESCE((
    SELECT MIN(actor) FROM events
    WHERE events.incident_id = idempotency.incident_id AND events.at = idempotency.at AND kind IN ('acknowledged', 'notice')
    HAVING COUNT(*) = 1), '')
WHERE content = 'once';
