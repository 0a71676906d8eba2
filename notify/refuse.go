package notify

import (
	"context"
	"errors"
	"time"

	"kigen/notify/wire"
	"kigen/sla/outbox"
)

// reopenPeriod is how often reopen looks for refused deliveries that are due for
// another try.
const reopenPeriod = time.Minute

// errSuperseded means that the delivery was superseded while it was being sent.
var errSuperseded = errors.New("superseded")

// attempt makes the requests of one attempt. While the message is refused it
// sends ever plainer forms, and if the message or thread it refers to is gone it
// posts a new message.
func (s *Sender) attempt(ctx context.Context, d *outbox.Delivery, m *wire.Message) (outbox.Receipt, error) {
	for {
		receipt, err := s.request(ctx, d, m)
		if err == nil {
			return receipt, nil
		}
		switch f := wire.AsFailure(err); {
		case f.Kind == wire.Refused && s.simplify(d, m):
			s.log.Warn("message refused, sending a plainer form", "delivery", d.Key, "error", f)
		case f.Kind == wire.Gone && !m.Anew:
			if err := s.displace(ctx, d, m, f); err != nil {
				return outbox.Receipt{}, err
			}
		default:
			return receipt, err
		}
	}
}

// simplify removes one possible reason of a refusal from the message: first the
// files, which stay available by link, then the rich form, then the list of a
// whole digest, which the board shows. It returns false when nothing is left to
// remove.
func (s *Sender) simplify(d *outbox.Delivery, m *wire.Message) bool {
	switch {
	case d.Kind != outbox.File && len(m.Attachments) > 0:
		s.writer.withoutFiles(d, m)
	case !m.Plain:
		m.Plain = true
	case len(m.Items) > 0 && d.Digest != nil && d.Digest.Part == 0:
		m.Items, m.Cases = nil, nil
		m.Text = m.Compose()
	default:
		return false
	}
	return true
}

// displace prepares a message whose place is gone for posting as a new message
// outside of a thread. An update may be superseded instead.
func (s *Sender) displace(ctx context.Context, d *outbox.Delivery, m *wire.Message, f *wire.Failure) error {
	if d.Kind == outbox.Update {
		anew := false
		err := s.record(ctx, func(ctx context.Context) (err error) {
			anew, err = s.outbox.Displace(ctx, d.ID)
			return err
		})
		if err != nil {
			return &wire.Failure{Kind: wire.Unreached, Reason: "could not record that the message is gone", Err: err}
		}
		if !anew {
			s.log.Warn("message can't be changed, another message has the change", "delivery", d.Key, "error", f)
			return errSuperseded
		}
	}
	s.log.Warn("message's place is gone, posting anew", "delivery", d.Key, "error", f)
	m.Anew, m.Under = true, outbox.Receipt{}
	return nil
}

// hasNoPlace reports whether an update has no message to change: its post was sent
// by a webhook, or was superseded while it was unknown whether it had arrived. The
// receipt of the message that the update then becomes is where the next one goes.
func (s *Sender) hasNoPlace(d *outbox.Delivery) bool {
	return d.Kind == outbox.Update && s.class.Has(wire.Askable) && d.Receipt.TS == ""
}

// postAnew posts m as a new message. If a search finds that an earlier attempt did
// so, it changes that message, which shows the incident as it was then. While the
// search fails it waits for a few attempts, then marks the message as a possible
// repeat.
func (s *Sender) postAnew(ctx context.Context, d *outbox.Delivery, m *wire.Message) (outbox.Receipt, error) {
	if where, ok := s.destination.(Searchable); ok && s.class.Has(wire.Askable) && d.Attempts > 1 {
		found, err := where.Find(ctx, Search{
			Keys: []string{m.Key}, Since: s.wallNow().Add(-historyReach), Turn: s.searches.wait,
		})
		if receipt, ok := found[m.Key]; err == nil && ok {
			if err := s.bringUpToDate(ctx, d, receipt, m); err == nil || wire.AsFailure(err).Kind != wire.Gone {
				return receipt, err
			}
		}
		if err != nil && d.Attempts <= anewSearches {
			reason := "not posted anew, because an earlier attempt can't be looked for: " + wire.AsFailure(err).Reason
			return outbox.Receipt{}, &wire.Failure{Kind: wire.Unreached, Reason: reason, Err: err}
		}
		if err != nil {
			if err := s.outbox.MarkUnsearchable(ctx, d.Attempt(), true); err != nil {
				return outbox.Receipt{}, &wire.Failure{Kind: wire.Unreached, Reason: "not recorded as a possible repeat", Err: err}
			}
			mayRepeat(m)
		}
	}
	if up, ok := s.destination.(uploading); ok && d.Kind == outbox.File {
		return up.Upload(ctx, m)
	}
	return s.destination.Post(ctx, m)
}

// bringUpToDate changes a message that an earlier attempt has posted.
func (s *Sender) bringUpToDate(ctx context.Context, d *outbox.Delivery, r outbox.Receipt, m *wire.Message) error {
	if d.Kind == outbox.File || !s.class.Has(wire.Editable) {
		return nil
	}
	return s.destination.Update(ctx, r, m)
}

// anewSearches is the last attempt for which postAnew waits for a search: some
// minutes, by the backoff between the attempts.
const anewSearches = 4

// historyReach is how far back postAnew searches: attempts are less than an hour
// apart, and the clock may have been wrong by a day.
const historyReach = 2 * clockMargin

// refuse records that the destination refuses a message in every form. The
// delivery is put aside; after refusals of several messages in a row, or of a
// probe, the destination counts as broken.
func (s *Sender) refuse(ctx context.Context, d *outbox.Delivery, f *wire.Failure, begun time.Time, unsearchable bool) error {
	ruling, rows := s.breaker.refuses(begun, time.Now(), d)
	if ruling == stillDown {
		return s.putBackAfter(ctx, d, f, BrokenPause, unsearchable)
	}
	delete(s.failures, d.ID)
	now := s.wallNow()
	handed := false
	err := s.record(ctx, func(ctx context.Context) (err error) {
		if unsearchable { // the message certainly did not arrive
			if err := s.outbox.MarkUnsearchable(ctx, d.Attempt(), false); err != nil {
				return err
			}
		}
		handed, err = s.outbox.Refuse(ctx, d.ID, s.fallback, now, now.Add(asideFor(d.Refusals+1)), f.Error())
		return err
	})
	if err != nil {
		return err
	}
	s.log.Error("message refused, put aside", "delivery", d.Key, "fallback", s.fallback, "error", f)
	if handed && s.failedOver != nil {
		s.failedOver()
	}
	if ruling == putAside {
		return nil
	}
	s.log.Error("destination refuses every message", "messages", len(rows), "error", f)
	return s.record(ctx, func(ctx context.Context) error {
		return s.outbox.Reconsider(ctx, s.name, rows, now.Add(BrokenPause))
	})
}

// reopen makes refused deliveries pending when they are due, and all of them
// when the Sender starts, because the configuration or kigen may have changed.
func (s *Sender) reopen(ctx context.Context) error {
	now := s.wallNow()
	due := now
	switch {
	case s.reopened.IsZero():
		due = now.Add(asideFor(1 << 10))
	case time.Since(s.reopened) < reopenPeriod:
		return nil
	}
	n, err := s.outbox.Reopen(ctx, s.name, due, now)
	if err != nil {
		return err
	}
	s.reopened = time.Now()
	if n > 0 {
		s.log.Info("refused messages are tried again", "count", n)
	}
	return nil
}

// mayRepeat marks a written message as a possible repeat.
func mayRepeat(m *wire.Message) {
	if !m.Repeat {
		m.Repeat = true
		m.Notes = append(m.Notes, textsIn(m.Lang).text("note_repeat", nil))
		m.Text = m.Compose()
	}
}
