package feed

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/intake/feed/follow"
	"kigen/cmd/kigen/internal/intake/feed/format"
	"kigen/sla/inbox"
)

// Inbox is the Keeper of one source that makes its items those of the inbox. A step is one
// batch, so that the state of the source and its items change together or not at all: a poll
// that is killed before its end comes again, and brings the same.
type Inbox struct {
	Service *intake.Service
	Source  Source
}

// stored is the state of a source. Its items are parts of it.
type stored struct {
	Place string `json:"place"` // a hash of the addresses, which may hold a key
	Kept
}

// Load returns what was kept of the source. After a change of its addresses it is read for
// the first time again, but its items stay known.
func (k *Inbox) Load(ctx context.Context, source string) (Kept, error) {
	src, parts, err := k.Service.Remembered(ctx, source)
	if err != nil {
		return Kept{}, err
	}
	var s stored
	if len(src.State) > 0 {
		if err := json.Unmarshal(src.State, &s); err != nil {
			return Kept{}, fmt.Errorf("the kept state of the source %s can't be read: %w", source, err)
		}
	}
	if s.Place != k.place() {
		s.Kept = Kept{}
	}
	s.State.Items = make(map[string]follow.Item, len(parts))
	for id, part := range parts {
		var i follow.Item
		if err := json.Unmarshal(part, &i); err != nil {
			return Kept{}, fmt.Errorf("the kept state of %s of the source %s can't be read: %w", id, source, err)
		}
		s.State.Items[id] = i
	}
	return s.Kept, nil
}

// Commit takes a step in.
func (k *Inbox) Commit(ctx context.Context, source string, s Step) error {
	state, err := json.Marshal(stored{Place: k.place(), Kept: s.Kept})
	if err != nil {
		return err
	}
	b := intake.Batch{Source: source, State: state, Parts: map[string]json.RawMessage{}, Broken: s.Health.ToldFailing}
	if !s.Health.FailingSince.IsZero() || s.Health.ToldSilent {
		b.Failed = cmp.Or(s.Health.Error, s.Health.Reason, "the source is silent")
	}
	for _, i := range s.Outcome.Items {
		if b.Parts[i.ID], err = json.Marshal(i); err != nil {
			return err
		}
		if i.Into != "" { // it is an update of another item, which changed with it
			continue
		}
		entry, err := k.entry(i)
		if err != nil {
			return err
		}
		b.Entries = append(b.Entries, entry)
	}
	_, err = k.Service.Take(ctx, b)
	return err
}

// entry is an item with what the source says of it now, as it is kept as evidence.
func (k *Inbox) entry(i follow.Item) (intake.Entry, error) {
	said := i.Entry
	for _, u := range i.Updates {
		if n := len(u.Wordings); n > 0 && !u.Removed {
			said.Updates = append(said.Updates, format.Update{ID: u.ID, Status: u.Status, At: u.At, Text: u.Wordings[n-1].Text})
		}
	}
	content, err := json.MarshalIndent(said, "", "  ")
	if err != nil {
		return intake.Entry{}, err
	}
	e := intake.Entry{Item: k.Source.Item(i), Document: inbox.Document{Name: "item.json", Type: "application/json", Content: content}}
	e.Evidence = hash(string(content))
	return e, nil
}

// place is equal for the same addresses.
func (k *Inbox) place() string {
	var all strings.Builder
	for _, d := range k.Source.Documents {
		all.WriteString(d.URL + "\n" + d.Select + "\n")
	}
	return hash(all.String())
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
