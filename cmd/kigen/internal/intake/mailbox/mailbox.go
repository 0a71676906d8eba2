// Package mailbox reads the raw mails of a mailbox on an IMAP server, or of a Maildir. It
// never deletes, moves or marks a mail. It knows no database: what it read, and what it is
// to remember of it, it hands to its keeper in one step.
//
//	mailbox ── look ──► Step{mails, state} ── Keeper.Commit ──► kept whole, or not at all
//
// A process that dies before the commit reads the same mails again, and one that dies
// after it reads them no more: nothing is lost, and nothing comes twice. The loop of a
// Watcher:
//
//	look        what is new since the state; as many steps as bounds ask for
//	wait        for the server's word (IDLE) or a glance's interval, at most Every
//	cut         reconnects soon, then ever less often; no failure until that fails
//	failed      is a step of its own, so that a mailbox that fails is never calm
//	not kept    forgets what was read, loads the state, looks again
//
// What is in the mailbox when it is read for the first time is old: of it only headers are
// read. A server may number its mails anew (UIDVALIDITY), by a restore or a move: then
// headers tell which mails were read before.
package mailbox

import (
	"context"
	"encoding/json"
	"time"

	"kigen/cmd/kigen/internal/intake"
)

// Bounds of what is read.
const (
	// Limit is the largest mail that is read whole, in bytes.
	Limit = intake.LargestMail
	// mostHeader bounds a header, in bytes. What follows is cut.
	mostHeader = 64 << 10
	// mostMails and mostBytes bound a step: one that reached either is committed.
	mostMails = 200
	mostBytes = 8 << 20
	// mostFiles bounds the mails of a Maildir.
	mostFiles = 100_000
)

// Step is what a look at a mailbox brought. It is to be kept in one transaction.
type Step struct {
	Mails []intake.RawMail
	// Old: the mails were there before the mailbox was watched.
	Old bool
	// Failed says why the mailbox could not be read; nil: it was. It holds no secret.
	Failed error
	State  json.RawMessage            // what is to be remembered of the mailbox
	Parts  map[string]json.RawMessage // the parts of the state that changed
	Health Health                     // the one that State holds
}

// Keeper keeps what came in and what is remembered.
type Keeper interface {
	// Load returns what was kept of a mailbox, with all parts; nothing of a new one.
	Load(ctx context.Context, source string) (state json.RawMessage, parts map[string]json.RawMessage, err error)
	// Commit keeps a step whole or not at all.
	Commit(ctx context.Context, source string, s Step) error
}

// Options are what a Watcher depends on.
type Options struct {
	Source string // its name in the configuration
	Keep   Keeper
	Every  time.Duration // at least so often a mailbox is read and its success kept
	Now    func() time.Time
	Jitter func(most time.Duration) time.Duration // from 0 to most; nil: none
	Report func(Look)                             // after each look; nil: none
}

// Look is what became of a look at a mailbox.
type Look struct {
	Source string
	At     time.Time
	Mails  int   // that it brought
	Err    error // of the mailbox, or of the keeper
	Kept   bool  // the keeper did not fail
	News   []News
}
