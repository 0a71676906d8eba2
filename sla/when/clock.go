package when

import (
	"strings"
	"time"
)

// half is a half of the day, as 午前 and PM name it.
type half uint8

const (
	noHalf half = iota
	morning
	afternoon
)

var (
	halvesBefore = []named[half]{{"午前", morning}, {"午後", afternoon}, {"am", morning}, {"pm", afternoon}}
	halvesBehind = []named[half]{{"a.m.", morning}, {"p.m.", afternoon}, {"am", morning}, {"pm", afternoon}}
	noons        = []named[bool]{{"正午", true}, {"noon", true}}
)

// readClock reads 18:00, 18:00:30.5, 18時30分, 18時半, 午後6時, 6 PM and 正午.
func (w *written) readClock(s string) (string, error) {
	if _, rest, ok := word(s, noons); ok {
		w.wall.hour = 12
		return rest, w.claim(hasClock)
	}
	before, rest, named := word(s, halvesBefore)
	rest = spaced(rest)
	hour, after, ok := number(rest, 2)
	if !ok {
		return s, nil
	}
	var c wallClock
	c.hour = hour
	switch {
	case strings.HasPrefix(after, ":"):
		if after, ok = c.readColons(after); !ok {
			return s, nil
		}
	case strings.HasPrefix(spaced(after), "時"):
		after = c.readUnits(strings.TrimPrefix(spaced(after), "時"))
	case !endsInHalf(after):
		return s, nil
	}
	behind, tail, ok := word(spaced(after), halvesBehind)
	if ok {
		after = tail
	}
	if ok && named {
		return s, errPiece(spaced(after), hasClock)
	}
	if err := c.setHalf(before, behind); err != nil {
		return s, err
	}
	w.wall.hour, w.wall.minute, w.wall.second, w.wall.fraction = c.hour, c.minute, c.second, c.fraction
	return after, w.claim(hasClock)
}

// endsInHalf reports whether AM or PM follows an hour that stands alone.
func endsInHalf(s string) bool {
	_, _, ok := word(spaced(s), halvesBehind)
	return ok
}

// readColons reads :30 and :30:15.5.
func (c *wallClock) readColons(s string) (string, bool) {
	if len(s) < 3 || !matches(s[:3], ":00") || len(s) > 3 && isDigit(s[3]) {
		return s, false
	}
	c.minute, s = digits(s[1:3]), s[3:]
	if len(s) < 3 || !matches(s[:3], ":00") {
		return s, !strings.HasPrefix(s, ":")
	}
	c.second, s = digits(s[1:3]), s[3:]
	var err error
	c.fraction, s, err = parseFraction(s)
	return s, err == nil
}

// readUnits reads 30分, 30分15秒 and 半 behind an hour.
func (c *wallClock) readUnits(s string) string {
	if rest, ok := strings.CutPrefix(spaced(s), "半"); ok {
		c.minute = 30
		return rest
	}
	minute, rest, ok := unit(s, 2, "分")
	if !ok {
		return s
	}
	c.minute = minute
	if second, after, ok := unit(rest, 2, "秒"); ok {
		c.second, rest = second, after
	}
	return rest
}

// setHalf moves an hour into the half of the day that was named.
func (c *wallClock) setHalf(before, behind half) error {
	h := max(before, behind)
	switch {
	case h == noHalf:
		return nil
	case before != noHalf && c.hour == 12:
		return errorf("12 AM and 12 PM are ambiguous: write 12:00 or 00:00")
	case c.hour > 12:
		return errorf("hour %d can't have AM or PM: leave that out, or give an hour up to 12", c.hour)
	}
	c.hour %= 12
	if h == afternoon {
		c.hour += 12
	}
	return nil
}

// inUse reports whether a country uses the offset. Any other is the second time of
// a range: 09:00-18:00.
func inUse(offset time.Duration) bool { return offset >= -12*time.Hour && offset <= 14*time.Hour }

var zones = []named[time.Duration]{
	{"日本標準時", 9 * time.Hour}, {"日本時間", 9 * time.Hour}, {"jst", 9 * time.Hour},
	{"協定世界時", 0}, {"utc", 0}, {"gmt", 0}, {"z", 0},
}

// readZone reads +09:00, +0900, +09, Z, UTC, UTC+9, JST and the name of the
// parser's zone. Other abbreviations are ambiguous.
func (w *written) readZone(s string) (string, error) {
	if rest, ok := strings.CutPrefix(s, w.zone); ok && w.zone != "" && w.zone != "utc" && (rest == "" || !isName(rest[0])) {
		return rest, nil // the zone is the default
	}
	offset, rest, isNamed := word(s, zones)
	if isNamed {
		signed, after, ok := readOffset(rest, 1)
		switch {
		case ok && offset == 0:
			offset, rest = signed, after
		case rest != "" && isName(rest[0]):
			return s, errZone(s)
		}
	} else {
		var ok bool
		if offset, rest, ok = readOffset(s, 2); !ok {
			if w.has&hasClock != 0 && s[0] >= 'a' && s[0] <= 'z' {
				return s, errZone(s)
			}
			return s, nil
		}
	}
	if !inUse(offset) {
		return s, errorf("no country has the offset %s; offsets go from -12:00 to +14:00: correct it, or give one of the two times if a range is meant", strings.TrimSuffix(s, rest))
	}
	if w.has&hasOffset != 0 && w.offset == offset {
		return rest, nil // +0900 (JST), as mail writes it
	}
	w.offset = offset
	return rest, w.claim(hasOffset)
}

// isName reports whether a byte continues a zone's name.
func isName(b byte) bool {
	return 'a' <= b && b <= 'z' || b == '/' || b == '_'
}

// readOffset reads +09:00, +0900, and +09 or +9, with at least the given number of digits.
func readOffset(s string, least int) (offset time.Duration, rest string, ok bool) {
	if s == "" || s[0] != '+' && s[0] != '-' {
		return 0, s, false
	}
	hours, rest, ok := number(s[1:], 4)
	size := len(s) - 1 - len(rest)
	minutes := 0
	switch {
	case !ok || size < least || size == 3:
		return 0, s, false
	case size == 4:
		hours, minutes = hours/100, hours%100
	case len(rest) >= 3 && matches(rest[:3], ":00"):
		minutes, rest = digits(rest[1:3]), rest[3:]
	}
	if minutes > 59 || rest != "" && (isDigit(rest[0]) || rest[0] == ':') {
		return 0, s, false
	}
	offset = time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, rest, true
}

// errZone refuses the name of a zone.
func errZone(s string) error {
	end := 0
	for end < len(s) && (isName(s[end]) || s[end] == '+' || s[end] == '-') {
		end++
	}
	name := strings.ToUpper(s[:end])
	return errorf("the zone %s is not accepted, because abbreviations such as EST or IST stand for several zones: write an offset such as +09:00, or UTC or JST", name)
}
