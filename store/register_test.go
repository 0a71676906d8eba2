package store_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/register"
	"kigen/sla/tracker"
)

var published = time.Date(2026, 5, 1, 3, 4, 5, 0, time.UTC)

// Versions follow each other, the newest that is not withdrawn is published, and of two
// people who publish from the same version the second is told.
func TestVersionsOfAVendor(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	one := &register.Version{Vendor: "acme", At: published, By: "user:yamada", Reason: "契約", Text: "id: acme\npromises: []"}
	if err := db.Publish(ctx, one); err != nil || one.Number != 1 {
		t.Fatal(one, err)
	}
	two := &register.Version{Vendor: "acme", Number: 1, At: published.Add(time.Hour), By: "user:sato", Reason: "2版", Text: "id: acme\nowner: 調達部\npromises: []"}
	if err := db.Publish(ctx, two); err != nil || two.Number != 2 {
		t.Fatal(two, err)
	}
	late := &register.Version{Vendor: "acme", Number: 1, At: published, By: "user:tanaka", Reason: "x", Text: "id: acme"}
	if err := db.Publish(ctx, late); !errors.Is(err, tracker.ErrConflict) || late.Number != 1 {
		t.Error(late, err)
	}
	all, err := db.Versions(ctx, "acme")
	if err != nil || len(all) != 2 || all[0] != *two || all[1] != *one {
		t.Errorf("%+v, %v", all, err)
	}
	newest, err := db.Published(ctx)
	if err != nil || len(newest) != 1 || newest[0] != *two {
		t.Errorf("%+v, %v", newest, err)
	}
	gone := &register.Version{Vendor: "acme", Number: 2, At: published, By: "user:sato", Reason: "契約終了"}
	if err := db.Publish(ctx, gone); err != nil || !gone.Withdrawn() {
		t.Fatal(err)
	}
	if newest, err = db.Published(ctx); err != nil || len(newest) != 0 {
		t.Errorf("%+v, %v", newest, err)
	}
	if err := db.Verify(ctx); err != nil {
		t.Error(err)
	}
}

// Of two people who save over the same draft the second is told; a publication drops it.
func TestDraftsOfVendors(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	d := &register.Draft{Vendor: "acme", Text: "id: acme", At: published, By: "user:yamada"}
	if err := db.SaveDraft(ctx, d); err != nil || d.Revision != 1 {
		t.Fatal(d, err)
	}
	for _, revision := range []int{0, 2} {
		other := &register.Draft{Vendor: "acme", Revision: revision, Text: "id: acme\nowner: x", At: published, By: "user:sato"}
		if err := db.SaveDraft(ctx, other); !errors.Is(err, tracker.ErrConflict) || other.Revision != revision {
			t.Errorf("over revision %d: %+v, %v", revision, other, err)
		}
	}
	if err := db.SaveDraft(ctx, &register.Draft{Vendor: "none", Revision: 1, Text: "id: none"}); !errors.Is(err, tracker.ErrConflict) {
		t.Errorf("over a draft that is gone: %v", err)
	}
	d.Text = "id: acme\nowner: 総務部"
	if err := db.SaveDraft(ctx, d); err != nil || d.Revision != 2 {
		t.Fatal(d, err)
	}
	all, err := db.Drafts(ctx)
	if err != nil || len(all) != 1 || all[0] != *d {
		t.Errorf("%+v, %v", all, err)
	}
	if err := db.DropDraft(ctx, "acme", 1); !errors.Is(err, tracker.ErrConflict) {
		t.Error(err)
	}
	if err := db.DropDraft(ctx, "acme", 2); err != nil {
		t.Error(err)
	}
	d.Revision = 0
	if err := db.SaveDraft(ctx, d); err != nil {
		t.Fatal(err)
	}
	if err := db.Publish(ctx, &register.Version{Vendor: "acme", At: published, Text: d.Text}); err != nil {
		t.Fatal(err)
	}
	if all, err = db.Drafts(ctx); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

// Documents and reviews are numbered by vendor and kept as they were given.
func TestPapersOfVendors(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	dated := calendar.NewDate(2026, 4, 1)
	content := []byte("%PDF-1.7 …")
	sum := sha256.Sum256(content)
	d := &register.Document{
		Vendor: "acme", Title: "White paper", Edition: "2", Dated: dated, At: published, By: "user:yamada",
		File: sla.Evidence{Name: "paper.pdf", Type: "application/pdf", Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])},
	}
	undated := *d
	undated.Dated = 0
	for i, d := range []*register.Document{d, &undated} {
		if err := db.AddDocument(ctx, d, content); err != nil || d.Number != i+1 {
			t.Fatal(d, err)
		}
	}
	other := *d
	other.Vendor = "sotas"
	if err := db.AddDocument(ctx, &other, content); err != nil || other.Number != 1 {
		t.Fatal(other, err)
	}
	all, err := db.Documents(ctx, "acme")
	if err != nil || len(all) != 2 || all[0] != undated || all[1] != *d {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err = db.Documents(ctx, ""); err != nil || len(all) != 3 {
		t.Errorf("%+v, %v", all, err)
	}
	got, file, err := db.Document(ctx, "acme", 1)
	if err != nil || got != *d || !bytes.Equal(file, content) {
		t.Errorf("%+v, %q, %v", got, file, err)
	}
	if _, _, err := db.Document(ctx, "acme", 3); !errors.Is(err, tracker.ErrNotFound) {
		t.Error(err)
	}
	r := &register.Review{Vendor: "acme", On: dated, Note: "変更なし", At: published, By: "user:sato"}
	next := *r
	next.Next = dated.AddMonths(12)
	for i, r := range []*register.Review{r, &next} {
		if err := db.AddReview(ctx, r); err != nil || r.Number != i+1 {
			t.Fatal(r, err)
		}
	}
	reviews, err := db.Reviews(ctx, "acme")
	if err != nil || len(reviews) != 2 || reviews[0] != next || reviews[1] != *r {
		t.Errorf("%+v, %v", reviews, err)
	}
	if err := db.Verify(ctx); err != nil {
		t.Error(err)
	}
}
