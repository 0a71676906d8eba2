package length

import (
	"slices"
	"strconv"
	"strings"

	"kigen/sla/pattern"
)

const (
	onesEn = `one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen`
	tensEn = `twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety`

	// NumberEn matches a number in digits or words.
	NumberEn = `(?:\d{1,4}|(?:` + tensEn + `)(?:[- ](?:` + onesEn + `))?|` + onesEn + `|an?)`

	// AdvanceEn matches what says that something comes before another.
	AdvanceEn = `(?i)\b(?:in advance|prior to|before|ahead of|advance notice|advance warning|prior notice)\b`
)

var (
	noLengthsEn = pattern.New(`(?i)\b24 ?[/x×] ?7(?: ?[/x] ?365)?\b|\b24 hours? (?:a|per) day\b|\b(?:7|seven|5|five) days? (?:a|per|each) week\b|\b365 days?(?: (?:a|per) year)?\b|` +
		`\b\d{1,2} years? (?:of (?:age|experience)|old)\b|\bone day\b[^.]{0,5}\bmay\b|\b24 ?h?(?:r|ours?)? ?[x×*] ?7 ?(?:days?)?\b`)
	lengthEn = pattern.New(`(?i)\b(` + NumberEn + `)(?: ?\((\d{1,4})\))?(?:(?: ?(?:to|-|or|and) ?)(` + NumberEn + `)(?: ?\((\d{1,4})\))?)?[ -]?(?:(business|working|calendar|consecutive|banking|support|office|local|clock|full|continuous)[ -])?` +
		`(minute|min|hour|hr|day|week|month|year|quarter)s?\b('?)`)
	everyEn = pattern.New(`(?i)\b(bi-?annual(?:ly)?|semi-?annual(?:ly)?|annual(?:ly)?|yearly|quarterly|bi-?monthly|monthly|bi-?weekly|weekly|daily|nightly|hourly|` +
		`(?:once|twice|one time|1x|2x) (?:a|per|each|every) (?:calendar )?(?:year|quarter|month|week|day|annum)|(?:every|each|per) (?:other )?(?:calendar )?(?:year|quarter|month|week|day|night|hour))\b`)
)

var nextDayEn = pattern.New(`(?i)\bby (?:the )?(?:end of (?:the )?)?(?:next|following) (?:business|working) day\b`)

// englishLengths returns the lengths and periods of an English text in order.
func englishLengths(text string) []Length {
	masked := Mask(text, noLengthsEn)
	var found, periods []Length
	for _, m := range everyEn.FindAllStringIndex(masked, -1) {
		if l, ok := englishPeriod(masked, m); ok {
			periods = append(periods, l)
		}
	}
	for _, m := range nextDayEn.FindAllStringIndex(masked, -1) {
		periods = append(periods, Length{From: m[0], To: m[1], N: 1, Least: 1, Unit: BusinessDays, Role: Within})
	}
	slices.SortFunc(periods, func(a, b Length) int { return a.From - b.From })
	for _, m := range lengthEn.FindAllStringSubmatchIndex(masked, -1) {
		if l, ok := englishLength(masked, m); ok {
			found = append(found, l)
		}
	}
	return merge(periods, found)
}

func englishLength(text string, m []int) (Length, bool) {
	l := Length{From: m[0], To: m[1]}
	low, high := group(text, m, 2), group(text, m, 4)
	if low == "" {
		low = group(text, m, 1)
	}
	if high == "" {
		high = group(text, m, 3)
	}
	if a := strings.ToLower(group(text, m, 1)); (a == "a" || a == "an") && high == "" && !articleLength.MatchString(text[:l.From]) {
		return l, false // "a day", "per hour"
	}
	l.Least = numberEn(low)
	if l.N = l.Least; high != "" {
		l.N = numberEn(high)
	}
	adjective := strings.ToLower(group(text, m, 5))
	business := adjective == "business" || adjective == "working" || adjective == "banking" || adjective == "support" || adjective == "office"
	switch word := strings.ToLower(group(text, m, 6)); word {
	case "minute", "min":
		l.Unit = Minutes
	case "hour", "hr":
		if l.Unit = Hours; business {
			l.Unit = BusinessHours
		}
	case "day":
		if l.Unit = Days; business {
			l.Unit = BusinessDays
		}
	case "week":
		l.Unit = Weeks
	default:
		factor := map[string]int{"month": 1, "quarter": 3, "year": 12}[word]
		l.Unit, l.N, l.Least = Months, l.N*factor, l.Least*factor
	}
	l.Role, l.About = roleEn(text, l)
	return l, l.N > 0 && l.N < 5000
}

var articleLength = pattern.New(`(?i)(?:within|in|every|least|for|than|of|after) $`)

// numberEn reads a number in digits or words.
func numberEn(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	total := 0
	for _, word := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == '-' || r == ' ' }) {
		for i, one := range strings.Split(onesEn, "|") {
			if word == one {
				total += i + 1
			}
		}
		for i, ten := range strings.Split(tensEn, "|") {
			if word == ten {
				total += (i + 2) * 10
			}
		}
	}
	return max(total, 1)
}

var (
	withinHeadEn = pattern.New(`(?i)(?:within|inside|in|under|by|no (?:later|more|longer) than|not (?:later|more|to exceed)(?: than)?|at (?:the )?(?:most|latest)|less than|up to|maximum(?: of)?|max\.?:?|target(?:ed)?(?: of)?|exceed(?:ing)?|<|≤)(?: (?:the|a|an|its|maximum|of|next|first|following|approximately|about|around|at most|no more than|period of|total of))* ?$`)
	everyHeadEn  = pattern.New(`(?i)(?:every|each|once (?:in )?every|(?:at )?intervals of|at least once (?:in )?(?:a|any|every)?)(?: (?:the|at least|about))* ?$`)
	keepHeadEn   = pattern.New(`(?i)(?:for|of|least|minimum|maximum|up to|duration|period|rolling)(?: (?:a|an|the|at|least|up|to|minimum|maximum|of|further|additional|another|period|total|rolling|window|last|past|no|more|less|than|is|until))* ?$`)
	keepVerb     = pattern.New(`(?i)\b(?:retain|retention|kept|keep|keeps|stor(?:e|ed|es|age)|preserv|held|hold|maintain|archiv|available|accessible|recoverable|restorable)`)
	beforeTailEn = pattern.New(`(?i)^(?:'s?|s')?(?: (?:or more|at least))? ?(?:(?:in|of|written|prior|reasonable|email) )*(?:advance\b|advanced\b|ahead\b|prior\b|before\b|preceding\b|in advance|notice\b|notification\b|notifications\b)`)
	noticeOf     = pattern.New(`(?i)(?:notice|notification|notify|notified|advance)[^.;,]{0,60}(?:at least|minimum of|no less than|not less than|of)(?: (?:a|at least))* ?$`)
	afterHeadEn  = pattern.New(`(?i)(?:after|once|following)(?: (?:a|the|an|period|of|approximately|about|at least))* ?$`)
	afterTailEn  = pattern.New(`(?i)^ (?:after|following|from|of|have (?:passed|elapsed)|to [^.;]{0,70}after which|[^.;,]{0,40},? after which)\b`)
	valueHead    = pattern.New(`(?i)(?::|max\.?|maximum|\(|<|≤) ?$`)
	keptTail     = pattern.New(`(?i)^ of (?:[\w-]+ ){0,2}(?:backups?|logs?|snapshots?|history)\b`)
	aboutHeadEn  = pattern.New(`(?i)(?:approximately|about|around|roughly|some|typically|usually|generally) ?(?:within |in )?$`)
	advance      = pattern.New(AdvanceEn)
	leastHeadEn  = pattern.New(`(?i)(?:at least|minimum(?: of)?|no(?:t)? less than|more than|over|longer than|exceeds?) ?$`)
)

// roleEn reads the role of a length from its neighbours.
func roleEn(text string, l Length) (Role, bool) {
	head, tail := text[max(0, l.From-90):l.From], text[l.To:]
	about := aboutHeadEn.MatchString(head)
	switch {
	case everyHeadEn.MatchString(head):
		return Every, about
	case beforeTailEn.MatchString(tail) || noticeOf.MatchString(head) && !withinHeadEn.MatchString(head):
		return Before, about
	case keepHeadEn.MatchString(head) && keepVerb.MatchString(clauseBefore(head)):
		return Keep, about
	case keptTail.MatchString(tail):
		return Keep, about
	case withinHeadEn.MatchString(head), valueHead.MatchString(head) && strings.Trim(tail, " .*;)") == "":
		return Within, about
	case leastHeadEn.MatchString(head) && advance.MatchString(firstPart(tail)):
		return Before, about
	case afterHeadEn.MatchString(head), afterTailEn.MatchString(tail):
		return After, about
	case strings.TrimSpace(head) == "" && !strings.HasPrefix(tail, "'"):
		return Within, about // a cell of a table
	}
	return Bare, about
}

// IsTens reports whether a word is a multiple of ten, such as twenty.
func IsTens(word string) bool { return slices.Contains(strings.Split(tensEn, "|"), word) }

// clauseBefore is the end of a text since its last full stop.
func clauseBefore(s string) string {
	if i := strings.LastIndexAny(s, ".;"); i >= 0 {
		return s[i+1:]
	}
	return s
}

// firstPart is a text up to its first stop or comma.
func firstPart(s string) string {
	if i := strings.IndexAny(s, ".;,"); i >= 0 {
		return s[:i]
	}
	return s
}

func englishPeriod(text string, m []int) (Length, bool) {
	l := Length{From: m[0], To: m[1], N: 1, Role: Every}
	word := strings.ToLower(text[m[0]:m[1]])
	switch {
	case strings.HasPrefix(word, "semi"), strings.HasPrefix(word, "bi") && strings.Contains(word, "annual"):
		l.N, l.Unit = 6, Months
	case strings.Contains(word, "bi-monthly"), strings.Contains(word, "bimonthly"):
		l.N, l.Unit = 2, Months
	case strings.HasPrefix(word, "bi"):
		l.N, l.Unit = 2, Weeks
	case strings.Contains(word, "year"), strings.Contains(word, "ann"):
		l.N, l.Unit = 12, Months
	case strings.Contains(word, "quarter"):
		l.N, l.Unit = 3, Months
	case strings.Contains(word, "month"):
		l.Unit = Months
	case strings.Contains(word, "week"):
		l.Unit = Weeks
	case strings.Contains(word, "hour"):
		l.Unit = Hours
	default:
		l.Unit = Days
	}
	if strings.Contains(word, "twice") || strings.Contains(word, "2x") {
		if l.N%2 != 0 {
			return l, false
		}
		l.N /= 2
	}
	if strings.HasPrefix(word, "per ") && m[0] > 0 && !oncePer.MatchString(text[:m[0]]) {
		return l, false // "10 requests per hour"
	}
	l.Least = l.N
	return l, true
}

var oncePer = pattern.New(`(?i)(?:once|one|1|least) ?(?:time )?$`)
