package mailbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/intake"
)

// session is a mailbox of a server that is open for reading only.
type session interface {
	// examine opens the mailbox, or asks for its numbers once more.
	examine(ctx context.Context) (opened, error)
	// newer returns the numbers of all mails above one, in order.
	newer(ctx context.Context, after uint32) ([]uint32, error)
	// heads returns the headers of mails, in order. Those that are gone are left out.
	heads(ctx context.Context, uids []uint32) ([]head, error)
	// body returns a mail, at most so many bytes, or errGone.
	body(ctx context.Context, uid uint32, most int64) ([]byte, error)
	// wait waits for the server's word that there is something new.
	wait(ctx context.Context, most time.Duration) error
	close()
}

// opened is what a server says of a mailbox. Where validity changes, the numbers of mails
// mean others than before.
type opened struct {
	validity uint32
	next     uint32 // the number of the next mail; 0: the server does not say
}

// head is the header of a mail.
type head struct {
	uid     uint32
	size    int64
	arrived time.Time
	header  []byte // at most mostHeader
}

var errGone = errors.New("the mail is gone")

const (
	headsAtOnce = 100
	// attempts is how often a mail is tried to be read while its header can be, and
	// headAttempts how often its header is while the mailbox can be opened: by the waits
	// between them half a minute and ten.
	attempts     = 5
	headAttempts = 10
)

// box is what is remembered of a mailbox of a server.
type box struct {
	Name     string    `json:"name,omitempty"` // of the user and the mailbox
	Host     string    `json:"host,omitempty"`
	Validity uint32    `json:"validity,omitempty"`
	Last     uint32    `json:"last,omitempty"`   // all mails up to it were read
	Old      uint32    `json:"old,omitempty"`    // those up to it were there before
	Resync   uint32    `json:"resync,omitempty"` // those up to it may have been read under other numbers
	Began    time.Time `json:"began,omitzero"`   // when it was watched first
}

// server is a mailbox of a server as a place.
type server struct {
	name, host string
	open       func(ctx context.Context) (session, error)
	session    session
	failed     map[uint32]int // attempts to read a mail
	singly     bool           // headers are asked for one by one, to find the one that fails
}

func (s *server) close() {
	if s.session != nil {
		s.session.close()
		s.session = nil
	}
}

func (s *server) wait(ctx context.Context, most time.Duration) error {
	err := s.session.wait(ctx, most)
	if err != nil {
		s.close()
	}
	return err
}

func (s *server) look(ctx context.Context, w *Watcher) error {
	if s.session == nil {
		opened, err := s.open(ctx)
		if err != nil {
			return err
		}
		s.session = opened
	}
	b := &batch{w: w}
	err := b.end(ctx, s.read(ctx, b))
	if err != nil {
		s.close()
	}
	return err
}

// read reads all new mails.
func (s *server) read(ctx context.Context, b *batch) error {
	said, err := s.session.examine(ctx)
	if err != nil {
		return err
	}
	known := s.compare(&b.w.kept.Box, said, b.w.o.Now())
	uids, err := s.session.newer(ctx, b.w.kept.Box.Last)
	if err != nil {
		return err
	}
	if state := &b.w.kept.Box; !known && len(uids) > 0 { // of a server that does not say the next number
		if state.Resync > 0 {
			state.Resync = max(state.Resync, uids[len(uids)-1])
		} else if said.next == 0 {
			state.Old = max(state.Old, uids[len(uids)-1])
		}
	}
	atOnce := headsAtOnce
	if s.singly {
		atOnce = 1
	}
	for some := range slices.Chunk(uids, atOnce) {
		heads, err := s.heads(ctx, some)
		if err != nil {
			return err
		}
		for i := range heads {
			if err := s.take(ctx, b, &heads[i]); err != nil {
				return err
			}
		}
		b.last = some[len(some)-1]
	}
	s.singly = false
	if err := b.flush(ctx); err != nil {
		return err
	}
	if b.w.kept.Box.Resync > 0 {
		b.w.kept.Box.Resync = 0
		return b.w.commit(ctx, Step{})
	}
	return nil
}

// heads reads headers. One that fails each time is handed out without anything.
func (s *server) heads(ctx context.Context, uids []uint32) ([]head, error) {
	if len(uids) == 1 && s.failed[uids[0]] >= headAttempts {
		return []head{{uid: uids[0]}}, nil
	}
	heads, err := s.session.heads(ctx, uids)
	if err != nil {
		s.singly = true
		if len(uids) == 1 {
			s.fails(uids[0])
		}
	}
	return heads, err
}

func (s *server) fails(uid uint32) {
	if s.failed == nil {
		s.failed = map[uint32]int{}
	}
	s.failed[uid]++
}

// compare holds what the server says against the state, and reports whether the numbers of
// mails mean what they meant.
func (s *server) compare(state *box, said opened, now time.Time) bool {
	before := max(said.next, 1) - 1
	switch {
	case state.Name != s.name: // another mailbox
		*state = box{Name: s.name, Host: s.host, Validity: said.validity, Old: before, Began: now}
		return false
	case state.Validity != said.validity || state.Host != s.host || said.next > 0 && said.next <= state.Last:
		*state = box{Name: s.name, Host: s.host, Validity: said.validity, Resync: max(before, 1), Began: state.Began}
		return false
	}
	return true
}

// take reads a mail whose header is known.
func (s *server) take(ctx context.Context, b *batch, h *head) error {
	state := &b.w.kept.Box
	place := fmt.Sprintf("%d/%d", state.Validity, h.uid)
	k := headerKey(h.header)
	if len(h.header) == 0 {
		k = keyOf(place)
	}
	old := h.uid <= state.Old
	if h.uid <= state.Resync {
		if b.w.memory.has(k) {
			b.last = h.uid
			return nil
		}
		old = b.w.longGone(h.arrived)
	}
	m := intake.RawMail{Raw: h.header, Arrived: h.arrived, Place: place}
	switch {
	case old:
		m.Unread = intake.UnreadOld
	case h.size > Limit:
		m.Unread = intake.UnreadTooLarge
	default:
		if err := s.whole(ctx, h, &m); err != nil {
			return err
		}
	}
	err := b.add(ctx, m, k, old)
	b.last = h.uid
	return err
}

// doubt is how far the clocks of a mail server and of kigen may be apart, beside that times
// of arrival are whole seconds. A mail inside it is new: that costs a click, and the
// opposite a notice.
const doubt = time.Hour

// longGone reports whether a mail that is not remembered arrived before all that is.
func (w *Watcher) longGone(arrived time.Time) bool {
	last := w.kept.Box.Began
	if w.memory.forgotten.After(last) {
		last = w.memory.forgotten
	}
	return !arrived.IsZero() && arrived.Before(last.Add(-doubt))
}

// whole reads a mail with its body.
func (s *server) whole(ctx context.Context, h *head, m *intake.RawMail) error {
	if s.failed[h.uid] >= attempts {
		m.Unread = intake.UnreadBroken
		delete(s.failed, h.uid)
		return nil
	}
	raw, err := s.session.body(ctx, h.uid, Limit+1)
	switch {
	case errors.Is(err, errGone):
		m.Unread = intake.UnreadGone
		return nil
	case err != nil:
		s.fails(h.uid)
		return err
	case len(raw) > Limit: // its size was not true
		m.Unread = intake.UnreadTooLarge
	default:
		m.Raw = raw
	}
	delete(s.failed, h.uid)
	return nil
}

// headerKey is the key of a mail by what a move to another server leaves as it was. Some
// ticket systems use a Message-ID twice, so that it is not enough.
func headerKey(header []byte) key {
	var texts []string
	for _, name := range []string{"Message-Id", "Date", "From", "Subject"} {
		texts = append(texts, fieldOf(header, name))
	}
	return keyOf(texts...)
}

// fieldOf returns the first field of a name, unfolded.
func fieldOf(header []byte, name string) string {
	var found []string
	for line := range bytes.Lines(header) {
		text := string(bytes.TrimRight(line, "\r\n"))
		if len(found) > 0 {
			if !strings.HasPrefix(text, " ") && !strings.HasPrefix(text, "\t") {
				break
			}
			found = append(found, strings.TrimSpace(text))
			continue
		}
		if field, value, ok := strings.Cut(text, ":"); ok && textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(field)) == name {
			found = []string{strings.TrimSpace(value)}
		}
	}
	return strings.Join(found, " ")
}
