package localizer_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"

	"kigen/calendar"
	"kigen/sla/phrase/localizer"
)

// both is an error that has its text in both languages.
type both struct{ calendar.Text }

func (b both) Error() string { return b.En }

func TestErrorIn(t *testing.T) {
	_, absent := os.Open("/absent/file")
	for _, test := range []struct {
		err  error
		want string
	}{
		{errors.New("use ja or en"), "ja または en を指定してください。"},
		{fmt.Errorf("--limit %d: must not be negative: 0 lists all", -3), "--limit -3: 負の数は使えません。0 ですべて表示します。"},
		{errors.New(`kigen.yaml:3: language: "fr": use ja or en`), `kigen.yaml:3: language: "fr": ja または en を指定してください。`},
		{errors.New(`kigen.yaml:3: url: "a: b": is empty: remove it, or give it a value`), `kigen.yaml:3: url: "a: b": 空です。削除するか、値を指定してください。`},
		{fmt.Errorf("--batch %q: %w: use a readable CSV file, or - for standard input", "x", fs.ErrNotExist), `--batch "x": ファイルがありません。読み取れる CSV ファイルか、標準入力なら - を指定してください。`},
		{fmt.Errorf("configuration %s: %w: give the path of a readable file, or create one with kigen config init", "k.yaml", absent),
			"設定 k.yaml: /absent/file を開けません: ファイルがありません。読み取れるファイルのパスを指定するか、kigen config init で作成してください。"},
		{errors.New("is a list: write a single value"), "一覧です。1つの値で書いてください。"},
		{errors.New("is not a destination: use console, lead or soc"), "通知先ではありません。次のいずれかを指定してください: console、lead、soc"},
		{errors.New(`unknown command "frob" for "kigen"` + "\nsee kigen --help"), `"kigen" に "frob" というコマンドや引数はありません` + "\nkigen --help を参照してください。"},
		{errors.Join(errors.New("use ja or en"), errors.New("use true or false")), "ja または en を指定してください。\ntrue または false を指定してください。"},
		{fmt.Errorf("soc: %w", both{calendar.Text{Ja: "日本語", En: "English"}}), "soc: 日本語"},
		{errors.New("an error of a library"), "an error of a library"},
		{nil, ""},
	} {
		if got := localizer.ErrorIn("ja", test.err); got != test.want {
			t.Errorf("%v\nis said as   %q\nand not as   %q", test.err, got, test.want)
		}
		if test.err != nil && localizer.ErrorIn("en", test.err) != test.err.Error() {
			t.Errorf("in English %q is said as %q", test.err, localizer.ErrorIn("en", test.err))
		}
	}
}

// What a person typed stays as it was typed, also where it looks like a format.
func TestArgumentsStay(t *testing.T) {
	for _, name := range []string{"a%sb", "%d", `x"y`, "a: b", "100%"} {
		err := fmt.Errorf("%s %q: already exists: use another name or move the file away", "FILE", name)
		want := fmt.Sprintf("FILE %q: すでに存在します。別の名前にするか、既存のファイルを移動してください。", name)
		if got := localizer.ErrorIn("ja", err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
