package board

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// Names are in the order of golang.org/x/text/collate for Japanese, which holds the whole
// tables of Unicode. It is no judge of the prolonged sound: it has スーパー before かき.
func TestNamesAreInJapaneseOrder(t *testing.T) {
	list := []string{
		"", "3Dシステムズ", "42", "Acme", "ACME", "acme cloud", "Acme 2", "Émile", "Sotas株式会社", "ソタス", "Zscaler", "AWS", "AWS",
		"あおぞら", "アオゾラ", "かき", "がき", "かぎ", "きつて", "きって", "キヤノン", "キャノン", "ん", "はな", "バナ", "ぱな", "ひ", "ビーム", "ビイム", "デスク", "データ",
		"サイバートラスト株式会社", "スーパーストリーム株式会社", "株式会社NTTデータ", "株式会社アクメ", "亜細亜", "井上", "東京", "大阪", "日本", "一", "弌",
	}
	oracle, ours := collate.New(language.Japanese), newNames()
	sign := func(n int) int { return min(max(n, -1), 1) }
	compared := 0
	for _, a := range list {
		for _, b := range list {
			want := oracle.CompareString(a, b)
			if ours.key(a) == ours.key(b) || strings.ContainsRune(a+b, prolonged) {
				continue // alike but for width, case and the like
			}
			compared++
			if got := sign(ours.compare(a, b)); got != want {
				t.Errorf("%q and %q: %d, want %d", a, b, got, want)
			}
		}
	}
	if compared < 900 {
		t.Errorf("only %d pairs differ in their letters", compared)
	}
	inOrder := []string{"AWS", "アクメ", "かき", "サイバートラスト", "スーパーストリーム", "すえ", "データ", "デスク", "ビーム", "ひかり", "東京"}
	if !slices.IsSortedFunc(inOrder, ours.compare) {
		t.Errorf("not in order: %q", inOrder)
	}
	for _, pair := range [][2]string{{"Acme", "ACME"}, {"AWS", "\uff21\uff37\uff33"}, {"かき", "がき"}, {"きつて", "きって"}, {"あおぞら", "アオゾラ"}, {"データ", "デエタ"}, {"スー", "すう"}} {
		if ours.key(pair[0]) != ours.key(pair[1]) || ours.compare(pair[0], pair[1]) == 0 {
			t.Errorf("%q and %q: have to be alike, and in one order", pair[0], pair[1])
		}
	}
}
