package notify_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

var blank = regexp.MustCompile(`\{\{\.\w+\}\}`)

func texts(t *testing.T, lang string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, name := range []string{lang + ".json", "digest." + lang + ".json"} {
		raw, err := os.ReadFile(filepath.Join("locales", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &texts); err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

// Both languages have the same texts with the same blanks, and every text
// that the code asks for exists.
func TestLanguagesAgree(t *testing.T) {
	ja, en := texts(t, "ja"), texts(t, "en")
	for id, text := range ja {
		if _, ok := en[id]; !ok {
			t.Errorf("en.json lacks %q", id)
			continue
		}
		a, b := blank.FindAllString(text, -1), blank.FindAllString(en[id], -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%s has the blanks %v in ja and %v in en", id, a, b)
		}
	}
	for id := range en {
		if _, ok := ja[id]; !ok {
			t.Errorf("ja.json lacks %q", id)
		}
	}
}

// say falls back to the id of a text: no message may show one.
func TestNoMessageShowsATextID(t *testing.T) {
	id := regexp.MustCompile(`\b(tag|title|field|note|moment|strength|severity|owner|due|notified|start)_\w+`)
	for _, lang := range []string{"ja", "en"} {
		for _, test := range goldenCases() {
			if found := id.FindString(writer(lang).Write(test.make(), test.at).Text); found != "" {
				t.Errorf("%s/%s shows %q", lang, test.name, found)
			}
		}
	}
}
