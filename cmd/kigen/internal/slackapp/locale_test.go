package slackapp_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"kigen/sla"
)

var blank = regexp.MustCompile(`\{\{[^}]*\.\w+\}\}`)

// texts reads the wording of a language; a plural is its most general form.
func texts(t *testing.T, lang string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("locales", lang+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var read map[string]any
	if err := json.Unmarshal(raw, &read); err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for id, text := range read {
		if forms, ok := text.(map[string]any); ok {
			text = forms["other"]
		}
		texts[id], _ = text.(string)
	}
	return texts
}

// Both languages have the same texts with the same blanks, and every state,
// strength and channel has its word.
func TestLanguagesAgree(t *testing.T) {
	ja, en := texts(t, "ja"), texts(t, "en")
	for id, text := range ja {
		a, b := blank.FindAllString(text, -1), blank.FindAllString(en[id], -1)
		slices.Sort(a)
		slices.Sort(b)
		if text == "" || en[id] == "" || !slices.Equal(a, b) {
			t.Errorf("%s: ja %q, en %q", id, text, en[id])
		}
	}
	for id := range en {
		if ja[id] == "" {
			t.Errorf("ja.json lacks %q", id)
		}
	}
	for _, state := range sla.States {
		if ja["state_"+string(state)] == "" {
			t.Errorf("state %s has no word", state)
		}
	}
	for _, strength := range sla.Strengths {
		if ja["strength_"+string(strength)] == "" {
			t.Errorf("strength %s has no word", strength)
		}
	}
}

// Every text that the code asks for by its name is there, and none is left
// over.
func TestTextsAreUsed(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var code []byte
	for _, file := range files {
		if !regexp.MustCompile(`_test\.go$`).MatchString(file) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			code = append(code, raw...)
		}
	}
	ja := texts(t, "ja")
	for _, m := range regexp.MustCompile(`(?:say|plural)\("(\w+)",|text: "(\w+)"`).FindAllSubmatch(code, -1) {
		if id := string(m[1]) + string(m[2]); ja[id] == "" {
			t.Errorf("the code says %q, which has no wording", id)
		}
	}
	prefixed := regexp.MustCompile(`^(label|state|strength|channel|snooze)_`)
	for id := range ja {
		if !prefixed.MatchString(id) && !regexp.MustCompile(`"`+id+`"`).Match(code) {
			t.Errorf("nobody says %q", id)
		}
	}
}
