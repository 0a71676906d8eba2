package tracker

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/regime"
)

// DutyWriter stores decisions about our own duties, and our submissions.
type DutyWriter interface {
	// InsertDecision stores a decision and sets its ID.
	InsertDecision(ctx context.Context, d *sla.Decision) error
	// InsertSubmission stores a submission, with the names of its files, and sets its ID.
	InsertSubmission(ctx context.Context, s *sla.Submission) error
	// WithdrawSubmission stores a submission's Withdrawal; ErrConflict when it has one.
	WithdrawSubmission(ctx context.Context, s *sla.Submission) error
}

// DecisionEntry is the input for a decision whether a regime applies.
type DecisionEntry struct {
	Duty    string // id of the regime
	Applies bool
	Case    string
	Reason  string
	AwareAt time.Time // zero: as the incident says
}

// SubmissionEntry is the input for a report of ours. A zero SubmittedAt means now; an
// empty Stage is that of a regime with one report.
type SubmissionEntry struct {
	Duty, Stage string
	SubmittedAt time.Time
	Reference   string
	Files       []Attachment
}

// Decide records that a regime applies to the incident, or that it does not. Its clocks
// run from the moment that was decided, or become NotApplicable. The latest decision
// counts, so that a mistake is corrected by another one.
func (t *Tracker) Decide(ctx context.Context, by Request, id sla.IncidentID, e DecisionEntry) (*sla.Incident, error) {
	return t.changeIncident(ctx, by, UseDecide, id, func(c *change) error {
		d := sla.Decision{
			Incident: c.inc.ID, Regime: strings.TrimSpace(e.Duty), Applies: e.Applies, Case: strings.TrimSpace(e.Case), Reason: strings.TrimSpace(e.Reason),
			AwareAt: e.AwareAt.Truncate(time.Millisecond), At: c.now, By: c.by.Actor,
		}
		if problems := c.checkDecision(&d); len(problems) > 0 {
			return problems
		}
		if was := c.inc.Decided(d.Regime); was != nil && was.Same(&d) {
			c.idle = true
			return nil
		}
		if err := c.tx.InsertDecision(c.ctx, &d); err != nil {
			return err
		}
		c.inc.Decisions = append(c.inc.Decisions, d)
		c.decided, c.corrected = d.Regime, true
		if err := c.record(c.by.Actor, sla.EventDecided, history.DescribeDecision(&d)); err != nil {
			return err
		}
		return c.reckonOurs()
	})
}

// Submit records a report of ours to an authority. It answers the clock of its stage, and
// later stages count from it.
func (t *Tracker) Submit(ctx context.Context, by Request, id sla.IncidentID, e SubmissionEntry) (*sla.Incident, error) {
	return t.changeIncident(ctx, by, UseSubmit, id, func(c *change) error {
		s := sla.Submission{
			Incident: c.inc.ID, Number: len(c.inc.Submissions) + 1, Regime: strings.TrimSpace(e.Duty), Stage: strings.TrimSpace(e.Stage),
			SubmittedAt: e.SubmittedAt.Truncate(time.Millisecond), Reference: strings.TrimSpace(e.Reference), RecordedAt: c.now, RecordedBy: c.by.Actor,
		}
		if s.SubmittedAt.IsZero() {
			s.SubmittedAt = c.now
		}
		problems := append(c.checkSubmission(&s), checkFiles(e.Files)...)
		if len(problems) > 0 {
			return problems
		}
		var err error
		if s.Files, err = c.keepFiles(e.Files); err != nil {
			return err
		}
		if err := c.tx.InsertSubmission(c.ctx, &s); err != nil {
			return err
		}
		c.inc.Submissions = append(c.inc.Submissions, s)
		c.submitted = true
		if err := c.record(c.by.Actor, sla.EventSubmitted, history.DescribeSubmission(&s)); err != nil {
			return err
		}
		return c.reckonOurs()
	})
}

// WithdrawSubmission withdraws the submission with the given Number, which was recorded
// by mistake. It stays in the record; the clocks are reckoned from the others.
func (t *Tracker) WithdrawSubmission(ctx context.Context, by Request, id sla.IncidentID, n int, reason string) (*sla.Incident, error) {
	reason = strings.TrimSpace(reason)
	return t.changeIncident(ctx, by, UseWithdrawSubmission, id, func(c *change) error {
		s, problems := c.checkSubmissionWithdrawal(n)
		problems.checkReason(reason)
		if len(problems) > 0 {
			return problems
		}
		s.Withdrawal = sla.Withdrawal{At: c.now, By: c.by.Actor, Reason: reason}
		if err := c.tx.WithdrawSubmission(c.ctx, s); err != nil {
			return err
		}
		c.corrected, c.submitted = true, true
		body := history.SubmissionWithdrawn{Submission: n, Duty: s.Regime, Stage: s.Stage, SubmittedAt: s.SubmittedAt.UTC(), Reason: reason}
		if err := c.record(c.by.Actor, sla.EventSubmissionWithdrawn, body); err != nil {
			return err
		}
		return c.reckonOurs()
	})
}

// checkDuty refuses a regime that is neither switched on nor has a clock.
func (c *change) checkDuty(id string) (problems Invalid) {
	problems = c.checkStands("state")
	known := c.regimeIDs()
	switch {
	case slices.Contains(known, id) && (c.inc.Kind.Opens() || len(regime.DutiesOf(c.inc, id)) > 0):
	case !c.inc.Kind.Opens():
		problems.Addf("duty", id, "%s is not an incident: our duties begin with incidents", c.inc.ID)
	case len(known) == 0:
		problems.Addf("duty", id, "is not switched on: add it under duties: in the configuration, such as duties: [jp-appi]")
	default:
		problems.Addf("duty", id, "is not switched on: use one of %s, or add it under duties: in the configuration", strings.Join(known, ", "))
	}
	return problems
}

func (c *change) checkDecision(d *sla.Decision) (problems Invalid) {
	problems = c.checkDuty(d.Regime)
	problems.checkReason(d.Reason)
	c.checkPast(&problems, "aware_at", d.AwareAt)
	if d.Case == "" {
		return problems
	}
	var cases []string
	if r := c.Duties.Regime(d.Regime); r != nil {
		for _, known := range r.Cases() {
			cases = append(cases, known.ID)
		}
	}
	switch {
	case len(cases) == 0:
		problems.Addf("case", d.Case, "is not known: this duty has no cases, leave it empty")
	case !slices.Contains(cases, d.Case):
		problems.Addf("case", d.Case, "is not known: use %s, or leave it empty", strings.Join(cases, ", "))
	}
	return problems
}

// checkPast refuses an instant in the future.
func (c *change) checkPast(problems *Invalid, field string, at time.Time) {
	if at.After(c.now.Add(clockSkew)) {
		problems.Addf(field, at.Format(time.RFC3339), "lies in the future: give the time at which it happened, at the latest now")
	}
}

func (c *change) checkSubmission(s *sla.Submission) (problems Invalid) {
	if problems = c.checkDuty(s.Regime); len(problems) > 0 {
		return problems
	}
	stages := c.reports(s.Regime)
	if s.Stage == "" && len(stages) == 1 {
		s.Stage = stages[0]
	}
	problems.checkLines(line{"reference", s.Reference})
	c.checkPast(&problems, "submitted_at", s.SubmittedAt)
	if !slices.Contains(stages, s.Stage) {
		list := strings.Join(stages, ", ")
		problems.Addf("stage", s.Stage, "is not a report of %s: use one of %s", s.Regime, list)
	}
	if d := c.inc.Decided(s.Regime); d != nil && !d.Applies {
		problems.Addf("duty", s.Regime, "was decided not to apply, so nothing is owed: decide first that it applies")
	}
	return problems
}

// reports lists the reports that a regime asks for.
func (c *change) reports(id string) (stages []string) {
	if r := c.Duties.Regime(id); r != nil {
		stages = r.StageIDs()
	}
	for _, k := range regime.DutiesOf(c.inc, id) {
		if stage, _ := sla.RoundOf(k.Stage); !slices.Contains(stages, stage) {
			stages = append(stages, stage)
		}
	}
	return stages
}

func (c *change) checkSubmissionWithdrawal(n int) (s *sla.Submission, problems Invalid) {
	problems = c.checkStands("state")
	for i := range c.inc.Submissions {
		if c.inc.Submissions[i].Number == n {
			s = &c.inc.Submissions[i]
		}
	}
	switch count := len(c.inc.Submissions); {
	case s == nil && count == 0:
		problems.Addf("n", n, "is not a submission of %s: it has none", c.inc.ID)
	case s == nil:
		problems.Addf("n", n, "is not a submission of %s: give the n of one, from 1 to %d", c.inc.ID, count)
	case !s.Counts():
		problems.Addf("n", n, "was withdrawn at %s already: give the n of another submission", instant(s.Withdrawal.At.UTC()))
	}
	return s, problems
}

// regimeIDs lists the regimes that are switched on, then those that only have clocks.
func (c *change) regimeIDs() (ids []string) {
	for _, r := range c.Duties {
		ids = append(ids, r.ID)
	}
	for i := range c.inc.Duties {
		if id := c.inc.Duties[i].Regime(); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// reckonOurs updates the clocks of our own duties, as reckon does those of the vendor.
func (c *change) reckonOurs() error {
	if !c.inc.CancelledAt.IsZero() || c.batch != nil && c.batch.History {
		return nil
	}
	for _, id := range c.regimeIDs() {
		if err := c.reckonRegime(id, c.Duties.Regime(id)); err != nil {
			return err
		}
	}
	return nil
}

// reckonRegime updates the clocks of one regime, nil: of one that is switched off. It
// runs as the change of the incident as the regime sees it.
func (c *change) reckonRegime(id string, r *regime.Regime) error {
	decision := cmp.Or(c.inc.Decided(id), &sla.Decision{Applies: true}) // an undecided duty runs as if it applied
	own := *c
	own.inc = regime.Ours(c.inc, id)
	own.shut = !decision.Applies
	var inForce *sla.Promise
	if r != nil {
		inForce = r.InForce(own.inc.Times[sla.Aware].At, decision.Case)
	}
	own.moved = c.moved || c.decided == id || c.submitted && inForce != nil && inForce.CountsFrom(sla.Submitted)
	if inForce != nil && c.inc.Kind.Opens() {
		for _, d := range inForce.Owed(own.inc) {
			if err := own.reckonDuty(&d); err != nil {
				return err
			}
		}
	}
	for i := range own.inc.Clocks {
		clock := &own.inc.Clocks[i]
		if inForce != nil && inForce.HasStage(clock.Stage) {
			continue
		}
		if err := own.reckonDeparted(clock, r != nil); err != nil {
			return err
		}
	}
	c.alerted = own.alerted
	regime.SetDuties(c.inc, id, own.inc.Clocks)
	return nil
}

// reckonDeparted updates a clock that no report in force has. Where other facts put the
// incident before the law, the clock becomes NotApplicable; where the regime was switched
// off, it keeps its deadline.
func (c *change) reckonDeparted(clock *sla.Clock, configured bool) error {
	before, deadline := *clock, clock.Deadline()
	if c.shut || configured && c.moved {
		deadline = sla.Deadline{Start: clock.Start, State: sla.NotApplicable}
	}
	clock.NotifiedAt = c.anyAnswer(clock)
	return c.updateClock(clock, before, deadline, false)
}
