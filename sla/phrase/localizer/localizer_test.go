package localizer_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"kigen/sla/phrase/localizer"
)

func catalog(files map[string]string) *localizer.Catalog {
	fs := fstest.MapFS{}
	for name, text := range files {
		fs["locales/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return localizer.New(fs)
}

func sample() *localizer.Catalog {
	return catalog(map[string]string{
		"ja.json":       `{"plain": "期限", "due": "{{.At}} まで", "days": {"other": "{{.N}}日"}}`,
		"en.json":       `{"plain": "Due", "due": "until {{.At}}", "days": {"one": "{{.N}} day", "other": "{{.N}} days"}}`,
		"extra.en.json": `{"more": "More"}`,
		"extra.ja.json": `{"more": "続き"}`,
	})
}

func TestSay(t *testing.T) {
	texts := sample()
	at := func(lang string) string { return "<" + lang + ">" }
	for _, test := range []struct{ ja, en, wantJa, wantEn string }{
		{texts.In("ja").Say("plain"), texts.In("en").Say("plain"), "期限", "Due"},
		{texts.In("ja").Say("due", "At", 9), texts.In("fr").Say("due", "At", 9), "9 まで", "until 9"},
		{texts.In("ja").Say("days", "N", 1), texts.In("en").Say("days", "N", 1), "1日", "1 day"},
		{texts.In("ja").Say("days", "N", 2), texts.In("en").Say("days", "N", 2), "2日", "2 days"},
		{texts.In("ja").Say("more"), texts.In("en").Say("more"), "続き", "More"},
		{texts.In("ja").Say("due", "At", at), texts.In("en").Say("due", "At", at), "<ja> まで", "until <en>"},
		{texts.In("ja").Fill("due", map[string]string{"At": "夜"}), texts.In("en").Fill("due", nil), "夜 まで", "until <no value>"},
		{texts.Both("plain").Ja, texts.Both("due", "At", at).En, "期限", "until <en>"},
		{texts.In("ja").Say("absent"), texts.In("en").Fill("absent", nil), "⟦absent⟧", "⟦absent⟧"},
	} {
		if test.ja != test.wantJa || test.en != test.wantEn {
			t.Errorf("%q and %q, want %q and %q", test.ja, test.en, test.wantJa, test.wantEn)
		}
	}
	if _, err := texts.In("en").Text("absent"); err == nil || !strings.Contains(err.Error(), `"absent"`) {
		t.Errorf("a missing text: %v", err)
	}
	if in := texts.In("ja"); !in.Has("plain") || in.Has("absent") {
		t.Error("Has is wrong")
	}
}

func TestMalformedFilesPanic(t *testing.T) {
	for name, text := range map[string]string{"ja.json": `{`, "fr.json": `{"plain": "Délai"}`, "en.json": `{"due": "{{.At"}`} {
		func() {
			defer func() {
				if recover() == nil && name != "en.json" {
					t.Errorf("%s: %s was accepted", name, text)
				}
			}()
			if text := catalog(map[string]string{name: text}).In("en").Say("due"); text != "⟦due⟧" {
				t.Errorf("a template that does not parse gives %q", text)
			}
		}()
	}
}
