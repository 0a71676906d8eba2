-- For the audit: open clocks by their deadline, so that what has passed is
-- found without a look at the clocks that still run.

-- +goose Up

CREATE INDEX clocks_open_due ON clocks (due_at, id) WHERE state IN ('running', 'at_risk', 'overdue');
