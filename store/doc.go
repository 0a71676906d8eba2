// Package store keeps incidents, clocks, alerts and the outbox in SQLite. It
// implements tracker.Store, the outbox that package notify sends from, and the
// lists that the board and the API show.
//
// One connection writes, in immediate transactions; a pool of read-only
// connections reads snapshots. What the database itself can hold it holds: an
// event can't be changed, a stamped breach can't be erased, an alert's key is
// unique. Verify checks what it can't: the chain of the events' hashes.
//
// SQL that more than SQLite could run stays free of SQLite's own functions;
// files named sqlite… hold what is SQLite's alone.
package store
