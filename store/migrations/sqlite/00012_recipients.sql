-- Recipients of a mail destination that did not get what others got.

-- +goose Up

ALTER TABLE deliveries ADD COLUMN copy_of INTEGER REFERENCES deliveries (id); -- of a copy: the message that its recipient did not get
ALTER TABLE deliveries ADD COLUMN recipient TEXT NOT NULL DEFAULT '';         -- of a copy

CREATE INDEX deliveries_copies ON deliveries (copy_of) WHERE copy_of IS NOT NULL;
CREATE INDEX deliveries_stragglers ON deliveries (destination, recipient) WHERE kind = 'copy' AND state = 'pending';

-- Recipients whose last mail was not taken for them. A row goes when one is.
CREATE TABLE recipients (
    destination TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    refused     INTEGER NOT NULL CHECK (refused IN (0, 1)), -- for good; 0: put off
    since       INTEGER NOT NULL, -- of the first mail in a row that met this
    reason      TEXT    NOT NULL, -- the last answer
    PRIMARY KEY (destination, address)
) STRICT, WITHOUT ROWID;
