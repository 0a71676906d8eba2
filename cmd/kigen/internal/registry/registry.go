// Package registry is the use cases of the register of vendors: write a draft, check what
// it would mean, publish it, withdraw it, and add documents and reviews. What is published
// is in force at once.
package registry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/config"
	"kigen/config/tree"
	"kigen/sla"
	"kigen/sla/phrase/localizer"
	"kigen/sla/register"
	"kigen/sla/tracker"
)

// Store keeps the entries of vendors.
type Store interface {
	// Published returns the newest version of each vendor's entry that is not withdrawn.
	Published(ctx context.Context) ([]register.Version, error)
	// Versions returns the versions of a vendor's entry, newest first.
	Versions(ctx context.Context, vendor string) ([]register.Version, error)
	// Publish stores the versions after their Numbers and raises these, all or none;
	// tracker.ErrConflict if one is not the newest.
	Publish(ctx context.Context, versions ...*register.Version) error
	// Drafts returns all drafts.
	Drafts(ctx context.Context) ([]register.Draft, error)
	// SaveDraft stores a draft over the one with its Revision and raises that;
	// tracker.ErrConflict if another was saved meanwhile.
	SaveDraft(ctx context.Context, d *register.Draft) error
	// DropDraft deletes the draft with this revision; tracker.ErrConflict as SaveDraft.
	DropDraft(ctx context.Context, vendor string, revision int) error
}

// Papers keeps documents and reviews.
type Papers interface {
	AddDocument(ctx context.Context, d *register.Document, content []byte) error
	// Documents returns those of a vendor, newest first; of all vendors if it is empty.
	Documents(ctx context.Context, vendor string) ([]register.Document, error)
	// Document returns one with its content, or tracker.ErrNotFound.
	Document(ctx context.Context, vendor string, number int) (register.Document, []byte, error)
	AddReview(ctx context.Context, r *register.Review) error
	// Reviews returns those of a vendor, newest first; of all vendors if it is empty.
	Reviews(ctx context.Context, vendor string) ([]register.Review, error)
}

// Registry is the register of one configuration.
type Registry struct {
	Store
	Papers
	Config *config.Config // in force
	// TakeOver puts in force what is published.
	TakeOver func(ctx context.Context) error
	Now      func() time.Time
}

// maxText bounds the text of an entry, in bytes.
const maxText = 256 << 10

// maxReason bounds why a version was published, in bytes.
const maxReason = 3000

// Checked is what a text would put in force.
type Checked struct {
	Vendor *sla.Vendor // with all its promises
	Entry  register.Entry
	Doubts []tracker.Problem // valid, and probably not meant
}

// Check reads a text as it would be in force, beside everything that is. Its mistakes are
// a tracker.Invalid error.
func (r *Registry) Check(ctx context.Context, text string) (*Checked, error) {
	vendor, next, err := r.read(ctx, text)
	if err != nil {
		return nil, err
	}
	if refused := next.Refused[vendor]; len(refused) > 0 {
		return nil, tracker.Invalid(problemsOf(refused))
	}
	found, _ := next.Catalogue.Vendor(vendor)
	return &Checked{Vendor: found, Entry: next.Register[vendor], Doubts: problemsOf(next.Doubts[vendor])}, nil
}

// Mistakes lists the mistakes of a text, by field; a text without any is valid.
func (r *Registry) Mistakes(ctx context.Context, text string) (tree.Invalid, error) {
	vendor, next, err := r.read(ctx, text)
	if err != nil {
		return nil, err
	}
	return next.Refused[vendor], nil
}

// read returns the vendor of a text, and the configuration with the text in place of what
// is published of the vendor.
func (r *Registry) read(ctx context.Context, text string) (vendor string, next *config.Config, err error) {
	text = Lines(text)
	if vendor, err = vendorOf(text); err != nil {
		return "", nil, err
	}
	next, err = r.with(ctx, &register.Version{Vendor: vendor, Text: text})
	return vendor, next, err
}

// with returns the configuration with versions in place of the published ones.
func (r *Registry) with(ctx context.Context, versions ...*register.Version) (*config.Config, error) {
	published, err := r.Published(ctx)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		published = slices.DeleteFunc(published, func(other register.Version) bool { return other.Vendor == v.Vendor })
		if !v.Withdrawn() {
			published = append(published, *v)
		}
	}
	next, err := r.Config.With(published)
	var mistakes tree.Invalid
	if errors.As(err, &mistakes) { // such as a policy for the vendor that is withdrawn
		return nil, tracker.Invalid(problemsOf(mistakes))
	}
	return next, err
}

// vendorOf returns the id in a text.
func vendorOf(text string) (string, error) {
	if err := checkText(text); err != nil {
		return "", err
	}
	n, mistakes := tree.Parse("", []byte(text), nil)
	if len(mistakes) > 0 {
		return "", tracker.Invalid(problemsOf(mistakes))
	}
	if n.Kind != tree.Object || n.Get("id") == nil || !tree.IsIdentifier(n.Get("id").Text) {
		return "", tracker.Invalidf("text", "", "names no vendor: begin it with a line such as id: acme, in lower-case letters, digits and hyphens")
	}
	return n.Get("id").Text, nil
}

// checkText refuses a text that is too large, or that no screen shows as it is.
func checkText(text string) error {
	var problems tracker.Invalid
	if len(text) > maxText {
		problems.Addf("text", fmt.Sprintf("%d bytes", len(text)), "is larger than %d bytes: keep whole papers under documents, and here the sentences that promise something", maxText)
	}
	problems.CheckText("text", text)
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// Lines returns a text with the line ends of the register.
func Lines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// problemsOf converts mistakes in a text, each with its line.
func problemsOf(mistakes tree.Invalid) []tracker.Problem {
	var problems []tracker.Problem
	for _, m := range mistakes {
		remedy := func(lang string) string { return localizer.Sentence(lang, m.Message) }
		place := m.Field
		if m.File != "" && !strings.HasPrefix(m.File, "vendor ") {
			place = m.File + " " + place // the configuration's own
		}
		problems = append(problems, tracker.Problemf("text", m.Value, "line %d: %s: %s", m.Line, strings.TrimSpace(place), remedy))
	}
	return problems
}

// Publication is a text to publish.
type Publication struct {
	Text   string
	Reason string // why
	Base   int    // the version that it was written from; 0: a new entry
	// From is the day on which it begins to hold, as Effective has it; 0: as written.
	From calendar.Date
}

// Publish puts a text in force as the next version of its vendor's entry. If the entry was
// changed since Base, the error is a *Conflict.
func (r *Registry) Publish(ctx context.Context, by string, p Publication) (*register.Version, *Checked, error) {
	text, checked, err := r.CheckFrom(ctx, p.Text, p.From)
	if err != nil {
		return nil, nil, err
	}
	// Another version than Base is a conflict in the store, so the days before From are
	// those of Base.
	v := &register.Version{Vendor: checked.Vendor.ID, Number: p.Base, At: r.Now(), By: by, Reason: p.Reason, Text: text}
	return v, checked, r.publish(ctx, v)
}

// Doubts lists what is valid about the published entry of a vendor, and probably not meant.
func (r *Registry) Doubts(vendor string) []tracker.Problem {
	return problemsOf(r.Config.Doubts[vendor])
}

// Refused lists the mistakes for which the published entry of a vendor is not in force.
func (r *Registry) Refused(vendor string) []tracker.Problem {
	return problemsOf(r.Config.Refused[vendor])
}

// RefusedVendors lists the vendors whose published entry is not in force.
func (r *Registry) RefusedVendors() []string {
	return slices.Sorted(maps.Keys(r.Config.Refused))
}

// CheckFrom is Check of a text that is to hold from a date, with the text that would be
// stored; 0: as written.
func (r *Registry) CheckFrom(ctx context.Context, text string, from calendar.Date) (string, *Checked, error) {
	text = Lines(text)
	checked, err := r.Check(ctx, text)
	if err != nil || from == 0 {
		return text, checked, err
	}
	newest, err := r.newest(ctx, checked.Vendor.ID)
	if err != nil {
		return "", nil, err
	}
	if text, err = Effective(newest.Text, text, from); err != nil {
		return "", nil, err
	}
	checked, err = r.Check(ctx, text)
	return text, checked, err
}

// newest returns the newest version of a vendor's entry; version 0 if there is none.
func (r *Registry) newest(ctx context.Context, vendor string) (register.Version, error) {
	versions, err := r.Versions(ctx, vendor)
	if err != nil || len(versions) == 0 {
		return register.Version{}, err
	}
	return versions[0], nil
}

// Withdraw ends the entry of a vendor: the register holds nothing about it any more. The
// incidents of the vendor keep the promises that they were judged by.
func (r *Registry) Withdraw(ctx context.Context, by, vendor, reason string, base int) (*register.Version, error) {
	v := &register.Version{Vendor: vendor, Number: base, At: r.Now(), By: by, Reason: reason}
	if base <= 0 {
		return nil, tracker.Invalidf("base", base, "is missing: give the number of the published version that ends")
	}
	if _, err := r.with(ctx, v); err != nil {
		return nil, err
	}
	return v, r.publish(ctx, v)
}

// publish stores versions, all or none, and puts them in force.
func (r *Registry) publish(ctx context.Context, versions ...*register.Version) error {
	for _, v := range versions {
		if err := checkReason(v); err != nil {
			return err
		}
	}
	if err := r.Store.Publish(ctx, versions...); err != nil {
		return r.conflict(ctx, versions, err)
	}
	if err := r.TakeOver(ctx); err != nil {
		v := versions[0]
		return fmt.Errorf("version %d of vendor %s is published, and comes into force with the next reload or start: %w", v.Number, v.Vendor, err)
	}
	return nil
}

func checkReason(v *register.Version) error {
	var problems tracker.Invalid
	switch v.Reason = strings.TrimSpace(v.Reason); {
	case v.Reason == "":
		problems.Addf("reason", "", "is missing: say in a few words why, such as the edition of the paper")
	case len(v.Reason) > maxReason:
		problems.Addf("reason", "", "is longer than %d bytes: shorten it", maxReason)
	}
	problems.CheckLine("reason", v.Reason)
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// PublishAll publishes entries of several vendors, all or none.
func (r *Registry) PublishAll(ctx context.Context, by string, entries []Publication) ([]*register.Version, error) {
	versions := make([]*register.Version, len(entries))
	for i, p := range entries {
		text, checked, err := r.CheckFrom(ctx, p.Text, p.From)
		if err != nil {
			return nil, err
		}
		versions[i] = &register.Version{Vendor: checked.Vendor.ID, Number: p.Base, At: r.Now(), By: by, Reason: p.Reason, Text: text}
	}
	if len(versions) == 0 {
		return nil, nil
	}
	next, err := r.with(ctx, versions...)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		if refused := next.Refused[v.Vendor]; len(refused) > 0 { // beside the others of these
			return nil, tracker.Invalid(problemsOf(refused))
		}
	}
	return versions, r.publish(ctx, versions...)
}

// Conflict says that somebody else changed the entry or the draft meanwhile.
type Conflict struct {
	Vendor  string
	Version *register.Version // the newest; nil: none is published
	Draft   *register.Draft   // nil: there is none
}

// Error names who, and when.
func (c *Conflict) Error() string { return c.In(localizer.English) }

// In is Error in "ja" or "en".
func (c *Conflict) In(lang string) string {
	const at = "2006-01-02 15:04:05Z07:00"
	switch {
	case c.Draft != nil:
		return localizer.Messagef("the draft of vendor %s was saved meanwhile by %s at %s: read that one, then repeat your change", c.Vendor, c.Draft.By, c.Draft.At.Format(at)).In(lang)
	case c.Version != nil:
		return localizer.Messagef("vendor %s was published meanwhile as version %d by %s at %s: read that one, then repeat your change", c.Vendor, c.Version.Number, c.Version.By, c.Version.At.Format(at)).In(lang)
	}
	return localizer.Messagef("the draft of vendor %s is gone: it was dropped meanwhile", c.Vendor).In(lang)
}

// Unwrap is tracker.ErrConflict.
func (c *Conflict) Unwrap() error { return tracker.ErrConflict }

// conflict adds to a conflict what the other version is.
func (r *Registry) conflict(ctx context.Context, versions []*register.Version, err error) error {
	if !errors.Is(err, tracker.ErrConflict) {
		return err
	}
	for _, v := range versions {
		newest, readErr := r.newest(ctx, v.Vendor)
		if readErr != nil {
			return errors.Join(err, readErr)
		}
		if newest.Number != 0 && newest.Number != v.Number {
			return &Conflict{Vendor: v.Vendor, Version: &newest}
		}
	}
	return &Conflict{Vendor: versions[0].Vendor}
}
