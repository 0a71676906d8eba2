package web

import (
	"context"
	"slices"
	"strconv"

	"kigen/sla"
	"kigen/sla/tracker"
)

// Me is the name under which the caller owns incidents; empty: unknown, because access
// control is off and no name is given.
func Me(ctx context.Context, name string) string {
	return tracker.Person(actor(ctx, name, ""))
}

// SelectOwner limits a query to the incidents of an owner: a name, tracker.OwnerMine
// for those of me, or tracker.OwnerNone; empty: all.
func SelectOwner(q *tracker.Query, owner, me string) error {
	switch owner {
	case tracker.OwnerNone:
		q.Unowned = true
	case tracker.OwnerMine:
		if q.Owner = me; me == "" {
			return tracker.Invalidf("query.owner", owner, "needs a name while access control is off: give yours as by, or as owner")
		}
	default:
		q.Owner = owner
	}
	return nil
}

// NewOwner is the request body that assigns an incident.
type NewOwner struct {
	Owner Optional[string] `json:"owner" maxLength:"100" doc:"The person or team who has it; empty or null: unassigned, and repeated alerts resume" example:"yamada"`
	By    string           `json:"by,omitempty" maxLength:"100" doc:"Who assigns it"`
}

// NewNote is the request body that adds a note.
type NewNote struct {
	Text  string    `json:"text,omitempty" maxLength:"200000" doc:"What happened; may be left out if there are files" example:"Called at 10:05, no answer."`
	By    string    `json:"by,omitempty" maxLength:"100" doc:"The author"`
	Files []newFile `json:"files,omitempty" maxItems:"10" doc:"Evidence; at most 10 MiB together"`
}

// Entry converts the note.
func (n *NewNote) Entry() tracker.NoteEntry {
	e := tracker.NoteEntry{Text: n.Text}
	for _, f := range n.Files {
		e.Files = append(e.Files, Attachment(f.Name, f.Content))
	}
	return e
}

// NewChaser is the request body that records a chaser that was sent.
type NewChaser struct {
	SentAt    string `json:"sent_at,omitempty" doc:"When it was sent; absent: now" example:"2026-05-03T09:12:00+09:00"`
	To        string `json:"to,omitempty" maxLength:"500" doc:"The address or number that it was sent to" example:"support@example.jp"`
	Channel   string `json:"channel,omitempty" maxLength:"100" doc:"email, phone, portal …" example:"email"`
	MessageID string `json:"message_id,omitempty" maxLength:"500" doc:"The Message-ID of the mail"`
	By        string `json:"by,omitempty" maxLength:"100" doc:"Who sent it"`
}

// Entry converts the chaser; read parses its time. An absent sent_at stays zero, which
// the use case replaces by the server's current time.
func (c *NewChaser) Entry(read TimeReader) (tracker.ChaserEntry, error) {
	e := tracker.ChaserEntry{SentAt: read.Time("sent_at", c.SentAt), To: c.To, Channel: c.Channel, MessageID: c.MessageID}
	return e, read.Err()
}

// MostTogether bounds the incidents that one request changes: those of one page of the
// board.
const MostTogether = 100

// Together is the outcome for one of several incidents that a request changes.
type Together struct {
	ID       sla.IncidentID
	Incident *sla.Incident // nil: refused, see Err
	Err      error
}

// Each runs a use case for each incident, in a transaction and under an idempotency key
// of its own, so that one refused incident holds up no other.
func Each(by tracker.Request, ids []sla.IncidentID, do func(by tracker.Request, id sla.IncidentID) (*sla.Incident, error)) []Together {
	results := make([]Together, len(ids))
	for i, id := range ids {
		each := by
		if by.Key != "" {
			each.Key += "#" + id.String()
		}
		inc, err := do(each, id)
		results[i] = Together{ID: id, Incident: inc, Err: err}
	}
	return results
}

// ParseIDs reads the ids of incidents, each once.
func ParseIDs(texts []string) ([]sla.IncidentID, error) {
	var invalid tracker.Invalid
	var ids []sla.IncidentID
	for i, text := range texts {
		id, err := sla.ParseIncidentID(text)
		switch {
		case err != nil:
			invalid.Addf("ids["+strconv.Itoa(i)+"]", text, "is not an incident id: write it as KGN-42 or 42")
		case !slices.Contains(ids, id):
			ids = append(ids, id)
		}
	}
	if len(texts) == 0 || len(ids) > MostTogether {
		invalid.Addf("ids", strconv.Itoa(len(ids)), "choose 1 to %d incidents", MostTogether)
	}
	if len(invalid) > 0 {
		return nil, invalid
	}
	return ids, nil
}
