package pdf

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
	"pgregory.net/rapid"
)

// The font draws what Japanese incidents are written in; the rest is marked.
func TestPrintable(t *testing.T) {
	face, err := loadTypeface()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ text, want string }{
		{"髙橋﨑①㈱―〜～…「」・éß€−→", "髙橋﨑①㈱―〜～…「」・éß€−→"},
		{"か\u3099", "が"},
		{"a\tb", "a b"},
		{"zero\u200bwidth", `zero\u200bwidth`},
		{"e\u202egnp.exe", `e\u202egnp.exe`},
		{"精神\ufa19社\ufa10\u212b", "精神\ufa19社\ufa10\u212b"}, // never another kanji
		{"葛\U000e0100", "葛"},
		{"𠮷野家", "[U+20BB7]野家"},
		{"火事😀", "火事[U+1F600]"},
		{"\x00\x1b", `\u0000\u001b`},
	}
	for _, tt := range tests {
		if got := face.printable(tt.text); got != tt.want {
			t.Errorf("%q becomes %q, want %q", tt.text, got, tt.want)
		}
	}
}

// paginate distributes pieces over pages.
func paginate(t interface{ Fatal(...any) }, pieces []piece, height float64) (pages [][]placed) {
	out := &flow{height: height, flush: func(page []placed) error {
		pages = append(pages, slices.Clone(page))
		return nil
	}}
	if err := errors.Join(out.add(pieces...), out.end()); err != nil {
		t.Fatal(err)
	}
	return pages
}

// glued returns the number and height of the leading pieces that are glued.
func glued(pieces []piece) (n int, height float64) {
	for i, one := range pieces {
		height += one.height
		if i > 0 {
			height += one.before
		}
		if !one.glue {
			return i + 1, height
		}
	}
	return len(pieces), height
}

// Every piece is on exactly one page and inside it, in its order; pieces that
// are glued stay together where they fit on a page at all.
func TestPaginate(t *testing.T) {
	const height = 100.0
	rapid.Check(t, func(t *rapid.T) {
		head := piece{height: 0.5} // lower than any other
		pieces := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) piece {
			one := piece{height: rapid.Float64Range(1, 60).Draw(t, "height"), before: rapid.Float64Range(0, 20).Draw(t, "before"), glue: rapid.Bool().Draw(t, "glue")}
			if rapid.Bool().Draw(t, "of a table") {
				one.head = &head
			}
			return one
		}), 0, 30).Draw(t, "pieces")
		numbers := make(map[float64]int) // a piece is known by its height
		for i := range pieces {
			pieces[i].height += float64(i) / 1e6
			numbers[pieces[i].height] = i
		}
		next := 0
		onPage := make([]int, len(pieces))
		for number, page := range paginate(t, pieces, height) {
			bottom := 0.0
			for _, at := range page {
				if at.y < bottom-1e-9 || at.y+at.piece.height > height+1e-9 {
					t.Fatalf("a piece lies at %v..%v below %v", at.y, at.y+at.piece.height, bottom)
				}
				bottom = at.y + at.piece.height
				if at.piece.height == head.height {
					continue
				}
				if numbers[at.piece.height] != next {
					t.Fatalf("piece %d comes at place %d", numbers[at.piece.height], next)
				}
				onPage[next] = number
				next++
			}
		}
		if next != len(pieces) {
			t.Fatalf("%d of %d pieces are placed", next, len(pieces))
		}
		for i := 0; i < len(pieces); {
			n, together := glued(pieces[i:])
			if together+head.height <= height && onPage[i] != onPage[i+n-1] {
				t.Fatalf("pieces %d to %d are torn apart", i, i+n-1)
			}
			i += n
		}
	})
}

// TestFontHoldsCP932: every character of CP932 is drawn as itself, in both weights.
func TestFontHoldsCP932(t *testing.T) {
	face, err := loadTypeface()
	if err != nil {
		t.Fatal(err)
	}
	for lead := byte(0x81); lead <= 0xfc; lead++ {
		for trail := byte(0x40); trail <= 0xfc; trail++ {
			text, err := japanese.ShiftJIS.NewDecoder().Bytes([]byte{lead, trail})
			if err != nil || !utf8.Valid(text) || bytes.ContainsRune(text, utf8.RuneError) || bytes.ContainsFunc(text, unicode.IsControl) || bytes.ContainsFunc(text, unicode.IsSpace) {
				continue
			}
			if got := face.printable(string(text)); got != string(text) {
				t.Errorf("%q (%U) is drawn as %q", text, []rune(string(text)), got)
			}
		}
	}
}
