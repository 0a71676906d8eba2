-- The moments of incidents as rows, so that another moment is another row; the kind
-- of an incident; and the present names: aware, which was noticed, and notified_at,
-- which was notice_at. Events and terms are sealed: they keep the words of their day.

-- +goose Up

-- The known moments. at is the instant, at_offset the offset from UTC at which a
-- person entered it, in seconds east.
CREATE TABLE moments (
    incident_id INTEGER NOT NULL REFERENCES incidents (id),
    moment      TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    at_offset   INTEGER NOT NULL,
    basis       TEXT    NOT NULL,
    PRIMARY KEY (incident_id, moment)
) STRICT, WITHOUT ROWID;

INSERT INTO moments (incident_id, moment, at, at_offset, basis)
SELECT * FROM (
    SELECT id, 'occurred', occurred_at, COALESCE(occurred_offset, 0), occurred_basis FROM incidents WHERE occurred_at IS NOT NULL
    UNION ALL SELECT id, 'detected', detected_at, COALESCE(detected_offset, 0), detected_basis FROM incidents WHERE detected_at IS NOT NULL
    UNION ALL SELECT id, 'confirmed', confirmed_at, COALESCE(confirmed_offset, 0), confirmed_basis FROM incidents WHERE confirmed_at IS NOT NULL
    UNION ALL SELECT id, 'declared', declared_at, COALESCE(declared_offset, 0), declared_basis FROM incidents WHERE declared_at IS NOT NULL
    UNION ALL SELECT id, 'aware', noticed_at, COALESCE(noticed_offset, 0), noticed_basis FROM incidents WHERE noticed_at IS NOT NULL
    UNION ALL SELECT id, 'logged', logged_at, COALESCE(logged_offset, 0), logged_basis FROM incidents WHERE logged_at IS NOT NULL
) ORDER BY 1;

ALTER TABLE incidents DROP COLUMN occurred_at;
ALTER TABLE incidents DROP COLUMN occurred_offset;
ALTER TABLE incidents DROP COLUMN occurred_basis;
ALTER TABLE incidents DROP COLUMN detected_at;
ALTER TABLE incidents DROP COLUMN detected_offset;
ALTER TABLE incidents DROP COLUMN detected_basis;
ALTER TABLE incidents DROP COLUMN confirmed_at;
ALTER TABLE incidents DROP COLUMN confirmed_offset;
ALTER TABLE incidents DROP COLUMN confirmed_basis;
ALTER TABLE incidents DROP COLUMN declared_at;
ALTER TABLE incidents DROP COLUMN declared_offset;
ALTER TABLE incidents DROP COLUMN declared_basis;
ALTER TABLE incidents DROP COLUMN noticed_at;
ALTER TABLE incidents DROP COLUMN noticed_offset;
ALTER TABLE incidents DROP COLUMN noticed_basis;
ALTER TABLE incidents DROP COLUMN logged_at;
ALTER TABLE incidents DROP COLUMN logged_offset;
ALTER TABLE incidents DROP COLUMN logged_basis;
ALTER TABLE incidents ADD COLUMN kind TEXT NOT NULL DEFAULT 'incident';

ALTER TABLE clocks RENAME COLUMN notice_at TO notified_at;
UPDATE clocks SET start_from = 'aware' WHERE start_from = 'noticed';
UPDATE clocks SET explanation = REPLACE(explanation, '"noticed"', '"aware"') WHERE explanation LIKE '%"noticed"%';
DROP INDEX clocks_noticed;
CREATE INDEX clocks_notified ON clocks (notified_at, incident_id) WHERE notified_at IS NOT NULL;
