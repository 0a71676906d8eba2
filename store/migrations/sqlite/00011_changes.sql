-- What alert keys hold of a corrected deadline, what was said of an incident
-- at a destination, and posts in doubt that a later one replaces.

-- +goose Up

ALTER TABLE clocks ADD COLUMN announced_start_at INTEGER; -- in alert keys; NULL: start_at and due_at
ALTER TABLE clocks ADD COLUMN announced_due_at   INTEGER;
ALTER TABLE clocks ADD COLUMN again_at           INTEGER; -- when it became overdue once more; NULL: it was so once at most

ALTER TABLE incidents ADD COLUMN changes INTEGER NOT NULL DEFAULT 0; -- counts what its messages had to be updated for

ALTER TABLE deliveries ADD COLUMN said  TEXT    NOT NULL DEFAULT '';  -- what the destination has read of the incident once it has this, JSON
ALTER TABLE deliveries ADD COLUMN tells INTEGER NOT NULL DEFAULT -1;  -- the incident's changes up to which it has read everything then; -1: it has not
ALTER TABLE deliveries ADD COLUMN fixed INTEGER NOT NULL DEFAULT 0 CHECK (fixed IN (0, 1)); -- of a digest's summary: its pages can't be changed
ALTER TABLE deliveries ADD COLUMN moot  INTEGER NOT NULL DEFAULT 0 CHECK (moot IN (0, 1));  -- superseded unless it has arrived

CREATE INDEX deliveries_changes ON deliveries (destination, sent_at) WHERE kind = 'update' AND state = 'sent';
