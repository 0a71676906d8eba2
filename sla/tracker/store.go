package tracker

import (
	"context"
	"errors"
)

// Errors that a Store returns, wrapped, so that a caller can distinguish them.
var (
	ErrNotFound = errors.New("not found")
	// ErrConflict means that another writer changed the row first: read again, then retry.
	ErrConflict = errors.New("changed by another request in the meantime")
	// ErrUnavailable means that the store accepts no writes at the moment, for any
	// incident: it is locked or read-only, its disk is full, or the configuration
	// is being replaced. Nothing was changed; the same request may be retried later.
	ErrUnavailable = errors.New("the store accepts no writes at the moment")
)

// Store keeps incidents. Update runs f in one immediate transaction: either
// everything that f wrote is kept, or nothing. View runs f over one consistent snapshot.
type Store interface {
	Update(ctx context.Context, f func(Tx) error) error
	View(ctx context.Context, f func(Reader) error) error
}

// Reader reads inside a transaction or snapshot. Each part is declared in the
// file of its noun.
type Reader interface {
	IncidentReader
	ClockReader
	NoticeReader
	HistoryReader
	KeyReader
	AlertReader
	AsideReader
	WallReader
}

// Tx reads and writes inside one transaction.
type Tx interface {
	Reader
	Writer
}

// Writer writes inside a transaction.
type Writer interface {
	IncidentWriter
	ClockWriter
	NoticeWriter
	NoteWriter
	ChaserWriter
	DutyWriter
	HistoryWriter
	KeyWriter
	AlertWriter
	TermsWriter
	AsideWriter
	WallWriter
	EraseWriter
}
