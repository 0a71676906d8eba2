package deadline

import (
	"errors"
	"slices"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/sla/when"
)

// Question is the input of a deadline calculation, as typed.
type Question struct {
	Vendor  string
	Start   string                // default for moments not in Moments; may be empty
	Moments map[sla.Moment]string // empty texts are ignored
	Service string                // must be one of the vendor's services if it lists them; empty: unknown

	Impact   sla.Impact // empty: the asker's
	Scope    sla.Scope
	Severity sla.Severity
}

// Read tells how one time of a question was read.
type Read struct {
	Field, Text string
	Time        when.Time
}

const fieldStart = "start"

// factsOf reads the times of a question. The start fills every moment not given:
// the caller asks what follows if the promise counts from it.
func (a *Asker) factsOf(v *sla.Vendor, q *Question) (sla.Facts, []Read, error) {
	f := sla.Facts{Service: strings.TrimSpace(q.Service), Impact: or(q.Impact, a.Impact), Scope: or(q.Scope, a.Scope), Severity: or(q.Severity, a.Severity)}
	var reads []Read
	var invalid tracker.Invalid
	read := func(field, text string) (time.Time, bool) {
		if strings.TrimSpace(text) == "" {
			return time.Time{}, false
		}
		t, err := a.Time(text)
		if err != nil {
			invalid = append(invalid, tracker.BadTime(field, text, err))
			return time.Time{}, false
		}
		reads = append(reads, Read{Field: field, Text: text, Time: t})
		return t.At, true
	}
	if at, ok := read(fieldStart, q.Start); ok {
		putAll(&f.Times, at)
	}
	for _, m := range sla.Moments() {
		if at, ok := read(m.Field(), q.Moments[m]); ok {
			f.Times[m] = stated(m, at)
		}
	}
	if len(reads) == 0 && len(invalid) == 0 {
		invalid = append(invalid, noStart())
	}
	if err := checkFacts(v, &f); err != nil {
		invalid = append(invalid, err...)
	}
	if len(invalid) > 0 {
		return f, nil, invalid
	}
	return f, reads, nil
}

// putAll sets every moment to the same instant.
func putAll(times *sla.Times, at time.Time) {
	for m := range times {
		times[m] = sla.Stamp{At: at, Basis: sla.Stated}
	}
}

// stated returns the stamp of a given moment: vendor moments count as stated by
// the vendor, our own as observed.
func stated(m sla.Moment, at time.Time) sla.Stamp {
	if m.Ours() {
		return sla.Stamp{At: at, Basis: sla.Observed}
	}
	return sla.Stamp{At: at, Basis: sla.Stated}
}

func or[T ~string](own, shared T) T {
	if own != "" {
		return own
	}
	return shared
}

func noStart() tracker.Problem {
	return tracker.Problemf(fieldStart, "", "is missing: give the time that the promise counts from, such as 2026-05-02T22:10+09:00, or a moment such as detected_at")
}

// checkFacts rejects facts that no incident can have.
func checkFacts(v *sla.Vendor, f *sla.Facts) (invalid tracker.Invalid) {
	oneOf(&invalid, "impact", f.Impact, sla.Impacts[:])
	oneOf(&invalid, "scope", f.Scope, sla.Scopes[:])
	oneOf(&invalid, "severity", f.Severity, sla.Severities[:])
	if f.Service != "" && len(v.Services) > 0 && !slices.Contains(v.Services, f.Service) {
		known := strings.Join(v.Services, ", ")
		invalid.Addf("service", f.Service, "is not a service of %s: use one of %s, or leave it empty", tracker.Called(v), known)
	}
	return invalid
}

func oneOf[T ~string](invalid *tracker.Invalid, field string, value T, known []T) {
	if value == "" || slices.Contains(known, value) {
		return
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	list := strings.Join(names, ", ")
	invalid.Addf(field, string(value), "is not known: use one of %s", list)
}

// outside converts the error of a start outside the calendar's years into an input
// error.
func (q *Question) outside(err error) error {
	if !errors.Is(err, calendar.ErrRange) {
		return err
	}
	field, value := fieldStart, q.Start
	for _, m := range sla.Moments() {
		if text := q.Moments[m]; value == "" && text != "" {
			field, value = m.Field(), text
		}
	}
	return tracker.Invalidf(field, value, "leads outside the years of the vendor's calendar: use a start inside them (%s)", err.Error())
}
