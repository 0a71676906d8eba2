package sla_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"kigen/sla"
)

// Events from before origins were kept hash as they did: over seven fields,
// each with its length.
func TestEventsWithoutOriginKeepTheirHash(t *testing.T) {
	e := sla.Event{
		Incident: 7, At: time.UnixMilli(1_777_000_000_123), Actor: "佐藤", Kind: sla.EventNotice, Body: json.RawMessage(`{"text":"x"}`),
	}
	e.Seal(2, "before")
	text := ""
	for _, field := range []string{"before", "KGN-7", "3", "1777000000123", "佐藤", "notice", `{"text":"x"}`} {
		text += fmt.Sprintf("%d:%s", len(field), field)
	}
	sum := sha256.Sum256([]byte(text))
	if e.Hash != hex.EncodeToString(sum[:]) {
		t.Errorf("hash %s over other than %s", e.Hash, text)
	}
	e.Origin = "10.0.0.7"
	if e.Intact() {
		t.Error("an origin can be added afterwards")
	}
	e.Seal(2, "before")
	sum = sha256.Sum256([]byte(text + "8:10.0.0.7"))
	if e.Hash != hex.EncodeToString(sum[:]) {
		t.Error("with an origin the hash is over other than the eight fields")
	}
}
