-- +goose Up

-- Who leads, by which term, and until when. The one row is written each second, so that
-- its page keeps room for the versions of it that no transaction sees any more.
CREATE TABLE leadership (
	"only"  BIGINT      NOT NULL PRIMARY KEY CHECK ("only" = 1),
	term    BIGINT      NOT NULL CHECK (term > 0),
	holder  TEXT        COLLATE "C" NOT NULL,
	name    TEXT        COLLATE "C" NOT NULL,
	address TEXT        COLLATE "C" NOT NULL,
	until   TIMESTAMPTZ NOT NULL
) WITH (fillfactor = 50);
