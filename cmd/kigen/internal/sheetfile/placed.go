package sheetfile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"kigen/sla/phrase/localizer"
)

// Problem is a fault in a field of an incident, as the use cases report it.
type Problem interface {
	// Place is the field and its value.
	Place() (field, value string)
	// In is the fault and its remedy in "ja" or "en".
	In(lang string) string
}

// Key identifies the content of the file's rows, and names their import.
func (f *File) Key() string {
	sum := sha256.New()
	for _, row := range f.Rows {
		text, err := json.Marshal(row.Body)
		if err != nil {
			panic("sheetfile: " + err.Error()) // plain strings always marshal
		}
		sum.Write(append(text, '\n'))
	}
	return "import-" + hex.EncodeToString(sum.Sum(nil)[:12])
}

// At turns problems of the incident in a row into faults.
func At[P Problem](f *File, line int, problems []P) (faults []Fault) {
	for _, p := range problems {
		field, value := p.Place()
		faults = append(faults, Fault{Line: line, Column: f.Head(field), Value: value, Text: localizer.Messagef("%s", p)})
	}
	return faults
}

// Placed turns problems of a batch, whose fields begin with incidents[n], into faults.
func Placed[P Problem](f *File, problems []P) *Faults {
	all := &Faults{File: f.Name, Sheet: f.Sheet}
	for _, p := range problems {
		place, value := p.Place()
		var n int
		_, err := fmt.Sscanf(place, "incidents[%d].", &n)
		fault := Fault{Column: place, Value: value, Text: localizer.Messagef("%s", p)}
		if err == nil && n >= 0 && n < len(f.Rows) {
			_, field, _ := strings.Cut(place, "].")
			fault.Line, fault.Column = f.Rows[n].Line, f.Head(field)
		}
		all.List = append(all.List, fault)
	}
	return all
}
