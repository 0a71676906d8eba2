// Package profile measures what a promise is really worth: for every minute
// of a year as a start, the wait until the deadline. "Within 6 hours" can mean
// 135 hours, and a profile says from which minute on.
//
// It is pure and keeps nothing: the figures are a function of the promise, its
// calendar and the year.
package profile

import (
	"fmt"
	"time"

	"kigen/sla"
)

// Profile is the distribution of waits over one year.
type Profile struct {
	Vendor  string `json:"vendor"`
	Promise string `json:"promise"`
	Year    int    `json:"year"` // in the calendar's zone
	Rule    string `json:"rule"`
	Starts  int    `json:"starts"` // minutes of the year; 0 when no time is promised, and then all below is zero

	Min       Seconds   `json:"min_s"`
	Median    Seconds   `json:"median_s"` // the lower of the middle two
	P95       Seconds   `json:"p95_s"`    // 95 of 100 starts wait at most this long
	Max       Seconds   `json:"max_s"`
	LongestAt time.Time `json:"longest_at,omitzero"` // the first start that waits Max, in the calendar's zone

	Heat         [7][24]Cell `json:"heat"`         // by weekday (Sunday first) and hour of the start
	Distribution []Bucket    `json:"distribution"` // by wait, the empty ones left out
}

// Seconds is a length of time that JSON writes as whole seconds.
type Seconds time.Duration

// MarshalJSON writes whole seconds.
func (s Seconds) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%d", int64(time.Duration(s)/time.Second)), nil
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

// Of measures the first notice that a promise owes, over one year. It fails
// for a promise that falls due before its start, and when the calendar does
// not reach from the year's first minute to the last deadline.
func Of(p *sla.Promise, year int) (*Profile, error) {
	result := &Profile{Vendor: p.Vendor, Promise: p.ID, Year: year, Rule: p.Duties()[0].Due.String()}
	zone := p.Calendar.Zone()
	start := time.Date(year, time.January, 1, 0, 0, 0, 0, zone)
	end := time.Date(year+1, time.January, 1, 0, 0, 0, 0, zone)
	var t tally
	for ; start.Before(end); start = start.Add(time.Minute) {
		wait, promised, err := waitFrom(p, start)
		switch {
		case err != nil:
			return nil, err
		case !promised: // and so for no other start either
			return result, nil
		case wait < 0:
			return nil, fmt.Errorf("promise %s/%s falls due before its start: only waits after a start have a profile", p.Vendor, p.ID)
		}
		t.add(start, wait)
	}
	t.fill(result)
	return result, nil
}

func waitFrom(p *sla.Promise, start time.Time) (wait time.Duration, promised bool, err error) {
	var facts sla.Facts
	facts.Times[p.Start] = sla.Stamp{At: start, Basis: sla.Stated}
	d, err := p.Deadline(&facts)
	if err != nil || d.Due.IsZero() {
		return 0, false, err
	}
	return d.Due.Sub(start), true, nil
}
