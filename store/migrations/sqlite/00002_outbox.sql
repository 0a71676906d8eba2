-- An outbox that looks before it sends again, tells many alerts in one digest,
-- and turns to another destination when one is down.

-- +goose Up

ALTER TABLE deliveries ADD COLUMN looks      INTEGER NOT NULL DEFAULT 0; -- waits for an answer so far
ALTER TABLE deliveries ADD COLUMN head_id    INTEGER REFERENCES deliveries (id); -- of a page or file: the summary of its digest
ALTER TABLE deliveries ADD COLUMN part       INTEGER NOT NULL DEFAULT 0; -- of a page: 1, 2, 3 …
ALTER TABLE deliveries ADD COLUMN teller_id  INTEGER REFERENCES deliveries (id); -- of a merged post: the page, or the whole digest, that tells it
ALTER TABLE deliveries ADD COLUMN instead_of INTEGER REFERENCES deliveries (id); -- of a post at a fallback: the one that could not go out

DROP INDEX deliveries_pending;
DROP INDEX deliveries_unsent;
CREATE INDEX deliveries_pending ON deliveries (destination, kind, next_at, id) WHERE state = 'pending';
CREATE INDEX deliveries_unknown ON deliveries (destination, attempt_at) WHERE state = 'unknown';
CREATE INDEX deliveries_unsent ON deliveries (queued_at) WHERE state IN ('pending', 'sending', 'unknown');
CREATE INDEX deliveries_head ON deliveries (head_id, part) WHERE head_id IS NOT NULL;
CREATE INDEX deliveries_teller ON deliveries (teller_id) WHERE teller_id IS NOT NULL;
CREATE INDEX deliveries_instead ON deliveries (instead_of) WHERE instead_of IS NOT NULL;
