package config_test

import (
	"testing"

	"kigen/config"
)

// BenchmarkLoad is what every start of kigen pays before anything else.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := config.Load("", nil); err != nil {
			b.Fatal(err)
		}
	}
}
