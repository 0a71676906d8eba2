package when

import (
	"strings"
	"time"

	"kigen/calendar"
	"kigen/sla/phrase"
)

// longestText bounds a time, in bytes; a longer text, such as a mail pasted into
// the wrong field, is refused without parsing.
const longestText = 200

// Parser parses times in the forms that people write. It is safe for any number of
// goroutines.
type Parser struct {
	// Now is the base of now, today and a date without a year. It is zero for
	// files, which are read again later: a text there must name its date and year,
	// and a time that occurs twice is refused instead of noted.
	Now  time.Time
	Zone *time.Location // of times without one
}

// Time is the result of parsing a text.
type Time struct {
	At      time.Time // in the parser's zone if the offset is that of the zone, else at a fixed offset
	Assumed Assumed   // the parts that the text leaves out
	Second  time.Time // the other instant with this wall-clock time; zero: there is none
}

// Assumed is a set of parts that a text leaves out.
type Assumed uint8

// The parts that a text can leave out.
const (
	NoZone  Assumed = 1 << iota // the parser's zone is assumed
	NoYear                      // the current year is assumed
	NoDate                      // today is assumed
	Spoken                      // now, today or yesterday stands for the date
	NextDay                     // 24:00 is 00:00 of the next day
)

// Time parses an instant. The error is an Error.
func (r Parser) Time(text string) (Time, error) {
	// The usual form needs no scan: a batch parses hundreds of thousands of these a
	// second.
	if c, rest, err := parseWallClock(strings.TrimSpace(text)); err == nil && c.check() == nil {
		if rest == "" {
			return r.inZone(c, NoZone)
		}
		if offset, err := parseOffset(rest); err == nil && inUse(offset) {
			return Time{At: c.at(offset, r.Zone)}, nil
		}
	}
	w, err := scan(text, r.Zone)
	if err != nil {
		return Time{}, err
	}
	return r.resolve(&w)
}

// Day parses a date without a time of day.
func (r Parser) Day(text string) (calendar.Date, error) {
	w, err := scan(text, r.Zone)
	switch {
	case err != nil:
		return 0, err
	case w.has&(hasDate|hasClock|hasNow|hasOffset) == 0:
		return 0, errorf("not a date: write it as 2026-05-02")
	case w.has&(hasClock|hasNow|hasOffset) != 0:
		return 0, errorf("only a date is expected here: leave the time of day out, such as 2026-05-02")
	}
	if _, err := r.date(&w, r.Now.In(r.Zone)); err != nil {
		return 0, err
	}
	if err := w.wall.check(); err != nil {
		return 0, err
	}
	return calendar.NewDate(w.wall.year, time.Month(w.wall.month), w.wall.day), w.checkNames()
}

// resolve turns the parts of a text into an instant.
func (r Parser) resolve(w *written) (Time, error) {
	if w.has&hasNow != 0 {
		return r.now(w)
	}
	if w.has&hasClock == 0 {
		return Time{}, errNoClock()
	}
	here := r.Now.In(r.Zone)
	if w.has&hasOffset != 0 {
		here = r.Now.In(time.FixedZone("", int(w.offset/time.Second)))
	}
	assumed, err := r.date(w, here)
	if err != nil {
		return Time{}, err
	}
	c := w.wall
	if c.hour == 24 && c.minute == 0 && c.second == 0 && c.fraction == 0 {
		c.hour = 0
		if err := c.check(); err != nil { // before 24:00 becomes the next day
			return Time{}, err
		}
		next := time.Date(c.year, time.Month(c.month), c.day+1, 0, 0, 0, 0, time.UTC)
		c.year, c.month, c.day = next.Year(), int(next.Month()), next.Day()
		assumed |= NextDay
	}
	if err := c.check(); err != nil {
		return Time{}, err
	}
	if err := w.checkNames(); err != nil {
		return Time{}, err
	}
	if w.has&hasOffset != 0 {
		return Time{At: c.at(w.offset, r.Zone), Assumed: assumed}, nil
	}
	return r.inZone(c, assumed|NoZone)
}

// now is the current instant, to the second.
func (r Parser) now(w *written) (Time, error) {
	switch {
	case w.has != hasNow:
		return Time{}, errorf("now can't be combined with a date or time: leave the rest out, or write the date and time")
	case r.Now.IsZero():
		return Time{}, errFile()
	}
	return Time{At: r.Now.In(r.Zone).Truncate(time.Second), Assumed: Spoken | NoZone}, nil
}

// date adds the date if the text has none, only a word for it, or one without a
// year. here is the current instant in the zone of the time.
func (r Parser) date(w *written, here time.Time) (Assumed, error) {
	incomplete := w.has&hasDate == 0 || w.wall.year == 0 && w.era == nil
	if incomplete && r.Now.IsZero() {
		return 0, errFile()
	}
	switch {
	case w.has&hasSpoken != 0:
		w.setDate(here.AddDate(0, 0, w.daysFromToday))
		return Spoken, nil
	case w.has&hasDate == 0:
		w.setDate(here)
		return NoDate, nil
	case incomplete:
		return NoYear, w.nearYear(here, r.Now.In(r.Zone).Year())
	}
	return 0, nil
}

// nearYear takes the current year for a date without one. Unless a weekday
// confirms it, the date must be nearer in this year than in another. In the hours in
// which the parser's zone has another year than the text's offset, such as the first one
// of a year where summer time has another offset, the weekday may say that it is that one.
func (w *written) nearYear(here time.Time, inZone int) error {
	const halfYear = 183 * 24 * time.Hour
	w.wall.year = here.Year()
	if w.has&hasWeekday != 0 && w.wall.weekdayIn(w.wall.year) != w.weekday && w.wall.weekdayIn(inZone) == w.weekday {
		w.wall.year = inZone
	}
	day := time.Date(w.wall.year, time.Month(w.wall.month), w.wall.day, here.Hour(), here.Minute(), 0, 0, here.Location())
	if w.has&hasWeekday == 0 && day.Sub(here).Abs() > halfYear {
		return errorf("the year is missing and %d-%02d-%02d is more than half a year away: write the year as well", w.wall.year, w.wall.month, w.wall.day)
	}
	return nil
}

// inZone finds the instant of a wall-clock time in the parser's zone.
func (r Parser) inZone(c wallClock, assumed Assumed) (Time, error) {
	first, second, err := c.in(r.Zone)
	switch {
	case err != nil:
		return Time{}, err
	case !second.IsZero() && r.Now.IsZero():
		return Time{}, errorf("clocks in %s show this time twice: add the offset, %s for the first or %s for the second", r.Zone, first.Format("-07:00"), second.Format("-07:00"))
	}
	return Time{At: first, Second: second, Assumed: assumed}, nil
}

// Echo describes the result with its zone and the assumed parts; it is empty for a
// text that leaves nothing out.
func (t Time) Echo(lang string) string {
	if t.Assumed == 0 {
		return ""
	}
	in := catalog.In(lang)
	at := phrase.Instant(lang, t.At, time.Time{})
	if t.At.Second() != 0 || t.At.Nanosecond() != 0 {
		at += t.At.Format(":05.999")
	}
	at += " " + t.At.Format("-07:00")
	if name := t.At.Location().String(); name != "" && name != "Local" {
		at = in.Say("echo_zone", "At", at, "Zone", name)
	}
	echo := in.Say("echo", "At", at)
	if t.Assumed&NoDate != 0 {
		echo = in.Say("echo_no_date", "Echo", echo)
	}
	if !t.Second.IsZero() {
		echo = in.Say("echo_twice", "Echo", echo, "Offset", t.Second.Format("-07:00"))
	}
	return echo
}

func errNoClock() error {
	return errorf("the time of day is missing: write it as 2026-05-02 22:10")
}

func errFile() error {
	return errorf("a file must name the date with its year, because it is read again later: write it as 2026-05-02 22:10")
}
