package layout

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// unit sets every Japanese character two wide and all others one.
func unit(r rune) float64 {
	if Wide(r) {
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
			if got := Wrap(tt.text, tt.width, unit); !slices.Equal(got, tt.want) {
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
		lines := Wrap(text, width, unit)
		if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); got != strings.ReplaceAll(text, " ", "") {
			t.Fatalf("%q became %q", text, lines)
		}
		for _, line := range lines {
			if Measure(unit).Text(line) > width {
				t.Fatalf("%q is wider than %v", line, width)
			}
		}
	})
}

func TestCut(t *testing.T) {
	if got := Cut("申告データの取込", 9, unit); got != "申告デー…" {
		t.Errorf("got %q", got)
	}
	if got := Cut("取込", 4, unit); got != "取込" {
		t.Errorf("what fits was cut: %q", got)
	}
	if got := CutLines([]string{"一二", "三四", "五六"}, 2, 4, unit); !slices.Equal(got, []string{"一二", "三…"}) {
		t.Errorf("got %q", got)
	}
}
