package when

import (
	"strings"
	"time"
)

// dayparts lists the words before an hour, with the half of the day that they mean.
var dayparts = []named[half]{
	{"午前", morning}, {"午後", afternoon}, {"am ", morning}, {"pm ", afternoon},
	{"深夜", evening}, {"未明", noHalf}, {"早朝", noHalf}, {"朝", noHalf}, {"昼", noHalf}, {"夕方", evening}, {"夜間", evening}, {"夜", evening},
}

// evening marks words that mean the second half of the day from an hour of 4 on, and the
// night before 4: 夜9時, 深夜2時.
const evening half = 100

// readTimeOfDay reads 18:05, 午後1時20分, 25時10分, 2:31 p.m., 9時半 and 正午.
func (s *mentioned) readTimeOfDay(text string) (string, bool) {
	var named bool
	noon := []hourWord{{"正午", 12}, {"noon", 12}, {"midnight", 0}, {"零時", 0}}
	for _, n := range noon {
		if rest, ok := strings.CutPrefix(text, n.name); ok && (n.name[0] >= 0x80 || rest == "" || rest[0] < 'a' || rest[0] > 'z') {
			s.wall.hour, s.wall.minute, s.wall.second, s.clock = n.hour, 0, 0, true
			return rest, true
		}
	}
	before, rest, _ := word(text, dayparts)
	rest = strings.TrimPrefix(spaced(rest), "の")
	hour, after, ok := number(rest, 2)
	if !ok {
		return text, false
	}
	c := wallClock{hour: hour}
	switch next := spaced(after); {
	case strings.HasPrefix(after, ":"):
		if after, ok = c.readColons(after); !ok {
			return text, false
		}
		named = true
	case strings.HasPrefix(next, "時"):
		next = strings.TrimPrefix(next, "時")
		if strings.HasPrefix(next, "間") || strings.HasPrefix(next, "台") || strings.HasPrefix(next, "限") {
			return text, false
		}
		after, named = c.readUnits(next), true
	}
	behind, tail, halved := word(spaced(after), halvesBehind)
	if halved {
		after, named = tail, true
	}
	if before == evening || s.evening {
		if before = noHalf; behind == noHalf && c.hour >= 4 && c.hour < 12 {
			before = afternoon
		}
	}
	if !named || !c.setHalves(before, behind) {
		return text, false
	}
	s.unsure = s.unsure || hour == 12 && before != noHalf // 午後12時 is noon to some and midnight to others
	s.wall.hour, s.wall.minute, s.wall.second, s.clock = c.hour, c.minute, c.second, true
	return after, true
}

// hourWord is a word for a time of day.
type hourWord struct {
	name string
	hour int
}

// setHalves moves an hour into its half of the day, and reports whether the time of day
// exists. 午後15時 is 15:00.
func (c *wallClock) setHalves(before, behind half) bool {
	h := max(before, behind)
	if h != noHalf && c.hour <= 12 {
		c.hour %= 12
		if h == afternoon {
			c.hour += 12
		}
	}
	return c.hour < 30 && c.minute < 60 && c.second < 60
}

// proseZones lists the zones that a text may name; nil: several zones have the name.
var proseZones = []named[*time.Location]{
	{"日本標準時", fixed(9)}, {"日本時間", fixed(9)}, {"jst", fixed(9)}, {"kst", fixed(9)},
	{"協定世界時", fixed(0)}, {"世界標準時", fixed(0)}, {"utc", fixed(0)}, {"gmt", fixed(0)}, {"z", fixed(0)},
	{"pst", fixed(-8)}, {"pdt", fixed(-7)}, {"mst", fixed(-7)}, {"mdt", fixed(-6)}, {"est", fixed(-5)}, {"edt", fixed(-4)},
	{"太平洋標準時", fixed(-8)}, {"太平洋夏時間", fixed(-7)}, {"米国東部標準時", fixed(-5)}, {"東部標準時", fixed(-5)},
	{"cet", fixed(1)}, {"cest", fixed(2)}, {"hkt", fixed(8)}, {"sgt", fixed(8)}, {"aest", fixed(10)}, {"aedt", fixed(11)},
	{"pt", nil}, {"et", nil}, {"cst", nil}, {"cdt", nil}, {"ist", nil}, {"bst", nil}, {"ct", nil}, {"mt", nil},
	{"米国太平洋時間", nil}, {"太平洋時間", nil}, {"米国東部時間", nil}, {"東部時間", nil}, {"現地時間", nil}, {"local time", nil}, {"local", nil},
}

func fixed(hours int) *time.Location { return time.FixedZone("", hours*3600) }

// seasonal names the zones whose offset follows the season.
var seasonal = []named[string]{
	{"米国太平洋時間", "America/Los_Angeles"}, {"太平洋時間", "America/Los_Angeles"}, {"pacific time", "America/Los_Angeles"}, {"pacific", "America/Los_Angeles"}, {"pt", "America/Los_Angeles"},
	{"米国東部時間", "America/New_York"}, {"東部時間", "America/New_York"}, {"eastern time", "America/New_York"}, {"eastern", "America/New_York"}, {"et", "America/New_York"},
}

// readZone reads the zone behind a time of day, which may stand in brackets.
func (s *mentioned) readZone(text string) string {
	rest := strings.TrimLeft(text, " ")
	bracket := strings.HasPrefix(rest, "(")
	rest = strings.TrimLeft(strings.TrimPrefix(rest, "("), " ")
	zone, after, unsure, ok := ZoneName(rest)
	if !ok {
		return text
	}
	s.zone, s.unsure = zone, s.unsure || unsure
	if bracket {
		after = strings.TrimPrefix(strings.TrimLeft(after, " "), ")")
	}
	return after
}

// ZoneName reads the zone that a folded text begins with: JST, UTC+9, PST, +09:00 or
// 日本時間. unsure: several zones have that name.
func ZoneName(text string) (zone *time.Location, rest string, unsure, ok bool) {
	if name, rest, ok := word(text, seasonal); ok && !continues(rest) {
		if zone, err := time.LoadLocation(name); err == nil {
			return zone, rest, false, true
		}
	}
	zone, rest, ok = word(text, proseZones)
	if ok && !continues(rest) {
		if _, offset := time.Unix(0, 0).In(orUTC(zone)).Zone(); zone != nil && offset == 0 {
			if signed, after, ok := readOffset(spaced(rest), 1); ok && inUse(signed) {
				return time.FixedZone("", int(signed/time.Second)), after, false, true
			}
		}
		return zone, rest, zone == nil, true
	}
	offset, rest, ok := readOffset(text, 4)
	if !ok {
		offset, rest, ok = readColonOffset(text)
	}
	if !ok || !inUse(offset) {
		return nil, text, false, false
	}
	return time.FixedZone("", int(offset/time.Second)), rest, false, true
}

// readColonOffset reads +09:00, and not the -05 of a range or a list.
func readColonOffset(text string) (time.Duration, string, bool) {
	if len(text) < 6 || !matches(text[1:6], "00:00") || text[0] != '+' && text[0] != '-' {
		return 0, text, false
	}
	return readOffset(text, 2)
}

func orUTC(zone *time.Location) *time.Location {
	if zone == nil {
		return time.UTC
	}
	return zone
}

// continues reports whether a Latin name goes on.
func continues(rest string) bool { return rest != "" && isName(rest[0]) }

// mention is the result of reading.
func (s *mentioned) mention() Mention {
	m := Mention{HasDate: s.date, Dated: s.date, HasClock: s.clock, Unsure: s.unsure, Zone: s.zone, wall: s.wall}
	switch {
	case s.evening && s.clock && s.wall.hour < 4:
		m.wall.day++ // 昨夜1時 is after midnight
	case !s.date && s.last.year != 0:
		m.HasDate = true
		m.wall.year, m.wall.month, m.wall.day = s.last.year, s.last.month, s.last.day
	case !s.date:
		m.HasDate = true
		zone := s.prose.Zone
		if s.zone != nil {
			zone = s.zone
		}
		here := s.prose.Written.In(zone)
		m.wall.year, m.wall.month, m.wall.day = here.Year(), int(here.Month()), here.Day()
		at := m.At(zone)
		if !s.prose.Ahead && at.Sub(s.prose.Written) > 15*time.Minute { // 23:50 in a mail of 00:30
			m.wall.day--
		}
	}
	return m
}
