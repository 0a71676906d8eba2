package clause_test

import (
	"testing"

	"kigen/sla/clause"
)

// BenchmarkRead reads one of the white papers whole.
func BenchmarkRead(b *testing.B) {
	text := paperText(b, "003_3f36a872faa8c271.txt")
	lines := clause.Lines(text)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		clause.Read(lines)
	}
}
