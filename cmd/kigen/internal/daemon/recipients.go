package daemon

import (
	"context"
	"slices"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla/phrase"
	"kigen/store"
)

// recipients adds the mailboxes that alerts do not reach although other mailboxes
// of the destination receive them. A mailbox that is only deferred is left out at
// first: mail servers defer an unknown sender for some minutes.
func (d *deployment) recipients(ctx context.Context, h *web.Health) {
	found, err := d.store.Recipients(ctx)
	if err != nil {
		d.log.Error("health: recipients can't be read", "error", err)
		h.Fault(true, catalog.Both("database_unreadable"))
		return
	}
	for _, r := range found {
		if !d.mails(&r) || !r.Refused && h.At.Sub(r.Since) < unsentTooLong {
			continue
		}
		for i := range h.Destinations {
			if h.Destinations[i].Name == r.Destination {
				h.Destinations[i].Recipients = append(h.Destinations[i].Recipients, web.RecipientHealth{
					Address: r.Address, Refused: r.Refused, Since: r.Since, Reason: r.Reason,
				})
			}
		}
		h.Fault(false, d.recipientFault(&r, h))
	}
}

// mails reports whether the recipient is still configured.
func (d *deployment) mails(r *store.Recipient) bool {
	email := d.config.Destinations[r.Destination].Email()
	return email != nil && slices.Contains(email.Addresses(), r.Address)
}

func (d *deployment) recipientFault(r *store.Recipient, h *web.Health) calendar.Text {
	since := func(lang string) string {
		return phrase.Instant(lang, r.Since.In(d.config.Timezone), h.At.In(d.config.Timezone))
	}
	key := "mailbox_deferred"
	if r.Refused {
		key = "mailbox_refused"
	}
	return catalog.Both(key, "Destination", r.Destination, "Address", r.Address, "Since", since, "Reason", r.Reason)
}
