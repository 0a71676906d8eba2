package tracker

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/history"
)

// ChaserWriter stores the chasers that were sent.
type ChaserWriter interface {
	// InsertChaser stores a chaser and sets its ID.
	InsertChaser(ctx context.Context, n *sla.Chaser) error
}

// ChaserEntry is the input for a chaser that was sent. A zero SentAt means now.
type ChaserEntry struct {
	SentAt                 time.Time
	To, Channel, MessageID string
}

// longestPlace bounds the characters of an address or of a message ID.
const longestPlace = 500

// Chased records that a person asked the vendor for its notice. It changes no clock:
// only the vendor's answer does.
func (t *Tracker) Chased(ctx context.Context, by Request, id sla.IncidentID, e ChaserEntry) (*sla.Incident, error) {
	return t.changeIncident(ctx, by, UseChaser, id, func(c *change) error {
		sent := e.chaser(c)
		if problems := c.checkChaser(sent); len(problems) > 0 {
			return problems
		}
		if err := c.tx.InsertChaser(c.ctx, sent); err != nil {
			return err
		}
		c.inc.Chasers = append(c.inc.Chasers, *sent)
		slices.SortStableFunc(c.inc.Chasers, func(a, b sla.Chaser) int { return a.SentAt.Compare(b.SentAt) })
		return c.record(c.by.Actor, sla.EventChaser, history.Chaser{
			SentAt: sent.SentAt.UTC(), Offset: history.Offset(sent.SentAt), To: sent.To, Channel: sent.Channel, MessageID: sent.MessageID,
		})
	})
}

func (e *ChaserEntry) chaser(c *change) *sla.Chaser {
	at := e.SentAt
	if at.IsZero() {
		at = c.now
	}
	return &sla.Chaser{
		Incident: c.inc.ID, SentAt: at.Truncate(time.Millisecond), To: strings.TrimSpace(e.To), Channel: strings.TrimSpace(e.Channel),
		MessageID: strings.TrimSpace(e.MessageID), RecordedAt: c.now, RecordedBy: c.by.Actor,
	}
}

func (c *change) checkChaser(sent *sla.Chaser) (problems Invalid) {
	fields := []line{{"to", sent.To}, {"channel", sent.Channel}, {"message_id", sent.MessageID}}
	problems.checkLines(fields...)
	for _, f := range fields {
		if n := len([]rune(f.value)); n > longestPlace {
			problems.Addf(f.field, fmt.Sprintf("(%d characters)", n), "is longer than %d characters: shorten it", longestPlace)
		}
	}
	if sent.SentAt.After(c.now.Add(clockSkew)) {
		problems.Addf("sent_at", sent.SentAt.Format(time.RFC3339), "lies in the future: give the time at which it was sent")
	}
	if m, began := beginning(&c.inc.Times); began.Known() && sent.SentAt.Before(began.At) {
		problems.Addf("sent_at", sent.SentAt.Format(time.RFC3339), "lies before %s (%s): correct one of the two", momentOrField(m), instant(began.At.In(sent.SentAt.Location())))
	}
	return problems
}
