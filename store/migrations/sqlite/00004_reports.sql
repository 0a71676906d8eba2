-- What a monthly report asks for, so that it reads a narrow index and not
-- every clock with its explanation.

-- +goose Up

-- All that a report groups clocks by. There are few, and they are never deleted.
CREATE TABLE headings (
    id       INTEGER PRIMARY KEY,
    vendor   TEXT    NOT NULL,
    service  TEXT    NOT NULL,
    promise  TEXT    NOT NULL,
    terms    TEXT    NOT NULL,
    strength TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    assumed  INTEGER NOT NULL CHECK (assumed IN (0, 1)), -- the start is
    UNIQUE (vendor, service, promise, terms, strength, state, assumed)
) STRICT;

-- counted is heading * 2^32, plus 2^31 and the whole seconds from start to
-- notice where both are known: one number is read in a third of the time that
-- its parts take.
ALTER TABLE clocks ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;

-- +goose StatementBegin
INSERT INTO headings (vendor, service, promise, terms, strength, state, assumed)
SELECT DISTINCT i.vendor, i.service, c.promise, c.terms, COALESCE(json_extract(c.explanation, '$.strength'), ''), c.state,
    c.start_basis = 'assumed'
FROM clocks c JOIN incidents i ON i.id = c.incident_id;
-- +goose StatementEnd

-- A deadline at midnight ends the day before: the last instant in time counts.
-- +goose StatementBegin
UPDATE clocks SET
    attributed_at = COALESCE(due_at - 1, attributed_at),
    counted = 4294967296 * (
        SELECT h.id FROM incidents i JOIN headings h ON h.vendor = i.vendor AND h.service = i.service
        AND h.promise = clocks.promise AND h.terms = clocks.terms
        AND h.strength = COALESCE(json_extract(clocks.explanation, '$.strength'), '')
        AND h.state = clocks.state AND h.assumed = (clocks.start_basis = 'assumed')
        WHERE i.id = clocks.incident_id)
    + CASE WHEN notice_at IS NULL OR start_at IS NULL THEN 0
        ELSE 2147483648 + MAX(-2147483647, MIN(2147483647, notice_at / 1000 - start_at / 1000)) END;
-- +goose StatementEnd

CREATE INDEX clocks_counted ON clocks (attributed_at, counted, incident_id, notice_at);

-- What was silent at an instant: not answered yet, or answered only after it.
CREATE INDEX clocks_silent ON clocks (attributed_at) WHERE state = 'overdue';
CREATE INDEX clocks_answered ON clocks (notice_at, attributed_at) WHERE state = 'late';

-- When an incident without any clock was logged, NULL for the others.
ALTER TABLE incidents ADD COLUMN clockless_at INTEGER;
UPDATE incidents SET clockless_at = logged_at WHERE NOT EXISTS (SELECT 1 FROM clocks WHERE incident_id = incidents.id);
CREATE INDEX incidents_clockless ON incidents (clockless_at) WHERE clockless_at IS NOT NULL;

-- Reports as they were sent. Another edition is another row.
CREATE TABLE reports (
    period  TEXT    NOT NULL, -- its label
    edition INTEGER NOT NULL, -- 1, 2, 3 …
    made_at INTEGER NOT NULL,
    kigen   TEXT    NOT NULL, -- version
    sha256  TEXT    NOT NULL, -- of model
    model   TEXT    NOT NULL, -- JSON, in no language
    clocks  BLOB    NOT NULL, -- what each clock came to, gzipped
    PRIMARY KEY (period, edition)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER reports_are_kept BEFORE DELETE ON reports
BEGIN
    SELECT RAISE(ABORT, 'a kept report is never deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER reports_stay_as_they_are BEFORE UPDATE ON reports
BEGIN
    SELECT RAISE(ABORT, 'a kept report is never changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER reports_follow_on BEFORE INSERT ON reports
WHEN NEW.edition <> 1 + (SELECT COALESCE(MAX(edition), 0) FROM reports WHERE period = NEW.period)
BEGIN
    SELECT RAISE(ABORT, 'an edition follows the last one of its period');
END;
-- +goose StatementEnd
