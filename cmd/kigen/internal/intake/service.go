package intake

import (
	"context"
	"encoding/json"
	"time"

	"kigen/config"
	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/register"
	"kigen/sla/tracker"
)

// Store keeps the inbox. store.DB is one.
type Store interface {
	// UpdateInbox runs f in one transaction: either everything that f wrote about
	// incidents and items is kept, or nothing.
	UpdateInbox(ctx context.Context, f func(tracker.Tx, inbox.Tx) error) error
	// UpdateInboxLeading is UpdateInbox of the leading replica; another one gets an error.
	UpdateInboxLeading(ctx context.Context, f func(tracker.Tx, inbox.Tx) error) error
	Library
	Memory
}

// Library reads items.
type Library interface {
	// Items returns a page of items, newest first.
	Items(ctx context.Context, q inbox.Query) (inbox.Page, error)
	// ItemTold returns an item with its history, or tracker.ErrNotFound.
	ItemTold(ctx context.Context, id int64) (inbox.Told, error)
	// ItemOf returns the item with an id of a source, or tracker.ErrNotFound.
	ItemOf(ctx context.Context, source, sourceID string) (*inbox.Item, error)
	// ItemEvidence returns an item's newest original, or tracker.ErrNotFound.
	ItemEvidence(ctx context.Context, id int64) (sla.Evidence, []byte, error)
	// ItemOriginal returns the original of one of an item's revisions by its hash, or
	// tracker.ErrNotFound.
	ItemOriginal(ctx context.Context, id int64, sha256 string) (sla.Evidence, []byte, error)
	// Candidates counts the items that wait for a person.
	Candidates(ctx context.Context) (int, error)
	// OpenIncidents returns the incidents that an item may be about, newest first: those
	// with an open clock, and those logged since an instant.
	OpenIncidents(ctx context.Context, since time.Time) ([]*sla.Incident, error)
}

// Memory reads the remembered state of sources.
type Memory interface {
	// Sources returns all sources that were read, by name.
	Sources(ctx context.Context) ([]inbox.Source, error)
	// Remembered returns the state of one, with the parts of its state.
	Remembered(ctx context.Context, source string) (inbox.Source, map[string]json.RawMessage, error)
}

// Reader reads raw mails.
type Reader interface {
	// Read makes an item of a mail; Source and State are the caller's to set. It never
	// fails: a mail that can't be read is an item that says so.
	Read(raw []byte, known Known) inbox.Item
	// ReadHeader is Read for a mail of which only the header was read, for a reason.
	ReadHeader(header []byte, why Unread, known Known) inbox.Item
}

// Known is what a reader may know.
type Known struct {
	Own     Own
	Vendors []Vendor
	Open    []Open
	Zone    *time.Location // of times without a zone
	// Earlier returns the mail that came with a Message-ID before, empty where its content
	// is gone; false: none came.
	Earlier func(messageID string) (raw []byte, ok bool)
}

// Service is the use cases of the inbox, under one configuration.
type Service struct {
	Store
	Tracker  *tracker.Tracker
	Config   config.Intake
	Register map[string]register.Entry // by vendor: by what its mails are known
	Mails    Reader                    // nil: mails are refused
	Zone     *time.Location
	Lang     string // of what it writes into the record and into messages
	Now      func() time.Time
	Count    func(source, result string) // for the metrics; may be nil
	// Fetch has a page read now, because a hook says that it changed; nil: nothing reads
	// pages here.
	Fetch func(ctx context.Context, source string, body []byte) error
}

// now is the wall clock, truncated to the milliseconds of storage.
func (s *Service) now() time.Time { return s.Now().Round(0).Truncate(time.Millisecond) }

func (s *Service) count(source, result string) {
	if s.Count != nil {
		s.Count(source, result)
	}
}

// actorOf names a source in the record, as the one who wrote what it says.
func actorOf(source string) string { return "intake:" + source }
