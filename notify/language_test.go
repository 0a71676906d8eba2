package notify_test

import (
	"regexp"
	"testing"
)

// A missing text is shown as its id in brackets: no message may show one.
func TestNoMessageShowsATextID(t *testing.T) {
	id := regexp.MustCompile(`⟦.*?⟧|\b(tag|title|field|note|moment|strength|severity|owner|due|notified|start)_\w+`)
	for _, lang := range []string{"ja", "en"} {
		for _, test := range goldenCases() {
			if found := id.FindString(writer(lang).Write(test.make(), test.at).Text); found != "" {
				t.Errorf("%s/%s shows %q", lang, test.name, found)
			}
		}
	}
}
