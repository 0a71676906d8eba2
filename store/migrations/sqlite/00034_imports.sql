-- Incidents that were imported, and the summary of what was past by then.

-- +goose Up

-- The import that the incident belongs to; empty: none. Like past_until, the event
-- that logged the incident holds it.
ALTER TABLE incidents ADD COLUMN import TEXT NOT NULL DEFAULT '';
-- A deadline up to this instant raises no alert of its own. NULL: every one does.
ALTER TABLE incidents ADD COLUMN past_until INTEGER;

CREATE INDEX incidents_reference ON incidents (vendor, reference) WHERE reference <> '';

-- 1: about a deadline that was past at the import, for its summary.
ALTER TABLE deliveries ADD COLUMN past INTEGER NOT NULL DEFAULT 0 CHECK (past IN (0, 1));
CREATE INDEX deliveries_past ON deliveries (destination, next_at, id) WHERE past = 1 AND state = 'pending';
