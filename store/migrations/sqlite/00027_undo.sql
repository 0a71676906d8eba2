-- What was recorded by mistake is withdrawn, and a promise can be waived for one incident;
-- both stay in the record. Notices and clocks are sealed with the new columns.

-- +goose Up

ALTER TABLE notices ADD COLUMN withdrawn_at     INTEGER; -- NULL: the notice counts
ALTER TABLE notices ADD COLUMN withdrawn_by     TEXT NOT NULL DEFAULT '';
ALTER TABLE notices ADD COLUMN withdrawn_reason TEXT NOT NULL DEFAULT '';

ALTER TABLE clocks ADD COLUMN waived_at     INTEGER; -- NULL: not waived
ALTER TABLE clocks ADD COLUMN waived_by     TEXT    NOT NULL DEFAULT '';
ALTER TABLE clocks ADD COLUMN waived_reason TEXT    NOT NULL DEFAULT '';
ALTER TABLE clocks ADD COLUMN waived_whole  INTEGER NOT NULL DEFAULT 0 CHECK (waived_whole IN (0, 1)); -- with the clocks of the promise that start later

INSERT INTO record_backlog (kind) VALUES ('clock'), ('notice');
