package calendar

import (
	"math"
	"time"
)

const nsPerSecond = int64(time.Second)

// segment is a stretch of time with one offset from UTC: no clock change lies
// within it.
type segment struct {
	start, end int64 // Unix seconds, half open
	offset     int64 // seconds east of UTC
}

// segments returns the stretches of a zone that cover [start, end) in Unix
// seconds, in order, each beginning where the one before ends.
func segments(zone *time.Location, start, end int64) []segment {
	var list []segment
	for at := start; at < end; {
		t := time.Unix(at, 0).In(zone)
		_, offset := t.Zone()
		next := min(nextBound(t, end), end)
		if n := len(list); n > 0 && list[n-1].offset == int64(offset) {
			list[n-1].end = next // only the name changed, or the year
		} else {
			list = append(list, segment{start: at, end: next, offset: int64(offset)})
		}
		at = next
	}
	return list
}

// nextBound returns an instant after t until which the offset of t holds, in Unix
// seconds, or forever if it does not change again.
func nextBound(t time.Time, forever int64) int64 {
	_, bound := t.ZoneBounds()
	switch {
	case bound.IsZero():
		return forever
	case bound.Unix() > t.Unix():
		return bound.Unix()
	}
	// Past the last listed transition, ZoneBounds ends every year after 365
	// days: on the last UTC day of a leap year its bound is in the past.
	return (int64(dateOf(t.Unix())) + 1) * secondsPerDay
}

// dates returns the first and last civil date that a segment touches.
func (s segment) dates() (first, last Date) {
	return dateOf(s.start + s.offset), dateOf(s.end + s.offset - 1)
}

// part returns the part of a date from one wall-clock second of the day to another
// that lies in the segment, in Unix seconds. It is empty, with to <= from, if there
// is none.
func (s segment) part(d Date, fromSecond, toSecond int64) (from, to int64) {
	midnight := int64(d)*secondsPerDay - s.offset
	return max(midnight+fromSecond, s.start), min(midnight+toSecond, s.end)
}

// localOutside returns the wall-clock time of t in its zone, in seconds, clamped to
// the range of Date.
func localOutside(t time.Time) int64 {
	_, offset := t.Zone()
	return min(max(t.Unix()+int64(offset), math.MinInt32*secondsPerDay), math.MaxInt32*secondsPerDay)
}
