// Package profile measures the wait that a promise means in practice: for every
// minute of a year as a start, the time until the deadline. "Within 6 hours" can
// mean 135 hours, and a profile names the first minute for which it does.
//
// It is pure and stores nothing: the figures follow from the promise, its calendar
// and the year.
package profile

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/phrase/localizer"
)

// Profile is the distribution of waits over one year.
type Profile struct {
	Vendor   string        `json:"vendor"`
	Promise  string        `json:"promise"`
	From     calendar.Date `json:"effective_from,omitempty"` // of this version; absent: not stated
	To       calendar.Date `json:"effective_to,omitempty"`
	Strength sla.Strength  `json:"strength"`
	Start    sla.Moment    `json:"start"` // what the promise counts from
	Rule     string        `json:"rule"`
	Year     int           `json:"year"`           // in the calendar's zone
	Lead     bool          `json:"lead,omitempty"` // the deadline lies before the start, such as a notice of maintenance: there is no wait
	Starts   int           `json:"starts"`         // minutes of the year under this version; 0 without a promised time or for a lead, and then all below is zero

	Min        Seconds   `json:"min_s"`
	Median     Seconds   `json:"median_s"` // the lower of the middle two
	P95        Seconds   `json:"p95_s"`    // 95 of 100 starts wait at most this long
	Max        Seconds   `json:"max_s"`
	LongestAt  time.Time `json:"longest_at,omitzero"`  // the first start that waits Max, in the calendar's zone
	LongestDue time.Time `json:"longest_due,omitzero"` // its deadline

	Heat         [7][24]Cell `json:"heat"`         // by weekday (Sunday first) and hour of the start
	Distribution []Bucket    `json:"distribution"` // by wait, the empty ones left out
}

// Seconds is a length of time that JSON writes as whole seconds.
type Seconds time.Duration

// MarshalJSON writes whole seconds.
func (s Seconds) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%d", int64(time.Duration(s)/time.Second)), nil
}

// UnmarshalJSON reads whole seconds.
func (s *Seconds) UnmarshalJSON(text []byte) error {
	var n int64
	if _, err := fmt.Sscan(string(text), &n); err != nil {
		return fmt.Errorf("%s: must be whole seconds: %w", text, err)
	}
	*s = Seconds(time.Duration(n) * time.Second)
	return nil
}

// Cell is the starts of one weekday and hour.
type Cell struct {
	Starts int     `json:"starts"`
	Mean   Seconds `json:"mean_s"`
	Max    Seconds `json:"max_s"`
}

// Bucket counts the starts that wait UpTo or less, and more than the bucket before.
type Bucket struct {
	UpTo   Seconds `json:"up_to_s"`
	Starts int     `json:"starts"`
}

// YearError is a year whose deadlines the calendar of a promise does not reach.
type YearError struct {
	Vendor, Promise string
	Year            int
	First, Last     int // the calendar's years
}

// Error names the year and the remedy.
func (e *YearError) Error() string { return fmt.Sprintf("year %d: %s", e.Year, e.Remedy()) }

// Remedy names the fault of the year and the years that can be measured.
func (e *YearError) Remedy() localizer.Message {
	return localizer.Messagef("the calendar of %s covers %d to %d and must reach past the year's last deadline: use a year from %d to %d",
		e.Vendor, e.First, e.Last, e.First, max(e.First, e.Last-1))
}

// Of measures the first notice that one version of a promise owes, over one
// year until the version ends. A year out of reach is a *YearError.
func Of(p *sla.Promise, year int) (*Profile, error) {
	t := &tally{promise: p, applies: func(time.Time) bool { return true }}
	return t.measure(year)
}

// VendorYear holds the profiles of a vendor's promises for one year.
type VendorYear struct {
	Vendor     string `json:"vendor"`
	Year       int    `json:"year"`
	Unmeasured string `json:"unmeasured,omitempty"` // why there are no figures
	reason     *YearError

	Promises []*Profile `json:"promises"` // in the catalogue's order
}

// None is the result for a vendor that can't be measured in a year, with the reason
// in place of figures.
func (e *YearError) None() *VendorYear {
	return &VendorYear{Vendor: e.Vendor, Year: e.Year, Promises: []*Profile{}, Unmeasured: e.Remedy().String(), reason: e}
}

// Reason says why the vendor could not be measured; empty where it was.
func (v *VendorYear) Reason(lang string) string {
	if v.reason == nil {
		return v.Unmeasured
	}
	return v.reason.Remedy().In(lang)
}

// Year measures a vendor's promises in a year. Versions of a promise that follow
// one another have a profile each, over the days on which each applies; a version
// without any such day has none. A year out of reach is a *YearError.
func Year(v *sla.Vendor, year int) (*VendorYear, error) {
	result := &VendorYear{Vendor: v.ID, Year: year, Promises: []*Profile{}}
	for _, p := range v.Promises {
		t := &tally{promise: p, applies: func(start time.Time) bool {
			var times sla.Times
			times[p.Start] = sla.Stamp{At: start, Basis: sla.Stated}
			return slices.Contains(v.Applying(p.KindOf(), &times), p)
		}}
		made, err := t.measure(year)
		if err != nil {
			return nil, err
		}
		if t.applied {
			result.Promises = append(result.Promises, made)
		}
	}
	return result, nil
}

// measure takes every minute of the year.
func (t *tally) measure(year int) (*Profile, error) {
	p := t.promise
	made := &Profile{
		Vendor: p.Vendor, Promise: p.ID, From: p.From, To: p.To,
		Strength: p.Strength, Start: p.Start, Rule: p.AllStages()[0].Due.String(), Year: year,
		Distribution: []Bucket{},
	}
	first, last := p.Calendar.Range()
	tooFar := &YearError{Vendor: p.Vendor, Promise: p.ID, Year: year, First: first.Year(), Last: last.Year()}
	if year < tooFar.First || year > tooFar.Last {
		return nil, tooFar
	}
	start, err := p.Calendar.StartOfDay(calendar.NewDate(year, time.January, 1))
	if err != nil {
		return nil, err
	}
	end, err := p.Calendar.EndOfDay(calendar.NewDate(year, time.December, 31))
	if err != nil {
		return nil, err
	}
	switch err := t.take(start, end); {
	case errors.Is(err, calendar.ErrRange):
		return nil, tooFar
	case err != nil:
		return nil, err
	}
	t.fill(made)
	return made, nil
}
