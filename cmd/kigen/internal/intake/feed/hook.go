package feed

import (
	"errors"
	"fmt"

	"kigen/cmd/kigen/internal/intake/feed/follow"
	"kigen/cmd/kigen/internal/intake/feed/format"
)

// ErrNoDelivery says that the body of a hook is no delivery of a status page.
var ErrNoDelivery = errors.New("the body is no delivery of a status page")

// Hook takes a delivery of a status page. It is unsigned: a hint that makes the page be
// asked at once, and nothing else. Only what the page itself then says counts; an entry
// of which it says nothing is kept as unconfirmed. A delivery about a component alone is
// none. The error is for the log: the sender is answered with success in any case but that
// of ErrNoDelivery, because a hook with failures is switched off.
func (p *Poller) Hook(body []byte) error {
	h, err := format.ReadHook(body)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoDelivery, err)
	}
	if h.Entry.ID == "" {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if page := p.page(); page != "" && page != h.Page {
		return fmt.Errorf("the delivery is of the page %q, and this source's is %q", h.Page, page)
	}
	now := p.o.Now()
	if len(p.hints) < 100 {
		p.hints = append(p.hints, follow.Hint{Entry: h.Entry, At: now})
	}
	p.next = later(now, p.kept.Health.RetryAt)
	select {
	case p.woken <- struct{}{}:
	default:
	}
	return nil
}

// page is the id of the source's page, as far as it is known.
func (p *Poller) page() string {
	if p.source.Anchor != "" {
		return p.source.Anchor
	}
	for _, doc := range p.kept.State.Docs {
		if doc.Anchor != "" {
			return doc.Anchor
		}
	}
	return ""
}
