package tracker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/history"
)

// EraseWriter removes contents of incidents. What the record seals of them stays.
type EraseWriter interface {
	// EraseEvents removes the bodies of events.
	EraseEvents(ctx context.Context, id sla.IncidentID, seqs []int64) error
	TextEraser
	ItemEraser
	// EraseFiles removes the contents of the files of an incident.
	EraseFiles(ctx context.Context, id sla.IncidentID, at time.Time) error
	// ForgetWords removes words that an incident no longer has from the search.
	ForgetWords(ctx context.Context) error
}

// TextEraser stores what is left of erased texts.
type TextEraser interface {
	// EraseNotice stores the texts of a notice and the names of its files.
	EraseNotice(ctx context.Context, n *sla.Notice) error
	// EraseNote stores the text of a note and the names of its files.
	EraseNote(ctx context.Context, n *sla.Note) error
	// EraseChaser stores the address and the message ID of a chaser.
	EraseChaser(ctx context.Context, c *sla.Chaser) error
	// EraseDecision stores the reason of a decision.
	EraseDecision(ctx context.Context, d *sla.Decision) error
	// EraseSubmission stores the texts of a submission and the names of its files.
	EraseSubmission(ctx context.Context, s *sla.Submission) error
}

// ItemEraser erases what came in about an incident, from which its notices were made.
type ItemEraser interface {
	// EraseItems replaces the texts by their hashes, and reports whether there were any.
	EraseItems(ctx context.Context, id sla.IncidentID) (bool, error)
	// HasOriginals reports whether there are originals that EraseFiles erases.
	HasOriginals(ctx context.Context, id sla.IncidentID) (bool, error)
}

// Erasure says what to erase of an incident, and why.
type Erasure struct {
	Fields []string
	Reason string
}

// Erase replaces contents of an incident by their hashes, also in its history, and
// records that. Verdicts and times stay, and every hash that was published still
// verifies.
func (t *Tracker) Erase(ctx context.Context, by Request, id sla.IncidentID, e Erasure) (*sla.Incident, error) {
	return t.changeIncident(ctx, by, UseErase, id, func(c *change) error {
		if problems := e.check(); len(problems) > 0 {
			return problems
		}
		bodies, err := c.redact(e.Fields)
		if err != nil {
			return err
		}
		texts, err := c.eraseTexts(e.Fields)
		if err != nil {
			return err
		}
		files, err := c.eraseFiles(e.Fields)
		if err != nil || !texts && !files && len(bodies) == 0 {
			c.idle = true
			return err
		}
		var seqs []int64
		for seq := range bodies {
			seqs = append(seqs, seq)
		}
		slices.Sort(seqs)
		if err := c.tx.EraseEvents(ctx, id, seqs); err != nil {
			return err
		}
		// Messages that were posted show what an incident has, but not its files.
		c.idle = !texts && len(bodies) == 0
		return c.record(c.by.Actor, sla.EventErased, history.Erased{Fields: e.Fields, Reason: e.Reason, Bodies: bodies})
	})
}

func (e *Erasure) check() (problems Invalid) {
	if len(e.Fields) == 0 {
		problems.Addf("fields", "", "is required: one or more of %s", strings.Join(history.Erasable(), ", "))
	}
	for _, field := range e.Fields {
		if !slices.Contains(history.Erasable(), field) {
			problems.Addf("fields", field, "can't be erased: use %s", strings.Join(history.Erasable(), ", "))
		}
	}
	if strings.TrimSpace(e.Reason) == "" {
		problems.Addf("reason", "", "is required: the history keeps it, so name no person")
	}
	problems.checkLines(line{"reason", e.Reason})
	return problems
}

// eraser replaces texts of the chosen fields.
type eraser []string

// erase replaces a text that belongs to the field, and reports whether it changed.
func (e eraser) erase(field string, text *string) bool {
	was := *text
	if slices.Contains(e, field) {
		*text = history.Hashed(was)
	}
	return *text != was
}

func (e eraser) fileNames(files []sla.Evidence) (changed bool) {
	for i := range files {
		changed = e.erase(history.EraseFileNames, &files[i].Name) || changed
	}
	return changed
}

// eraseTexts replaces the texts that the incident has now, and reports whether there
// was any.
func (c *change) eraseTexts(fields []string) (changed bool, err error) {
	e, inc := eraser(fields), c.inc
	words := e.erase(history.EraseTitle, &inc.Title)
	words = e.erase(history.EraseDescription, &inc.Description) || words
	words = e.erase(history.EraseReference, &inc.Reference) || words
	changed = e.erase(history.EraseCancelReason, &inc.CancelReason) || words
	changed = e.erase(history.ErasePublicTitle, &inc.PublicTitle) || changed
	for i := range inc.Tags {
		changed = e.erase(history.EraseTags, &inc.Tags[i]) || changed
	}
	for _, part := range []func(eraser) (bool, error){c.eraseWaivers, c.eraseNotices, c.eraseItems, c.eraseNotes, c.eraseChasers, c.eraseDuties} {
		was, err := part(e)
		if changed = changed || was; err != nil {
			return changed, err
		}
	}
	if words {
		err = c.tx.ForgetWords(c.ctx)
	}
	return changed, err
}

func (c *change) eraseWaivers(e eraser) (changed bool, err error) {
	for i := range c.inc.Clocks {
		clock := &c.inc.Clocks[i]
		if err == nil && e.erase(history.EraseWaivers, &clock.Waiver.Reason) {
			changed, err = true, c.tx.UpdateClock(c.ctx, clock, clock.State)
		}
	}
	return changed, err
}

func (c *change) eraseNotices(e eraser) (changed bool, err error) {
	for i := range c.inc.Notices {
		n := &c.inc.Notices[i]
		was := e.erase(history.EraseNotices, &n.Text)
		was = e.erase(history.EraseNotices, &n.Reference) || was
		was = e.erase(history.EraseNotices, &n.Withdrawal.Reason) || was
		if was = e.fileNames(n.Files) || was; was && err == nil {
			changed, err = true, c.tx.EraseNotice(c.ctx, n)
		}
	}
	return changed, err
}

func (c *change) eraseItems(e eraser) (changed bool, err error) {
	if !slices.Contains(e, history.EraseNotices) {
		return false, nil
	}
	return c.tx.EraseItems(c.ctx, c.inc.ID)
}

func (c *change) eraseNotes(e eraser) (changed bool, err error) {
	for i := range c.inc.Notes {
		n := &c.inc.Notes[i]
		was := e.erase(history.EraseNotes, &n.Text)
		if was = e.fileNames(n.Files) || was; was && err == nil {
			changed, err = true, c.tx.EraseNote(c.ctx, n)
		}
	}
	return changed, err
}

func (c *change) eraseChasers(e eraser) (changed bool, err error) {
	for i := range c.inc.Chasers {
		sent := &c.inc.Chasers[i]
		was := e.erase(history.EraseChasers, &sent.To)
		if was = e.erase(history.EraseChasers, &sent.MessageID) || was; was && err == nil {
			changed, err = true, c.tx.EraseChaser(c.ctx, sent)
		}
	}
	return changed, err
}

func (c *change) eraseDuties(e eraser) (changed bool, err error) {
	for i := range c.inc.Decisions {
		if d := &c.inc.Decisions[i]; err == nil && e.erase(history.EraseDuties, &d.Reason) {
			changed, err = true, c.tx.EraseDecision(c.ctx, d)
		}
	}
	for i := range c.inc.Submissions {
		s := &c.inc.Submissions[i]
		was := e.erase(history.EraseDuties, &s.Reference)
		was = e.erase(history.EraseDuties, &s.Withdrawal.Reason) || was
		if was = e.fileNames(s.Files) || was; was && err == nil {
			changed, err = true, c.tx.EraseSubmission(c.ctx, s)
		}
	}
	return changed, err
}

// eraseFiles erases the contents of files, and reports whether there was any.
func (c *change) eraseFiles(fields []string) (changed bool, err error) {
	if !slices.Contains(fields, history.EraseFiles) {
		return false, nil
	}
	if changed, err = c.tx.HasOriginals(c.ctx, c.inc.ID); err != nil {
		return false, err
	}
	for i := range c.inc.Notices {
		changed = history.MarkErased(c.inc.Notices[i].Files) || changed
	}
	for i := range c.inc.Notes {
		changed = history.MarkErased(c.inc.Notes[i].Files) || changed
	}
	for i := range c.inc.Submissions {
		changed = history.MarkErased(c.inc.Submissions[i].Files) || changed
	}
	if changed {
		err = c.tx.EraseFiles(c.ctx, c.inc.ID, c.now)
	}
	return changed, err
}

// redact returns the bodies that take the place of those that hold an erased field.
func (c *change) redact(fields []string) (map[int64]json.RawMessage, error) {
	events, err := c.tx.Events(c.ctx, c.inc.ID)
	if err != nil {
		return nil, err
	}
	bodies, err := history.Redactions(events, fields)
	if old := (*history.UnsealedError)(nil); errors.As(err, &old) {
		return nil, Invalidf("id", c.inc.ID.String(), "%s", old)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.inc.ID, err)
	}
	return bodies, nil
}
