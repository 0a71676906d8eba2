-- What all explanations of one promise begin with is stored once.

-- +goose Up

-- The beginnings of explanations: source, rule and reading, as JSON up to the steps.
CREATE TABLE promised (
    id   INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER promised_is_kept BEFORE DELETE ON promised
BEGIN
    SELECT RAISE(ABORT, 'what a clock keeps of its promise is never deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER promised_stays_as_it_is BEFORE UPDATE ON promised
BEGIN
    SELECT RAISE(ABORT, 'what a clock keeps of its promise is never changed');
END;
-- +goose StatementEnd

-- The whole explanation is the text of promised and then the column explanation;
-- NULL: the column holds it all. The record seals the whole, so that no seal changes.
ALTER TABLE clocks ADD COLUMN promised_id INTEGER REFERENCES promised (id);

-- Clocks below this id are still whole. They are shortened when the database is opened.
CREATE TABLE promised_backlog (
    only  INTEGER PRIMARY KEY CHECK (only = 1),
    below INTEGER NOT NULL
) STRICT;

INSERT INTO promised_backlog (only, below) SELECT 1, COALESCE(MAX(id), 0) + 1 FROM clocks;
