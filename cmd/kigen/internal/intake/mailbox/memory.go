package mailbox

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The memory holds the keys of the newest mails in a ring of parts, so that a step with
// one mail writes one small part.
const (
	keysOfPart = 512
	mostParts  = 400
)

// key tells a mail from another one: of a Maildir by the file's name, of a server by what
// a move leaves as it was.
type key uint64

func keyOf(texts ...string) key {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\x00")))
	return key(binary.BigEndian.Uint64(sum[:]))
}

// memory is which mails were read.
type memory struct {
	next  uint64 // counts the keys that were ever added
	parts map[int]*part
	known map[key]int // how often the parts hold a key
	dirty map[int]bool
	// forgotten is the time of arrival up to which keys were dropped.
	forgotten time.Time
}

type part struct {
	keys  []key
	until time.Time // the latest arrival
}

// partForm is a part as it is kept.
type partForm struct {
	Keys  string    `json:"keys"` // 8 bytes each, in base64
	Until time.Time `json:"until,omitzero"`
}

const partPrefix = "keys/"

func partName(slot int) string { return fmt.Sprintf(partPrefix+"%03d", slot) }

// recall makes the memory of what was kept.
func recall(next uint64, forgotten time.Time, kept map[string]json.RawMessage) (*memory, error) {
	m := &memory{next: next, forgotten: forgotten, parts: map[int]*part{}, known: map[key]int{}, dirty: map[int]bool{}}
	for name, body := range kept {
		digits, ours := strings.CutPrefix(name, partPrefix)
		if !ours {
			continue
		}
		slot, err := strconv.Atoi(digits)
		var form partForm
		if err == nil {
			err = json.Unmarshal(body, &form)
		}
		raw, err64 := base64.StdEncoding.DecodeString(form.Keys)
		if err != nil || err64 != nil || slot < 0 || slot >= mostParts || len(raw)%8 != 0 {
			return nil, fmt.Errorf("the state of the mailbox is broken at %q", name)
		}
		p := &part{until: form.Until}
		for ; len(raw) > 0; raw = raw[8:] {
			k := key(binary.BigEndian.Uint64(raw))
			p.keys = append(p.keys, k)
			m.known[k]++
		}
		m.parts[slot] = p
	}
	return m, nil
}

func (m *memory) has(k key) bool { return m.known[k] > 0 }

// full reports whether the next key drops older ones.
func (m *memory) full() bool { return m.next >= keysOfPart*mostParts }

// add remembers a mail.
func (m *memory) add(k key, arrived time.Time) {
	slot := int(m.next / keysOfPart % mostParts)
	p := m.parts[slot]
	if p == nil || m.next%keysOfPart == 0 {
		m.drop(p)
		p = &part{}
		m.parts[slot] = p
	}
	p.keys = append(p.keys, k)
	if arrived.After(p.until) {
		p.until = arrived
	}
	m.known[k]++
	m.next++
	m.dirty[slot] = true
}

// drop forgets the oldest part.
func (m *memory) drop(p *part) {
	if p == nil {
		return
	}
	if p.until.After(m.forgotten) {
		m.forgotten = p.until
	}
	for _, k := range p.keys {
		if m.known[k]--; m.known[k] <= 0 {
			delete(m.known, k)
		}
	}
}

// retain forgets the keys that a mailbox no longer holds.
func (m *memory) retain(present map[key]bool) {
	slots := make([]int, 0, len(m.parts))
	for slot := range m.parts {
		slots = append(slots, slot)
	}
	// From the oldest: the next slot begins with it where the ring is full.
	first := int(m.next / keysOfPart % mostParts)
	slices.SortFunc(slots, func(a, b int) int { return (a-first+mostParts)%mostParts - (b-first+mostParts)%mostParts })
	old := m.parts
	m.next, m.parts, m.known = 0, map[int]*part{}, map[key]int{}
	for _, slot := range slots {
		m.dirty[slot] = true
		for _, k := range old[slot].keys {
			if present[k] && !m.has(k) {
				m.add(k, old[slot].until)
			}
		}
	}
}

// changed returns the parts that changed since it was last called.
func (m *memory) changed() map[string]json.RawMessage {
	if len(m.dirty) == 0 {
		return nil
	}
	bodies := map[string]json.RawMessage{}
	for slot := range m.dirty {
		var form partForm
		if p := m.parts[slot]; p != nil {
			raw := make([]byte, 0, 8*len(p.keys))
			for _, k := range p.keys {
				raw = binary.BigEndian.AppendUint64(raw, uint64(k))
			}
			form = partForm{Keys: base64.StdEncoding.EncodeToString(raw), Until: p.until}
		}
		bodies[partName(slot)], _ = json.Marshal(form) // holds nothing that JSON can't
	}
	clear(m.dirty)
	return bodies
}
