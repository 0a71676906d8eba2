package history

import (
	"encoding/json"
	"fmt"
	"time"

	"kigen/sla"
	"kigen/sla/regime"
)

func (f *Fold) decide(e *sla.Event) error {
	var b Decision
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	d := sla.Decision{Regime: b.Duty, Applies: b.Applies, Case: b.Case, Reason: b.Reason, At: e.At, By: e.Actor}
	if !b.AwareAt.IsZero() {
		d.AwareAt = b.AwareAt.In(time.FixedZone("", b.Offset))
	}
	f.decisions = append(f.decisions, d)
	return nil
}

func (f *Fold) submit(e *sla.Event) error {
	var b Submission
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	f.submitted = append(f.submitted, sla.Submission{
		Regime: b.Duty, Stage: b.Stage, SubmittedAt: b.SubmittedAt.In(time.FixedZone("", b.Offset)), Reference: b.Reference,
		RecordedAt: e.At, RecordedBy: e.Actor, Files: filesOf(b.Files),
	})
	return nil
}

func (f *Fold) withdrawSubmission(e *sla.Event) error {
	var b SubmissionWithdrawn
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	if b.Submission < 1 || b.Submission > len(f.submitted) {
		f.faultf("event %d withdraws submission %d, but it has %d: events are missing", e.Seq, b.Submission, len(f.submitted))
		return nil
	}
	f.submitted[b.Submission-1].Withdrawal = sla.Withdrawal{At: e.At, By: e.Actor, Reason: b.Reason}
	return nil
}

// decisions compares the decisions in the order in which they were made.
func (d *differences) decisions(told []sla.Decision, inc *sla.Incident) {
	if len(inc.Decisions) != len(told) {
		d.addf("it has %d decisions, its history has %d", len(inc.Decisions), len(told))
	}
	for i := range min(len(inc.Decisions), len(told)) {
		s, t := &inc.Decisions[i], &told[i]
		what := fmt.Sprintf(" of decision %d", s.ID)
		differ(d, "duty"+what, s.Regime, t.Regime)
		differ(d, "applies"+what, s.Applies, t.Applies)
		differ(d, "case"+what, s.Case, t.Case)
		differ(d, "reason"+what, s.Reason, t.Reason)
		d.at("aware_at"+what, s.AwareAt, t.AwareAt)
		differ(d, "the offset of aware_at"+what, Offset(s.AwareAt), Offset(t.AwareAt))
		d.at("the time"+what, s.At, t.At)
		differ(d, "the person"+what, s.By, t.By)
	}
}

// submissions compares the submissions in the order in which they were recorded.
func (d *differences) submissions(told []sla.Submission, inc *sla.Incident) {
	if len(inc.Submissions) != len(told) {
		d.addf("it has %d submissions, its history has %d", len(inc.Submissions), len(told))
	}
	for i := range min(len(inc.Submissions), len(told)) {
		s, t := &inc.Submissions[i], &told[i]
		what := fmt.Sprintf(" of submission %d", s.ID)
		differ(d, "duty"+what, s.Regime, t.Regime)
		differ(d, "stage"+what, s.Stage, t.Stage)
		d.at("submitted_at"+what, s.SubmittedAt, t.SubmittedAt)
		differ(d, "the offset of submitted_at"+what, Offset(s.SubmittedAt), Offset(t.SubmittedAt))
		differ(d, "reference"+what, s.Reference, t.Reference)
		d.at("the time of recording"+what, s.RecordedAt, t.RecordedAt)
		differ(d, "the recorder"+what, s.RecordedBy, t.RecordedBy)
		d.at("the withdrawal"+what, s.Withdrawal.At, t.Withdrawal.At)
		differ(d, "the person of the withdrawal"+what, s.Withdrawal.By, t.Withdrawal.By)
		differ(d, "the reason of the withdrawal"+what, s.Withdrawal.Reason, t.Withdrawal.Reason)
		differ(d, "files"+what, filesText(s.Files), filesText(t.Files))
	}
}

// answers are the messages that can answer a clock: the vendor's notices, or our own
// submissions under the clock's regime.
func (f *Fold) answers(c *sla.Clock) []sla.Notice {
	id := c.Regime()
	if id == "" {
		return f.notices
	}
	own := sla.Incident{Submissions: f.submitted}
	return regime.Ours(&own, id).Notices
}
