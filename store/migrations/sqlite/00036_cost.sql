-- What a new incident costs: fewer indexes, each of which serves more than one
-- question, and a search index that takes new incidents many at a time.

-- +goose Up

-- Incidents above this id are not in the search index yet: a search reads them.
ALTER TABLE search_backlog ADD COLUMN above INTEGER NOT NULL DEFAULT 0;
UPDATE search_backlog SET above = (SELECT COALESCE(MAX(id), 0) FROM incidents);

-- The entry in the list of all tells the first state of an incident by its rank. Only
-- its other states have entries of their own, and a counter counts by state.
DELETE FROM list_entries WHERE listing = CASE rank
    WHEN 0 THEN 'overdue' WHEN 1 THEN 'at_risk' WHEN 2 THEN 'running' WHEN 3 THEN 'pending' WHEN 4 THEN 'late'
    WHEN 5 THEN 'met' WHEN 6 THEN 'no_commitment' WHEN 7 THEN 'not_applicable' WHEN 8 THEN 'waived' WHEN 9 THEN 'cancelled' END;
DELETE FROM counters WHERE listing = '';
INSERT INTO counters (listing, vendor, severity, owner, incidents)
SELECT '', vendor, severity, owner, COUNT(*) FROM list_entries WHERE listing = '' AND rank = 10 GROUP BY vendor, severity, owner;

-- Clocks in order of time, for reports and for the stream of all: one index for both.
DROP INDEX clocks_attributed;
DROP INDEX clocks_report;
CREATE INDEX clocks_report ON clocks (attributed_at, id, report_key, incident_id, notified_at);
