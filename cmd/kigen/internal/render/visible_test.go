package render

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"kigen/sla/phrase"
)

// TestVisibleWritesAnyPieces: the pieces in which a text is written do not change it.
func TestVisibleWritesAnyPieces(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("a期\r\n\t\u202e\u0085\x07𠮷é"))).Draw(rt, "text")
		var out bytes.Buffer
		v := &visible{out: &out}
		for rest := []byte(text); len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(rt, "piece")
			if _, err := v.Write(rest[:n]); err != nil {
				rt.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := v.Close(); err != nil {
			rt.Fatal(err)
		}
		if want := phrase.Lines(text); out.String() != want {
			rt.Fatalf("%q, want %q", out.String(), want)
		}
	})
}

// TestControlsAlike: a control character in a name is shown alike on every face.
func TestControlsAlike(t *testing.T) {
	const name = "a\u202eb\x07c\r\nd"
	want := phrase.Lines(name)
	if got := cellText(name); got != want {
		t.Errorf("XLSX: %q, want %q", got, want)
	}
	if got := (&builder{}).csvValue(name); got != want {
		t.Errorf("CSV: %q, want %q", got, want)
	}
}
