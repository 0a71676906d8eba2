package mailbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestMemory holds the memory against a list: what is kept and recalled at any time knows
// the newest mails, and says up to when it forgot.
func TestMemory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, err := recall(0, time.Time{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		kept := map[string]json.RawMessage{}
		var all []key
		n := 0
		at := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			for range rapid.IntRange(0, 2*keysOfPart).Draw(t, "mails") {
				k := keyOf(fmt.Sprint(n))
				m.add(k, at.Add(time.Duration(n)*time.Second))
				all, n = append(all, k), n+1
			}
			maps.Copy(kept, m.changed())
			if m, err = recall(m.next, m.forgotten, kept); err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "tidy") {
				present, left := map[key]bool{}, all[:0:0]
				for i, k := range all {
					if i%3 > 0 {
						present[k], left = true, append(left, k)
					}
				}
				m.retain(present)
				all = left
			}
			for i, k := range all {
				if !m.has(k) {
					t.Fatalf("mail %d of %d is forgotten", i, len(all))
				}
			}
			if m.has(keyOf("another")) || len(m.known) != len(all) {
				t.Fatalf("%d mails are known, want %d", len(m.known), len(all))
			}
		}
	})
}

// A full memory forgets the oldest part, and says so.
func TestFullMemory(t *testing.T) {
	m, err := recall(0, time.Time{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	const most = keysOfPart * mostParts
	for i := range most + 1 {
		if m.full() != (i == most) {
			t.Fatalf("full at %d", i)
		}
		m.add(keyOf(fmt.Sprint(i)), at.Add(time.Duration(i)*time.Second))
	}
	for i, want := range map[int]bool{0: false, keysOfPart - 1: false, keysOfPart: true, most: true} {
		if got := m.has(keyOf(fmt.Sprint(i))); got != want {
			t.Errorf("mail %d is known: %t", i, got)
		}
	}
	if want := at.Add((keysOfPart - 1) * time.Second); !m.forgotten.Equal(want) {
		t.Errorf("forgotten up to %s, want %s", m.forgotten, want)
	}
	again, err := recall(m.next, m.forgotten, m.changed())
	if err != nil || len(again.known) != len(m.known) {
		t.Errorf("%v, %d known, want %d", err, len(again.known), len(m.known))
	}
}

// What a database gives back broken is refused, not forgotten: a mailbox without its memory
// would be one whose mails come again.
func TestBrokenMemory(t *testing.T) {
	for name, body := range map[string]string{
		"keys/000": `{"keys":"AAAA"}`, "keys/001": `{"keys":"?"}`, "keys/002": `x`, "keys/400": `{"keys":""}`, "keys/-1": `{"keys":""}`, "keys/x": `{"keys":""}`,
	} {
		if _, err := recall(0, time.Time{}, map[string]json.RawMessage{name: json.RawMessage(body)}); err == nil {
			t.Errorf("%s %s is taken", name, body)
		}
	}
	if _, err := recall(0, time.Time{}, map[string]json.RawMessage{"other": json.RawMessage("x")}); err != nil {
		t.Errorf("a part of another reader: %v", err)
	}
}
