-- Columns of the outbox under the names that the code uses for them. SQLite and
-- PostgreSQL carry a renamed column into indexes and constraints; the indexes
-- are made again only to take the new names.

-- +goose Up

ALTER TABLE deliveries RENAME COLUMN looks TO lookups;             -- times that an attempt or a search left it unconfirmed
ALTER TABLE deliveries RENAME COLUMN head_id TO thread_root_id;    -- of a page or file: the message in whose thread it goes
ALTER TABLE deliveries RENAME COLUMN teller_id TO digest_page_id;  -- of a merged post: the page, or the whole digest, that lists it

DROP INDEX deliveries_head;
DROP INDEX deliveries_teller;
CREATE INDEX deliveries_thread_root ON deliveries (thread_root_id, part) WHERE thread_root_id IS NOT NULL;
CREATE INDEX deliveries_digest_page ON deliveries (digest_page_id) WHERE digest_page_id IS NOT NULL;
