package web

import (
	"kigen/calendar"
	"kigen/cmd/kigen/internal/registry"
	"kigen/sla/register"
	"kigen/sla/tracker"
)

// VendorText is the request body that checks the entry of a vendor.
type VendorText struct {
	Text  string `json:"text" minLength:"1" maxLength:"262144" doc:"The vendor as the configuration writes one, in YAML"`
	From  string `json:"from,omitempty" maxLength:"10" doc:"The day from which it is to hold; absent: as written" example:"2026-10-01"`
	Start string `json:"start,omitempty" doc:"The start of the example deadlines; absent: now"`
}

// NewVersion is the request body that publishes the entry of a vendor.
type NewVersion struct {
	Text   string `json:"text" minLength:"1" maxLength:"262144" doc:"The vendor as the configuration writes one, in YAML"`
	Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"Why, such as the edition of the paper"`
	Base   int    `json:"base,omitempty" minimum:"0" doc:"The version that it was written from; 0: a new entry. A newer version gives 409"`
	From   string `json:"from,omitempty" maxLength:"10" doc:"The day from which it holds: promises that differ from the published version end the day before. Absent: as written" example:"2026-10-01"`
	By     string `json:"by,omitempty" maxLength:"100" doc:"The person who publishes it"`
}

// Publication converts the body.
func (n *NewVersion) Publication() (registry.Publication, error) {
	var dates dateReader
	p := registry.Publication{Text: n.Text, Reason: n.Reason, Base: n.Base, From: dates.read("from", n.From)}
	return p, dates.err()
}

// Withdrawal is the request body that ends the entry of a vendor.
type Withdrawal struct {
	Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"Why, such as the end of the contract"`
	Base   int    `json:"base" minimum:"1" doc:"The version that ends; a newer one gives 409"`
	By     string `json:"by,omitempty" maxLength:"100" doc:"The person who withdraws it"`
}

// NewDraft is the request body that saves a draft.
type NewDraft struct {
	Text     string `json:"text" maxLength:"262144" doc:"The vendor in YAML; mistakes are kept as they are"`
	Base     int    `json:"base,omitempty" minimum:"0" doc:"The published version that it began from; 0: a new entry"`
	Revision int    `json:"revision,omitempty" minimum:"0" doc:"The revision that it replaces, unless If-Match names it; 0: there was none. Another one gives 409"`
	By       string `json:"by,omitempty" maxLength:"100" doc:"The person who writes it"`
}

// NewDocument is the request body that keeps an edition of a paper.
type NewDocument struct {
	Title   string `json:"title" minLength:"1" maxLength:"300" doc:"As the vendor names it" example:"Security White Paper"`
	Edition string `json:"edition,omitempty" maxLength:"300" example:"2nd edition"`
	Dated   string `json:"dated,omitempty" maxLength:"10" doc:"The day that it bears" example:"2026-04-01"`
	Name    string `json:"name" minLength:"1" maxLength:"500" doc:"Of the file" example:"whitepaper.pdf"`
	Content []byte `json:"content" doc:"Base64; at most 10 MiB"`
	By      string `json:"by,omitempty" maxLength:"100" doc:"The person who adds it"`
}

// Entry converts the document.
func (n *NewDocument) Entry() (registry.DocumentEntry, error) {
	var dates dateReader
	e := registry.DocumentEntry{Title: n.Title, Edition: n.Edition, Dated: dates.read("dated", n.Dated), File: Attachment(n.Name, n.Content)}
	return e, dates.err()
}

// NewReview is the request body that records a review.
type NewReview struct {
	On   string `json:"reviewed_on,omitempty" maxLength:"10" doc:"When the entry was looked through; absent: today" example:"2026-05-07"`
	Next string `json:"next_on,omitempty" maxLength:"10" doc:"When it is due again; absent: not planned" example:"2027-05-01"`
	Note string `json:"note,omitempty" maxLength:"5000"`
	By   string `json:"by,omitempty" maxLength:"100" doc:"The person who reviewed it"`
}

// Review converts the body.
func (n *NewReview) Review() (register.Review, error) {
	var dates dateReader
	r := register.Review{On: dates.read("reviewed_on", n.On), Next: dates.read("next_on", n.Next), Note: n.Note}
	return r, dates.err()
}

// Date parses a day of a request; empty: 0.
func Date(field, text string) (calendar.Date, error) {
	var dates dateReader
	d := dates.read(field, text)
	return d, dates.err()
}

// dateReader parses the days of a request and gathers those that are none.
type dateReader struct{ invalid tracker.Invalid }

func (r *dateReader) read(field, text string) calendar.Date {
	if text == "" {
		return 0
	}
	d, err := calendar.ParseDate(text)
	if err != nil {
		r.invalid.Addf(field, text, "use a day that exists, written like 2026-05-01")
	}
	return d
}

func (r *dateReader) err() error {
	if len(r.invalid) == 0 {
		return nil
	}
	return r.invalid
}

// RegisterFile is the request body that imports a file with entries of vendors.
type RegisterFile struct {
	Name    string `json:"name" minLength:"1" maxLength:"500" doc:"Of the file: .yaml or .yml holds whole entries, anything else is a table" example:"register.csv"`
	Content []byte `json:"content" doc:"Base64"`
	Reason  string `json:"reason,omitempty" maxLength:"1000" doc:"Why; required unless it is a dry run"`
	From    string `json:"from,omitempty" maxLength:"10" doc:"The day from which changed promises hold; absent: as written" example:"2026-10-01"`
	DryRun  bool   `json:"dry_run,omitempty" doc:"Say what would change, and publish nothing"`
	By      string `json:"by,omitempty" maxLength:"100" doc:"The person who imports it"`
}
