-- Names that say what a table or column holds. No value changes.

-- +goose Up

-- The order of an incident in a list: see list_entries in 00001 and 00009.
ALTER TABLE places RENAME TO list_entries;
DROP INDEX places_order;
DROP INDEX places_vendor;
DROP INDEX places_severity;
DROP INDEX places_both;
CREATE INDEX list_entries_order ON list_entries (listing, rank, sort_key, newest);
CREATE INDEX list_entries_vendor ON list_entries (listing, vendor, rank, sort_key, newest);
CREATE INDEX list_entries_severity ON list_entries (listing, severity, rank, sort_key, newest);
CREATE INDEX list_entries_vendor_severity ON list_entries (listing, vendor, severity, rank, sort_key, newest);

-- Rows of list_entries by listing, vendor and severity.
ALTER TABLE tallies RENAME TO counters;

-- The combinations of values that a report groups clocks by.
ALTER TABLE headings RENAME TO report_dimensions;

-- report_key packs the two values that a report reads of every clock into one
-- integer, which SQLite reads in a third of the time:
--
--     report_dimensions.id * 2^32                  always
--     + 2^31 + whole seconds from start to notice  if both instants are known
--
-- The seconds are between -(2^31 - 1) and 2^31 - 1.
ALTER TABLE clocks RENAME COLUMN counted TO report_key;
-- 1: the incident had a clock with a smaller id.
ALTER TABLE clocks RENAME COLUMN follows TO has_earlier_clock;
DROP INDEX clocks_counted;
CREATE INDEX clocks_report ON clocks (attributed_at, report_key, incident_id, notice_at);

-- When an incident without any clock was logged, NULL for the others.
ALTER TABLE incidents RENAME COLUMN clockless_at TO clockless_logged_at;

-- Passed deadlines about which no alert has arrived, as the auditor found them.
ALTER TABLE untold RENAME TO unalerted_deadlines;
ALTER TABLE unalerted_deadlines RENAME COLUMN told_at TO fallback_sent_at; -- NULL: no fallback alert was sent yet
