package sheetfile

import (
	"strings"

	"kigen/sla/phrase/localizer"
)

// Repeated returns a fault for each row whose vendor and reference an earlier row of
// the file has: both would be taken for the same incident.
func (f *File) Repeated() (faults []Fault) {
	first := map[string]int{}
	for _, row := range f.Rows {
		reference, _ := row.Body["reference"].(string)
		if reference == "" {
			continue
		}
		vendor, _ := row.Body["vendor"].(string)
		id := key(vendor) + "\x00" + strings.TrimSpace(reference)
		if line, seen := first[id]; seen {
			faults = append(faults, Fault{Line: row.Line, Column: f.Head("reference"), Value: reference,
				Text: localizer.Messagef("is also that of line %d: give each incident of a vendor a reference of its own, or leave it empty", line)})
			continue
		}
		first[id] = row.Line
	}
	return faults
}
