package tracker

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"kigen/calendar"
)

// The years that ParseTime accepts. Calendars reach no further, and a slip
// such as 0026 would otherwise pass as a time.
const (
	firstYear = 1900
	lastYear  = 2199
)

// TimeError says what is wrong with a time and what would be right.
type TimeError calendar.Text

// Error says it in English.
func (e TimeError) Error() string { return e.En }

// BadTime makes the problem that ParseTime found the problem of a field.
func BadTime(field, value string, err error) Problem {
	problem := Problem{Field: field, Value: value, Message: err.Error()}
	var bad TimeError
	if errors.As(err, &bad) {
		problem.Ja = bad.Ja
	}
	return problem
}

// errShape is the remedy for anything that is no time at all.
func errShape() error {
	return TimeError{
		En: "not a time: write it as 2026-05-02 22:10, or with an offset as 2026-05-02T22:10:00+09:00",
		Ja: "日時として読めません。2026-05-02 22:10 のように入力してください。",
	}
}

// ParseTime reads a time as people and scripts write it: RFC 3339, or
// 2026-05-02 22:10 with or without seconds, a fraction, a T and an offset.
// Without an offset it is a wall-clock time in zone. A wall-clock time that
// zone skips (clocks going forward) is an error; one that it has twice (clocks
// going back) is the first of the two. The result is in zone where the offset
// given is the zone's own, and has a fixed offset otherwise.
//
// The error says what is wrong and what would be right; the caller adds field
// and value, as Problem does.
func ParseTime(s string, zone *time.Location) (time.Time, error) {
	c, rest, err := parseWallClock(strings.TrimSpace(s))
	if err != nil {
		return time.Time{}, err
	}
	if err := c.check(); err != nil {
		return time.Time{}, err
	}
	if rest == "" {
		return c.in(zone)
	}
	offset, err := parseOffset(rest)
	if err != nil {
		return time.Time{}, err
	}
	t := c.date(time.UTC).Add(-offset).In(zone)
	if _, own := t.Zone(); time.Duration(own)*time.Second == offset {
		return t, nil
	}
	return t.In(time.FixedZone("", int(offset/time.Second))), nil
}

// wallClock is a time as a clock on the wall shows it, in no zone yet.
type wallClock struct {
	year, month, day, hour, minute, second int
	fraction                               time.Duration
}

// parseWallClock reads the part before the offset by position: a batch parses
// hundreds of thousands of these a second.
func parseWallClock(s string) (c wallClock, rest string, err error) {
	const shape = "0000-00-00 00:00"
	if len(s) < len(shape) || !matches(s[:len(shape)], shape) {
		return c, "", errShape()
	}
	c.year = digits(s[0:4])
	c.month, c.day = digits(s[5:7]), digits(s[8:10])
	c.hour, c.minute = digits(s[11:13]), digits(s[14:16])
	rest = s[len(shape):]
	if len(rest) >= 3 && matches(rest[:3], ":00") {
		c.second, rest = digits(rest[1:3]), rest[3:]
		c.fraction, rest, err = parseFraction(rest)
	}
	return c, rest, err
}

// parseFraction reads .123 and returns what follows it.
func parseFraction(s string) (time.Duration, string, error) {
	if s == "" || s[0] != '.' {
		return 0, s, nil
	}
	n := 1
	fraction, unit := time.Duration(0), time.Second
	for ; n < len(s) && isDigit(s[n]); n++ {
		unit /= 10
		fraction += time.Duration(s[n]-'0') * unit
	}
	if n == 1 {
		return 0, "", errShape()
	}
	return fraction, s[n:], nil
}

// parseOffset reads Z or +09:00.
func parseOffset(s string) (time.Duration, error) {
	if s == "Z" || s == "z" {
		return 0, nil
	}
	if len(s) != 6 || !matches(s[1:], "00:00") || s[0] != '+' && s[0] != '-' {
		return 0, errShape()
	}
	hours, minutes := digits(s[1:3]), digits(s[4:6])
	if hours > 23 || minutes > 59 {
		return 0, TimeError{
			En: fmt.Sprintf("the offset %s does not exist: offsets go from -23:59 to +23:59", s),
			Ja: fmt.Sprintf("時差 %s はありません。-23:59 から +23:59 の範囲で入力してください。", s),
		}
	}
	offset := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, nil
}

// check refuses what no calendar and no clock shows.
func (c wallClock) check() error {
	var bad TimeError
	switch {
	case c.year < firstYear || c.year > lastYear:
		bad.En = fmt.Sprintf("the year %04d is out of range: use a year from %d to %d", c.year, firstYear, lastYear)
		bad.Ja = fmt.Sprintf("%04d年は扱えません。%d年から%d年までの日時を入力してください。", c.year, firstYear, lastYear)
	case c.month < 1 || c.month > 12:
		bad.En = fmt.Sprintf("there is no month %02d: months go from 01 to 12", c.month)
		bad.Ja = fmt.Sprintf("%d月はありません。1月から12月までで入力してください。", c.month)
	case c.day < 1 || c.day > daysIn(c.year, c.month):
		bad.En = fmt.Sprintf("there is no day %02d in %04d-%02d: its days go from 01 to %d", c.day, c.year, c.month, daysIn(c.year, c.month))
		bad.Ja = fmt.Sprintf("%d年%d月に%d日はありません。%d日までの日付を入力してください。", c.year, c.month, c.day, daysIn(c.year, c.month))
	case c.hour == 24:
		bad.En = "the time 24:00 is written as 00:00 of the next day"
		bad.Ja = "24:00 は翌日の 00:00 と入力してください。"
	case c.hour > 23 || c.minute > 59 || c.second > 59:
		bad.En = fmt.Sprintf("there is no time %02d:%02d:%02d: times go from 00:00:00 to 23:59:59", c.hour, c.minute, c.second)
		bad.Ja = fmt.Sprintf("%02d:%02d:%02d という時刻はありません。00:00:00 から 23:59:59 までで入力してください。", c.hour, c.minute, c.second)
	default:
		return nil
	}
	return bad
}

func (c wallClock) date(zone *time.Location) time.Time {
	return time.Date(c.year, time.Month(c.month), c.day, c.hour, c.minute, c.second, int(c.fraction), zone)
}

// in finds the first instant at which a clock in zone shows c. time.Date alone
// invents one inside a gap, and may take either of two inside a fold.
func (c wallClock) in(zone *time.Location) (time.Time, error) {
	t := c.date(zone)
	if t.Day() != c.day || t.Hour() != c.hour || t.Minute() != c.minute || t.Second() != c.second {
		return time.Time{}, TimeError{
			En: fmt.Sprintf("clocks in %s skip this time: add an offset, such as %s", zone, t.Format(time.RFC3339)),
			Ja: fmt.Sprintf("%s では夏時間への切り替えのため存在しない時刻です。%s のように時差を付けて入力してください。", zone, t.Format(time.RFC3339)),
		}
	}
	since, _ := t.ZoneBounds()
	if since.IsZero() {
		return t, nil
	}
	_, now := t.Zone()
	_, before := since.Add(-1).Zone()
	if earlier := t.Add(time.Duration(now-before) * time.Second); earlier.Before(since) {
		return earlier, nil
	}
	return t, nil
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// matches compares s with a shape in which 0 stands for any digit and a space
// for a space or T.
func matches(s, shape string) bool {
	for i := range len(shape) {
		switch shape[i] {
		case '0':
			if !isDigit(s[i]) {
				return false
			}
		case ' ':
			if s[i] != ' ' && s[i] != 'T' && s[i] != 't' {
				return false
			}
		default:
			if s[i] != shape[i] {
				return false
			}
		}
	}
	return true
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

func digits(s string) (n int) {
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
