-- A wall clock that was ahead, and one that is behind.

-- +goose Up

-- The newest instant at which kigen decided anything. A wall clock before it
-- was set back, or is wrong.
ALTER TABLE meta ADD COLUMN reached_at INTEGER NOT NULL DEFAULT 0;
UPDATE meta SET reached_at = COALESCE((SELECT MAX(at) FROM events), 0);

-- The wall clock had been ahead of this instant: what was decided of the clock
-- for later was withdrawn. NULL: never.
ALTER TABLE clocks ADD COLUMN premature_at INTEGER;

-- 1: raised before its instant, because the wall clock was ahead. It counts as
-- never raised.
ALTER TABLE alerts ADD COLUMN premature INTEGER NOT NULL DEFAULT 0 CHECK (premature IN (0, 1));

-- A stamped breach stays as it is, unless it lay in the future of the instant at
-- which that was found: such a breach never was. An event holds what was taken back.
DROP TRIGGER clocks_breach_is_kept;
-- +goose StatementBegin
CREATE TRIGGER clocks_breach_is_kept BEFORE UPDATE OF breached_at ON clocks
WHEN OLD.breached_at IS NOT NULL AND NEW.breached_at IS NOT OLD.breached_at
    AND NOT (NEW.breached_at IS NULL AND NEW.premature_at IS NOT NULL
        AND NEW.premature_at IS NOT OLD.premature_at AND OLD.breached_at >= NEW.premature_at)
BEGIN
    SELECT RAISE(ABORT, 'a stamped breach is never changed');
END;
-- +goose StatementEnd
