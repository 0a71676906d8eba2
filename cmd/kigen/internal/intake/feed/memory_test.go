package feed_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"sync"

	"kigen/cmd/kigen/internal/intake/feed"
	"kigen/cmd/kigen/internal/intake/feed/follow"
)

// memory keeps what a database would: everything as JSON, so that what does not survive it
// is lost here, too.
type memory struct {
	mu    sync.Mutex
	kept  map[string][]byte
	items map[string]map[string][]byte
	steps int
	fails bool
}

var errFull = errors.New("the disk is full")

func (m *memory) Load(_ context.Context, source string) (feed.Kept, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var k feed.Kept
	if b := m.kept[source]; b != nil {
		if err := json.Unmarshal(b, &k); err != nil {
			return k, err
		}
	}
	k.State.Items = map[string]follow.Item{}
	for id, b := range m.items[source] {
		var i follow.Item
		if err := json.Unmarshal(b, &i); err != nil {
			return k, err
		}
		k.State.Items[id] = i
	}
	return k, nil
}

func (m *memory) Commit(_ context.Context, source string, s feed.Step) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fails {
		return errFull
	}
	m.steps++
	if m.kept == nil {
		m.kept, m.items = map[string][]byte{}, map[string]map[string][]byte{}
	}
	if m.items[source] == nil {
		m.items[source] = map[string][]byte{}
	}
	b, err := json.Marshal(s.Kept)
	if err != nil {
		return err
	}
	items := maps.Clone(m.items[source])
	for _, i := range s.Outcome.Items {
		if items[i.ID], err = json.Marshal(i); err != nil {
			return err
		}
	}
	m.kept[source], m.items[source] = b, items
	return nil
}

func (m *memory) set(fails bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fails = fails
}
