// Package chasing sends a vendor the mail that asks for its notice, where a person says so.
//
//	the mail server accepts sender and recipients
//	-> one transaction: chaser with its Message-ID, note with the letter
//	-> the mail server gets the letter
//	-> a note: accepted, refused, or no answer
//
// So a chaser on record may have arrived, one that is not on record did not, and a process
// that ends in between leaves a note that says so. Nothing is sent again by itself.
package chasing

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kigen/notify"
	"kigen/notify/email"
	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/chaser"
	"kigen/sla/phrase/localizer"
	"kigen/sla/register"
	"kigen/sla/tracker"
)

// Office sends letters; *email.List is one.
type Office interface {
	Domain() string
	Letter(ctx context.Context, l *email.Letter, record func(to []string) error) (refused []notify.Left, recorded bool, err error)
}

// Service sends chasers under one configuration.
type Service struct {
	Tracker  *tracker.Tracker
	Register map[string]register.Entry // by vendor: its contacts
	Offices  map[string]Office         // the destinations of kind email, by name
	Zone     *time.Location
	Lang     string // of the record
	Now      func() time.Time
}

// Request is what a person sends. Each field may be empty but Lang.
type Request struct {
	To      []string // empty: the vendor's contacts
	Subject string   // empty: as drafted
	Text    string   // empty: as drafted, signed with the person's name if it is known
	Via     string   // a destination of kind email; empty: the first one
	Lang    string   // of the draft: "ja" or "en"
	Again   bool     // also where one was sent a moment ago
}

// Outcome is what the mail server said of a letter.
type Outcome string

// The outcomes.
const (
	Accepted Outcome = "accepted"
	Refused  Outcome = "refused" // it was not sent
	Unknown  Outcome = "unknown" // no answer: it may have arrived
)

// Sent is a chaser on record.
type Sent struct {
	Incident  *sla.Incident
	To        []string
	Left      []notify.Left // recipients that the server refuses
	Subject   string
	MessageID string
	Outcome   Outcome
	Reason    string // of an outcome other than Accepted
	Repeated  bool   // the request was made before, and sent nothing now
}

// recently is how long ago a chaser makes another one a repetition.
const recently = 10 * time.Minute

// mostRecipients bounds the recipients of a chaser.
const mostRecipients = 20

// Unsent says that nothing was sent, because the mail server did not take it.
type Unsent struct{ Failure error }

// Error says why.
func (e *Unsent) Error() string { return e.In(localizer.English) }

// In is Error in "ja" or "en".
func (e *Unsent) In(lang string) string {
	return localizer.Messagef("nothing was sent: %s", e.Failure.Error()).In(lang)
}

// Unwrap is the failure.
func (e *Unsent) Unwrap() error { return e.Failure }

// Recent says that a chaser was sent a moment ago.
type Recent struct {
	Incident sla.IncidentID
	Last     sla.Chaser
}

// Error says when, and what to do.
func (e *Recent) Error() string { return e.In(localizer.English) }

// In is Error in "ja" or "en".
func (e *Recent) In(lang string) string {
	return localizer.Messagef("%s was chased at %s already, by a mail to %s: say that it is to be sent again if that is meant", e.Incident.String(), e.Last.SentAt.Format(time.RFC3339), e.Last.To).In(lang)
}

// Unwrap is tracker.ErrConflict.
func (e *Recent) Unwrap() error { return tracker.ErrConflict }

// ErrNothingToAsk says that the vendor owes no notice.
var ErrNothingToAsk = errors.New("nothing to ask the vendor for")

// Ready reports whether mails can be sent.
func (s *Service) Ready() bool { return s != nil && len(s.Offices) > 0 }

// Recipients lists the mail addresses of a vendor's contacts.
func (s *Service) Recipients(vendor string) (list []string) {
	add := func(address string) {
		if address != "" && !slices.Contains(list, address) {
			list = append(list, address)
		}
	}
	for _, c := range s.Register[vendor].Contacts {
		add(c.Mail)
	}
	if v, ok := s.Tracker.Catalogue.Vendor(vendor); ok && len(list) == 0 {
		for _, address := range chaser.Addresses(v.Contact) {
			add(address)
		}
	}
	return list
}

// Send sends the vendor of an incident a chaser. An error means that nothing was sent and
// nothing is on record: a *tracker.Invalid mistake, *Recent, *Unsent, ErrNothingToAsk, or
// one of the store.
func (s *Service) Send(ctx context.Context, by tracker.Request, id sla.IncidentID, r Request) (*Sent, error) {
	if problems := r.check(&by); len(problems) > 0 {
		return nil, problems
	}
	var inc *sla.Incident
	err := s.Tracker.Store.View(ctx, func(tx tracker.Reader) (err error) {
		inc, err = tx.Incident(ctx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	office, err := s.office(r.Via)
	if err != nil {
		return nil, err
	}
	letter, err := s.letter(inc, &by, &r)
	if err != nil {
		return nil, err
	}
	letter.MessageID = fmt.Sprintf("<chaser.%s.%s@%s>", inc.ID, strings.ToLower(rand.Text()), office.Domain())
	sent := &Sent{Subject: letter.Subject, MessageID: letter.MessageID}
	left, recorded, err := office.Letter(ctx, letter, func(to []string) error {
		sent.To = to
		return s.record(ctx, by, id, &r, letter, sent)
	})
	sent.Left = left
	if !recorded {
		return s.unrecorded(sent, err)
	}
	s.conclude(context.WithoutCancel(ctx), id, sent, err)
	return sent, nil
}

// longestSubject bounds a subject, in characters.
const longestSubject = 300

func (r *Request) check(by *tracker.Request) (problems tracker.Invalid) {
	problems.CheckLine("by", tracker.Person(by.Actor))
	problems.CheckLine("Idempotency-Key", by.Key)
	problems.CheckLine("via", r.Via)
	problems.CheckLine("subject", r.Subject)
	problems.CheckText("text", r.Text)
	for _, to := range r.To {
		problems.CheckLine("to", to)
	}
	if n := utf8.RuneCountInString(r.Subject); n > longestSubject {
		problems.Addf("subject", fmt.Sprintf("(%d characters)", n), "is longer than %d characters: shorten it", longestSubject)
	}
	return problems
}

// unrecorded is the end of what was not sent.
func (s *Service) unrecorded(sent *Sent, err error) (*Sent, error) {
	var failure *wire.Failure
	switch {
	case errors.Is(err, errRepeated{}):
		sent.Repeated = true
		return sent, nil
	case errors.As(err, &failure):
		return nil, &Unsent{failure}
	}
	return nil, err
}

// office is the destination by which a mail goes.
func (s *Service) office(via string) (Office, error) {
	names := make([]string, 0, len(s.Offices))
	for name := range s.Offices {
		names = append(names, name)
	}
	slices.Sort(names)
	if len(names) == 0 {
		return nil, tracker.Invalidf("via", via, "can't be used, because no destination of kind email is configured: add one, or send the mail yourself and record it")
	}
	if via == "" {
		via = names[0]
	}
	office, ok := s.Offices[via]
	if !ok {
		return nil, tracker.Invalidf("via", via, "is no destination of kind email: use one of %s", strings.Join(names, ", "))
	}
	return office, nil
}

// letter is the mail that goes out, without its Message-ID.
func (s *Service) letter(inc *sla.Incident, by *tracker.Request, r *Request) (*email.Letter, error) {
	vendor, _ := s.Tracker.Catalogue.Vendor(inc.Vendor)
	draft, ok := chaser.Write(r.Lang, chaser.About{Incident: inc, Vendor: vendor, Now: s.Now(), Zone: s.Zone})
	if !ok && (r.Subject == "" || r.Text == "") {
		return nil, ErrNothingToAsk
	}
	l := &email.Letter{Subject: cmp.Or(strings.TrimSpace(r.Subject), draft.Subject), Body: r.Text, At: s.Now()}
	if strings.TrimSpace(l.Body) == "" {
		l.Body = draft.Body
		if name := sla.Signature(by.Actor); name != "" {
			l.Body += "\n" + name + "\n"
		}
	}
	if tag := "[" + inc.ID.String() + "]"; !strings.Contains(l.Subject, tag) {
		l.Subject = tag + " " + l.Subject
	}
	for _, c := range inc.Chasers {
		if ours(&c) {
			l.References = append(l.References, c.MessageID)
		}
	}
	var problems tracker.Invalid
	if l.To = s.addresses(inc.Vendor, r.To, &problems); len(problems) > 0 {
		return nil, problems
	}
	return l, nil
}

// addresses reads the recipients.
func (s *Service) addresses(vendor string, given []string, problems *tracker.Invalid) (to []*mail.Address) {
	if len(given) == 0 {
		given = s.Recipients(vendor)
	}
	if len(given) == 0 {
		problems.Addf("to", "", "is required: the entry of %s names no mail address, so give one such as support@example.jp", vendor)
	}
	if len(given) > mostRecipients {
		problems.Addf("to", "", "names more than %d addresses: leave some out", mostRecipients)
	}
	for _, text := range given {
		address, err := mail.ParseAddress(text)
		if err != nil {
			problems.Addf("to", text, "is no mail address: write it as support@example.jp")
			continue
		}
		to = append(to, address)
	}
	return to
}

// ours reports whether kigen sent a chaser.
func ours(c *sla.Chaser) bool { return strings.HasPrefix(c.MessageID, "<chaser.") }

// IsRecent reports whether kigen sent a chaser about an incident a moment ago.
func IsRecent(inc *sla.Incident, now time.Time) bool { return recent(inc, now) != nil }

func recent(inc *sla.Incident, now time.Time) *sla.Chaser {
	for i := range inc.Chasers {
		if c := &inc.Chasers[i]; ours(c) && now.Sub(c.SentAt) < recently {
			return c
		}
	}
	return nil
}

// errRepeated ends a session with the mail server; people never see it.
type errRepeated struct{}

func (errRepeated) Error() string { return "" }

// record puts the chaser on record, in one transaction with the letter.
func (s *Service) record(ctx context.Context, by tracker.Request, id sla.IncidentID, r *Request, l *email.Letter, sent *Sent) error {
	say := catalog.In(s.Lang)
	to := strings.Join(sent.To, ", ")
	return s.Tracker.Store.Update(ctx, func(tx tracker.Tx) error {
		inc, err := tx.Incident(ctx, id)
		if err != nil {
			return err
		}
		known := len(inc.Chasers)
		t := s.Tracker.Within(tx)
		after, err := t.Chased(ctx, by, id, tracker.ChaserEntry{SentAt: l.At, To: to, Channel: "email", MessageID: l.MessageID})
		if err != nil {
			return err
		}
		if sent.Incident = after; len(after.Chasers) == known {
			return errRepeated{}
		}
		if last := recent(inc, l.At); last != nil && !r.Again {
			return &Recent{Incident: id, Last: *last}
		}
		text := say.Say("note_sent", "By", tracker.Person(by.Actor), "To", to, "MessageID", l.MessageID) + "\n\n" + l.Subject + "\n\n" + l.Body
		_, err = t.Note(ctx, tracker.Request{Actor: actor}, id, tracker.NoteEntry{Text: text})
		return err
	})
}

// actor names this program in the record.
const actor = "kigen"

// conclude notes the answer of the mail server. Where the note can't be stored, the one before
// says that the end is not known.
func (s *Service) conclude(ctx context.Context, id sla.IncidentID, sent *Sent, failed error) {
	say := catalog.In(s.Lang)
	text := say.Say("note_accepted", "MessageID", sent.MessageID)
	sent.Outcome = Accepted
	var failure *wire.Failure
	switch {
	case failed == nil:
	case errors.As(failed, &failure) && failure.Kind != wire.Unknown:
		sent.Outcome, sent.Reason = Refused, failed.Error()
		text = say.Say("note_refused", "MessageID", sent.MessageID, "Reason", sent.Reason)
	default:
		sent.Outcome, sent.Reason = Unknown, failed.Error()
		text = say.Say("note_unknown", "MessageID", sent.MessageID, "Reason", sent.Reason)
	}
	for _, l := range sent.Left {
		text += "\n" + say.Say("note_left", "To", l.Recipient, "Reason", l.Failure.Error())
	}
	if inc, err := s.Tracker.Note(ctx, tracker.Request{Actor: actor}, id, tracker.NoteEntry{Text: text}); err == nil {
		sent.Incident = inc
	}
}
