package render

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// unit sets every Japanese character two wide and all others one.
func unit(r rune) float64 {
	if wide(r) {
		return 2
	}
	return 1
}

func TestWrap(t *testing.T) {
	tests := []struct {
		name, text string
		width      float64
		want       []string
	}{
		{"fits", "期限内", 6, []string{"期限内"}},
		{"empty", "", 6, []string{""}},
		{"anywhere between characters", "期限を過ぎた", 8, []string{"期限を過", "ぎた"}},
		{"no line begins with a stop", "通知なし。以上", 8, []string{"通知な", "し。以上"}},
		{"nor with a closing bracket", "期限(目標)です", 9, []string{"期限(目", "標)です"}},
		{"nor with a small kana or a long vowel", "サーバー障害", 6, []string{"サー", "バー障", "害"}},
		{"no line ends with an opening bracket", "通知先「窓口」", 8, []string{"通知先", "「窓口」"}},
		{"words stay whole", "SECURITY WHITE PAPER", 14, []string{"SECURITY WHITE", "PAPER"}},
		{"a word longer than the line is broken", "incident-notice", 6, []string{"incide", "nt-not", "ice"}},
		{"a path breaks after a slash", "a/report/of/all", 10, []string{"a/report/", "of/all"}},
		{"a date stays whole", "期限は2026-10-31です", 12, []string{"期限は", "2026-10-31で", "す"}},
		{"given breaks stay", "一\n二三", 4, []string{"一", "二三"}},
		{"spaces at a break are dropped", "in   time", 4, []string{"in", "time"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := wrap(tt.text, tt.width, unit); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Nothing is lost but spaces, and no line is wider than it may be.
func TestWrapKeepsTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("漢字かなカナー。、「」(ab cd-/2026)% ")), 0, 60, -1).Draw(t, "text")
		width := float64(rapid.IntRange(2, 20).Draw(t, "width"))
		lines := wrap(text, width, unit)
		if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); got != strings.ReplaceAll(text, " ", "") {
			t.Fatalf("%q became %q", text, lines)
		}
		for _, line := range lines {
			if measure(unit).text(line) > width {
				t.Fatalf("%q is wider than %v", line, width)
			}
		}
	})
}

func TestCut(t *testing.T) {
	if got := cut("申告データの取込", 9, unit); got != "申告デー…" {
		t.Errorf("got %q", got)
	}
	if got := cut("取込", 4, unit); got != "取込" {
		t.Errorf("what fits was cut: %q", got)
	}
	if got := cutLines([]string{"一二", "三四", "五六"}, 2, 4, unit); !slices.Equal(got, []string{"一二", "三…"}) {
		t.Errorf("got %q", got)
	}
}

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
		{"zero\u200bwidth", "zerowidth"},
		{"葛\U000e0100", "葛"},
		{"𠮷野家", "〓野家"},
		{"火事😀", "火事〓"},
		{"\x00\x1b", ""},
	}
	for _, tt := range tests {
		if got := face.printable(tt.text); got != tt.want {
			t.Errorf("%q becomes %q, want %q", tt.text, got, tt.want)
		}
	}
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
		for number, page := range paginate(pieces, height) {
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
