package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
)

// A mail program opens with the address and the subject; nothing that was
// typed can add a recipient.
func TestMailto(t *testing.T) {
	s := newSite(t, func(o *web.Options) {
		o.Catalogue = slices.Clone(o.Catalogue)
		for i, v := range o.Catalogue {
			known := *v
			known.Contact = "security@" + v.ID + ".example"
			o.Catalogue[i] = &known
		}
	})
	s.log(`{"vendor":"sotas","title":"a&bcc=x@y.example?#"}`)
	page := text(t, s.send(http.MethodGet, "/incidents/KGN-1", ""))
	_, link, found := strings.Cut(page, `href="mailto:security@sotas.example?subject=`)
	link, _, _ = strings.Cut(link, `"`)
	if !found || strings.ContainsAny(link, "?#") || strings.Contains(link, "&amp;") || strings.Contains(link, "&bcc") {
		t.Errorf("mailto link %q", link)
	}
	if !strings.Contains(link, "KGN-1") {
		t.Errorf("the subject %q does not name the incident", link)
	}
}
