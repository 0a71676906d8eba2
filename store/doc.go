// Package store keeps incidents, clocks, alerts and the outbox in SQLite. It
// implements tracker.Store, the outbox that package notify sends from, and the
// lists that the board and the API show.
//
// One connection writes, in immediate transactions; a pool of read-only
// connections reads snapshots. Constraints and triggers enforce what the database
// can check by itself: an event can't be changed, a stamped breach can't be erased
// unless it lies in the future, an alert's key is unique. Verify checks the rest,
// such as the chain of the events' hashes.
//
// Three tables are derived from incidents and clocks in the same transaction, so
// that a page, a counter and a report cost the same at any size:
//
//	table             | one row per                          | read by
//	list_entries      | incident, and other state of it      | pages of a list
//	counters          | state, vendor, severity and owner    | counts beside a list, metrics
//	report_dimensions | combination of vendor, promise, …    | reports, by clocks.report_key
//
// A clock's attributed_at is the instant by which a period owns it: the last
// instant before its deadline, else its start, else when its incident was logged.
//
// SQL that more than SQLite could run stays free of SQLite's own functions;
// files named sqlite… hold the code that only SQLite can run.
package store
