-- +goose Up

-- The version of the schema that a kigen must know at least to work with this one. A
-- migration that only adds leaves it, so that replicas of the version before go on; one that
-- takes away what they use, a release later, raises the default and the value.
ALTER TABLE meta ADD COLUMN needs BIGINT NOT NULL DEFAULT 61;
