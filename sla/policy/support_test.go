package policy_test

import (
	"testing"
	"time"
	_ "time/tzdata"
)

// at reads 2026-05-01 17:59 in Tokyo.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	instant, err := time.ParseInLocation("2006-01-02 15:04", s, tokyo)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}
