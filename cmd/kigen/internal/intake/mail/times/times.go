// Package times finds the times that the text of a mail states: when trouble occurred,
// was detected, confirmed and over, and the windows of planned work. It knows the
// language of such texts; the dates themselves are read by package when.
package times

import (
	"strings"
	"time"

	"kigen/sla/pattern"

	"kigen/sla/inbox"
	"kigen/sla/when"
)

// Passage is a text with what its times are relative to.
type Passage struct {
	Words   string
	Written time.Time      // when it was written
	Zone    *time.Location // of times without one
}

// moment is what a time is the time of.
type moment uint8

const (
	none moment = iota
	occurred
	detected
	confirmed
	recovered
	other // something else, such as the next report
)

// ahead bounds how far after the mail a time of the past may lie: clocks differ.
const ahead = 15 * time.Minute

// nearby bounds the bytes around a time in which its label or verb is looked for.
const nearby = 600

// reader reads one text.
type reader struct {
	folded   string
	mentions []when.Mention
	zone     *time.Location
	written  time.Time
}

var (
	// zoneNote matches a footnote that names the zone of all times.
	zoneNote = pattern.New(`(?:all times?(?: are| shown| below| listed)*(?: in)?|times? (?:are|is) (?:in|shown in|given in)|timezone\s*:|time zone\s*:|(?:時刻|日時|時間)は(?:すべて|全て|いずれも)?\s*|表記は(?:すべて|全て)?|タイムゾーン\s*:)\s*\(?([a-z0-9+:/_ -]{1,30}|日本標準時|日本時間|協定世界時|世界標準時|米国太平洋時間|太平洋標準時)`)
)

func newReader(t Passage, aheadOf bool) *reader {
	r := &reader{folded: when.FoldProse(t.Words), zone: t.Zone, written: t.Written}
	if r.zone == nil {
		r.zone = time.UTC
	}
	if m := zoneNote.FindStringSubmatch(r.folded); m != nil {
		if zone, _, unsure, ok := when.ZoneName(m[1]); ok && !unsure {
			r.zone = zone
		}
	}
	r.mentions = when.Prose{Written: t.Written, Zone: r.zone, Ahead: aheadOf}.Mentions(r.folded)
	return r
}

// Stated returns the times of an incident. A time that the text does not clearly state
// is left out: an invented one is worse than none.
func Stated(t Passage) inbox.Times {
	r := newReader(t, false)
	var (
		labelled, told [other + 1]time.Time
		put            = func(to *[other + 1]time.Time, what moment, at time.Time) {
			if at.IsZero() || at.After(r.written.Add(ahead)) || !to[what].IsZero() {
				return
			}
			to[what] = at
		}
	)
	r.columns(func(what moment, at time.Time) { put(&labelled, what, at) })
	corrected := none // what the time before, which was given as the mistake, is the time of
	for i := 0; i < len(r.mentions); i++ {
		m := r.mentions[i]
		if !m.HasClock || r.isStanding(i) {
			continue
		}
		label := r.label(i)
		what := categoryOf(label)
		if r.isWrong(m) {
			corrected = what
			continue
		}
		if strings.Trim(label, " →⇒()正:誤") == "" {
			what = max(what, corrected)
		}
		corrected = none
		if end, ok := r.rangeEnd(i); ok {
			if what == occurred || lasting.MatchString(label) && what != other {
				from, to := r.span(i, end)
				put(&labelled, occurred, from)
				if !promised.MatchString(r.after(end)) {
					put(&labelled, recovered, to)
				}
			}
			i = end
			continue
		}
		switch {
		case what == other:
		case what != none:
			put(&labelled, what, m.At(r.zone))
		default:
			put(&told, r.prose(i), m.At(r.zone))
		}
	}
	for what := occurred; what <= recovered; what++ {
		if labelled[what].IsZero() {
			labelled[what] = told[what]
		}
	}
	return inbox.Times{Occurred: labelled[occurred], Detected: labelled[detected], Confirmed: labelled[confirmed], Recovered: r.over(labelled)}
}

// over drops an end before the beginning, which belongs to something else.
func (r *reader) over(at [other + 1]time.Time) time.Time {
	for _, what := range []moment{occurred, detected} {
		if !at[what].IsZero() && at[recovered].Before(at[what]) {
			return time.Time{}
		}
	}
	return at[recovered]
}

// lineStart is the beginning of a byte's line, or the end of the mention before it where
// that stands in the same line.
func (r *reader) lineStart(i int) int {
	from := max(strings.LastIndexByte(r.folded[:r.mentions[i].From], '\n')+1, r.mentions[i].From-nearby)
	if i > 0 {
		from = max(from, r.mentions[i-1].To)
	}
	return from
}

// label is what stands before a mention in its line, or the line before if that is a
// heading.
func (r *reader) label(i int) string {
	from, to := r.lineStart(i), r.mentions[i].From
	text := strings.TrimSpace(r.folded[from:to])
	if i > 0 && from == r.mentions[i-1].To && ofBefore.MatchString(text) { // に発生し、 is said of the time before
		if at := lastMatch(joint, text); at >= 0 {
			return strings.TrimSpace(joint.ReplaceAllString(text[at:], ""))
		}
		return ""
	}
	if strings.Trim(text, " \t:・-*()■●◆○□>") != "" {
		return text
	}
	line := strings.LastIndexByte(r.folded[:to], '\n') + 1
	if i > 0 && r.mentions[i-1].To > line { // behind another time
		return text
	}
	above := strings.TrimRight(r.folded[:line], "\n ")
	above = strings.TrimSpace(above[strings.LastIndexByte(above, '\n')+1:])
	if i > 0 && r.mentions[i-1].To > line-len(above)-2 || len([]rune(above)) > 24 || strings.HasSuffix(above, "。") {
		return text
	}
	return above
}

var (
	ofBefore = pattern.New(`^(?:頃|ごろ|分)?(?:に|から|より|で|以降|の)`)
	joint    = pattern.New(`[、。/;,(|]`)
)

var (
	mistaken = pattern.New(`\(誤\)|誤[:】]|誤\)|【誤|変更前|旧日程|訂正前|修正前|incorrect:|before:|previously:|originally`)
	right    = pattern.New(`\(正\)|正[:】]|【正|変更後|新日程|訂正後|修正後|correct:|after:|→|⇒|now:`)
)

// isWrong reports whether a correction gives the mention as the mistake.
func (r *reader) isWrong(m when.Mention) bool {
	from := strings.LastIndexByte(r.folded[:m.From], '\n') + 1
	line := r.folded[max(from, m.From-nearby):m.From]
	if last := lastMatch(mistaken, line); last >= 0 {
		return lastMatch(right, line) < last
	}
	rest := r.folded[m.To:min(len(r.folded), m.To+nearby)]
	if end := strings.IndexByte(rest, '\n'); end >= 0 {
		rest = rest[:end]
	}
	arrow := strings.IndexAny(rest, "→⇒")
	return arrow >= 0 && arrow < 12 // 10:00 → 10:30
}

// lastMatch is where the last match begins; -1: there is none.
func lastMatch(re *pattern.Pattern, s string) int {
	all := re.FindAllStringIndex(s, -1)
	if len(all) == 0 {
		return -1
	}
	return all[len(all)-1][0]
}

var standing = pattern.New(`^\s*(?:\([^)]{0,8}\))?(?:頃|ごろ|分)?\s*(?:現在|時点|までに|を?目途|をめど|目処|を?予定|見込|に予定|以内|締)`)

// isStanding reports whether a mention says as of when, or until when, something is said.
func (r *reader) isStanding(i int) bool { return standing.MatchString(r.after(i)) }

// after is what follows a mention, up to the next one or the end of its sentence.
func (r *reader) after(i int) string {
	from := r.mentions[i].To
	to := min(len(r.folded), from+2*nearby)
	if i+1 < len(r.mentions) {
		to = min(to, r.mentions[i+1].From)
	}
	rest := r.folded[from:to]
	end := len(rest)
	for _, stop := range []string{"。", "\n\n", "! ", "? "} {
		if at := strings.Index(rest, stop); at >= 0 {
			end = min(end, at)
		}
	}
	for at := 0; ; {
		next := strings.IndexByte(rest[at:], '\n')
		if next < 0 {
			break
		}
		if at += next + 1; listed.MatchString(firstLine(rest[at:])) {
			end = min(end, at-1)
			break
		}
	}
	if at := sentenceEnd.FindStringIndex(rest); at != nil {
		end = min(end, at[0]+1)
	}
	if r.isList(i) {
		if at := strings.IndexByte(rest, '\n'); at >= 0 {
			end = min(end, at)
		}
	}
	return strings.ReplaceAll(rest[:end], "\n", " ")
}

// firstLine is the first line of a text.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

var (
	sentenceEnd = pattern.New(`[a-z0-9)]\.\s`)
	listed      = pattern.New(`^\s*(?:[・■●◆○□※*•【-]|\(?[0-9]{1,2}[).．]|[^\s:0-9][^\s:]{0,14}\s*:)|\t`)
)

// isList reports whether a mention stands in the line of a list, which no sentence
// crosses.
func (r *reader) isList(i int) bool {
	at := r.mentions[i].From
	line := r.folded[max(strings.LastIndexByte(r.folded[:at], '\n')+1, at-nearby):at]
	return listed.MatchString(line)
}

// before is what stands before a mention in its sentence, behind the mention before it.
func (r *reader) before(i int) string {
	from := 0
	if i > 0 {
		from = r.mentions[i-1].To
	}
	text := r.folded[max(from, r.mentions[i].From-2*nearby):r.mentions[i].From]
	for _, stop := range []string{"。", "\n\n", "\n・", "\n■", "\n-"} {
		if at := strings.LastIndex(text, stop); at >= 0 {
			text = text[at+len(stop):]
		}
	}
	if at := lastMatch(sentenceEnd, text); at >= 0 {
		text = text[at+2:]
	}
	return strings.ReplaceAll(text, "\n", " ")
}
