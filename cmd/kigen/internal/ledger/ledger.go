// Package ledger writes the register of vendors as a file and reads it back: as a table for
// spreadsheets (CSV; XLSX is read, too), and as YAML with whole entries. What is read is
// first a plan, which says what it would change, and is published whole or not at all.
package ledger

import (
	"cmp"
	"context"
	"embed"
	"slices"
	"strconv"
	"strings"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/registry"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
	"kigen/sla/register"
)

//go:embed locales/*.json
var files embed.FS

var catalog = localizer.New(files)

// The columns of the table. Those of imported can be changed by it.
const (
	colVendor   = "vendor"
	colNameJa   = "name_ja"
	colNameEn   = "name_en"
	colServices = "services"
	colOwner    = "owner"
	colContacts = "contacts"
	colFrom     = "contract_from"
	colTo       = "contract_to"
	colLast     = "last_review"
	colNext     = "next_review"
)

var columns = []string{
	colVendor, colNameJa, colNameEn, colServices, colOwner, colContacts, colFrom, colTo,
	colLast, colNext, "documents", "promises", "uncovered", "kept",
}

// imported are the columns that an import reads; the others are shown only.
var imported = columns[:8]

// Row is a vendor as a row of the table, by column.
type Row map[string]string

// Rows returns the table of some vendors; of all if none is named. lang is "ja" or "en".
func Rows(ctx context.Context, r *registry.Registry, vendors []string, lang string) ([]Row, error) {
	documents, err := r.Documents(ctx, "")
	if err != nil {
		return nil, err
	}
	reviews, err := r.Reviews(ctx, "")
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, v := range r.Config.Catalogue {
		if len(vendors) > 0 && !slices.Contains(vendors, v.ID) {
			continue
		}
		row := particulars(v, r.Config.Register[v.ID])
		row["uncovered"] = strings.Join(uncovered(v, calendar.NewDate(r.Now().In(r.Config.Timezone).Date())), "\n")
		row["promises"], row["kept"] = promised(v, lang), catalog.In(lang).Say("kept_"+string(r.Config.Register[v.ID].Kept))
		kept := 0
		for i := range documents {
			if documents[i].Vendor == v.ID {
				kept++
			}
		}
		row["documents"] = strconv.Itoa(kept)
		if i := slices.IndexFunc(reviews, func(w register.Review) bool { return w.Vendor == v.ID }); i >= 0 {
			row[colLast], row[colNext] = dateText(reviews[i].On), dateText(reviews[i].Next)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// uncovered lists the services for which no promise in force speaks of incidents; those of
// a vendor without services are all of them.
func uncovered(v *sla.Vendor, day calendar.Date) (services []string) {
	for _, c := range register.Coverage(v, day) {
		if c.Notice == register.PromisedNothing {
			services = append(services, cmp.Or(c.Service, v.ID))
		}
	}
	return services
}

// particulars are the columns that an import can change.
func particulars(v *sla.Vendor, e register.Entry) Row {
	row := Row{
		colVendor: v.ID, colNameJa: v.Name.Ja, colNameEn: v.Name.En, colServices: strings.Join(v.Services, "\n"),
		colOwner: e.Owner, colFrom: dateText(e.Contract.From), colTo: dateText(e.Contract.To),
	}
	if v.Name.Ja == v.ID && v.Name.En == "" { // none was given
		row[colNameJa] = ""
	}
	var contacts []string
	for _, c := range e.Contacts {
		contacts = append(contacts, contactText(c))
	}
	row[colContacts] = strings.Join(contacts, "\n")
	return row
}

// betweenParts separates the parts of a contact, which stand in one line.
const betweenParts = " | "

var contactParts = strings.NewReplacer("|", "/", "\n", " ")

func contactText(c register.Contact) string {
	parts := []string{c.Name, c.Role, c.Mail, c.Phone, c.Hours}
	for i := range parts {
		parts[i] = contactParts.Replace(parts[i])
	}
	for len(parts) > 1 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return strings.Join(parts, betweenParts)
}

// promised counts the promises by kind.
func promised(v *sla.Vendor, lang string) string {
	var counts []string
	for _, kind := range v.Kinds() {
		counts = append(counts, phrase.Kind(lang, string(kind))+" "+strconv.Itoa(len(v.About(kind))))
	}
	return strings.Join(counts, ", ")
}

func dateText(d calendar.Date) string {
	if d == 0 {
		return ""
	}
	return d.String()
}
