package sla

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"kigen/calendar"
)

// Strength is how firmly a vendor commits itself.
type Strength string

// The strengths, from binding to none.
const (
	Firm       Strength = "firm"        // "we will"
	Target     Strength = "target"      // "we aim to"
	BestEffort Strength = "best_effort" // "as soon as we can"
	AsNeeded   Strength = "as_needed"   // "where we see the need"
)

// Strengths lists the values that a promise accepts.
var Strengths = [...]Strength{Firm, Target, BestEffort, AsNeeded}

// Source is where a promise was published. Letters to the vendor quote it.
type Source struct {
	Document string `json:"document"`
	Edition  string `json:"edition,omitempty"` // as the document states it
	Section  string `json:"section,omitempty"`
	Quote    string `json:"quote,omitempty"` // the binding clause only
	URL      string `json:"url,omitempty"`
}

// Gate says when a promise applies at all. An empty list sets no condition; an
// unknown fact counts as applying, because the vendor may know it.
type Gate struct {
	Service  []string   `json:"service,omitempty"` // of the vendor's services: the hashes of gates without it stay
	Impact   []Impact   `json:"impact,omitempty"`
	Scope    []Scope    `json:"scope,omitempty"`
	Severity []Severity `json:"severity,omitempty"`
}

// Open reports whether the promise applies to an incident with these facts.
func (g *Gate) Open(f *Facts) bool { return g.asksNothing() || g.admits(f) }

func (g *Gate) asksNothing() bool {
	return len(g.Service)+len(g.Impact)+len(g.Scope)+len(g.Severity) == 0
}

func (g *Gate) admits(f *Facts) bool {
	return passes(g.Service, f.Service, "") &&
		passes(g.Impact, f.Impact, ImpactUnknown) &&
		passes(g.Scope, f.Scope, ScopeUnknown) &&
		passes(g.Severity, f.Severity, "")
}

func passes[T ~string](allowed []T, fact, unknown T) bool {
	return len(allowed) == 0 || fact == "" || fact == unknown || slices.Contains(allowed, fact)
}

// Channels says by which channels a notice must come: any of them, or all. A
// promise may select them by scope; without channels every direct channel counts.
type Channels struct {
	Any     []string           `json:"any,omitempty"`
	All     []string           `json:"all,omitempty"`
	ByScope map[Scope]Channels `json:"by_scope,omitempty"`
	Strict  bool               `json:"strict,omitempty"` // other direct channels do not count
}

// Reading is a named choice where the published text leaves room.
type Reading struct {
	ID   string        `json:"id"`
	Says calendar.Text `json:"says"` // the meaning that this reading gives the text
	Due  Rule          `json:"due"`
}

// Stage is one notice out of several that a promise owes: the first notice,
// follow-ups at a cadence, the final report.
//
// A cadence falls due again after each notice. Its first round counts from its
// After like any stage, each later one from the notice that answered the round
// before; stages After a cadence count from the notice for its first round. The
// notice of the Final stage ends the cadence: the round that is open then becomes
// NotApplicable, unless it was overdue already; such a round keeps its breach and
// is Late, answered by that notice. All rounds of a cancelled incident are
// Cancelled.
type Stage struct {
	ID    string        `json:"id"`
	Name  calendar.Text `json:"name"`
	After string        `json:"after,omitempty"` // the stage whose notice it counts from; empty: the promise's start
	Due   Rule          `json:"due"`
	Every bool          `json:"every,omitempty"` // a cadence, of at most MaxRounds rounds

	Strength Strength `json:"strength,omitempty"` // empty: the promise's
	// Guide is the earlier instant of a range, such as 3 of 3 to 5 days: it warns, and
	// Due decides.
	Guide *Rule `json:"guide,omitempty"`
	// Latest: it counts from the latest notice for the stage After, which an updated
	// report replaces, instead of the first.
	Latest bool `json:"latest,omitempty"`
}

// Promise is one version of one published commitment. It is immutable, so clocks
// and goroutines share it.
type Promise struct {
	ID       string
	Vendor   string
	Name     calendar.Text
	About    IncidentKind // it applies to incidents of this kind only; empty: KindIncident
	Source   Source
	From, To calendar.Date // in force on these dates, both included; zero: open-ended
	Strength Strength
	Gate     Gate
	Start    Moment
	Due      Rule // the rule of the reading in force; ignored where there are Stages
	Reading  string
	Readings []Reading
	Stages   []Stage
	Channels Channels
	Calendar *calendar.Calendar
	Anchor   calendar.Date // the first round of a periodic promise counts from its beginning; zero: from the first evidence
	Expect   *Rule         // an internal expectation of an as-needed promise: it reminds and never counts as a breach
}

// InForce reports whether this version covers the date.
func (p *Promise) InForce(d calendar.Date) bool {
	return (p.From == 0 || d >= p.From) && (p.To == 0 || d <= p.To)
}

// Title returns the promise's name in a language, or its id if it has none.
func (p *Promise) Title(lang string) string { return cmp.Or(p.Name.In(lang), p.ID) }

// Commits reports whether the promise names a time.
func (p *Promise) Commits() bool { return p.Due.Op != OpNone || len(p.Stages) > 0 }

// Terms is a version of a promise, or of a calendar that a promise names, in the
// form that is stored for good with the clocks that follow from it.
type Terms struct {
	Hash string // sha256 of Body, hex
	Body []byte // JSON
}

// Terms returns the canonical form of this version and its content hash.
func (p *Promise) Terms() Terms {
	body, err := json.Marshal(struct {
		Vendor   string        `json:"vendor"`
		Promise  string        `json:"promise"`
		Source   Source        `json:"source"`
		Strength Strength      `json:"strength"`
		Gate     Gate          `json:"gate"`
		Start    Moment        `json:"start"`
		Due      Rule          `json:"due"`
		Reading  string        `json:"reading,omitempty"`
		Stages   []Stage       `json:"stages,omitempty"`
		Channels Channels      `json:"channels"`
		Expect   *Rule         `json:"expect,omitempty"`
		From     calendar.Date `json:"from,omitempty"`
		To       calendar.Date `json:"to,omitempty"`
		Calendar string        `json:"calendar"` // the hash of its own terms
		Counting Counting      `json:"counting,omitempty"`
		About    IncidentKind  `json:"about,omitempty"`
		Anchor   calendar.Date `json:"anchor,omitempty"`
	}{
		p.Vendor, p.ID, p.Source, p.Strength, p.Gate, p.Start, p.Due, p.Reading, p.Stages,
		p.Channels, p.Expect, p.From, p.To, p.Calendar.Hash(), p.ownCounting(),
		p.ownKind(), p.Anchor,
	})
	if err != nil {
		panic(fmt.Sprintf("sla: terms of %s/%s: %v", p.Vendor, p.ID, err)) // only plain data in there
	}
	sum := sha256.Sum256(body)
	return Terms{Hash: hex.EncodeToString(sum[:]), Body: body}
}

// ownKind is the kind in the promise's hash: empty for incidents, because the hashes of
// the first versions hold none.
func (p *Promise) ownKind() IncidentKind {
	if p.KindOf() == KindIncident {
		return ""
	}
	return p.About
}

// ownCounting is the counting of months by the country of the promise's calendar,
// if the calendar's zone alone implies another one. It has to be part of the
// promise's hash, because the calendar's hash contains the zone only.
func (p *Promise) ownCounting() Counting {
	counting := CountingOf(p.Calendar)
	if (counting == CivilCodeJP) == (p.Calendar.ZoneCountry() == "jp") || !p.anyRule(countsMonths) {
		return ""
	}
	return counting
}

// anyRule reports whether the function holds for one of the promise's rules, or a
// rule inside one.
func (p *Promise) anyRule(such func(*Rule) bool) bool {
	found := p.Due.any(such) || p.Expect != nil && p.Expect.any(such)
	for i := range p.Stages {
		found = found || p.Stages[i].Due.any(such) || p.Stages[i].Guide != nil && p.Stages[i].Guide.any(such)
	}
	return found
}

func countsMonths(r *Rule) bool { return r.Op == OpMonths && r.Counting == "" }

// any reports whether the function holds for the rule, or a rule inside it.
func (r *Rule) any(such func(*Rule) bool) bool {
	found := such(r)
	for i := range r.Args {
		found = found || r.Args[i].any(such)
	}
	for i := range r.Cases {
		found = found || r.Cases[i].Rule.any(such)
	}
	return found
}

// Statement is what a vendor says about itself that no clock can follow, such as daily
// backups that are kept for a week: for the register and the yearly review.
type Statement struct {
	Says   calendar.Text // a short name
	Source Source
}

// Vendor is a company that made promises about its services.
type Vendor struct {
	ID       string
	Name     calendar.Text
	Services []string
	Contact  string // whom to ask for a missing notice, where published or configured
	Promises []*Promise
	States   []Statement
}

// Kinds lists the kinds that the vendor's promises are about, in the order of lists.
func (v *Vendor) Kinds() []IncidentKind {
	return slices.DeleteFunc(Kinds(), func(k IncidentKind) bool { return len(v.About(k)) == 0 })
}

// About lists the promises about a kind, each version of them.
func (v *Vendor) About(k IncidentKind) (list []*Promise) {
	for _, p := range v.Promises {
		if p.KindOf() == k {
			list = append(list, p)
		}
	}
	return list
}

// Applying returns the promises about a kind that bind at the given start, one version of
// each, in the catalogue's order. Before the first known version of a promise that
// version stands in: an earlier edition may exist that is not known. After the
// end of the last version, and between two, it returns the version that ended; the
// deadline of that one is NotApplicable.
func (v *Vendor) Applying(k IncidentKind, t *Times) []*Promise {
	var chosen []*Promise
	for _, p := range v.Promises {
		if p.KindOf() != cmp.Or(k, KindIncident) {
			continue
		}
		if i := slices.IndexFunc(chosen, func(c *Promise) bool { return c.ID == p.ID }); i < 0 {
			chosen = append(chosen, p)
		} else if better(p, chosen[i], t) {
			chosen[i] = p
		}
	}
	return chosen
}

// better reports whether version p applies to the start rather than version other
// of the same promise: the newest version that covers the start, else the one that
// ended last, else the one that begins first. The catalogue's order decides only
// between versions of the same dates.
func better(p, other *Promise, t *Times) bool {
	rank, otherRank := p.rank(t), other.rank(t)
	switch {
	case rank != otherRank:
		return rank > otherRank
	case rank == ended:
		return p.To > other.To
	case rank == covering:
		return p.From > other.From
	default:
		return p.From < other.From
	}
}

// The ranks of a version for one start, from worst to best.
const (
	notBegun = iota
	ended
	covering
)

func (p *Promise) rank(t *Times) int {
	switch d, known := p.startDate(t); {
	case !known && p.To == 0, known && p.InForce(d):
		return covering
	case known && d < p.From:
		return notBegun
	default:
		return ended
	}
}

// endedBefore reports whether the version was out of force at the promise's own
// start.
func (p *Promise) endedBefore(t *Times) bool {
	began, known := p.startDate(t)
	return known && began > p.To
}

func (p *Promise) startDate(t *Times) (d calendar.Date, known bool) {
	start, known := t.Start(p.Start)
	if !known {
		return 0, false
	}
	return p.Calendar.DateOf(start.At), true
}

// Catalogue is all known vendors, in display order.
type Catalogue []*Vendor

// Vendor finds a vendor by id.
func (c Catalogue) Vendor(id string) (*Vendor, bool) {
	for _, v := range c {
		if v.ID == id {
			return v, true
		}
	}
	return nil, false
}

// IDs lists the vendors' ids, for the remedy in an error.
func (c Catalogue) IDs() []string {
	ids := make([]string, len(c))
	for i, v := range c {
		ids[i] = v.ID
	}
	return ids
}

// Deadline is the result of a promise for one incident.
type Deadline struct {
	Start  Start     // of the part of the rule that decided Due
	Due    time.Time // in the calendar's zone; zero: none
	State  State     // Running, Pending, NoCommitment or NotApplicable: before any notice
	Bounds Bounds    // how Due depends on unknown facts
}
