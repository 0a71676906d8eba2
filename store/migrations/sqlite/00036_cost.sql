-- What a new incident costs: fewer indexes, each of which serves more than one
-- question, and a search index that takes new incidents many at a time.

-- +goose Up

-- Incidents above this id are not in the search index yet: a search reads them.
ALTER TABLE search_backlog ADD COLUMN above INTEGER NOT NULL DEFAULT 0;
UPDATE search_backlog SET above = (SELECT COALESCE(MAX(id), 0) FROM incidents);
