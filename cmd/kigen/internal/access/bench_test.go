package access_test

import (
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/access"
	"kigen/store"
	"kigen/store/storetest"
)

// BenchmarkHostileSignIn is a sign-in with a megabyte of ﷺ as its name, which Unicode
// normalises to 18 megabytes, from an address that has to wait.
func BenchmarkHostileSignIn(b *testing.B) {
	now := time.Date(2026, 5, 7, 12, 0, 0, 0, time.UTC)
	db, err := store.Open(b.Context(), storetest.Path(b), now)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	keeper := access.New(db, func() time.Time { return now }, access.Limits{Idle: time.Hour, Life: time.Hour}, cheap)
	a := access.Attempt{Name: strings.Repeat("ﷺ", 340_000), Password: "guess", From: "203.0.113.9"}
	for range 8 {
		_, _ = keeper.SignIn(b.Context(), a)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := keeper.SignIn(b.Context(), a); err == nil {
			b.Fatal("signed in")
		}
	}
}
