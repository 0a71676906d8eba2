-- +goose Up

-- The version of the schema that a kigen must know at least to work with this one. In a
-- file it is kept for the copy to a server: a file has one kigen at a time.
ALTER TABLE meta ADD COLUMN needs INTEGER NOT NULL DEFAULT 61;
