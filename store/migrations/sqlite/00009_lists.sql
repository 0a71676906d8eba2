-- Lists by severity, settled incidents newest first, and a month's list that
-- is read from an index.

-- +goose Up

-- As before, and severity; sort_key is the soonest due of the open clocks that
-- give the incident its rank, or minus the latest due of settled ones.
CREATE TABLE new_places (
    incident_id INTEGER NOT NULL REFERENCES incidents (id),
    listing     TEXT    NOT NULL,
    vendor      TEXT    NOT NULL,
    severity    TEXT    NOT NULL, -- empty: not graded
    rank        INTEGER NOT NULL,
    sort_key    INTEGER NOT NULL,
    newest      INTEGER NOT NULL,
    PRIMARY KEY (incident_id, listing)
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
INSERT INTO new_places (incident_id, listing, vendor, severity, rank, sort_key, newest)
SELECT p.incident_id, p.listing, p.vendor, i.severity, p.rank,
    CASE WHEN p.rank < 4 THEN p.sort_due ELSE COALESCE(-(
        SELECT MAX(c.due_at) FROM clocks c WHERE c.incident_id = p.incident_id AND c.state = CASE p.rank
            WHEN 4 THEN 'late' WHEN 5 THEN 'met' WHEN 6 THEN 'no_commitment'
            WHEN 7 THEN 'not_applicable' WHEN 8 THEN 'waived' WHEN 9 THEN 'cancelled' END),
        9223372036854775807) END,
    p.newest
FROM places p JOIN incidents i ON i.id = p.incident_id;
-- +goose StatementEnd

DROP TABLE places;
ALTER TABLE new_places RENAME TO places;
CREATE INDEX places_order ON places (listing, rank, sort_key, newest);
CREATE INDEX places_vendor ON places (listing, vendor, rank, sort_key, newest);
CREATE INDEX places_severity ON places (listing, severity, rank, sort_key, newest);
CREATE INDEX places_both ON places (listing, vendor, severity, rank, sort_key, newest);

DROP TABLE tallies;
CREATE TABLE tallies (
    listing   TEXT    NOT NULL,
    vendor    TEXT    NOT NULL,
    severity  TEXT    NOT NULL,
    incidents INTEGER NOT NULL,
    PRIMARY KEY (listing, vendor, severity)
) STRICT, WITHOUT ROWID;
INSERT INTO tallies (listing, vendor, severity, incidents)
SELECT listing, vendor, severity, COUNT(*) FROM places GROUP BY listing, vendor, severity;

-- 1: its incident had a clock before it. A month counts incidents, and looks
-- for an earlier clock only where there may be one.
ALTER TABLE clocks ADD COLUMN follows INTEGER NOT NULL DEFAULT 0 CHECK (follows IN (0, 1));
UPDATE clocks SET follows = 1 WHERE EXISTS (
    SELECT 1 FROM clocks e WHERE e.incident_id = clocks.incident_id AND e.id < clocks.id);

-- The state's place in a list. With state itself in it the index below would
-- look better than it is to queries that have a smaller one.
ALTER TABLE clocks ADD COLUMN rank INTEGER NOT NULL GENERATED ALWAYS AS (CASE state
    WHEN 'overdue' THEN 0 WHEN 'at_risk' THEN 1 WHEN 'running' THEN 2 WHEN 'pending' THEN 3 WHEN 'late' THEN 4
    WHEN 'met' THEN 5 WHEN 'no_commitment' THEN 6 WHEN 'not_applicable' THEN 7 WHEN 'waived' THEN 8 ELSE 9 END) VIRTUAL;

-- A month's clocks of one state, in order of time; counted tells the vendor.
CREATE INDEX clocks_month ON clocks (rank, attributed_at, incident_id, follows, counted);

-- What a notice answered, in order of time.
CREATE INDEX clocks_noticed ON clocks (notice_at, incident_id) WHERE notice_at IS NOT NULL;
