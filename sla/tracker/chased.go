package tracker

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/sla"
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
		return c.record(c.by.Actor, sla.EventChaser, chaserBody{
			SentAt: sent.SentAt.UTC(), Offset: offsetOf(sent.SentAt), To: sent.To, Channel: sent.Channel, MessageID: sent.MessageID,
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
			problems.add(f.field, fmt.Sprintf("(%d characters)", n), fmt.Sprintf("is longer than %d characters: shorten it", longestPlace)).
				jaf("%d文字を超えています。短くしてください。", longestPlace)
		}
	}
	if sent.SentAt.After(c.now.Add(clockSkew)) {
		problems.add("sent_at", sent.SentAt.Format(time.RFC3339), "lies in the future: give the time at which it was sent").
			jaf("未来の時刻です。実際に送信した時刻を入力してください。")
	}
	if m, began := beginning(&c.inc.Times); began.Known() && sent.SentAt.Before(began.At) {
		problems.add("sent_at", sent.SentAt.Format(time.RFC3339), "lies before "+m.Field()+" ("+began.At.In(sent.SentAt.Location()).Format(time.RFC3339)+"): correct one of the two").
			jaf("%s(%s)より前です。どちらかを訂正してください。", jaMoment(m), jaTime(began.At.In(sent.SentAt.Location())))
	}
	return problems
}

// chaserBody is the body of an EventChaser.
type chaserBody struct {
	SentAt    time.Time `json:"sent_at"`
	Offset    int       `json:"offset,omitempty"` // at which sent_at was entered, in seconds east of UTC
	To        string    `json:"to,omitempty"`
	Channel   string    `json:"channel,omitempty"`
	MessageID string    `json:"message_id,omitempty"`
}

func (f *Fold) chased(e *sla.Event) error {
	var b chaserBody
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	f.chasers = append(f.chasers, sla.Chaser{
		SentAt: b.SentAt.In(time.FixedZone("", b.Offset)), To: b.To, Channel: b.Channel, MessageID: b.MessageID,
		RecordedAt: e.At, RecordedBy: e.Actor,
	})
	return nil
}

// chasers compares the chasers in the order in which they were recorded.
func (d *differences) chasers(told []sla.Chaser, inc *sla.Incident) {
	stored := slices.SortedFunc(slices.Values(inc.Chasers), func(a, b sla.Chaser) int { return cmp.Compare(a.ID, b.ID) })
	if len(stored) != len(told) {
		d.addf("it has %d chasers, its history has %d", len(stored), len(told))
	}
	for i := range min(len(stored), len(told)) {
		s, t := &stored[i], &told[i]
		what := fmt.Sprintf(" of chaser %d", s.ID)
		d.at("sent_at"+what, s.SentAt, t.SentAt)
		differ(d, "the offset of sent_at"+what, offsetOf(s.SentAt), offsetOf(t.SentAt))
		differ(d, "to"+what, s.To, t.To)
		differ(d, "channel"+what, s.Channel, t.Channel)
		differ(d, "message_id"+what, s.MessageID, t.MessageID)
		d.at("the time of recording"+what, s.RecordedAt, t.RecordedAt)
		differ(d, "the recorder"+what, s.RecordedBy, t.RecordedBy)
	}
}
