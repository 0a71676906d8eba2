-- The destinations that the outbox knows, also those that left the
-- configuration, so that their rows are not left behind.

-- +goose Up

CREATE TABLE destinations (
    name      TEXT    PRIMARY KEY,
    place     TEXT    NOT NULL DEFAULT '', -- where its messages go, whatever its name; a hash; empty: not known
    channel   TEXT    NOT NULL DEFAULT '', -- how the receipts of one that left name its place, empty: they do not
    account   TEXT    NOT NULL DEFAULT '', -- who may change its messages; a hash; empty: only itself
    left_at   INTEGER,                     -- when it left the configuration, NULL: it is there
    successor TEXT    NOT NULL DEFAULT '', -- the destination at the same place that has everything of it, empty: none
    retired   INTEGER NOT NULL DEFAULT 0   -- messages that were retired since it left
) STRICT;

INSERT INTO destinations (name) SELECT DISTINCT destination FROM deliveries;
