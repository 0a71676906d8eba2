-- Deliveries that are put aside because their destination refuses them, and
-- messages whose place is gone.

-- +goose Up

ALTER TABLE deliveries ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0; -- times that it was put aside
ALTER TABLE deliveries ADD COLUMN alone    INTEGER NOT NULL DEFAULT 0 CHECK (alone IN (0, 1)); -- the digest that told it was refused: no other takes it
ALTER TABLE deliveries ADD COLUMN gone     INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1)); -- of a post: it stands where nothing can be changed any more

CREATE INDEX deliveries_refused ON deliveries (destination, next_at) WHERE state = 'refused';
