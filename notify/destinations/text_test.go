package destinations

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"kigen/notify/wire"
)

// What could mention a person or open a page no longer can, and everything else stays.
func TestDefused(t *testing.T) {
	const join = string(wordJoin)
	for text, want := range map[string]string{
		"":                       "",
		"disk < 5 % and <5 left": "disk < 5 % and <5 left",
		"<at>everyone</at>":      "‹at>everyone‹/at>",
		"<users/all> <!channel>": "‹users/all> ‹!channel>",
		"https://evil.example":   "https:" + join + "//evil.example",
		"WWW.evil.example":       "WWW." + join + "evil.example",
		"mail soc@example.jp":    "mail soc@example.jp",
		"期限:// \xff":             "期限:" + join + "// \ufffd",
	} {
		if got := defused(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// A cut text is as long as allowed, and ends at a character.
func TestCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("a期\U0001F600 "))).Draw(t, "text")
		limit := rapid.IntRange(3, 40).Draw(t, "limit")
		got := cut(text, limit)
		if len(got) > limit || !utf8.ValidString(got) || len(text) <= limit && got != text || !strings.HasPrefix(text, strings.TrimSuffix(got, "…")) {
			t.Fatalf("%q cut to %d is %q", text, limit, got)
		}
		if cutRunes(text, limit) != text && utf8.RuneCountInString(cutRunes(text, limit)) != limit {
			t.Fatalf("%q has not %d characters", cutRunes(text, limit), limit)
		}
	})
}

// Each line of the table is whole: a name of its own, settings with different keys, a secret
// or an address that tells one place from another, and texts in both languages.
func TestTable(t *testing.T) {
	names := map[string]bool{}
	for _, kind := range Kinds() {
		if names[kind.Name] {
			t.Errorf("%s stands in two lines", kind.Name)
		}
		names[kind.Name] = true
		keys := map[string]bool{}
		for _, s := range kind.Settings {
			if keys[s.Key] {
				t.Errorf("%s has %s twice", kind.Name, s.Key)
			}
			keys[s.Key] = true
		}
		if kind.New == nil {
			continue
		}
		if len(kind.Place(Values{})) == 0 || len(kind.Remedies) == 0 {
			t.Errorf("%s has no place, or no remedy", kind.Name)
		}
		for _, remedy := range kind.Remedies {
			if text := Remedy("broken: it answered 400: " + remedy); text.En != remedy || text.Ja == "" || text.Ja == remedy {
				t.Errorf("%s: the remedy %q is %+v", kind.Name, remedy, text)
			}
		}
		if kind.Hint != "" && (kind.HintIn("ja") == "" || kind.HintIn("ja") == kind.HintIn("en")) {
			t.Errorf("%s: the hint is not in both languages", kind.Name)
		}
	}
	if wire.Blind.Has(wire.Blind) || wire.Idempotent.String() != "idempotent" || (wire.Askable|wire.Editable).String() != "askable, editable" {
		t.Error("the classes have lost their names")
	}
}
