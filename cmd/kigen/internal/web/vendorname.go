package web

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// legalForms are the parts of a company's name that people leave out.
var legalForms = strings.NewReplacer("株式会社", "", "(株)", "", "有限会社", "", "(有)", "", "合同会社", "", "co.,ltd.", "", ",inc.", "", "inc.", "", "ltd.", "")

// plainName is a vendor's name as comparisons see it: without case, width, blanks and
// legal form.
func plainName(name string) string {
	return legalForms.Replace(strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(name))), ""))
}

// LongestName bounds the bytes of a text that is compared with names: one that is longer
// is none, and normalizing it would cost many times its length.
const LongestName = 1000

// VendorNamed finds a vendor's id by its id or its name in Japanese or English. Other
// text, and a name that several vendors have, is returned unchanged.
func (s *Server) VendorNamed(text string) string {
	if len(text) > LongestName {
		return text
	}
	wanted := plainName(text)
	var found []string
	for _, v := range s.Catalogue {
		if plainName(v.ID) == wanted {
			return v.ID
		}
		if wanted != "" && (plainName(v.Name.Ja) == wanted || plainName(v.Name.En) == wanted) {
			found = append(found, v.ID)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return strings.TrimSpace(text)
}
