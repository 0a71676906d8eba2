package frame

import "testing"

// A page is parsed when it is first shown, so a mistake in it must be found here.
func TestEveryPageParses(t *testing.T) {
	texts := loadTexts()
	pages := loadPages(texts, "/kigen")
	if len(pages) != len(pageNames)*len(texts) {
		t.Fatalf("%d pages; want %d in each of %d languages", len(pages), len(pageNames), len(texts))
	}
	for lang := range texts {
		for _, name := range pageNames {
			page := pages.in(lang, name)
			if page.Lookup("layout") == nil || page.Lookup("main") == nil && page.Lookup(name) == nil {
				t.Errorf("%s in %s has no layout, or nothing of its own", name, lang)
			}
		}
	}
}
