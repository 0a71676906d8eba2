package calendars

import (
	"strings"

	"kigen/config/tree"
)

// country returns the country whose law counts dates in a calendar with these
// holidays: that of the first entry, such as de of de-by; "" for a list of dates.
func country(holidays *tree.Node) string {
	switch {
	case holidays == nil:
		return ""
	case holidays.Kind == tree.Object:
		if holidays.Field("official_csv") != nil { // the Cabinet Office's
			return "jp"
		}
		return ""
	case holidays.Kind != tree.Scalar:
		if items := holidays.Children(); len(items) > 0 {
			return country(items[0])
		}
		return ""
	}
	name, _, _ := strings.Cut(strings.ToLower(holidays.Text), "-")
	if name == "" || name == "none" || '0' <= name[0] && name[0] <= '9' {
		return ""
	}
	return name
}
