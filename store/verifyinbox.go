package store

import (
	"context"
	"database/sql"
	_ "embed"
)

//go:embed query/verify_inbox.sql
var verifyInboxSQL string

// verifyInbox compares the row of each item, which is changed, with its wordings and with
// the newest decision about it, which are sealed.
func (r *reader) verifyInbox(ctx context.Context, f *findings) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var id, revision, newest int64
		var state, decided string
		var elsewhere bool
		if err := rows.Scan(&id, &state, &decided, &revision, &newest, &elsewhere); err != nil {
			return err
		}
		switch {
		case revision != newest:
			f.addf("item %d of the inbox is at revision %d, its newest wording is %d", id, revision, newest)
		case state != decided && decided == "":
			f.addf("item %d of the inbox is %q, and nobody decided so", id, state)
		case state != decided:
			f.addf("item %d of the inbox is %q, the newest decision about it says %q", id, state, decided)
		case elsewhere:
			f.addf("item %d of the inbox belongs to another incident or notice than the newest decision about it says", id)
		}
		return nil
	}, verifyInboxSQL)
}
