package render

import "testing"

// TestACellThatIsSplit: a formula behind another separator does not begin a cell.
func TestACellThatIsSplit(t *testing.T) {
	for text, want := range map[string]string{
		"a;=cmd|'/c calc'!A1": "a;'=cmd|'/c calc'!A1", "a; \"=1": "a; \"'=1", "a|+1": "a|'+1", "a;＝1": "a;'＝1",
		"=1;-2": "'=1;'-2", "a;b": "a;b", "a=1": "a=1", "1-2": "1-2",
	} {
		if got := harmless(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
