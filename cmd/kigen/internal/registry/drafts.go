package registry

import (
	"context"
	"errors"

	"kigen/config/tree"
	"kigen/sla/register"
	"kigen/sla/tracker"
)

// Draft returns the draft of a vendor; nil if there is none.
func (r *Registry) Draft(ctx context.Context, vendor string) (*register.Draft, error) {
	all, err := r.Drafts(ctx)
	for i := range all {
		if all[i].Vendor == vendor {
			return &all[i], err
		}
	}
	return nil, err
}

// SaveDraft stores a draft, which may have mistakes, over the one with its Revision, and
// raises that. If another was saved meanwhile, the error is a *Conflict.
func (r *Registry) SaveDraft(ctx context.Context, by string, d *register.Draft) error {
	if !tree.IsIdentifier(d.Vendor) {
		return tracker.Invalidf("vendor", d.Vendor, "is not an id: use lower-case letters, digits and hyphens, such as acme")
	}
	d.Text = Lines(d.Text)
	if err := checkText(d.Text); err != nil {
		return err
	}
	d.By, d.At = by, r.Now()
	return r.draftConflict(ctx, d.Vendor, r.Store.SaveDraft(ctx, d))
}

// DropDraft deletes the draft with this revision. If another was saved meanwhile, the
// error is a *Conflict.
func (r *Registry) DropDraft(ctx context.Context, vendor string, revision int) error {
	return r.draftConflict(ctx, vendor, r.Store.DropDraft(ctx, vendor, revision))
}

// draftConflict adds to a conflict what the other draft is.
func (r *Registry) draftConflict(ctx context.Context, vendor string, err error) error {
	if !errors.Is(err, tracker.ErrConflict) {
		return err
	}
	other, readErr := r.Draft(ctx, vendor)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	return &Conflict{Vendor: vendor, Draft: other}
}
