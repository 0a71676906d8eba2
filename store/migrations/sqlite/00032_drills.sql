-- Restore drills stand in the access log; the newest one is found without reading it.

-- +goose Up

CREATE INDEX access_log_drills ON access_log (id) WHERE kind IN ('restore_drill', 'restore_drill_failed');
