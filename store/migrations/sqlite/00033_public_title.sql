-- What a letter to the vendor calls an incident, apart from the SOC's own title.

-- +goose Up

ALTER TABLE incidents ADD COLUMN public_title TEXT NOT NULL DEFAULT '';

-- The record seals the new column too.
INSERT INTO record_backlog (kind) VALUES ('incident');
