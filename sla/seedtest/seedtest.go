// Package seedtest gives a test the seed of what it draws at random, so that a failure
// can be repeated.
package seedtest

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// Of returns the seed in KIGEN_SIM_SEED, or without one a new seed, and logs it.
func Of(t testing.TB) uint64 {
	t.Helper()
	seed := rand.Uint64() //nolint:gosec // what a test draws is no secret
	if text := os.Getenv("KIGEN_SIM_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("KIGEN_SIM_SEED is %q: give the number that a run printed", text)
		}
	}
	t.Logf("KIGEN_SIM_SEED=%d", seed)
	return seed
}
