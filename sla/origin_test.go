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

// Events from before origins were kept, and before a body had its own hash, hash as
// they did: over seven fields, each with its length. New ones hash over the body's hash.
func TestOlderEventsKeepTheirHash(t *testing.T) {
	const body = `{"text":"x"}`
	inBody := sha256.Sum256([]byte(body))
	for name, field := range map[string]string{"old": body, "new": "sha256:" + hex.EncodeToString(inBody[:])} {
		e := sla.Event{
			Incident: 7, At: time.UnixMilli(1_777_000_000_123), Actor: "佐藤", Kind: sla.EventNotice, Body: json.RawMessage(body),
		}
		e.Seal(2, "before")
		if name == "old" {
			e.BodyHash = ""
		}
		text := ""
		for _, field := range []string{"before", "KGN-7", "3", "1777000000123", "佐藤", "notice", field} {
			text += fmt.Sprintf("%d:%s", len(field), field)
		}
		sum := sha256.Sum256([]byte(text))
		if e.Hash = hex.EncodeToString(sum[:]); !e.Intact() {
			t.Errorf("%s: the hash is over other than %s", name, text)
		}
		e.Origin = "10.0.0.7"
		if e.Intact() {
			t.Errorf("%s: an origin can be added afterwards", name)
		}
		sum = sha256.Sum256([]byte(text + "8:10.0.0.7"))
		if e.Hash = hex.EncodeToString(sum[:]); !e.Intact() {
			t.Errorf("%s: with an origin the hash is over other than the eight fields", name)
		}
	}
}
