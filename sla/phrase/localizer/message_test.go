package localizer_test

import (
	"errors"
	"fmt"
	"testing"

	"kigen/calendar"
	"kigen/sla/phrase/localizer"
)

// TestMessage: a message keeps its arguments, so each is written in the language of the
// reader, and what a person typed stays as it was typed.
func TestMessage(t *testing.T) {
	name := calendar.Text{Ja: "甲社", En: "Acme"}
	moment := func(lang string) string { return "<" + lang + ">" }
	unknown := localizer.Messagef("is not known: did you mean %s? use one of %s", "sotas", "sotas, zoho")
	for _, test := range []struct {
		message localizer.Message
		ja, en  string
	}{
		{localizer.Messagef("is required: say in a few words why"), "理由を入力してください。", "is required: say in a few words why"},
		{localizer.Messagef("is not a promise of %s: use one of %s", name, "a, b or c"), "甲社の約束ではありません。a, b or c から選んでください。", "is not a promise of Acme: use one of a, b or c"},
		{localizer.Messagef("lies before %s (%s): correct one of the two", moment, "9:00"), "<ja>の時刻(9:00)より前です。どちらかを訂正してください。", "lies before <en> (9:00): correct one of the two"},
		{localizer.Messagef("there is no day %02d in %04d-%02d: its days go from 01 to %d", 30, 2026, 2, 28), "2026年2月に30日はありません。28日までの日付を入力してください。", "there is no day 30 in 2026-02: its days go from 01 to 28"},
		{localizer.Messagef("%s, or add it under vendors: in the configuration", unknown),
			"登録されていないベンダーです。sotas の間違いではありませんか。sotas, zoho から選んでください。 設定の vendors: に追加することもできます。",
			"is not known: did you mean sotas? use one of sotas, zoho, or add it under vendors: in the configuration"},
		{localizer.Messagef("%q is not part of a time: write it as 2026-05-02 22:10, or with an offset as 2026-05-02T22:10:00+09:00", "100%d"),
			"「100%d」を日時の一部として読めません。2026-05-02 22:10 のように入力してください。",
			`"100%d" is not part of a time: write it as 2026-05-02 22:10, or with an offset as 2026-05-02T22:10:00+09:00`},
		{localizer.Messagef("%s", errors.New("use ja or en")), "ja または en を指定してください。", "use ja or en"},
		{localizer.Messagef("--year %d: %s", 9, "is empty: choose another file"), "--year 9: 中身が空です。正しいファイルを選んでください。", "--year 9: is empty: choose another file"},
		{localizer.Messagef("in no table: %d", 9), "in no table: 9", "in no table: 9"},
	} {
		if both := test.message.Both(); both.Ja != test.ja || both.En != test.en || test.message.String() != test.en {
			t.Errorf("%q and %q, want %q and %q", both.Ja, both.En, test.ja, test.en)
		}
	}
	if !(localizer.Message{}).IsZero() || unknown.IsZero() {
		t.Error("IsZero is wrong")
	}
	if got := localizer.ErrorIn("ja", fmt.Errorf("kigen.yaml:3: %w", said{unknown})); got != "kigen.yaml:3: "+unknown.In("ja") {
		t.Errorf("inside an error: %q", got)
	}
}

// said is an error that is a message.
type said struct{ localizer.Message }

func (s said) Error() string { return s.String() }
