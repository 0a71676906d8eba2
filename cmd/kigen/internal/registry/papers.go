package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/register"
	"kigen/sla/tracker"
)

// DocumentEntry is an edition of a paper to keep.
type DocumentEntry struct {
	Title   string
	Edition string
	Dated   calendar.Date // 0: not dated
	File    tracker.Attachment
}

// Keep adds a document of a vendor.
func (r *Registry) Keep(ctx context.Context, by, vendor string, e DocumentEntry) (*register.Document, error) {
	if err := r.known(vendor); err != nil {
		return nil, err
	}
	var problems tracker.Invalid
	e.Title, e.Edition = strings.TrimSpace(e.Title), strings.TrimSpace(e.Edition)
	switch {
	case e.Title == "":
		problems.Addf("title", "", "is missing: name the paper as the vendor does, such as Security White Paper")
	case len(e.Title) > 300:
		problems.Addf("title", e.Title, "is longer than 300 bytes: shorten it")
	}
	switch n := len(e.File.Content); {
	case n == 0:
		problems.Addf("file", e.File.Name, "is empty: choose the file of the paper")
	case n > tracker.LargestFile:
		problems.Addf("file", e.File.Name, "is larger than %d MiB: keep the original elsewhere, and here the pages that promise something", tracker.LargestFile>>20)
	case strings.TrimSpace(e.File.Name) == "":
		problems.Addf("file", "", "has no name: give one such as whitepaper.pdf")
	}
	if len(e.Edition) > 300 {
		problems.Addf("edition", e.Edition, "is longer than 300 bytes: shorten it")
	}
	problems.CheckLine("title", e.Title)
	problems.CheckLine("edition", e.Edition)
	problems.CheckLine("name", e.File.Name)
	if len(problems) > 0 {
		return nil, problems
	}
	sum := sha256.Sum256(e.File.Content)
	d := &register.Document{
		Vendor: vendor, Title: e.Title, Edition: e.Edition, Dated: e.Dated, At: r.Now(), By: by,
		File: sla.Evidence{Name: tracker.CleanName(e.File.Name), Type: e.File.Type, Size: int64(len(e.File.Content)), SHA256: hex.EncodeToString(sum[:])},
	}
	return d, r.AddDocument(ctx, d, e.File.Content)
}

// Review records that the entry of a vendor was looked through.
func (r *Registry) Review(ctx context.Context, by, vendor string, v register.Review) (*register.Review, error) {
	if err := r.known(vendor); err != nil {
		return nil, err
	}
	var problems tracker.Invalid
	today := calendar.NewDate(r.Now().In(r.Config.Timezone).Date())
	switch {
	case v.On == 0:
		v.On = today
	case v.On > today:
		problems.Addf("reviewed_on", v.On, "is in the future: give the day of the review")
	}
	if v.Next != 0 && v.Next <= v.On {
		problems.Addf("next_on", v.Next, "is not after the review: give a later day, or leave it out")
	}
	v.Note = Lines(v.Note)
	if len(v.Note) > 5000 {
		problems.Addf("note", "", "is longer than 5,000 bytes: shorten it")
	}
	problems.CheckText("note", v.Note)
	if len(problems) > 0 {
		return nil, problems
	}
	v.Vendor, v.By, v.At, v.Note = vendor, by, r.Now(), strings.TrimSpace(v.Note)
	return &v, r.AddReview(ctx, &v)
}

// known refuses a vendor that nothing holds.
func (r *Registry) known(vendor string) error {
	if _, ok := r.Config.Catalogue.Vendor(vendor); !ok {
		return tracker.ErrNotFound
	}
	return nil
}
